import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { checkOpenMetrics } from "./openmetrics-check.ts";

const SHARED = join(import.meta.dirname, "../../../../../shared/conformance/exposition");
const shared = existsSync(SHARED);
if (!shared) console.log("skipped: ../shared/conformance/exposition is absent");

describe("OpenMetrics check", () => {
  it.each([
    ['# TYPE a counter\n# HELP a Help.\na_total 1 # {id="x"} 1 2\na_created 5\n'],
    [
      '# TYPE a_seconds histogram\n# UNIT a_seconds seconds\na_seconds_bucket{le="1.0"} 0\na_seconds_bucket{le="+Inf"} 2\na_seconds_count 2\na_seconds_sum 3\n',
    ],
    ['# TYPE a gaugehistogram\na_bucket{le="-1.0"} 1\na_bucket{le="+Inf"} 2\na_gcount 2\na_gsum -3\n'],
    ['# TYPE a summary\na{quantile="0.5"} 1\na_count 1\na_sum 1\na{x="y",quantile="0.5"} 1\n'],
    ['# TYPE a stateset\na{a="on"} 1\na{a="off"} 0\n# TYPE b info\nb_info{v="1"} 1\n'],
    ['a 1 1\na 2 2\nb{x="1"} 1\nb{x="2"} 1\n# TYPE c unknown\nc NaN\n'],
  ])("takes %j", (text) => {
    expect(() => checkOpenMetrics(Buffer.from(`${text}# EOF\n`))).not.toThrow();
  });

  it("names the metric and what is wrong", () => {
    expect(() => checkOpenMetrics(Buffer.from("# TYPE a counter\na_total -1\n# EOF\n"))).toThrow(
      "a: a_total is -1; it counts, so it is at least 0",
    );
  });

  const bad = shared ? readdirSync(join(SHARED, "openmetrics-bad")) : [];
  it.skipIf(!shared).each(bad.length > 0 ? bad : [""])("refuses %s", (name) => {
    expect(() => checkOpenMetrics(readFileSync(join(SHARED, "openmetrics-bad", name)))).toThrow();
  });

  it.skipIf(!shared)("takes a real histogram", () => {
    expect(() => checkOpenMetrics(readFileSync(join(SHARED, "1histogram.om.txt")))).not.toThrow();
  });

  // Client libraries write sums beside negative buckets, which the specification forbids: scraping reads that, the check does not.
  it.skipIf(!shared)("is stricter than scraping", () => {
    const body = readFileSync(join(SHARED, "alltypes.5mfs.om.txt"));
    expect(() => checkOpenMetrics(body)).toThrow("a histogram with negative buckets has no sum");
  });
});
