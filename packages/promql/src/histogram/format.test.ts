import { describe, expect, it } from "vitest";
import { formatHistogram, formatTestHistogram } from "./format.ts";
import { histogramToJson } from "./json.ts";
import { h } from "./testing/notation.ts";

const BOTH_SIDES = h(
  "schema:1 count:10 sum:-1e-7 z_bucket:1 z_bucket_w:0.001 buckets:[2 0 4] n_offset:2 n_buckets:[1 2]",
);
const CUSTOM = h("schema:-53 count:4 sum:1e21 custom_values:[1.5 2] buckets:[1 0 3] counter_reset_hint:gauge");

describe("formatHistogram", () => {
  it("prints as Prometheus does", () => {
    expect(formatHistogram(BOTH_SIDES)).toBe(
      "{count:10, sum:-1e-07, [-2.82842712474619,-2):2, [-2,-1.414213562373095):1, [-0.001,0.001]:1, " +
        "(0.7071067811865475,1]:2, (1.414213562373095,2]:4}",
    );
    expect(formatHistogram(CUSTOM)).toBe("{count:4, sum:1e+21, [-Inf,1.5]:1, (2,+Inf]:3}");
  });
});

describe("formatTestHistogram", () => {
  it("prints what scripts can read", () => {
    expect(formatTestHistogram(BOTH_SIDES)).toBe(
      "{{schema:1 count:10 sum:-1e-07 z_bucket:1 z_bucket_w:0.001 buckets:[2 0 4] n_offset:2 n_buckets:[1 2]}}",
    );
    expect(formatTestHistogram(CUSTOM)).toBe(
      "{{schema:-53 count:4 sum:1e+21 custom_values:[1.5 2] counter_reset_hint:gauge buckets:[1 0 3]}}",
    );
    expect(formatTestHistogram(h(""))).toBe("{{}}");
  });
});

describe("histogramToJson", () => {
  it("has the API's shape, empty buckets left out", () => {
    expect(histogramToJson(BOTH_SIDES)).toEqual({
      count: "10",
      sum: "-1e-07",
      buckets: [
        [1, "-2.82842712474619", "-2", "2"],
        [1, "-2", "-1.414213562373095", "1"],
        [3, "-0.001", "0.001", "1"],
        [0, "0.7071067811865475", "1", "2"],
        [0, "1.414213562373095", "2", "4"],
      ],
    });
    expect(histogramToJson(CUSTOM).buckets).toEqual([
      [3, "-Inf", "1.5", "1"],
      [0, "2", "+Inf", "3"],
    ]);
  });

  it("ends buckets at the zero threshold", () => {
    const wide = h("count:3 z_bucket:1 z_bucket_w:0.75 buckets:[2]");
    expect(histogramToJson(wide).buckets).toEqual([
      [3, "-0.75", "0.75", "1"],
      [0, "0.75", "1", "2"],
    ]);
  });

  it("leaves buckets out where there are none", () => {
    expect(histogramToJson(h(""))).toEqual({ count: "0", sum: "0" });
  });
});
