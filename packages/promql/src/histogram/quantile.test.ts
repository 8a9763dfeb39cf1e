import { describe, expect, it } from "vitest";
import { histogramAverage, histogramDeviation, histogramVariance } from "./moments.ts";
import { histogramFraction, histogramQuantile } from "./quantile.ts";
import { h, near } from "./testing/notation.ts";

const SINGLE = "count:4 sum:5 buckets:[1 2 1]";
const BOTH_SIDES = "count:24 sum:100 z_bucket:4 z_bucket_w:0.001 buckets:[2 3 0 1 4] n_buckets:[2 3 0 1 4]";
const CUSTOM = "schema:-53 count:15 sum:172.5 custom_values:[5 10 15 20] buckets:[1 6 4 3 1]";

describe("histogramQuantile", () => {
  it.each([
    ["the middle of a bucket, by logarithm", 0.5, SINGLE, Math.SQRT2],
    ["below 0", -0.1, SINGLE, Number.NEGATIVE_INFINITY],
    ["above 1", 1.1, SINGLE, Number.POSITIVE_INFINITY],
    ["NaN", Number.NaN, SINGLE, Number.NaN],
    ["of nothing", 0.5, "", Number.NaN],
    ["within the zero bucket, evenly", 0.5416666666666666, BOTH_SIDES, 0.0005],
    ["within the zero bucket, below zero", 0.4583333333333333, BOTH_SIDES, -0.0005],
    ["1", 1, SINGLE, 4],
    ["of negative buckets", 0.5, "count:2 n_buckets:[0 2]", -Math.SQRT2],
    ["of custom buckets, evenly", 0.2, CUSTOM, 5 + (5 * 2) / 6],
    ["in the first custom bucket, from zero", 1 / 30, CUSTOM, 2.5],
    ["in the last custom bucket", 0.99, CUSTOM, 20],
    [
      "in a custom bucket around zero",
      0.5,
      "schema:-53 count:74 sum:93 custom_values:[-1 2 5] buckets:[18 23 18 15]",
      -1 + (3 * 19) / 23,
    ],
    ["of custom buckets without a bound", 0.5, "schema:-53 count:2 buckets:[2]", Number.POSITIVE_INFINITY],
    ["without buckets, as if all were zero", 0.1, "count:5 sum:10", 0],
    ["of a NaN sum whose buckets hold everything", 1, "count:4 sum:NaN buckets:[2 2]", 2],
    ["in a first custom bucket below zero", 0.1, "schema:-53 count:2 custom_values:[-5] buckets:[1 1]", -5],
  ])("%s", (_, q, histogram, expected) => {
    expect(histogramQuantile(q, h(histogram)).value).toEqual(near(expected));
  });

  it("says what NaN observations do", () => {
    const histogram = h("count:15 sum:NaN buckets:[12]");
    expect(histogramQuantile(0.4, histogram)).toEqual({ value: expect.closeTo(Math.SQRT1_2, 12), nan: "skewed" });
    expect(histogramQuantile(0.9, histogram)).toEqual({ value: Number.NaN, nan: "result" });
  });
});

describe("histogramFraction", () => {
  const [low, high] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  it.each([
    [low, high, BOTH_SIDES, 1],
    [0, high, BOTH_SIDES, 0.5],
    [-0.001, 0, BOTH_SIDES, 2 / 24],
    [1, 2, BOTH_SIDES, 3 / 24],
    [1.5, 2, BOTH_SIDES, 0.051879687409855414],
    [-6, -1.5, BOTH_SIDES, 0.07625312493990362],
    [42, 3, BOTH_SIDES, 0],
    [Number.NaN, 3, BOTH_SIDES, Number.NaN],
    [0, 1, "", Number.NaN],
    [5, 10, CUSTOM, 6 / 15],
    [low, 13, CUSTOM, 9.4 / 15],
    [20, high, CUSTOM, 1 / 15],
    [0, 2.5, CUSTOM, 0.5 / 15],
    [-1, 0, CUSTOM, 0],
  ])("from %d to %d of %s", (lower, upper, histogram, expected) => {
    expect(histogramFraction(lower, upper, h(histogram)).value).toEqual(near(expected));
  });

  it("leaves NaN observations out", () => {
    expect(histogramFraction(low, high, h("count:15 sum:NaN buckets:[12]"))).toEqual({ value: 0.8, nan: "skewed" });
  });
});

describe("moments", () => {
  it.each([
    ["schema:2 count:4 sum:10 buckets:[1 0 0 0 1 0 0 1 1]", 2.5, 1.163807968526718],
    ["count:10 sum:-100 z_bucket:0 n_buckets:[0 0 0 0 10]", -10, 1.725830020304794],
  ])("of %s", (histogram, average, variance) => {
    expect(histogramAverage(h(histogram))).toBe(average);
    expect(histogramVariance(h(histogram))).toBeCloseTo(variance, 12);
    expect(histogramDeviation(h(histogram))).toBeCloseTo(Math.sqrt(variance), 12);
  });
});
