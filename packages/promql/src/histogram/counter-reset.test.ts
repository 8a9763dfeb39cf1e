import { describe, expect, it } from "vitest";
import { detectReset } from "./counter-reset.ts";
import { h } from "./testing/notation.ts";

describe("detectReset", () => {
  it.each([
    ["nothing changed", "count:3 buckets:[1 2]", "count:3 buckets:[1 2]", false],
    ["counts grew", "count:4 buckets:[1 3]", "count:3 buckets:[1 2]", false],
    ["the count fell", "count:2 buckets:[1 2]", "count:3 buckets:[1 2]", true],
    ["a bucket fell", "count:3 buckets:[2 1]", "count:3 buckets:[1 2]", true],
    ["a populated bucket vanished", "count:3 offset:1 buckets:[3]", "count:3 buckets:[1 2]", true],
    ["an empty bucket vanished", "count:3 offset:1 buckets:[3]", "count:3 buckets:[0 2]", false],
    ["the sum fell", "count:3 sum:1 buckets:[1 2]", "count:3 sum:9 buckets:[1 2]", false],
    ["negative buckets fell", "count:3 n_buckets:[1 1]", "count:3 n_buckets:[1 2]", true],
    ["the schema got finer", "schema:1 count:9 buckets:[9]", "schema:0 count:1", true],
    ["the schema got coarser", "schema:0 count:9 buckets:[4 5]", "schema:1 count:3 buckets:[1 2]", false],
    ["a merged bucket fell", "schema:0 count:9 buckets:[4 1]", "schema:1 count:3 offset:1 buckets:[1 2]", true],
    ["the zero bucket fell", "count:9 z_bucket:1", "count:9 z_bucket:2", true],
    ["the zero bucket got narrower", "count:9 z_bucket_w:0.1", "count:1 z_bucket_w:0.2", true],
    [
      "the zero bucket swallowed buckets",
      "count:9 z_bucket_w:1 z_bucket:5 offset:1 buckets:[4]",
      "count:4 z_bucket_w:0.5 z_bucket:2 buckets:[1 1]",
      false,
    ],
    [
      "the threshold cuts a populated bucket",
      "count:9 z_bucket_w:0.7 z_bucket:9",
      "count:1 z_bucket_w:0.5 buckets:[1]",
      true,
    ],
    ["exponential became custom", "schema:-53 count:9 custom_values:[1]", "count:1", true],
    [
      "custom bounds changed and no common one fell",
      "schema:-53 count:5 custom_values:[1 3] buckets:[2 2 1]",
      "schema:-53 count:4 custom_values:[1 2 3] buckets:[1 1 1 1]",
      false,
    ],
    [
      "custom bounds changed and a common one fell",
      "schema:-53 count:5 custom_values:[1 3] buckets:[0 4 1]",
      "schema:-53 count:4 custom_values:[1 2 3] buckets:[1 1 1 1]",
      true,
    ],
    ["the hint says so", "count:9 counter_reset_hint:reset", "count:1", true],
    ["the hint says no", "count:1 counter_reset_hint:not_reset", "count:9", false],
    ["a gauge is treated as a counter", "count:1 counter_reset_hint:gauge", "count:9", true],
  ])("%s", (_, current, previous, expected) => {
    expect(detectReset(h(current), h(previous))).toBe(expected);
  });
});
