/**
 * The HTTP API beside a real Prometheus that holds the same data: status, content type and body of hundreds of requests, errors
 * included; and a real Prometheus that reads through our remote read.
 */
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  findPrometheus,
  type RunningPrometheus,
  startPrometheus,
} from "../../../packages/collect/src/testing/prometheus-peer.ts";
import { packed, type WrittenSeries, writeRequestV1 } from "../../../packages/collect/src/testing/write-requests.ts";
import { readCliToken, type ServerProcess, startServerProcess, until } from "../support/server-process.ts";
import { differences } from "./compare.ts";
import { writtenSeries } from "./data.ts";
import { expressions, federation, forms, names, parameters, rulesAndTargets } from "./requests.ts";

const binary = findPrometheus();
if (binary === undefined) console.warn("skipped: no Prometheus to compare with (PROMETHEUS_BIN or PATH)");

const EXPOSED = `# HELP app_temp Temperature.
# TYPE app_temp gauge
app_temp 3.5
# HELP app_requests_total Requests.
# TYPE app_requests_total counter
app_requests_total{code="200"} 5
`;

const RULES = `
groups:
- name: one
  interval: 1s
  rules:
  - {alert: Firing, expr: vector(1) > 0, labels: {severity: page, v: "{{ $value }}"}, annotations: {summary: "value {{ $value | humanize }}"}}
  - {alert: Pending, expr: app_temp > 0, for: 1h, keep_firing_for: 5m}
  - {alert: Never, expr: app_temp == 77, labels: {severity: none}}
  - {record: "one:app_temp", expr: sum by (job) (app_temp), labels: {team: a}}
  - {record: "one:bad", expr: 'label_replace(odd offset -1h, "a", "b", "", "") * on () group_left app_temp'}
- name: two
  interval: 1s
  rules:
  - {record: "x", expr: "1"}
`;

/** A first sample two hours ago, so that both servers take what came before it is scraped. */
const startMs = Math.floor(Date.now() / 15_000) * 15_000 - 2 * 3_600_000;
const startS = startMs / 1000;

describe.skipIf(binary === undefined)("beside a real Prometheus", () => {
  let dir: string;
  let target: Server;
  let prometheus: RunningPrometheus;
  let ours: ServerProcess;

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), "dmon-beside-"));
    target = createServer((_request, response) => {
      response.writeHead(200, { "content-type": "text/plain; version=0.0.4" }).end(EXPOSED);
    }).listen(0, "127.0.0.1");
    await new Promise((ready) => target.once("listening", ready));
    const config = `
global: {scrape_interval: 1s, evaluation_interval: 1s, query_log_file: "${dir}/WHOSE.log", external_labels: {cluster: c1, zone: z}}
rule_files: ["${dir}/*.rules.yml"]
scrape_config_files: ["${dir}/*.scrape.yml"]
alerting: {alertmanagers: [{static_configs: [{targets: ["127.0.0.1:1"]}], path_prefix: /am}]}
`;
    writeFileSync(
      join(dir, "dmon.yml"),
      `${config.replace("WHOSE", "ours")}\nlog: {level: error}\ncollect: {interval: 1h}\n`,
    );
    mkdirSync(join(dir, "data"));
    [prometheus, ours] = await Promise.all([
      startPrometheus(binary!, config.replace("WHOSE", "theirs"), [
        "--web.enable-remote-write-receiver",
        "--web.enable-lifecycle",
        "--enable-feature=native-histograms,exemplar-storage",
      ]),
      startServerProcess({ dataDir: join(dir, "data"), args: ["--config", join(dir, "dmon.yml")] }),
    ]);
    await write(writtenSeries(startMs));
    writeFileSync(join(dir, "a.rules.yml"), RULES);
    writeFileSync(join(dir, "a.scrape.yml"), jobs((target.address() as AddressInfo).port));
    await reload();
    for (const url of [prometheus.url, ours.url]) {
      await until("two evaluations of the rules", async () => {
        const response = await fetch(`${url}/api/v1/query?query=count_over_time({__name__=~"x|one:app_temp"}[1m])`);
        const { data } = (await response.json()) as { data: { result: { value: [number, string] }[] } };
        return data.result.length === 2 && data.result.every(({ value }) => Number(value[1]) > 1) ? true : undefined;
      });
    }
  }, 60_000);
  afterAll(async () => {
    await Promise.all([prometheus?.stop(), ours?.stop()]);
    target?.close();
    if (dir !== undefined) rmSync(dir, { recursive: true, force: true });
  });

  async function reload(): Promise<void> {
    const authorization = `Bearer ${readCliToken(ours.dataDir)}`;
    for (const [url, headers] of [
      [prometheus.url, {}],
      [ours.url, { authorization }],
    ] as const) {
      expect((await fetch(`${url}/-/reload`, { method: "POST", headers })).status).toBe(200);
    }
  }

  async function write(series: readonly WrittenSeries[]): Promise<void> {
    const body = new Blob([Buffer.from(packed(writeRequestV1(series)))]);
    const headers = { "content-type": "application/x-protobuf", "content-encoding": "snappy" };
    for (const { url } of [prometheus, ours]) {
      const response = await fetch(`${url}/api/v1/write`, { method: "POST", body, headers });
      expect([response.status, await response.text()]).toEqual([204, ""]);
    }
  }

  it.each([
    ["expressions", () => expressions(startS)],
    ["parameters", () => parameters(startS)],
    ["names and exemplars", () => names(startS)],
    ["forms and methods", forms],
    ["rules and targets", rulesAndTargets],
  ])(
    "answers %s alike",
    async (_, asks) => {
      expect(await differences(prometheus.url, ours.url, asks())).toEqual([]);
    },
    60_000,
  );

  it("logs queries alike, and goes on in a new file after a reload", async () => {
    const asked = async (mark: string) => {
      const at = { time: "5.5", start: "1", end: "100.25", step: "15.5" };
      const asks = [
        `temp + ${mark}`,
        `{__name__=~"odd|temp"} / ignoring (k, room) group_left () odd + ${mark}`,
        `sum( ${mark}`,
      ];
      for (const { url } of [prometheus, ours]) {
        for (const query of asks) {
          await fetch(`${url}/api/v1/query?${new URLSearchParams({ query, ...at })}`);
          await fetch(`${url}/api/v1/query_range`, { method: "POST", body: new URLSearchParams({ query, ...at }) });
        }
      }
      const [theirs, ourLines] = await Promise.all(
        ["theirs", "ours"].map((whose) =>
          until(`${mark} in the log of ${whose}`, async () => {
            const lines = loggedIn(join(dir, `${whose}.log`), mark);
            return lines.length >= 4 ? lines : undefined;
          }),
        ),
      );
      expect(theirs).toHaveLength(4);
      expect(ourLines).toEqual(theirs);
    };
    await asked("414243");
    for (const whose of ["theirs", "ours"]) renameSync(join(dir, `${whose}.log`), join(dir, `${whose}.log.1`));
    await reload();
    await asked("515253");
    for (const whose of ["theirs", "ours"]) expect(loggedIn(join(dir, `${whose}.log.1`), "515253")).toEqual([]);
    const groups = ["theirs", "ours"].map((whose) => loggedIn(join(dir, `${whose}.log.1`), "ruleGroup"));
    expect(groups[1]).toEqual(groups[0]);
    expect(groups[0]!.length).toBeGreaterThan(3);
  }, 30_000);

  it("federates alike, native histograms included", async () => {
    const nowMs = Date.now();
    const current = writtenSeries(nowMs).filter(({ labels }) => /^(native|custom|temp)$/.test(labels[0]?.[1] ?? ""));
    const renamed = current.map(({ labels: [, ...others], samples, histograms, ...rest }, i) => ({
      ...rest,
      labels: [["__name__", i % 2 === 0 ? "now.dotted" : "now_plain"], ...others, ["n", String(i)]] as const,
      samples: samples?.slice(0, 1) ?? [],
      histograms: histograms?.slice(0, 1) ?? [],
    }));
    await write(renamed.map((one) => ({ ...one, labels: [...one.labels].sort(([a], [b]) => (a < b ? -1 : 1)) })));
    expect(await differences(prometheus.url, ours.url, federation())).toEqual([]);
  });

  it("is read by a Prometheus as one of its own is", async () => {
    const readerOf = (url: string) =>
      startPrometheus(binary!, `remote_read: [{url: "${url}/api/v1/read", read_recent: true}]\n`, [
        "--enable-feature=native-histograms",
      ]);
    const readers = await Promise.all([readerOf(prometheus.url), readerOf(ours.url)]);
    try {
      const [theirs, through] = readers;
      const asks = expressions(startS).filter(({ path }) => path.startsWith("/api/v1/query"));
      expect(await differences(theirs.url, through.url, asks)).toEqual([]);
    } finally {
      await Promise.all(readers.map((reader) => reader.stop()));
    }
  }, 60_000);
});

interface LoggedQuery {
  readonly time: string;
  readonly source?: string;
  readonly spanID?: string;
  readonly stats: Readonly<Record<string, object>>;
  readonly params: Readonly<Record<string, string>>;
}

/** What the lines of a query log with this in them say, each once, without what no two servers say alike. */
function loggedIn(file: string, mark: string): unknown[] {
  const isRule = mark === "ruleGroup";
  const lines = readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line.includes(mark))
    .map((line) => {
      const { time, source: _place, spanID: _span, stats, params, ...rest } = JSON.parse(line) as LoggedQuery;
      const { start, end, ...asked } = params;
      const keys = Object.entries(stats).map(([key, inner]) => [key, Object.keys(inner)]);
      const times = isRule ? [start === end] : [start, end];
      return JSON.stringify({ isTime: !Number.isNaN(Date.parse(time)), ...rest, asked, times, keys });
    });
  return [...new Set(lines)].sort().map((line) => JSON.parse(line) as unknown);
}

function jobs(port: number): string {
  return `
scrape_configs:
- {job_name: app, static_configs: [{targets: ["127.0.0.1:${port}"], labels: {env: prod}}]}
- {job_name: down, static_configs: [{targets: ["127.0.0.1:1"]}]}
- job_name: dropping
  static_configs: [{targets: ["127.0.0.1:2", "127.0.0.1:3"]}]
  relabel_configs: [{source_labels: [__address__], regex: "127.*", action: drop}]
`;
}
