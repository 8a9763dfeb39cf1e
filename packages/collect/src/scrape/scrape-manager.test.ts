import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { ManualClock } from "@dmon/model";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ScrapedSink } from "../testing/scraped-sink.ts";
import { prometheusConfigSchema, scrapeJobsOf } from "./prometheus-config.ts";
import { createScrapeManager, type ScrapeManager } from "./scrape-manager.ts";

const INTERVAL_MS = 15_000;
const STEP_MS = 500;
const START_MS = 1_700_000_000_000;

let answer: (request: IncomingMessage, response: ServerResponse) => void;
let server: Server;
let address: string;
let manager: ScrapeManager;
let sink: ScrapedSink;
let clock: ManualClock;
let requests: number;

function text(body: string, type = "text/plain; version=0.0.4") {
  answer = (_, response) => response.setHeader("Content-Type", type).end(body);
}

beforeEach(async () => {
  requests = 0;
  server = createServer((request, response) => {
    requests++;
    answer(request, response);
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  sink = new ScrapedSink();
  clock = new ManualClock(START_MS);
  let source = 0;
  manager = createScrapeManager({
    sink,
    clock,
    log: { warn: () => {} },
    allocateSource: () => ++source,
    externalHost: "vm",
    offsetSeed: "test",
  });
});

afterEach(() => {
  manager.stop();
  server.closeAllConnections();
  server.close();
});

function apply(job: Record<string, unknown> = {}, global: Record<string, unknown> = {}) {
  const config = prometheusConfigSchema.parse({
    global: { scrape_interval: "15s", ...global },
    scrape_configs: [{ job_name: "j", static_configs: [{ targets: [address] }], ...job }],
  });
  manager.apply(scrapeJobsOf(config));
}

/** Lets time pass until each target has been scraped once more; in steps, so that no scrape runs into its time-out. */
async function round(): Promise<void> {
  const wanted = sink.batches.length + manager.targets().length;
  if (sink.batches.length > 0) clock.advance(INTERVAL_MS - STEP_MS);
  for (let step = 0; sink.batches.length < wanted && step < (2 * INTERVAL_MS) / STEP_MS; step++) {
    clock.advance(STEP_MS);
    while (manager.running() > 0) await new Promise((done) => setTimeout(done, 1));
  }
}

const own = () => `{instance="${address}", job="j"}`;

describe("scraping", () => {
  it("stores samples with the target's labels, metadata and the scrape metrics", async () => {
    text('# HELP a An a.\n# TYPE a counter\na{b="1"} 5\nc 7\n');
    apply();
    await round();
    expect(sink.values(`a{b="1", instance="${address}", job="j"}`)).toEqual([5]);
    expect(sink.values(`c${own()}`)).toEqual([7]);
    expect(sink.values(`up${own()}`)).toEqual([1]);
    expect(sink.values(`scrape_samples_scraped${own()}`)).toEqual([2]);
    expect(sink.values(`scrape_samples_post_metric_relabeling${own()}`)).toEqual([2]);
    expect(sink.values(`scrape_series_added${own()}`)).toEqual([2]);
    expect(sink.metadata.get("a")).toEqual({ type: "counter", help: "An a.", unit: "" });
    await round();
    expect(sink.values(`scrape_series_added${own()}`)).toEqual([2, 0]);
    expect(manager.targetsMetadata()).toEqual([
      { target: { instance: address, job: "j" }, metric: "a", type: "counter", help: "An a.", unit: "" },
    ]);
  });

  it("knows the series of a large target again after a scrape that failed", async () => {
    const body = Array.from({ length: 1500 }, (_, i) => `a${i} 1\n`).join("");
    text(body);
    apply();
    await round();
    answer = (_, response) => response.writeHead(500).end();
    await round();
    text(body);
    await round();
    expect(new Set(sink.batches.map(({ source }) => source)).size).toBe(1);
    expect(sink.values(`a7${own()}`)).toEqual([1, "stale", 1]);
  });

  it("ends series that disappear, and all of them when a scrape fails", async () => {
    text("a 1\nb 2\n");
    apply();
    await round();
    text("b 3\n");
    await round();
    expect(sink.values(`a${own()}`)).toEqual([1, "stale"]);
    answer = (_, response) => response.writeHead(500).end();
    await round();
    expect(sink.values(`b${own()}`)).toEqual([2, 3, "stale"]);
    expect(sink.values(`up${own()}`)).toEqual([1, 1, 0]);
    expect(manager.targets()[0]).toMatchObject({
      health: "down",
      lastError: "server returned HTTP status 500 Internal Server Error",
    });
    text("b 4\n");
    await round();
    expect(sink.values(`b${own()}`)).toEqual([2, 3, "stale", 4]);
    expect(sink.values(`a${own()}`)).toEqual([1, "stale"]);
  });

  it("keeps nothing of a body that cannot be read to its end", async () => {
    text("a 1\nb nix\n");
    apply();
    await round();
    expect(sink.values(`a${own()}`)).toEqual([]);
    expect(manager.targets()[0]?.lastError).toBe(
      'strconv.ParseFloat: parsing "nix": invalid syntax while parsing: "b nix"',
    );
    text("a 1\n");
    await round();
    expect(sink.values(`a${own()}`)).toEqual([1]);
  });

  it("ends everything, up too, when a target goes", async () => {
    text("a 1\n");
    apply();
    await round();
    apply({ static_configs: [{ targets: [] }] });
    expect(sink.last(`a${own()}`)).toBe("stale");
    expect(sink.last(`up${own()}`)).toBe("stale");
    expect(manager.targets()).toEqual([]);
  });

  it("does not end anything on stop, nor on a reload that changes nothing for a series", async () => {
    text("a 1\nb 1\n");
    apply();
    await round();
    apply({ metric_relabel_configs: [{ source_labels: ["__name__"], regex: "b", action: "drop" }] });
    await round();
    expect(sink.values(`a${own()}`)).toEqual([1, 1]);
    expect(sink.values(`b${own()}`)).toEqual([1, "stale"]);
    expect(sink.values(`scrape_series_added${own()}`)).toEqual([2, 0]);
    manager.stop();
    expect(sink.last(`a${own()}`)).toBe(1);
  });

  it("renames own labels that conflict, or lets them win", async () => {
    text('a{job="x",instance="y"} 1\n');
    apply();
    await round();
    expect([...sink.samples.keys()][0]).toContain("up");
    expect(sink.values(`a{exported_instance="y", exported_job="x", instance="${address}", job="j"}`)).toEqual([1]);
    apply({ honor_labels: true });
    await round();
    expect(sink.values('a{instance="y", job="x"}')).toEqual([1]);
  });

  it("takes own timestamps unless told otherwise, and does not end such series", async () => {
    text("a 1 1699999999000\n");
    apply();
    await round();
    expect(sink.samples.get(`a${own()}`)).toEqual([{ atMs: 1_699_999_999_000, value: 1 }]);
    text("b 1\n");
    await round();
    expect(sink.values(`a${own()}`)).toEqual([1]);
    apply({ honor_timestamps: false });
    text("a 1 1699999999000\n");
    await round();
    expect(sink.samples.get(`a${own()}`)![1]!.atMs).toBeGreaterThan(START_MS);
  });

  it("ends series with own timestamps where that is tracked", async () => {
    text("a 1 1699999999000\n");
    apply({ track_timestamps_staleness: true });
    await round();
    text("b 1\n");
    await round();
    expect(sink.values(`a${own()}`)).toEqual([1, "stale"]);
  });

  it.each([
    [{ sample_limit: 1 }, "sample limit exceeded"],
    [{ label_limit: 2 }, "label_limit exceeded (metric: a, number of labels: 4, limit: 2)"],
    [{ label_value_length_limit: 3 }, 'label_value_length_limit exceeded (metric: a, label name: instance, value: "'],
    [{ body_size_limit: "5B" }, "body size limit exceeded"],
    [{ target_limit: 1, static_configs: [{ targets: ["127.0.0.1:1", "127.0.0.1:2"] }] }, "target_limit exceeded"],
  ])("holds %o", async (job, error) => {
    text('a{b="1"} 1\nc{b="1"} 1\n');
    apply(job);
    await round();
    expect(manager.targets()[0]?.lastError).toContain(error);
    expect(manager.targets()[0]?.health).toBe("down");
    await round();
    expect(manager.targets()[0]?.lastError).toContain(error);
  });

  it("reads OpenMetrics with exemplars, gzip, and protobuf by content type", async () => {
    answer = (_, response) =>
      response
        .setHeader("Content-Type", "application/openmetrics-text; version=1.0.0; charset=utf-8")
        .setHeader("Content-Encoding", "gzip")
        .end(gzipSync('# TYPE a counter\na_total 3 # {trace_id="x"} 2 1700000000.5\n# EOF\n'));
    apply();
    await round();
    expect(sink.values(`a_total${own()}`)).toEqual([3]);
    expect(sink.exemplars).toMatchObject([{ series: `a_total${own()}`, value: 2, atMs: 1_700_000_000_500 }]);
  });

  it("refuses an unknown content type unless a fallback is named", async () => {
    text("a 1\n", "application/json");
    apply();
    await round();
    expect(manager.targets()[0]?.lastError).toBe(
      'received unsupported Content-Type "application/json" and no fallback_scrape_protocol specified for target',
    );
    apply({ fallback_scrape_protocol: "PrometheusText0.0.4" });
    await round();
    expect(manager.targets()[0]?.health).toBe("up");
  });

  it("says what a dead target's connection said", async () => {
    apply({ static_configs: [{ targets: ["127.0.0.1:1"] }] });
    await round();
    expect(manager.targets()[0]).toMatchObject({
      discoveredLabels: {
        __address__: "127.0.0.1:1",
        __metrics_path__: "/metrics",
        __scheme__: "http",
        __scrape_interval__: "15s",
        __scrape_timeout__: "10s",
        job: "j",
      },
      labels: { instance: "127.0.0.1:1", job: "j" },
      scrapePool: "j",
      scrapeUrl: "http://127.0.0.1:1/metrics",
      globalUrl: "http://vm:1/metrics",
      lastError: 'Get "http://127.0.0.1:1/metrics": dial tcp 127.0.0.1:1: connect: connection refused',
      health: "down",
      scrapeInterval: "15s",
      scrapeTimeout: "10s",
    });
  });

  it("stores classic histograms as native ones, relabelled and counted as one sample, and goes on with what it knows", async () => {
    // So many lines for few samples: what the parser remembers must not look like a target that changes all the time.
    const histogram = (n: number) =>
      `# TYPE h${n} histogram\n${[1, 2, 3, 4, 5, 6, 7].map((le) => `h${n}_bucket{le="${le}"} ${le}\n`).join("")}h${n}_count 9\nh${n}_sum 1\n`;
    const body = Array.from({ length: 200 }, (_, n) => histogram(n)).join("");
    const native = { count: 9, sum: 1, schema: -53, customValues: [1, 2, 3, 4, 5, 6, 7] };
    text(body);
    apply(
      {
        metric_relabel_configs: [
          { source_labels: ["__name__"], regex: "h1", target_label: "__name__", replacement: "one" },
        ],
      },
      { convert_classic_histograms_to_nhcb: true },
    );
    await round();
    await round();
    expect(sink.last(`h0${own()}`)).toMatchObject(native);
    expect(sink.last(`one${own()}`)).toMatchObject(native);
    expect(sink.values(`h0_count${own()}`)).toEqual([]);
    expect(sink.values(`scrape_samples_scraped${own()}`)).toEqual([200, 200]);
    expect(sink.values(`scrape_series_added${own()}`)).toEqual([200, 0]);
    expect(new Set(sink.batches.map(({ source }) => source)).size).toBe(1);
    apply({ convert_classic_histograms_to_nhcb: false }, { convert_classic_histograms_to_nhcb: true });
    await round();
    expect(sink.last(`h0${own()}`)).toBe("stale");
    expect(sink.last(`h0_count${own()}`)).toBe(9);
  });

  it.each([
    [[0, 0, 0, 2, 2, 3], 3, 1],
    [[0, 0, 0, 2, 2, 3], 2, 0],
    [[1, 1, 1, 1, 3], 2, 1],
    [[1.5, 1.5, 3], 2, 1],
    [[1, 2, 3], 2, 0],
  ])("counts buckets of %j against a limit of %d as Prometheus stores them: up %d", async (counts, limit, up) => {
    const buckets = counts.map((count, i) => `h_bucket{le="${i}"} ${count}\n`).join("");
    text(`# TYPE h histogram\n${buckets}h_count 3\n`);
    apply({ convert_classic_histograms_to_nhcb: true, native_histogram_bucket_limit: limit });
    await round();
    expect(sink.values(`up${own()}`)).toEqual([up]);
  });

  it("writes each failed scrape to the file named for it", async () => {
    const dir = mkdtempSync(join(tmpdir(), "dmon-scrape-"));
    const [all, own] = [join(dir, "all.log"), join(dir, "own.log")];
    const linesOf = (file: string) => readFileSync(file, "utf8").split("\n").slice(0, -1);
    text("a 1\n");
    apply({}, { scrape_failure_log_file: all });
    await round();
    answer = (_, response) => response.writeHead(503).end();
    await round();
    await vi.waitFor(() => expect(linesOf(all)).toHaveLength(1));
    expect(JSON.parse(linesOf(all)[0]!)).toEqual({
      time: new Date(clock.nowMs()).toISOString(),
      level: "ERROR",
      msg: "server returned HTTP status 503 Service Unavailable",
      job_name: "j",
      target: `http://${address}/metrics`,
    });
    text("a b\n");
    apply({ scrape_failure_log_file: own }, { scrape_failure_log_file: all });
    await round();
    await vi.waitFor(() => expect(linesOf(own)).toHaveLength(1));
    expect(linesOf(own)[0]).toContain(manager.targets()[0]!.lastError.slice(0, 10));
    expect(linesOf(all)).toHaveLength(1);
    rmSync(dir, { recursive: true, force: true });
  });

  it("gives up a target that does not answer in time", async () => {
    answer = () => {};
    apply({ scrape_timeout: "1s" });
    while (manager.running() === 0) clock.advance(STEP_MS);
    while (requests === 0) await new Promise((done) => setTimeout(done, 2));
    clock.advance(1000);
    while (sink.batches.length === 0) await new Promise((done) => setTimeout(done, 2));
    expect(manager.targets()[0]?.lastError).toContain("context deadline exceeded");
  });

  it("lets a scrape under way end when the settings change", async () => {
    let finish = () => {};
    answer = (_, response) => {
      finish = () => response.setHeader("Content-Type", "text/plain").end("a 1\n");
    };
    apply();
    while (manager.running() === 0) clock.advance(STEP_MS);
    while (requests === 0) await new Promise((done) => setTimeout(done, 2));
    apply({ honor_labels: true });
    finish();
    while (manager.running() > 0) await new Promise((done) => setTimeout(done, 2));
    expect(manager.targets()[0]).toMatchObject({ health: "up", lastError: "" });
    expect(sink.values(`a${own()}`)).toEqual([1]);
  });

  it("sends credentials, parameters and the accepted formats", async () => {
    let seen: IncomingMessage | undefined;
    answer = (request, response) => {
      seen = request;
      response.setHeader("Content-Type", "text/plain").end("a 1\n");
    };
    const dir = mkdtempSync(join(tmpdir(), "dmon-scrape-"));
    writeFileSync(join(dir, "token"), "secret\n");
    apply({
      metrics_path: "/probe",
      params: { module: ["http 2xx"], target: ["a&b"] },
      authorization: { credentials_file: join(dir, "token") },
      http_headers: { "X-Team": { values: ["ops"] } },
    });
    await round();
    expect(seen?.url).toBe("/probe?module=http+2xx&target=a%26b");
    expect(seen?.headers).toMatchObject({
      authorization: "Bearer secret",
      "x-team": "ops",
      "x-prometheus-scrape-timeout-seconds": "10",
      accept:
        "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
    });
  });

  it("fetches an OAuth2 token once", async () => {
    let tokens = 0;
    const seen: (string | undefined)[] = [];
    answer = (request, response) => {
      if (request.url === "/token") {
        tokens++;
        response.end(JSON.stringify({ access_token: "t1", expires_in: 3600 }));
      } else {
        seen.push(request.headers.authorization);
        response.setHeader("Content-Type", "text/plain").end("a 1\n");
      }
    };
    apply({ oauth2: { client_id: "me", client_secret: "s", token_url: `http://${address}/token` } });
    await round();
    await round();
    expect(seen).toEqual(["Bearer t1", "Bearer t1"]);
    expect(tokens).toBe(1);
  });

  it("follows files that name targets", async () => {
    text("a 1\n");
    const dir = mkdtempSync(join(tmpdir(), "dmon-sd-"));
    const file = join(dir, "t.json");
    writeFileSync(file, JSON.stringify([{ targets: [address], labels: { env: "x" } }]));
    apply({ static_configs: [], file_sd_configs: [{ files: [`${dir}/*.json`] }] });
    while (manager.targets().length === 0) await new Promise((done) => setTimeout(done, 2));
    expect(manager.targets()[0]?.discoveredLabels.__meta_filepath).toBe(file);
    expect(manager.targets()[0]?.labels).toEqual({ env: "x", instance: address, job: "j" });
    writeFileSync(file, "broken");
    clock.advance(5000);
    await new Promise((done) => setTimeout(done, 30));
    expect(manager.targets()).toHaveLength(1);
    writeFileSync(file, "[]");
    clock.advance(5000);
    while (manager.targets().length > 0) await new Promise((done) => setTimeout(done, 2));
  });

  it("asks an HTTP endpoint for targets", async () => {
    answer = (request, response) =>
      request.url === "/sd"
        ? response.setHeader("Content-Type", "application/json").end(JSON.stringify([{ targets: ["127.0.0.1:1"] }]))
        : response.end();
    apply({ static_configs: [], http_sd_configs: [{ url: `http://${address}/sd` }] });
    while (manager.targets().length === 0) await new Promise((done) => setTimeout(done, 2));
    expect(manager.targets()[0]?.discoveredLabels.__meta_url).toBe(`http://${address}/sd`);
  });

  it("remembers dropped targets", () => {
    apply({ relabel_configs: [{ source_labels: ["__address__"], regex: ".*", action: "drop" }] });
    expect(manager.targets()).toEqual([]);
    expect(manager.droppedTargetCounts()).toEqual({ j: 1 });
    expect(manager.droppedTargets()).toMatchObject([{ scrapePool: "j", discoveredLabels: { __address__: address } }]);
    expect(manager.scrapePools()).toEqual(["j"]);
  });

  it("forgets lines of a target whose series come and go, and still ends them", async () => {
    apply();
    for (let i = 0; i < 10; i++) {
      text(Array.from({ length: 300 }, (_, k) => `a{n="${i}-${k}"} 1\n`).join(""));
      await round();
    }
    const ended = [...sink.samples].filter(
      ([key, samples]) => key.startsWith("a{") && samples.at(-1)?.value === "stale",
    );
    expect(ended).toHaveLength(9 * 300);
    expect(new Set(sink.batches.map((batch) => batch.source)).size).toBeGreaterThan(1);
    expect(sink.values(`up${own()}`)).toEqual(new Array(10).fill(1));
  });
});
