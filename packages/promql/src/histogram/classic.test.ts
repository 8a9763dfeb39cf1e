import { describe, expect, it } from "vitest";
import { type ClassicBucket, classicFraction, classicQuantile } from "./classic.ts";
import { near } from "./testing/notation.ts";

const INF = Number.POSITIVE_INFINITY;

function buckets(...pairs: [upper: number, count: number][]): ClassicBucket[] {
  return pairs.map(([upper, count]) => ({ upper, count }));
}

const SIMPLE = buckets([INF, 10], [1, 2], [2, 6], [4, 9]);

describe("classicQuantile", () => {
  it.each([
    ["interpolates evenly", 0.4, SIMPLE, 1.5],
    ["starts at zero", 0.1, SIMPLE, 0.5],
    ["answers the second highest bound for the highest bucket", 0.95, SIMPLE, 4],
    ["answers a lowest bound that is not above zero", 0.1, buckets([-1, 5], [1, 6], [INF, 10]), -1],
    ["needs a bucket +Inf", 0.5, buckets([1, 1], [2, 2]), Number.NaN],
    ["needs two buckets", 0.5, buckets([INF, 2]), Number.NaN],
    ["needs observations", 0.5, buckets([1, 0], [INF, 0]), Number.NaN],
    ["merges equal bounds", 0.5, buckets([1, 1], [1, 1], [INF, 4]), 1],
    ["below 0", -1, SIMPLE, -INF],
    ["above 1", 2, SIMPLE, INF],
    ["NaN", Number.NaN, SIMPLE, Number.NaN],
  ])("%s", (_, q, from, expected) => {
    const { value, fix } = classicQuantile(q, from);
    expect(value).toBe(expected);
    expect(fix).toBeUndefined();
  });

  it("raises counts that fell, and says by how much", () => {
    const { value, fix } = classicQuantile(0.99, buckets([1, 5], [2, 3], [3, 10], [4, 9.5], [INF, 10]));
    expect(value).toBeCloseTo(2 + 4.9 / 5);
    expect(fix).toEqual({ minBucket: 2, maxBucket: 4, maxDifference: 2 });
  });

  it("evens out rounding without a word", () => {
    expect(classicQuantile(0.5, buckets([1, 5], [2, 5 - 1e-13], [INF, 10])).fix).toBeUndefined();
  });
});

describe("classicFraction", () => {
  it.each([
    [0, 2, SIMPLE, 0.6],
    [-INF, INF, SIMPLE, 1],
    [1.5, 3, SIMPLE, 0.35],
    [0.5, 1, SIMPLE, 0.1],
    [4, INF, SIMPLE, 0.1],
    [3, 3, SIMPLE, 0],
    [0, 1, buckets([1, 1]), Number.NaN],
    [-4, -2, buckets([-2, 4], [2, 6], [INF, 8]), 0],
    [1, 2, buckets([1, 4], [2, 3], [INF, 8]), -0.125],
    [Number.NaN, 1, SIMPLE, Number.NaN],
  ])("from %d to %d", (lower, upper, from, expected) => {
    expect(classicFraction(lower, upper, from)).toEqual(near(expected));
  });
});
