import { describe, expect, it } from "vitest";
import { Notes } from "./notes.ts";

const QUERY = "histogram_quantile(2,\n  foo)";
const FIRST = { start: 19, end: 20 };
const SECOND = { start: 24, end: 27 };

describe("Notes", () => {
  it("says the place of each text, the last of several", () => {
    const notes = new Notes();
    notes.invalidQuantile(2, SECOND);
    notes.invalidQuantile(2, FIRST);
    notes.notCounter('fo"o', SECOND);
    notes.ignoredInAggregation("min", SECOND);
    notes.storageInfo("answered from points of 1m");
    expect(notes.warnings(QUERY)).toEqual([
      "PromQL warning: quantile value should be between 0 and 1, got 2 (1:20)",
      'PromQL warning: this native histogram metric is not a counter: "fo\\"o" (2:3)',
    ]);
    expect(notes.infos(QUERY)).toEqual([
      "PromQL info: ignored histogram in min aggregation (2:3)",
      "answered from points of 1m",
    ]);
  });

  it("gathers what was wrong with the buckets of a metric", () => {
    const notes = new Notes();
    const fix = { minBucket: 5, maxBucket: 50, maxDifference: 5.54 };
    notes.forcedMonotonicity("foo", SECOND, { ...fix, atMs: 1_735_084_800_000 });
    notes.forcedMonotonicity("foo", SECOND, { ...fix, minBucket: 2.5, maxBucket: 100, atMs: 1_703_462_400_000 });
    expect(notes.infos(QUERY)).toEqual([
      "PromQL info: input to histogram_quantile needed to be fixed for monotonicity (see " +
        "https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile) " +
        'for metric name "foo", from buckets 2.5 to 100, with a max diff of 5.5, over 2 samples ' +
        "from 2023-12-25T00:00:00Z to 2024-12-25T00:00:00Z (2:3)",
    ]);
  });
});
