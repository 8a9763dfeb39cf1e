import { describe, expect, it } from "vitest";
import { h } from "../histogram/testing/notation.ts";
import { nearlyEqual, nearlyEqualHistograms } from "./nearly-equal.ts";

describe("nearlyEqual", () => {
  it.each([
    [1, 1, true],
    [1, 1.000001, true],
    [1, 1.00001, false],
    [Number.NaN, Number.NaN, true],
    [Number.NaN, 1, false],
    [0, 1e-9, false],
    [0, 0, true],
    [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, true],
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, false],
    [Number.MAX_VALUE, -Number.MAX_VALUE, false],
    [1e300, 1.0000001e300, true],
  ])("%d and %d: %s", (a, b, expected) => {
    expect(nearlyEqual(a, b)).toBe(expected);
  });
});

describe("nearlyEqualHistograms", () => {
  it.each([
    ["empty buckets do not count", "count:1 buckets:[0 1 0]", "count:1 offset:1 buckets:[1]", false, true],
    ["counts may differ a little", "count:1 buckets:[1]", "count:1.0000001 buckets:[1]", false, true],
    ["but not much", "count:1 buckets:[1]", "count:1.1 buckets:[1]", false, false],
    ["layouts must agree", "count:1 buckets:[1]", "count:1 offset:1 buckets:[1]", false, false],
    ["hints where asked", "count:1", "count:1 counter_reset_hint:gauge", true, false],
    ["and not elsewhere", "count:1", "count:1 counter_reset_hint:gauge", false, true],
  ])("%s", (_, a, b, compareHint, expected) => {
    expect(nearlyEqualHistograms(h(a), h(b), compareHint)).toBe(expected);
  });
});
