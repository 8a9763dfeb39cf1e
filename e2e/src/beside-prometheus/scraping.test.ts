/**
 * Targets that are hard to scrape, by a real Prometheus and by us: TLS, credentials, tokens, proxies, redirects, limits, own
 * timestamps, native histograms; and random relabelling of targets and samples. Health, error, own metrics of the scrape and
 * samples must agree.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parsePrometheusConfig, scrapeJobsOf } from "../../../packages/collect/src/scrape/config.ts";
import { createScrapeManager, type ScrapeManager } from "../../../packages/collect/src/scrape/index.ts";
import {
  findPrometheus,
  type RunningPrometheus,
  startPrometheus,
} from "../../../packages/collect/src/testing/prometheus-peer.ts";
import { ScrapedSink } from "../../../packages/collect/src/testing/scraped-sink.ts";
import { ProtoWriter } from "../../../packages/collect/src/testing/write-requests.ts";
import { Labels, systemClock } from "../../../packages/model/src/index.ts";
import { apart, settled } from "./compare.ts";
import { RELABELLED_PAGE, relabelJobs, relabelledParts, type ShownTargets } from "./relabel-cases.ts";

const binary = findPrometheus();
if (binary === undefined) console.warn("skipped: no Prometheus to compare with (PROMETHEUS_BIN or PATH)");

const pem = (name: string): string =>
  fileURLToPath(new URL(`../../../packages/server/src/security/testing/${name}.pem`, import.meta.url));

const SEED = Number(process.env.RELABEL_SEED ?? 1);
const RELABEL_JOBS = Number(process.env.RELABEL_JOBS ?? 120);

const TEXT = "text/plain; version=0.0.4";
const OLD_MS = Date.now() - 60_000;
const PAGE = 'a{b="c",long_label_name="long value of a label"} 1\na{b="d"} 2\nb 3\n';
const TIMED = `timed 1 ${OLD_MS}\nuntimed 2\n`;

/** One native histogram with classic buckets beside it, and a counter. */
const PROTOBUF = Buffer.concat([
  family("h", 4, (metric) => {
    metric.message(7, (histogram) => {
      histogram.varint(1, 6).double(2, 9.5);
      histogram.message(3, (bucket) => bucket.varint(1, 2).double(2, 1));
      histogram.message(3, (bucket) => bucket.varint(1, 5).double(2, 2.5));
      histogram.sint(5, 3).double(6, 0.001).varint(7, 1);
      histogram.message(12, (span) => span.sint(1, -1).varint(2, 2)).packedSint(13, [2, 1]);
    });
  }),
  family("c_total", 0, (metric) => void metric.message(3, (counter) => void counter.double(1, 7))),
]);

function family(name: string, type: number, metric: (writer: ProtoWriter) => void): Buffer {
  const message = new ProtoWriter().string(1, name).varint(3, type).message(4, metric).finish();
  return Buffer.concat([new ProtoWriter().raw(message.length).finish(), message]);
}

type Handler = (request: http.IncomingMessage, response: http.ServerResponse) => void;

function answer(body: string | Buffer, headers: http.OutgoingHttpHeaders = {}, status = 200): Handler {
  return (_request, response) => response.writeHead(status, { "content-type": TEXT, ...headers }).end(body);
}

function guarded(test: (request: http.IncomingMessage) => boolean): Handler {
  return (request, response) => {
    if (test(request)) answer(PAGE)(request, response);
    else response.writeHead(401).end();
  };
}

let tokens = 0;

const HANDLERS: Readonly<Record<string, Handler>> = {
  "/ok": answer(PAGE),
  "/timed": answer(TIMED),
  "/401": answer("", {}, 401),
  "/500": answer("x", {}, 500),
  "/204": answer("", {}, 204),
  "/basic": guarded(({ headers }) => headers.authorization === `Basic ${btoa("ada:p:w")}`),
  "/bearer": guarded(({ headers }) => headers.authorization === "Bearer from-file"),
  "/scheme": guarded(({ headers }) => headers.authorization === "Token from-file"),
  "/oauth": guarded(({ headers }) => headers.authorization === "Bearer issued"),
  "/headers": guarded(({ rawHeaders }) => rawHeaders.join("|").includes("X-A|1") && rawHeaders.includes("from-file")),
  "/token": (request, response) => {
    let form = "";
    request.on("data", (chunk) => {
      form += String(chunk);
    });
    request.on("end", () => {
      tokens++;
      const basic = request.headers.authorization === `Basic ${btoa("id:from-file")}`;
      const right = basic && form.includes("grant_type=client_credentials") && form.includes("scope=a+b");
      if (!right || !form.includes("audience=x")) response.writeHead(400).end("no");
      else
        response
          .writeHead(200, { "content-type": "application/json" })
          .end('{"access_token":"issued","token_type":"bearer","expires_in":3600}');
    });
  },
  "/no-token": answer("broken", { "content-type": "application/json" }),
  "/redirect": answer("", { location: "/ok" }, 302),
  "/redirect-circle": answer("", { location: "/redirect-circle" }, 302),
  "/redirect-nowhere": answer("", {}, 302),
  "/slow": (request, response) => void setTimeout(() => answer(PAGE)(request, response), 900),
  "/close": (request) => request.socket.destroy(),
  "/partial": (_request, response) => {
    response.writeHead(200, { "content-type": TEXT, "content-length": "1000" });
    response.write(PAGE);
    setTimeout(() => response.socket?.destroy(), 20);
  },
  "/gzip": answer(gzipSync(PAGE), { "content-encoding": "gzip" }),
  "/bad-gzip": answer("not gzip", { "content-encoding": "gzip" }),
  "/deflate": answer("not gzip", { "content-encoding": "deflate" }),
  "/protobuf": answer(PROTOBUF, {
    "content-type": "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited",
  }),
  "/protobuf-cut": answer(PROTOBUF.subarray(0, 40), {
    "content-type": "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited",
  }),
  "/no-type": (_request, response) => response.end(PAGE),
  "/wrong-type": answer(PAGE, { "content-type": "text/html" }),
  "/openmetrics-as-text": answer("# TYPE a counter\na_total 1\n# EOF\n"),
  "/no-eof": answer("a 1\n", { "content-type": "application/openmetrics-text; version=1.0.0" }),
  "/half-bad": answer("a 1\nb 2\nc{ 3\n"),
  "/conflict": answer('a{job="x",instance="",exported_job="y"} 1\nb{env=""} 2\n'),
  "/stale": answer("a NaN\n"),
  "/metrics": answer(RELABELLED_PAGE),
};

interface Active {
  readonly labels: Readonly<Record<string, string>>;
  readonly scrapePool: string;
  readonly health: string;
  readonly lastError: string;
}

describe.skipIf(binary === undefined)("scraping beside a real Prometheus", () => {
  const servers: http.Server[] = [];
  let dir: string;
  let prometheus: RunningPrometheus;
  let manager: ScrapeManager;
  const sink = new ScrapedSink();
  const rules = new Map<string, unknown>();
  const rulesOf = (key: string) => {
    const job = /^(relabel \d+):|job="(metric relabel \d+)"/.exec(key);
    return job === null ? "" : `\n  ${JSON.stringify(rules.get(job[1] ?? job[2]!))} (seed ${SEED})`;
  };

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), "dmon-scraping-"));
    const file = (name: string, text: string) => {
      writeFileSync(join(dir, name), text);
      return join(dir, name);
    };
    const secret = file("secret", "from-file\n");
    const handle: Handler = (request, response) => {
      const handler = HANDLERS[request.url?.split("?")[0] ?? ""];
      if (handler === undefined) response.writeHead(404).end();
      else handler(request, response);
    };
    const listen = async (server: http.Server): Promise<string> => {
      servers.push(server.listen(0, "127.0.0.1"));
      await new Promise((ready) => server.once("listening", ready));
      return `127.0.0.1:${(server.address() as AddressInfo).port}`;
    };
    const cert = { cert: readFileSync(pem("server")), key: readFileSync(pem("server-key")) };
    const plain = await listen(http.createServer(handle));
    const secure = await listen(https.createServer(cert, handle));
    const mutual = await listen(
      https.createServer({ ...cert, ca: readFileSync(pem("ca")), requestCert: true }, handle) as http.Server,
    );
    const old = await listen(https.createServer({ ...cert, maxVersion: "TLSv1.2" }, handle));
    const proxy = http.createServer((request, response) => {
      if (!request.url?.startsWith("http://")) response.writeHead(400).end();
      else answer("through_proxy 1\n")(request, response);
    });
    proxy.on("connect", (request, socket) => {
      const [host, port] = request.url!.split(":");
      const through = connect(Number(port), host, () => {
        socket.write("HTTP/1.1 200 OK\r\n\r\n");
        through.pipe(socket).pipe(through);
      });
      through.on("error", () => socket.destroy());
      socket.on("error", () => through.destroy());
    });
    const proxied = await listen(proxy);

    const jobs: Record<string, unknown>[] = [];
    const job = (name: string, path: string, more: object = {}, address = plain) =>
      jobs.push({
        job_name: name,
        metrics_path: path,
        static_configs: [{ targets: [address], labels: { env: "prod" } }],
        ...more,
      });
    for (const path of Object.keys(HANDLERS).filter((one) => !/token/.test(one))) {
      job(`plain ${path}`, path, path.startsWith("/protobuf") ? OURS_TOO : {});
    }
    job("missing", "/missing");
    job("refused", "/ok", {}, "127.0.0.1:1");
    job("no such scheme", "/ok", { scheme: "prod" });
    job("no such host", "/ok", {}, "host.invalid:80");
    job("http to https", "/ok", {}, secure);
    job("https to http", "/ok", { scheme: "https" });

    job("basic", "/basic", { basic_auth: { username: "ada", password: "p:w" } });
    job("basic from files", "/basic", {
      basic_auth: { username_file: file("user", "ada\n"), password_file: file("password", "p:w\n\n") },
    });
    job("basic wrong", "/basic", { basic_auth: { username: "ada", password: "x" } });
    job("bearer from file", "/bearer", { authorization: { credentials_file: secret } });
    job("bearer of old", "/bearer", { bearer_token_file: secret });
    job("other scheme", "/scheme", { authorization: { type: "Token", credentials_file: secret } });
    job("bearer file missing", "/bearer", { authorization: { credentials_file: join(dir, "none") } });
    const oauth2 = {
      client_id: "id",
      client_secret_file: secret,
      scopes: ["a", "b"],
      token_url: `http://${plain}/token`,
      endpoint_params: { audience: "x" },
    };
    job("oauth2", "/oauth", { oauth2 });
    job("oauth2 refused", "/oauth", { oauth2: { ...oauth2, endpoint_params: {} } });
    job("oauth2 broken", "/oauth", { oauth2: { ...oauth2, token_url: `http://${plain}/no-token` } });
    job("oauth2 unreachable", "/oauth", { oauth2: { ...oauth2, token_url: "http://127.0.0.1:1/token" } });
    job("headers", "/headers", { http_headers: { "X-A": { values: ["1", "2"], files: [secret] } } });
    job("proxy", "/ok", { proxy_url: `http://${proxied}` });
    job(
      "proxy for https",
      "/ok",
      { proxy_url: `http://${proxied}`, scheme: "https", tls_config: { ca_file: pem("ca") } },
      secure,
    );
    job("proxy not for this", "/ok", { proxy_url: "http://127.0.0.1:1", no_proxy: "127.0.0.1" });
    job("proxy refused", "/ok", { proxy_url: "http://127.0.0.1:1" });
    job("no redirects", "/redirect", { follow_redirects: false });
    job("timeout", "/slow", { scrape_timeout: "300ms" });

    const tls = (name: string, tls_config: object, address = secure) =>
      job(`tls ${name}`, "/ok", { scheme: "https", tls_config }, address);
    tls("unknown authority", {});
    tls("authority", { ca_file: pem("ca") });
    tls("authority inline", { ca: readFileSync(pem("ca"), "utf8") });
    tls("other name", { ca_file: pem("ca"), server_name: "other.example" });
    tls("unverified", { insecure_skip_verify: true });
    tls("client", { ca_file: pem("ca"), cert_file: pem("client"), key_file: pem("client-key") }, mutual);
    tls("no client", { ca_file: pem("ca") }, mutual);
    tls("stranger", { ca_file: pem("ca"), cert_file: pem("stranger"), key_file: pem("stranger-key") }, mutual);
    tls("too old", { ca_file: pem("ca"), min_version: "TLS13" }, old);
    tls("old", { ca_file: pem("ca") }, old);
    tls("wrong authority", { ca_file: pem("stranger") });

    for (const [key, limits] of Object.entries({ sample_limit: [2, 3], label_limit: [4, 5, 6] })) {
      for (const limit of limits) job(`${key} ${limit}`, "/ok", { [key]: limit });
    }
    for (const limit of [14, 15]) job(`label_name_length_limit ${limit}`, "/ok", { label_name_length_limit: limit });
    for (const limit of [20, 21, 40])
      job(`label_value_length_limit ${limit}`, "/ok", { label_value_length_limit: limit });
    for (const limit of [10, PAGE.length - 1, PAGE.length]) {
      job(`body_size_limit ${limit}`, "/ok", { body_size_limit: `${limit}B` });
      job(`body_size_limit gzip ${limit}`, "/gzip", { body_size_limit: `${limit}B` });
    }
    for (const limit of [1, 2]) {
      const static_configs = [{ targets: [plain, plain.replace("127.0.0.1", "localhost")] }];
      job(`target_limit ${limit}`, "/ok", { target_limit: limit, static_configs });
    }
    const drop = { source_labels: ["__address__"], regex: "d.*", action: "drop" };
    const static_configs = [{ targets: ["d1:1", "d2:1", "d3:1", plain] }];
    for (const keep of [0, 1, 2]) {
      job(`keep_dropped ${keep}`, "/ok", { keep_dropped_targets: keep, static_configs, relabel_configs: [drop] });
    }
    for (const honor of [true, false]) {
      job(`honor_labels ${honor}`, "/conflict", { honor_labels: honor });
      job(`honor_timestamps ${honor}`, "/timed", { honor_timestamps: honor });
      job(`track_timestamps ${honor}`, "/timed", { track_timestamps_staleness: honor });
      job(`compression ${honor}`, "/ok", { enable_compression: honor });
    }
    for (const fallback_scrape_protocol of ["PrometheusText0.0.4", "OpenMetricsText1.0.0", "PrometheusProto"]) {
      job(`fallback none ${fallback_scrape_protocol}`, "/no-type", { fallback_scrape_protocol });
      job(`fallback wrong ${fallback_scrape_protocol}`, "/wrong-type", { fallback_scrape_protocol });
    }
    const scrape_protocols = ["PrometheusProto"];
    job("proto", "/protobuf", { scrape_protocols, ...OURS_TOO });
    job("proto classic too", "/protobuf", { scrape_protocols, always_scrape_classic_histograms: true, ...OURS_TOO });
    job("proto few buckets", "/protobuf", { scrape_protocols, native_histogram_bucket_limit: 1, ...OURS_TOO });

    jobs.push(...relabelJobs(SEED, RELABEL_JOBS, plain));
    for (const { job_name, relabel_configs, metric_relabel_configs } of jobs) {
      rules.set(String(job_name), relabel_configs ?? metric_relabel_configs);
    }

    const global = { scrape_interval: "1s", scrape_timeout: "1s" };
    // Prometheus 3.5 takes native histograms by a flag, ours by the key that 3.14 has.
    const configOf = (withKey: boolean) =>
      JSON.stringify({
        global,
        scrape_configs: jobs.map(({ scrape_native_histograms, ...rest }) =>
          withKey && scrape_native_histograms ? { ...rest, scrape_native_histograms } : rest,
        ),
      });
    prometheus = await startPrometheus(binary!, configOf(false), [
      "--scrape.discovery-reload-interval=100ms",
      "--enable-feature=native-histograms",
    ]);
    let source = 0;
    manager = createScrapeManager({ sink, clock: systemClock, log: { warn() {} }, allocateSource: () => ++source });
    const { config, errors } = parsePrometheusConfig(configOf(true));
    expect(errors).toEqual([]);
    manager.apply(scrapeJobsOf(config!));
  }, 60_000);
  afterAll(async () => {
    manager?.stop();
    await prometheus?.stop();
    for (const server of servers) {
      server.closeAllConnections();
      server.close();
    }
    if (dir !== undefined) rmSync(dir, { recursive: true, force: true });
  });

  async function ask<T>(path: string): Promise<T> {
    return ((await (await fetch(`${prometheus.url}/api/v1/${path}`)).json()) as { data: T }).data;
  }

  it("says the same of each target", async () => {
    const health = (targets: readonly Active[]) =>
      new Map(
        targets
          .filter(({ scrapePool }) => !scrapePool.startsWith("relabel "))
          .map((one) => [`${one.scrapePool} ${one.labels.instance}`, `${one.health} ${said(one.lastError)}`]),
      );
    const lines = await settled(async () => {
      const { activeTargets } = await ask<{ activeTargets: Active[] }>("targets?state=active");
      return apart(health(activeTargets), health(manager.targets()));
    });
    expect(lines).toEqual([]);
    const dropped = await ask<{ droppedTargetCounts: object; droppedTargets: object[] }>("targets?state=dropped");
    expect(manager.droppedTargetCounts()).toEqual(dropped.droppedTargetCounts);
    expect(manager.droppedTargets().length).toBe(dropped.droppedTargets.length);
    expect(tokens).toBeGreaterThan(0);
  }, 30_000);

  it("makes the same targets by random relabelling", async () => {
    const ours = { activeTargets: manager.targets(), droppedTargets: manager.droppedTargets() };
    const lines = await settled(async () =>
      apart(relabelledParts(await ask<ShownTargets>("targets")), relabelledParts(ours), rulesOf),
    );
    expect(lines).toEqual([]);
    expect(relabelledParts(ours).size).toBeGreaterThan(RELABEL_JOBS);
  }, 30_000);

  it("takes the same samples", async () => {
    type Sample = {
      metric: Record<string, string>;
      value?: [number, string];
      histogram?: [number, { count: string; sum: string }];
    };
    const query = encodeURIComponent('{__name__=~".+",__name__!~"scrape_duration_seconds"}');
    const lines = await settled(async () => {
      const { result } = await ask<{ result: Sample[] }>(`query?query=${query}`);
      const theirs = new Map(
        result.map(({ metric, value, histogram }) => [
          Labels.from(metric).toString(),
          histogram === undefined
            ? String(Number(value![1].replace("Inf", "Infinity")))
            : `count ${histogram[1].count} sum ${histogram[1].sum}`,
        ]),
      );
      const ours = new Map<string, string>();
      for (const [series, samples] of sink.samples) {
        if (series.startsWith("scrape_duration_seconds")) continue;
        const { value } = samples.at(-1)!;
        if (typeof value === "object") ours.set(series, `count ${value.count} sum ${value.sum}`);
        else if (value !== "stale") ours.set(series, String(value));
      }
      return apart(theirs, ours, rulesOf);
    });
    expect(lines).toEqual([]);
  }, 30_000);
});

const OURS_TOO = { scrape_native_histograms: true };

/** An error without what no two programs say alike: addresses of resolvers, and where their libraries found a fault. */
function said(error: string): string {
  return error
    .replace(/ on [\d.[\]:]+:\d+: .*$/, ": no such host")
    .replace(/lookup host\.invalid: .*/, "lookup host.invalid: no such host")
    .replace(/(cannot parse json:).*/, "$1 …")
    .replace(/^clientpb: .*|^proto: cannot parse.*/, "protobuf cannot be parsed")
    .replace(/unsupported content encoding.*|unsupported character in float.*"not gzip"$/, "neither packed nor text");
}
