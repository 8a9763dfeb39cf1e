/**
 * The HTTP API beside recorded answers of Prometheus 3.5.3: same shape, same status, same error types and texts.
 *
 * The recordings hold another machine's data, so values are compared by shape; errors are compared to the letter.
 */
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningServer, startServer } from "./server.ts";

const RECORDED = join(import.meta.dirname, "../../../../shared/conformance/http-api/prometheus-3.5.3");
const isPresent = existsSync(RECORDED);
if (!isPresent) console.warn("skipped: no recorded answers of Prometheus (../shared/conformance/http-api is absent)");

type Shape = string | { readonly [key: string]: Shape } | readonly Shape[];

/** Types in place of values; of a list the union of its members' keys, so that a longer list has the same shape. */
function shapeOf(value: unknown): Shape {
  if (Array.isArray(value)) return value.length === 0 ? [] : [value.map(shapeOf).reduce(join2)];
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [key, FREE.has(key) ? "map" : shapeOf(inner)]),
    );
  }
  return value === null ? "null" : typeof value;
}

/** Maps whose keys are data. */
const FREE = new Set(["metric", "labels", "annotations", "discoveredLabels", "droppedTargetCounts", "target"]);
/** Answers whose `data` is such a map, or a list of them. */
const FREE_DATA = new Set(["metadata", "series"]);
/** What our server says beside Prometheus' fields, and what is its own. */
const OURS = new Set(["storage", "code", "seriesCount"]);

function join2(a: Shape, b: Shape): Shape {
  if (typeof a === "string" || typeof b === "string" || Array.isArray(a) || Array.isArray(b)) return a;
  return { ...b, ...a } as Shape;
}

/** The distinct shapes of what stands under keys that are data. */
function valueShapes(answer: unknown): string[] {
  const { data } = answer as { data: object | readonly object[] };
  const maps = Array.isArray(data) ? data : [data];
  return [...new Set(maps.flatMap((map: object) => Object.values(map).map((value) => JSON.stringify(shapeOf(value)))))];
}

/** Every key that the recording has is there with the same type; further ones only where they are ours. */
function expectShape(actual: Shape, recorded: Shape, path: string): void {
  if (typeof recorded === "string" || typeof actual === "string") {
    expect(actual, path).toEqual(recorded);
    return;
  }
  if (Array.isArray(recorded)) {
    expect(Array.isArray(actual), path).toBe(true);
    if (recorded.length > 0 && (actual as readonly Shape[]).length > 0)
      expectShape((actual as readonly Shape[])[0]!, recorded[0]!, `${path}[]`);
    return;
  }
  const object = actual as { readonly [key: string]: Shape };
  const wanted = recorded as { readonly [key: string]: Shape };
  for (const [key, inner] of Object.entries(wanted)) {
    if (OPTIONAL.has(key) && !(key in object)) continue;
    expect(Object.keys(object), `${path}.${key}`).toContain(key);
    expectShape(object[key]!, inner, `${path}.${key}`);
  }
  for (const key of Object.keys(object)) {
    if (!OURS.has(key) && !OPTIONAL.has(key)) expect(Object.keys(wanted), `${path}: an unknown field`).toContain(key);
  }
}

/** Fields that Prometheus leaves out where they are empty. */
const OPTIONAL = new Set(["warnings", "infos", "lastError", "labels", "keepFiringSince", "groupNextToken"]);

const CORS = "access-control-allow-origin";

interface RulesPage {
  readonly groups: readonly { readonly name: string }[];
  readonly groupNextToken?: string;
}

const RULES = `
groups:
- name: t1
  interval: 1s
  rules:
  - {alert: AlwaysFiring, expr: vector(1) > 0, labels: {severity: page, v: "{{ $value }}"}, annotations: {summary: "value {{ $value | humanize }} {{ $labels.foo }}"}}
  - {alert: PendingOne, expr: up == 1, for: 1h, keep_firing_for: 5m}
  - {record: "job:up:sum", expr: sum by (job) (up)}
- name: t2
  interval: 1s
  rules:
  - {record: "x", expr: "1"}
`;

describe.skipIf(!isPresent)("HTTP API", () => {
  let server: RunningServer;
  let base: string;

  beforeAll(async () => {
    const dir = mkdtempSync(join(tmpdir(), "dmon-api-"));
    writeFileSync(join(dir, "test.yml"), RULES);
    writeFileSync(
      join(dir, "jobs-a.yml"),
      "scrape_configs: [{job_name: filed, static_configs: [{targets: ['127.0.0.1:1']}]}]",
    );
    writeFileSync(
      join(dir, "prometheus.yml"),
      `
global: {scrape_interval: 1s, evaluation_interval: 1s, external_labels: {cluster: c1}}
log: {level: error}
rule_files: [test.yml]
scrape_config_files: [jobs-*.yml]
otlp: {promote_resource_attributes: [deployment.environment], convert_histograms_to_nhcb: true}
alerting: {alertmanagers: [{static_configs: [{targets: ["127.0.0.1:19093"]}]}]}
scrape_configs: [{job_name: down, static_configs: [{targets: ["127.0.0.1:1"]}]}]
`,
    );
    server = await startServer({
      configFile: join(dir, "prometheus.yml"),
      dataDir: join(dir, "data"),
      listen: "127.0.0.1:0",
    });
    base = server.url;
    for (let tries = 0; tries < 100; tries++) {
      const { data } = (await (await fetch(`${base}/api/v1/query?query=job:up:sum`)).json()) as {
        data: { result: unknown[] };
      };
      if (data.result.length >= 3) break;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }, 30_000);
  afterAll(() => server?.stop());

  const recorded = (name: string): string => readFileSync(join(RECORDED, `${name}.json`), "utf8");

  it.each([
    ["alertmanagers", "/api/v1/alertmanagers"],
    ["alerts", "/api/v1/alerts"],
    ["buildinfo", "/api/v1/status/buildinfo"],
    ["config", "/api/v1/status/config"],
    ["label_values", "/api/v1/label/job/values"],
    ["label_values_name_limit", "/api/v1/label/__name__/values?limit=3"],
    ["label_values_none", "/api/v1/label/nope/values"],
    ["label_values_utf8", "/api/v1/label/U__a_2e_b/values"],
    ["labels", "/api/v1/labels"],
    ["labels_match", "/api/v1/labels?match[]=up"],
    ["metadata", "/api/v1/metadata?limit=5"],
    ["metadata_metric", "/api/v1/metadata?metric=nope"],
    ["metadata_node", "/api/v1/metadata?metric=node_cpu_seconds_total"],
    ["notifications", "/api/v1/notifications"],
    ["parse_query", '/api/v1/parse_query?query=sum by (a) (rate(x{b="c"}[5m] offset 1m)) > bool 5'],
    ["query_exemplars", "/api/v1/query_exemplars?query=up&start=0&end=1"],
    ["query_limit", "/api/v1/query?query=up&limit=1"],
    ["query_matrix", "/api/v1/query?query=up[10s]"],
    ["query_range", "/api/v1/query_range?query=up&start=NOW-10&end=NOW&step=2"],
    ["query_scalar", "/api/v1/query?query=1%2B1&time=4"],
    ["query_stats", "/api/v1/query?query=sum(up)&stats=all"],
    ["query_string", '/api/v1/query?query="foo"'],
    ["query_vector", "/api/v1/query?query=up"],
    ["query_warn", "/api/v1/query?query=rate(up[10s])"],
    ["rules", "/api/v1/rules"],
    ["rules_alert", "/api/v1/rules?type=alert"],
    ["rules_exclude", "/api/v1/rules?exclude_alerts=true&rule_group[]=t1"],
    ["rules_filter", "/api/v1/rules?rule_group[]=t1"],
    ["rules_page", "/api/v1/rules?group_limit=1"],
    ["runtimeinfo", "/api/v1/status/runtimeinfo"],
    ["scrape_pools", "/api/v1/scrape_pools"],
    ["series", "/api/v1/series?match[]=up"],
    ["targets", "/api/v1/targets"],
    ["targets_active", "/api/v1/targets?state=active"],
    ["targets_metadata", "/api/v1/targets/metadata"],
    ["tsdb", "/api/v1/status/tsdb"],
    ["walreplay", "/api/v1/status/walreplay"],
  ])("%s has the recorded shape", async (name, path) => {
    const now = Math.floor(Date.now() / 1000);
    const response = await fetch(base + path.replaceAll("NOW-10", String(now - 10)).replaceAll("NOW", String(now)));
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toMatch(/^application\/json/);
    const answer: unknown = await response.json();
    const wanted: unknown = JSON.parse(recorded(name));
    if (FREE_DATA.has(name)) {
      expect(valueShapes(answer)).toEqual(valueShapes(wanted));
      return;
    }
    expectShape(shapeOf(answer), shapeOf(wanted), name);
  });

  it.each([
    ["format_query", '/api/v1/format_query?query=sum by(a)(rate(x{b="c"}[5m])) / on(a) group_left y'],
    ["query_scalar", "/api/v1/query?query=1%2B1&time=4"],
    ["parse_query", '/api/v1/parse_query?query=sum by (a) (rate(x{b="c"}[5m] offset 1m)) > bool 5'],
    ["alertmanagers", "/api/v1/alertmanagers"],
  ])("%s is answered to the letter", async (name, path) => {
    expect(await (await fetch(base + path)).json()).toEqual(JSON.parse(recorded(name)));
  });

  it.each([
    ["query_bad", "/api/v1/query?query=sum(", 400],
    ["query_badtime", "/api/v1/query?query=up&time=abc", 400],
    ["query_badtimeout", "/api/v1/query?query=up&timeout=x", 400],
    [
      "query_exec_err",
      '/api/v1/query?query=label_replace(up,"instance","","","") or label_replace(up,"job","","","")',
      422,
    ],
    ["query_range_endbefore", "/api/v1/query_range?query=up&start=2&end=1&step=1", 400],
    ["query_range_matrix_err", "/api/v1/query_range?query=up[5m]&start=1&end=2&step=1", 400],
    ["query_range_toomany", "/api/v1/query_range?query=up&start=0&end=11001&step=1", 400],
    ["query_range_zerostep", "/api/v1/query_range?query=up&start=1&end=2&step=0", 400],
    ["series_badmatch", "/api/v1/series?match[]=up{", 400],
    ["series_nomatch", "/api/v1/series", 400],
  ])("%s fails with the recorded words", async (name, path, status) => {
    const response = await fetch(base + path);
    const { code, ...rest } = (await response.json()) as Record<string, unknown>;
    const wanted = JSON.parse(recorded(name)) as { error: string; errorType: string };
    if (name === "query_exec_err") {
      expect(rest.errorType).toBe(wanted.errorType);
      expect(rest.status).toBe("error");
    } else expect(rest).toEqual(wanted);
    expect(response.status).toBe(status);
    expect(typeof code).toBe("string");
  });

  it("says what an unknown path is", async () => {
    const response = await fetch(`${base}/api/v1/nope`);
    expect(response.status).toBe(404);
    expect(await response.text()).toBe(recorded("notfound"));
  });

  it.each([
    ["/api/v1/labels?match[]=up{", "1:4: parse error: unexpected end of input inside braces"],
    ["/api/v1/label/job/values?match[]={}", "match[] must contain at least one non-empty matcher"],
    ["/api/v1/label/U__/values", 'invalid label name: ""'],
    ["/api/v1/series?match[]=up{&limit=x", 'invalid parameter "limit": strconv.Atoi: parsing "x": invalid syntax'],
    ["/api/v1/rules?match[]={", "1:2: parse error: unexpected end of input inside braces"],
    ["/api/v1/rules?group_limit=0", 'invalid parameter "group_limit": group_limit needs to be greater than 0'],
    [
      "/api/v1/rules?group_limit=x",
      'invalid parameter "group_limit": group_limit needs to be a valid number: strconv.ParseInt: parsing "x": invalid syntax',
    ],
    [
      "/api/v1/rules?group_next_token=x",
      'invalid parameter "group_next_token": group_limit needs to be present in order to paginate over the groups',
    ],
    ["/api/v1/query_exemplars?query=up{", "1:4: parse error: unexpected end of input inside braces"],
    ["/api/v1/query_exemplars?query=up&start=2&end=1", "end timestamp must not be before start timestamp"],
    [
      "/api/v1/query?query=up&lookback_delta=x",
      'error parsing lookback delta duration: cannot parse "x" to a valid duration',
    ],
    ["/api/v1/query?query=up&timeout=0", 'invalid parameter "query": context deadline exceeded'],
    ["/api/v1/status/tsdb?limit=0", "limit must be a positive number"],
    [
      "/api/v1/targets/metadata?match_target={",
      'invalid parameter "match_target": 1:2: parse error: unexpected end of input inside braces',
    ],
    ["/api/v1/targets/metadata?limit=1.5", "limit must be a number"],
  ])("%s fails in Prometheus' words", async (path, error) => {
    const response = await fetch(base + path);
    expect(await response.json()).toMatchObject({ status: "error", errorType: "bad_data", error });
    expect(response.status).toBe(400);
  });

  it.each([
    ["/api/v1/query_range?query=1&start=0&end=11000.9&step=1", 200],
    ["/api/v1/query?query=1&lookback_delta=0", 200],
    ["/api/v1/query?query=1&time=4;x=1", 200],
    ["/api/v1/rules?exclude_alerts=tRUE", 200],
    ["/api/v1/query_exemplars?query=1", 204],
    ["/api/v1/label/%zz/values", 400],
    ["/api/v1//query?query=1", 200],
    ["/version", 200],
  ])("%s answers %i", async (path, status) => {
    expect((await fetch(base + path)).status).toBe(status);
  });

  it("counts only groups with rules for a page", async () => {
    const ask = async (path: string) => ((await (await fetch(base + path)).json()) as { data: RulesPage }).data;
    const first = await ask("/api/v1/rules?rule_name[]=x&group_limit=1");
    expect(first.groups.map(({ name }) => name)).toEqual(["t2"]);
    expect(first.groupNextToken).toBeUndefined();
    const page = await ask("/api/v1/rules?group_limit=1");
    const next = await ask(`/api/v1/rules?group_limit=1&group_next_token=${page.groupNextToken}`);
    expect([...page.groups, ...next.groups].map(({ name }) => name)).toEqual(["t1", "t2"]);
  });

  it("answers JSON without a charset, wherever it comes from", async () => {
    for (const path of ["/api/v1/query?query=1", "/api/v1/targets", "/api/v1/status/buildinfo", "/api/v1/query"])
      expect((await fetch(base + path)).headers.get("content-type")).toBe("application/json");
  });

  it("says which methods a path has", async () => {
    const wrong = await fetch(`${base}/api/v1/alerts`, { method: "DELETE" });
    expect([wrong.status, wrong.headers.get("allow"), await wrong.text()]).toEqual([
      405,
      "GET, HEAD, OPTIONS",
      "Method Not Allowed\n",
    ]);
    const post = await fetch(`${base}/api/v1/nope`, { method: "POST" });
    expect([post.status, await post.text()]).toEqual([404, "404 page not found\n"]);
    expect((await fetch(`${base}/api/v1/query`, { method: "OPTIONS" })).status).toBe(204);
    expect((await fetch(`${base}/api/v1/query`, { headers: { origin: "http://a.example" } })).headers.has(CORS)).toBe(
      false,
    );
  });

  it("reads forms in every way that Go does", async () => {
    const parts = new FormData();
    parts.set("query", "1+1");
    parts.set("time", "4");
    const headers = { "content-type": "Application/X-WWW-Form-Urlencoded; charset=UTF-8" };
    for (const init of [{ body: parts }, { body: "query=1%2B1&time=4", headers }]) {
      const response = await fetch(`${base}/api/v1/query`, { method: "POST", ...init });
      expect(await response.json()).toEqual(JSON.parse(recorded("query_scalar")));
    }
  });

  it.each([
    "nonsense",
    ";;;",
    "application/x-protobuf, application/json",
  ])("leaves the type %s to the receiver's judgement", async (type) => {
    const headers = { "content-type": type, "content-encoding": "snappy" };
    const response = await fetch(`${base}/api/v1/write`, { method: "POST", body: new Uint8Array(1), headers });
    expect([response.status, await response.text()]).toEqual([
      415,
      `expected application/x-protobuf as the first (media) part, got ${type} content-type\n`,
    ]);
  });

  it("names OTLP metrics as the configuration says", async () => {
    const time = { startTimeUnixNano: `${Date.now() - 1000}000000`, timeUnixNano: `${Date.now()}000000` };
    const point = { ...time, count: "3", sum: 4, bucketCounts: ["1", "2"], explicitBounds: [1.5] };
    const attributes = [{ key: "deployment.environment", value: { stringValue: "test" } }];
    const metrics = [{ name: "took", unit: "s", histogram: { aggregationTemporality: 2, dataPoints: [point] } }];
    const body = JSON.stringify({ resourceMetrics: [{ resource: { attributes }, scopeMetrics: [{ metrics }] }] });
    const headers = { "content-type": "application/json" };
    expect((await fetch(`${base}/api/v1/otlp/v1/metrics`, { method: "POST", body, headers })).status).toBe(200);
    const { data } = (await (await fetch(`${base}/api/v1/query?query=took_seconds`)).json()) as { data: object };
    expect(data).toMatchObject({
      result: [
        {
          metric: { deployment_environment: "test" },
          histogram: [
            expect.anything(),
            {
              count: "3",
              sum: "4",
              buckets: [
                [3, "-Inf", "1.5", "1"],
                [0, "1.5", "+Inf", "2"],
              ],
            },
          ],
        },
      ],
    });
  });

  it("scrapes the jobs of further files too", async () => {
    const { data } = (await (await fetch(`${base}/api/v1/scrape_pools`)).json()) as { data: object };
    expect(data).toEqual({ scrapePools: ["down", "filed"] });
  });

  it("takes a query of many kilobytes by GET, and of megabytes by POST", async () => {
    const query = (count: number) => `1${"+1".repeat(50)} # ${"x".repeat(count)}`;
    expect((await fetch(`${base}/api/v1/query?query=${encodeURIComponent(query(200_000))}`)).status).toBe(200);
    const body = new URLSearchParams({ query: query(3_000_000) });
    expect((await fetch(`${base}/api/v1/query`, { method: "POST", body })).status).toBe(200);
  });

  it("refuses to unpack what Prometheus refuses", async () => {
    const headers = { "content-type": "application/x-protobuf", "content-encoding": "snappy" };
    const body = Uint8Array.of(0x81, 0x80, 0x80, 0x10, 0);
    const response = await fetch(`${base}/api/v1/write`, { method: "POST", body, headers });
    expect([response.status, await response.text()]).toEqual([
      400,
      "snappy: decoded length 33554433 exceeds limit 33554432\n",
    ]);
  });

  it("federates with external labels, and with the names that the reader understands", async () => {
    const response = await fetch(`${base}/federate?match[]=x`);
    expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8; escaping=underscores");
    expect(await response.text()).toMatch(/^# TYPE x untyped\nx\{cluster="c1",instance=""\} 1 \d{13}\n$/);
    const refused = await fetch(`${base}/federate?match[]={`);
    expect([refused.status, await refused.text()]).toEqual([
      400,
      "1:2: parse error: unexpected end of input inside braces\n",
    ]);
  });

  it("answers POST forms as GET", async () => {
    const body = new URLSearchParams({ query: "1+1", time: "4" });
    const response = await fetch(`${base}/api/v1/query`, { method: "POST", body });
    expect(await response.json()).toEqual(JSON.parse(recorded("query_scalar")));
  });
});
