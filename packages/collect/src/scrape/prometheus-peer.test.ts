/** The same odd pages scraped by a real Prometheus and by us: targets, errors, series and values must agree. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Labels, systemClock } from "@dmon/model";
import { describe, expect, it } from "vitest";
import { findPrometheus, startPrometheus } from "../testing/prometheus-peer.ts";
import { ScrapedSink } from "../testing/scraped-sink.ts";
import { parsePrometheusConfig } from "./config-check.ts";
import { scrapeJobsOf } from "./prometheus-config.ts";
import { createScrapeManager } from "./scrape-manager.ts";
import type { ActiveTarget } from "./target-status.ts";

const binary = findPrometheus();
if (binary === undefined) console.log("skipped: no Prometheus (PROMETHEUS_BIN or PATH)");

const TEXT = "text/plain";
/** Content type and body by path. */
const PAGES: Readonly<Record<string, readonly [type: string, body: string]>> = {
  "/negative": [TEXT, "a 1 -5\n"],
  "/own-time": [TEXT, `a 1 ${Date.now()}\nb 2\n`],
  "/conflicts": [
    TEXT,
    'a{job="x",instance="y",exported_job="z"} 1\na{job="x2"} 1\n# TYPE h histogram\nh_bucket{le="1"} 1\nh_bucket{le="+Inf"} 2\nh_sum 1\nh_count 2\n# TYPE s summary\ns{quantile="0.50"} 1\ns_sum 1\ns_count 1\nlate{le="1"} 3\n',
  ],
  "/blanks": [TEXT, 'a\t{ b = "c" } \t1\n'],
  "/no-comma": [TEXT, 'a{b="c"d="e"} 1\n'],
  "/twice": [TEXT, "a 1\na 2\n"],
  "/empty-value": [TEXT, 'a{b=""} 1\nlabel{job=""} 2\n'],
  "/utf8": [TEXT, '{"with.dot","la.bel"="v"} 1\n'],
  "/openmetrics": [
    "application/openmetrics-text; version=1.0.0",
    '# TYPE a counter\na_total 1 # {x="y"} 1\na_created 5\n# EOF\n',
  ],
  "/no-type": ["", "a 1\n"],
  "/json": ["application/json", "a 1\n"],
  "/no-line-feed": [TEXT, "a 1"],
  "/crlf": [TEXT, "a 1\r\n"],
  "/bad-type": [TEXT, "# TYPE a foo\na 1\n"],
  "/type-blank": [TEXT, "# TYPE a counter \na 1\n"],
  "/no-help": [TEXT, "# HELP a\n# TYPE a gauge\na 1\n"],
  "/infinite": [TEXT, "a +Inf\nb -inf\nc nan\nd infinity\n"],
  "/range": [TEXT, "e 1e999\n"],
  "/hexadecimal": [TEXT, "f 0x10\n"],
  "/underscore": [TEXT, "a 1_000\n"],
  "/empty": [TEXT, ""],
  "/help-brace": [TEXT, "# HELP {x} y\na 1\n"],
  "/two-names": [TEXT, '{"a","b"} 1\n'],
  "/name-twice": [TEXT, 'a{"b"} 1\n'],
  "/digits": [TEXT, "a 123456789012345678901234567890\nb 0.1234567890123456789\nc 1e-320\n"],
  "/late": [TEXT, "a 1 99999999999999999999\n"],
};

/** @param failures where failed scrapes are written */
function config(port: number, failures: string): string {
  const jobs = Object.keys(PAGES).map(
    (path) =>
      `  - {job_name: "${path}", metrics_path: "${path}", params: {z: ["a b&c"], module: [x, y]}, static_configs: [{targets: ["127.0.0.1:${port}"], labels: {env: prod}}]}`,
  );
  return `
global: {scrape_interval: 1s, scrape_timeout: 1s, scrape_failure_log_file: "${failures}"}
scrape_configs:
${jobs.join("\n")}
  - {job_name: missing, metrics_path: /missing, static_configs: [{targets: ["127.0.0.1:${port}"]}]}
  - {job_name: refused, static_configs: [{targets: ["127.0.0.1:1"]}]}
  - job_name: relabelled
    metrics_path: /conflicts
    honor_labels: true
    static_configs: [{targets: ["127.0.0.1:${port}", "dropme:1"]}]
    relabel_configs:
      - {source_labels: [__address__], regex: "drop.*", action: drop}
      - {source_labels: [__address__], regex: "(.*):.*", target_label: host}
      - {target_label: __param_target, replacement: "a/b"}
    metric_relabel_configs:
      - {source_labels: [__name__], regex: "h_.*", action: drop}
      - {regex: "quantile", action: labeldrop}
`;
}

interface Answer<T> {
  readonly data: T;
}
interface Targets {
  readonly activeTargets: readonly ActiveTarget[];
  readonly droppedTargets: readonly object[];
  readonly droppedTargetCounts: object;
}
interface Vector {
  readonly result: readonly { metric: Record<string, string>; value: [number, string] }[];
}

/** What lines of a failure log say, each once. */
function failuresIn(file: string): readonly object[] {
  const lines = readFileSync(file, "utf8").split("\n").slice(0, -1);
  const said = lines.map((line) => {
    const { time, source: _place, ...rest } = JSON.parse(line) as Record<string, string>;
    return JSON.stringify({ ...rest, time: Number.isNaN(Date.parse(time!)) ? time : "a time" });
  });
  return [...new Set(said)].sort().map((line) => JSON.parse(line) as object);
}

/** Without what differs between two scrapes of the same page. */
function lasting({ lastScrape: _at, lastScrapeDuration: _took, globalUrl: _url, ...target }: ActiveTarget) {
  return target;
}

describe.skipIf(binary === undefined)("beside a real Prometheus", () => {
  it("says the same of the same pages", async () => {
    const server = createServer((request, response) => {
      const page = PAGES[request.url?.split("?")[0] ?? ""];
      if (page === undefined) {
        response.writeHead(404).end();
        return;
      }
      if (page[0] !== "") response.setHeader("Content-Type", page[0]);
      response.end(page[1]);
    });
    await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
    const { port } = server.address() as AddressInfo;
    const dir = mkdtempSync(join(tmpdir(), "dmon-failures-"));
    const [theirLog, ourLog] = [join(dir, "theirs.log"), join(dir, "ours.log")];
    const prometheus = await startPrometheus(binary!, config(port, theirLog));
    const sink = new ScrapedSink();
    let source = 0;
    const manager = createScrapeManager({
      sink,
      clock: systemClock,
      log: { warn() {} },
      allocateSource: () => ++source,
    });
    try {
      manager.apply(scrapeJobsOf(parsePrometheusConfig(config(port, ourLog)).config!));
      const ask = async <T>(path: string) =>
        ((await (await fetch(`${prometheus.url}/api/v1/${path}`)).json()) as Answer<T>).data;
      // Its discovery begins after five seconds; each target is to be scraped twice.
      const scraped = (targets: readonly ActiveTarget[]) =>
        targets.length > 0 && targets.every((each) => each.health !== "unknown");
      let theirs = await ask<Targets>("targets");
      while (!scraped(theirs.activeTargets)) {
        await new Promise((done) => setTimeout(done, 200));
        theirs = await ask<Targets>("targets");
      }
      await new Promise((done) => setTimeout(done, 2500));
      theirs = await ask<Targets>("targets");
      const byPool = (targets: readonly ActiveTarget[]) =>
        targets.map(lasting).sort((a, b) => (a.scrapePool < b.scrapePool ? -1 : 1));
      expect(byPool(manager.targets())).toEqual(byPool(theirs.activeTargets));
      expect(manager.droppedTargets()).toEqual(theirs.droppedTargets);
      expect(manager.droppedTargetCounts()).toEqual(theirs.droppedTargetCounts);

      // Ours also has the scrapes that failed after an answer; theirs were all without one.
      const theirFailures = failuresIn(theirLog);
      expect(theirFailures.length).toBeGreaterThanOrEqual(2);
      expect(failuresIn(ourLog)).toEqual(expect.arrayContaining([...theirFailures]));

      const { result } = await ask<Vector>(
        `query?query=${encodeURIComponent('{__name__=~".+",__name__!="scrape_duration_seconds"}')}`,
      );
      const number = (value: string) => Number(value.replace("Inf", "Infinity"));
      const wanted = Object.fromEntries(
        result.map(({ metric, value }) => [Labels.from(metric).toString(), number(value[1])]),
      );
      const got = Object.fromEntries(
        [...sink.samples]
          .filter(([series]) => !series.startsWith("scrape_duration_seconds"))
          .map(([series, samples]) => [series, samples.at(-1)!.value]),
      );
      expect(got).toEqual(wanted);
    } finally {
      manager.stop();
      await prometheus.stop();
      server.closeAllConnections();
      server.close();
      rmSync(dir, { recursive: true, force: true });
    }
  });
});
