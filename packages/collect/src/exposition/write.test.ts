import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { Labels, type MetricMetadata, type SampleBatch, SampleKind } from "@dmon/model";
import { describe, expect, it } from "vitest";
import { Exposition, type ExpositionOptions } from "./write.ts";
import { negotiateExposition, OPENMETRICS_FORMAT, TEXT_FORMAT } from "./write-negotiate.ts";

type Row = readonly [labels: Record<string, string>, value: number | undefined];

function batchOf(values: readonly (number | undefined)[], more: Partial<SampleBatch> = {}): SampleBatch {
  return {
    source: 1,
    atMs: 1_700_000_000_123,
    length: values.length,
    kinds: Uint8Array.from(values, (value) => (value === undefined ? SampleKind.STALE : SampleKind.FLOAT)),
    values: Float64Array.from(values, (value) => value ?? Number.NaN),
    ...more,
  };
}

function expositionOf(
  metadata: Record<string, MetricMetadata["type"] | MetricMetadata>,
  rows: readonly Row[],
  options?: ExpositionOptions,
): Exposition {
  const out = new Exposition(options);
  for (const [name, given] of Object.entries(metadata)) {
    out.setMetadata(name, typeof given === "string" ? { type: given, help: `Help of ${name}.`, unit: "" } : given);
  }
  out.define({ source: 1, fromSlot: 0, series: rows.map(([labels]) => Labels.from(labels)) });
  out.appendBatch(batchOf(rows.map(([, value]) => value)));
  return out;
}

const series = (name: string, labels: Record<string, string> = {}) => ({ __name__: name, ...labels });

const HISTOGRAM: readonly Row[] = [
  [series("h_seconds_count", { path: "/" }), 3],
  [series("h_seconds_bucket", { path: "/", le: "+Inf" }), 3],
  [series("h_seconds_bucket", { path: "/", le: "10" }), 2],
  [series("h_seconds_bucket", { path: "/", le: "2" }), 1],
  [series("h_seconds_sum", { path: "/" }), 12.5],
  [series("h_seconds_bucket", { path: "/a", le: "+Inf" }), 0],
  [series("h_seconds_sum", { path: "/a" }), 0],
  [series("h_seconds_count", { path: "/a" }), 0],
];

describe("text 0.0.4", () => {
  it("groups families by name and lines by labels, with help, type and Go's numbers", () => {
    const text = expositionOf({ node_load1: "gauge", b_total: "counter" }, [
      [series("node_load1"), 0.25],
      [series("b_total", { cpu: "1" }), 1_234_567],
      [series("b_total", { cpu: "0" }), 1e-7],
      [series("zz"), Number.POSITIVE_INFINITY],
      [series("gone"), undefined],
    ]).write(TEXT_FORMAT);
    expect(text).toBe(
      [
        "# HELP b_total Help of b_total.",
        "# TYPE b_total counter",
        'b_total{cpu="0"} 1e-07',
        'b_total{cpu="1"} 1.234567e+06',
        "# HELP node_load1 Help of node_load1.",
        "# TYPE node_load1 gauge",
        "node_load1 0.25",
        "# TYPE zz untyped",
        "zz +Inf",
        "",
      ].join("\n"),
    );
  });

  it("escapes label values and help", () => {
    const text = expositionOf({ m: { type: "gauge", help: 'back\\slash, "quote"\nand line', unit: "" } }, [
      [series("m", { p: 'C:\\a "b"\nc', ü: "1" }), 1],
    ]).write(TEXT_FORMAT);
    expect(text).toBe(
      '# HELP m back\\\\slash, "quote"\\nand line\n# TYPE m gauge\nm{p="C:\\\\a \\"b\\"\\nc",_="1"} 1\n',
    );
  });

  it("keeps a histogram's lines together: buckets by bound, sum, count", () => {
    const lines = expositionOf({ h_seconds: "histogram" }, HISTOGRAM).write(TEXT_FORMAT).split("\n");
    expect(lines.slice(1)).toEqual([
      "# TYPE h_seconds histogram",
      'h_seconds_bucket{le="2",path="/"} 1',
      'h_seconds_bucket{le="10",path="/"} 2',
      'h_seconds_bucket{le="+Inf",path="/"} 3',
      'h_seconds_sum{path="/"} 12.5',
      'h_seconds_count{path="/"} 3',
      'h_seconds_bucket{le="+Inf",path="/a"} 0',
      'h_seconds_sum{path="/a"} 0',
      'h_seconds_count{path="/a"} 0',
      "",
    ]);
  });

  it("drops labels, and says once what two sources say", () => {
    const rows: Row[] = [
      [series("up", { job: "a", instance: "x" }), 1],
      [series("up", { job: "b", instance: "x" }), 0],
    ];
    const text = expositionOf({}, rows, { dropLabels: ["job", "instance"] }).write(TEXT_FORMAT);
    expect(text).toBe("# TYPE up untyped\nup 1\n");
  });

  it("writes milliseconds where asked for times, and always those of single samples", () => {
    const rows: Row[] = [
      [series("a"), 1],
      [series("b"), 2],
    ];
    expect(expositionOf({}, rows, { timestamps: true }).write(TEXT_FORMAT)).toContain("a 1 1700000000123\n");
    const out = expositionOf({}, rows);
    out.appendBatch(batchOf([1, 2], { sampleTimesMs: new Map([[1, 5000]]) }));
    expect(out.write(TEXT_FORMAT)).toBe("# TYPE a untyped\na 1\n# TYPE b untyped\nb 2 5000\n");
    expect(out.write(OPENMETRICS_FORMAT)).toContain("b 2 5\n");
  });
});

describe("OpenMetrics", () => {
  it("names counters and infos without their suffix, gives units, float bounds and the end mark", () => {
    const text = expositionOf(
      {
        c_seconds_total: { type: "counter", help: 'a "quoted" help', unit: "seconds" },
        odd: "counter",
        build_info: "info",
        h_seconds: "histogram",
      },
      [[series("c_seconds_total"), 5], [series("odd"), 2], [series("build_info", { v: "1" }), 1], ...HISTOGRAM],
    ).write(OPENMETRICS_FORMAT);
    expect(text).toContain(
      '# HELP c_seconds a \\"quoted\\" help\n# TYPE c_seconds counter\n# UNIT c_seconds seconds\n',
    );
    expect(text).toContain("\nc_seconds_total 5\n");
    expect(text).toContain("# TYPE odd counter\nodd_total 2\n");
    expect(text).toContain('# TYPE build info\nbuild_info{v="1"} 1\n');
    expect(text).toContain('h_seconds_bucket{le="2.0",path="/"} 1\n');
    expect(text.endsWith("# EOF\n")).toBe(true);
  });

  it("writes a counter beside a gauge of its stem under its own name", () => {
    const text = expositionOf({ x: "gauge", x_total: "counter" }, [
      [series("x"), 1],
      [series("x_total"), 2],
    ]).write(OPENMETRICS_FORMAT);
    expect(text).toContain("# TYPE x gauge\nx 1\n");
    expect(text).toContain("# TYPE x_total unknown\nx_total 2\n");
  });

  it("carries exemplars", () => {
    const out = expositionOf({ c_total: "counter" }, [[series("c_total"), 5]]);
    const exemplar = { labels: Labels.from({ trace_id: "ab" }), value: 0.5, atMs: 1500 };
    out.appendBatch(batchOf([5], { exemplars: [{ slot: 0, exemplar }] }));
    expect(out.write(OPENMETRICS_FORMAT)).toContain('c_total 5 # {trace_id="ab"} 0.5 1.5\n');
    expect(out.write(TEXT_FORMAT)).toContain("c_total 5\n");
  });

  it.each([
    ["underscores", 'my_metric{a_b="1"} 1'],
    ["dots", 'my_dot_metric{a__b="1"} 1'],
    ["values", 'U__my_2e_metric{U__a_2d_b="1"} 1'],
    ["allow-utf-8", '{"my.metric","a-b"="1"} 1'],
  ])("escapes names: %s", (scheme, line) => {
    const text = expositionOf({ "my.metric": "gauge" }, [[series("my.metric", { "a-b": "1" }), 1]]).write(
      negotiateExposition(`application/openmetrics-text;version=1.0.0;escaping=${scheme}`),
    );
    expect(text.split("\n")[2]).toBe(line);
  });
});

it("takes metadata that comes late, new series, longer columns and a source that leaves", () => {
  const out = expositionOf({}, [[series("a_total"), 1]]);
  expect(out.write(TEXT_FORMAT)).toBe("# TYPE a_total untyped\na_total 1\n");
  out.setMetadata("a_total", { type: "counter", help: "", unit: "" });
  out.define({ source: 1, fromSlot: 1, series: [Labels.from(series("a_total", { x: "1" }))] });
  out.appendBatch(batchOf([2, 3]));
  expect(out.write(TEXT_FORMAT)).toBe('# TYPE a_total counter\na_total 2\na_total{x="1"} 3\n');
  out.appendBatch(batchOf([4]));
  expect(out.write(TEXT_FORMAT)).toBe("# TYPE a_total counter\na_total 4\n");
  out.undefine(1);
  expect(out.write(TEXT_FORMAT)).toBe("");
});

const PROMTOOL =
  process.env.PROMTOOL_BIN ??
  (process.env.PATH ?? "")
    .split(delimiter)
    .map((folder) => join(folder, "promtool"))
    .find((path) => existsSync(path));
if (PROMTOOL === undefined) console.warn("promtool is not on the PATH: the check with it is skipped");

it.skipIf(PROMTOOL === undefined)("passes promtool check metrics", () => {
  const text = expositionOf({ h_seconds: "histogram", c_total: "counter", g: "gauge" }, [
    ...HISTOGRAM,
    [series("c_total", { p: 'a"b\\c\nd' }), 1e9],
    [series("g"), Number.NaN],
  ]).write(TEXT_FORMAT);
  const check = spawnSync(PROMTOOL!, ["check", "metrics"], { input: text, encoding: "utf8" });
  expect(check.stderr + check.stdout).toBe("");
  expect(check.status).toBe(0);
});
