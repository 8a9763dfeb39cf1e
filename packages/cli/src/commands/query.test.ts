import { describe, expect, it } from "vitest";
import { rangeOf } from "./query.ts";

const NOW = Date.UTC(2026, 10, 20, 12);

describe("the range of dmon query", () => {
  it("ends now, or at --time or --end", () => {
    expect(rangeOf({ range: "5m" }, NOW)).toEqual({ startMs: NOW - 300_000, endMs: NOW, stepMs: 3000 });
    const then = { startMs: 1_699_999_700_000, endMs: 1_700_000_000_000, stepMs: 3000 };
    expect(rangeOf({ range: "5m", time: "1700000000" }, NOW)).toEqual(then);
    expect(rangeOf({ range: "5m", end: "2023-11-14T22:13:20Z" }, NOW)).toEqual(then);
  });

  it("is none where one instant is asked for", () => {
    expect(rangeOf({ time: "1700000000" }, NOW)).toBeUndefined();
  });

  it.each([
    [{ range: "5m", time: "1", end: "2" }, /--time and --end/],
    [{ range: "5m", start: "1" }, /--range and --start/],
    [{ start: "2", end: "1" }, /ends before it begins/],
    [{ range: "5m", time: "noon" }, /--time: "noon" is neither/],
    [{ step: "5s" }, /need --start or --range/],
  ])("is refused where %j contradicts itself", (options, message) => {
    expect(() => rangeOf(options, NOW)).toThrow(message);
  });
});
