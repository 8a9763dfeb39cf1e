import { describe, expect, it } from "vitest";
import { readInstant, writeInstant } from "./custom-range.tsx";
import { DEFAULT_WINDOW_MS, rangeOf, readTimeSearch, searchOf, stepMsOf } from "./time-range.ts";

describe("the address", () => {
  it.each([
    [{}, { kind: "live", windowMs: DEFAULT_WINDOW_MS }],
    [{ range: "1h" }, { kind: "live", windowMs: 3_600_000 }],
    [{ range: "nonsense" }, { kind: "live", windowMs: DEFAULT_WINDOW_MS }],
    [
      { from: 1000, to: 61_000 },
      { kind: "fixed", fromMs: 1000, toMs: 61_000 },
    ],
    [
      { from: 61_000, to: 1000 },
      { kind: "live", windowMs: DEFAULT_WINDOW_MS },
    ],
    [
      { from: "1000", to: "61000" },
      { kind: "fixed", fromMs: 1000, toMs: 61_000 },
    ],
  ])("%o is read as %o", (raw, expected) => {
    expect(rangeOf(readTimeSearch(raw))).toEqual(expected);
  });
  it("is written and read back", () => {
    for (const range of [
      { kind: "live", windowMs: 900_000 } as const,
      { kind: "fixed", fromMs: 5, toMs: 9005 } as const,
    ]) {
      expect(rangeOf(searchOf(range))).toEqual(range);
    }
    expect(searchOf({ kind: "live", windowMs: DEFAULT_WINDOW_MS })).toEqual({});
  });
});

it.each([
  [300_000, 1000],
  [900_000, 1000],
  [1_800_000, 2000],
  [3_600_000, 5000],
  [86_400_000, 120_000],
  [30 * 86_400_000, 3_600_000],
  [730 * 86_400_000, 86_400_000],
])("a window of %s ms has points each %s ms", (windowMs, expected) => {
  expect(stepMsOf(windowMs, 1000, 900)).toBe(expected);
});

it("never asks for points closer than they are collected", () => {
  expect(stepMsOf(60_000, 15_000, 900)).toBe(15_000);
});

describe("a typed time", () => {
  const now = Date.UTC(2026, 10, 20, 12);
  it.each([
    ["now", now],
    ["-3h", now - 3 * 3_600_000],
    ["now-1d", now - 86_400_000],
    ["2026-11-20 11:00", Date.UTC(2026, 10, 20, 11)],
    ["2026-11-20", Date.UTC(2026, 10, 20)],
    ["yesterday", undefined],
    ["-3 parsecs", undefined],
  ])("%s", (text, expected) => {
    expect(readInstant(text, now, true)).toBe(expected);
  });
  it("is read as it is written", () => {
    expect(readInstant(writeInstant(now, true), now, true)).toBe(now);
    expect(readInstant(writeInstant(now, false), now, false)).toBe(now);
  });
});
