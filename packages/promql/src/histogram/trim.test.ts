import { describe, expect, it } from "vitest";
import { formatTestHistogram } from "./format.ts";
import { h } from "./testing/notation.ts";
import { trimAbove, trimBelow } from "./trim.ts";

const BOTH_SIDES = "count:34 sum:123.75 z_bucket:1 z_bucket_w:0.001 buckets:[2 4 8 16] n_buckets:[1 2]";
const CUSTOM = "schema:-53 count:15 sum:172.5 custom_values:[5 10 15 20] buckets:[1 6 4 3 1]";
const INF = Number.POSITIVE_INFINITY;

describe("trimming", () => {
  it("above everything, or below everything, gives the histogram itself", () => {
    const histogram = h(BOTH_SIDES);
    expect(trimAbove(histogram, INF)).toBe(histogram);
    expect(trimBelow(histogram, -INF)).toBe(histogram);
  });

  it.each([
    ["</ at a bound", trimAbove, BOTH_SIDES, 2, 10, "buckets:[2 4] n_buckets:[1 2]"],
    [">/ at a bound", trimBelow, BOTH_SIDES, 2, 24, "offset:2 buckets:[8 16]"],
    ["</ within the zero bucket", trimAbove, BOTH_SIDES, 0, 3.5, "n_buckets:[1 2]"],
    [">/ below zero", trimBelow, BOTH_SIDES, -1, 32, "buckets:[2 4 8 16] n_buckets:[1]"],
    ["</ of custom buckets, evenly", trimAbove, CUSTOM, 13, 9.4, "buckets:[1 6 2.4]"],
    [">/ of custom buckets, evenly", trimBelow, CUSTOM, 13, 5.6, "offset:2 buckets:[1.6 3 1]"],
    ["</ drops the bucket to infinity", trimAbove, CUSTOM, 50, 14, "buckets:[1 6 4 3]"],
    [">/ keeps the bucket to infinity", trimBelow, CUSTOM, 50, 1, "offset:4 buckets:[1]"],
    [">/ zero leaves custom buckets above it", trimBelow, CUSTOM, 0, 15, "buckets:[1 6 4 3 1]"],
  ])("%s", (_, trim, histogram, limit, count, buckets) => {
    const trimmed = trim(h(histogram), limit);
    expect(trimmed.count).toBeCloseTo(count, 12);
    expect(formatTestHistogram(trimmed)).toContain(`${buckets}}}`);
  });

  it("estimates the sum from the centres of what is left", () => {
    expect(trimBelow(h(CUSTOM), 15).sum).toBeCloseTo(3 * 17.5 + 20);
    expect(trimAbove(h("count:2 sum:9 buckets:[0 2]"), Math.SQRT2).sum).toBeCloseTo(2 ** 0.25);
  });
});
