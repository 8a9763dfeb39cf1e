import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { MemoryAppender } from "../testing/memory-appender.ts";
import { type Importer, JsonLinesImporter, OpenMetricsImporter } from "./import.ts";

const DEMO = join(import.meta.dirname, "../../../../../shared/conformance/promql/demo-data.jsonl.gz");
if (!existsSync(DEMO)) console.log("skipped: ../shared/conformance/promql/demo-data.jsonl.gz is absent");

const OPENMETRICS = `# HELP http_requests_total The total number of HTTP requests.
# TYPE http_requests_total counter
http_requests_total{code="200"} 1021 1565133713.989
http_requests_total{code="200"} 1022 1565133714.989 # {trace_id="a"} 1
# TYPE h histogram
h_bucket{le="1"} 400 1565133713
h_bucket{le="1"} 402 1565133714
# EOF
`;

function importAll(importer: Importer, text: string | Uint8Array, pieceBytes: number): void {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += pieceBytes) importer.push(bytes.subarray(at, at + pieceBytes));
  importer.finish();
}

describe("import of OpenMetrics", () => {
  it.each([1, 7, 50, 10_000])("in pieces of %i bytes", (pieceBytes) => {
    const appender = new MemoryAppender();
    const importer = new OpenMetricsImporter(appender);
    importAll(importer, OPENMETRICS, pieceBytes);
    expect(importer.result).toMatchObject({ samples: 4, exemplars: 1, errors: [] });
    expect(appender.samples('http_requests_total{code="200"}')).toEqual([
      { atMs: 1_565_133_713_989, value: 1021 },
      { atMs: 1_565_133_714_989, value: 1022 },
    ]);
    expect(appender.samples('h_bucket{le="1.0"}')).toHaveLength(2);
    expect(appender.metadata.get("http_requests_total")).toEqual({
      type: "counter",
      help: "The total number of HTTP requests.",
      unit: "",
    });
  });

  it.each([
    ["a 1 2\n", "data does not end with # EOF"],
    ["a 1\n# EOF\n", 'expected timestamp for series {__name__="a"}, got none'],
    ["a 1 2\n# EOF\na 1 3\n", "unexpected data after # EOF"],
    ["a x 2\n# EOF\n", "strconv.ParseFloat"],
  ])("refuses %j", (text, error) => {
    expect(() => importAll(new OpenMetricsImporter(new MemoryAppender()), text, 3)).toThrow(error);
  });

  it("counts what the store refuses and goes on", () => {
    const importer = new OpenMetricsImporter(new MemoryAppender());
    importAll(importer, "a 1 2\na 1 1\na 2 1.5\na 3 3\n# EOF\n", 100);
    expect(importer.result.samples).toBe(2);
    expect([...importer.result.outcomes]).toEqual([2, 0, 0, 2, 0, 0]);
    expect(importer.result.errors[0]).toBe('out of order sample for series {__name__="a"}');
  });
});

describe("import of JSON lines", () => {
  it.each([1, 13, 10_000])("in pieces of %i bytes", (pieceBytes) => {
    const appender = new MemoryAppender();
    const importer = new JsonLinesImporter(appender);
    importAll(
      importer,
      '{"labels":{"__name__":"a","x":"é"},"samples":[[1,2],[2,"NaN"],[3,"stale"],[4,"-Inf"]]}\n\n{"metric":{"__name__":"b"},"values":[1,2],"timestamps":[10,20]}',
      pieceBytes,
    );
    expect(appender.samples('a{x="é"}').map((sample) => sample.value)).toEqual([2, Number.NaN, "stale", -Infinity]);
    expect(appender.samples("b")).toEqual([
      { atMs: 10, value: 1 },
      { atMs: 20, value: 2 },
    ]);
  });

  it.each([
    ["{", "line 1: "],
    ['{"labels":{"__name__":"a"},"samples":[[1,1]]}\n{"labels":{}}', "line 2: "],
    ['{"labels":{"a":"b"},"samples":[]}', "line 1: invalid metric name or labels"],
    ['{"labels":{"__name__":"a"},"samples":[[1.5,1]]}', "line 1: not a sample"],
    ['{"labels":{"__name__":"a"},"samples":[[1,"x"]]}', "line 1: not a sample"],
    ["\xff", "line 1: not UTF-8"],
  ])("refuses %j", (text, error) => {
    expect(() => importAll(new JsonLinesImporter(new MemoryAppender()), Buffer.from(text, "latin1"), 1000)).toThrow(
      error,
    );
  });

  it.skipIf(!existsSync(DEMO))("of the recorded demo data", () => {
    const appender = new MemoryAppender();
    const importer = new JsonLinesImporter(appender);
    const data = gunzipSync(readFileSync(DEMO));
    importAll(importer, data, 65_536);
    const lines = data.toString().trim().split("\n");
    expect(appender.series).toHaveLength(lines.length);
    const samples = lines.reduce((sum, line) => sum + (JSON.parse(line) as { samples: unknown[] }).samples.length, 0);
    expect(importer.result.samples).toBe(samples);
  });
});
