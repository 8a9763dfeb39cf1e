import { SampleKind } from "@dmon/model";
import { describe, expect, it } from "vitest";
import { h } from "../histogram/testing/notation.ts";
import { storedHint } from "./stored-hint.ts";

describe("storedHint", () => {
  it.each([
    ["a first sample", undefined, "count:1", "unknown"],
    ["a gauge", "count:1", "count:2 counter_reset_hint:gauge", "gauge"],
    ["one that goes on", "count:1 buckets:[1]", "count:2 buckets:[1 1]", "not_reset"],
    ["a reset", "count:2", "count:1", "unknown"],
    ["a reset that was said", "count:1", "count:2 counter_reset_hint:reset", "unknown"],
    ["another schema", "schema:1 count:1", "schema:0 count:2", "unknown"],
    ["other custom bounds", "schema:-53 custom_values:[1] count:1", "schema:-53 custom_values:[2] count:2", "unknown"],
    ["one after a gauge", "count:1 counter_reset_hint:gauge", "count:2", "unknown"],
  ])("of %s", (_, previous, current, hint) => {
    const before = previous === undefined ? undefined : h(previous);
    expect(storedHint(before, before && SampleKind.HISTOGRAM, h(current))).toBe(hint);
  });
});
