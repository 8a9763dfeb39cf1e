import { describe, expect, it } from "vitest";
import { thresholdsOf, twoLimits } from "./two-limits.ts";

describe("two limits", () => {
  it.each([
    { warning: undefined, critical: undefined },
    { warning: 80, critical: undefined },
    { warning: undefined, critical: 0 },
    { warning: 80, critical: 90 },
  ])("%j are kept in thresholds", (limits) => {
    expect(twoLimits(thresholdsOf(limits))).toEqual(limits);
  });

  it.each([
    [
      [
        { value: null, level: "critical" },
        { value: 5, level: "ok" },
      ],
    ],
    [
      [
        { value: null, level: "ok" },
        { value: 80, level: "warning", percent: true },
      ],
    ],
    [
      [
        { value: 1, level: "warning" },
        { value: 2, level: "warning" },
      ],
    ],
  ] as const)("are not all that there is to %j", (thresholds) => {
    expect(twoLimits(thresholds)).toBeUndefined();
  });
});
