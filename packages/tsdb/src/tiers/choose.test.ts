import type { SelectHints } from "@dmon/model";
import { describe, expect, test } from "vitest";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../windows.ts";
import { chooseTier, TIER_FUNCTIONS } from "./choose.ts";

const NOW = Date.UTC(2026, 10, 20);
const DAY = DAY_MS;
/** Raw of 14 days, minutes of 90, hours of 700. */
const OLDEST = { raw: NOW - 14 * DAY, "1m": NOW - 90 * DAY, "1h": NOW - 700 * DAY };

function hints(days: number, stepMs: number, func = "", rangeMs = 0): SelectHints {
  return { startMs: NOW - days * DAY, endMs: NOW, stepMs, rangeMs, func };
}

describe("which tier", () => {
  test.each([
    ["a short range is raw", hints(0.5, MINUTE_MS), "raw"],
    ["a week at two hours is read by the hour", hints(7, 2 * HOUR_MS), "1h"],
    ["a week at ten minutes by the minute", hints(7, 10 * MINUTE_MS), "1m"],
    ["a week at fifteen seconds raw", hints(7, 15_000), "raw"],
    ["a rate over five minutes never by the hour", hints(10, 2 * HOUR_MS, "rate", 5 * MINUTE_MS), "1m"],
    ["a rate over a minute raw", hints(10, 2 * HOUR_MS, "rate", MINUTE_MS), "raw"],
    ["a quantile raw while raw is there", hints(10, 2 * HOUR_MS, "quantile_over_time", DAY), "raw"],
    ["a month at ten minutes by the minute", hints(30, 10 * MINUTE_MS), "1m"],
    ["a month at a step that is too fine: still the minutes", hints(30, 15_000), "1m"],
    ["a year by the hour", hints(365, DAY), "1h"],
    ["an instant selector now raw", hints(0.01, 0), "raw"],
    ["an instant increase over a month by the hour", hints(30, 0, "increase", 30 * DAY), "1h"],
    ["what is forced", { ...hints(0.1, 1000), tier: "1h" as const }, "1h"],
  ])("%s", (_what, one, tier) => {
    expect(chooseTier(one, OLDEST)).toBe(tier);
  });

  test("what no tier can answer is refused where raw does not reach", () => {
    expect(() => chooseTier(hints(30, HOUR_MS, "quantile_over_time", DAY), OLDEST)).toThrow(
      expect.objectContaining({ code: "tier_cannot_answer" }),
    );
  });

  test("a young store answers raw, however far back it is asked", () => {
    const young = { raw: NOW - 5 * HOUR_MS, "1m": NOW - 5 * HOUR_MS, "1h": Number.POSITIVE_INFINITY };
    expect(chooseTier(hints(365, HOUR_MS, "quantile_over_time", DAY), young)).toBe("raw");
    expect(chooseTier(hints(365, HOUR_MS), young)).toBe("raw");
  });

  test("the functions are those of the documented table", () => {
    expect([...TIER_FUNCTIONS].sort()).toEqual(
      ["avg", "count", "last", "max", "min", "sum"]
        .map((name) => `${name}_over_time`)
        .concat("increase", "rate")
        .sort(),
    );
  });
});
