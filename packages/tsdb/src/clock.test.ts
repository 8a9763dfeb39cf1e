/** Jumps of the wall clock, forward and back, by seconds, hours and years: nothing is lost, no series is blocked. */

import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { AppendOutcome, ManualClock } from "@dmon/model";
import { afterEach, describe, expect, test } from "vitest";
import { TrustedTime } from "./retention.ts";
import { Driver, eq, floats, metric } from "./testing/store-driver.ts";
import { DAY_MS, HOUR_MS } from "./windows.ts";

const START = Date.UTC(2026, 10, 20, 10);
const YEAR_MS = 365 * DAY_MS;
let d: Driver;

afterEach(() => d.dispose());

function collect(seconds: number, value: number): void {
  for (let i = 0; i < seconds; i++) {
    d.clock.advance(1000);
    d.store.appendBatch(floats(1, d.clock.nowMs(), [value]));
    expect(d.store.commit()[AppendOutcome.OK]).toBe(1);
    if (i % 5 === 0) d.maintain();
  }
}

function values(): Map<number, number> {
  const counts = new Map<number, number>();
  for (const { values: all } of d.select([eq("__name__", "m")])) {
    for (const value of all) counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return counts;
}

describe("a jump of the wall clock", () => {
  test.each([
    ["five seconds back", -5500],
    ["an hour back", -HOUR_MS - 500],
    ["a year back", -YEAR_MS],
    ["thirty years back", -30 * YEAR_MS],
    ["five seconds forward", 5000],
    ["three hours forward", 3 * HOUR_MS],
    ["ten years forward", 10 * YEAR_MS],
  ])("%s costs no sample", (_name, byMs) => {
    d = new Driver(START);
    d.store.define({ source: 1, fromSlot: 0, series: [metric("m")] });
    collect(300, 1);
    d.clock.jumpWall(byMs);
    collect(300, 2);
    expect(values()).toEqual(
      new Map([
        [1, 300],
        [2, 300],
      ]),
    );
    d.reopen();
    d.store.define({ source: 1, fromSlot: 0, series: [metric("m")] });
    d.clock.jumpWall(-byMs);
    collect(300, 3);
    // Collections that fall on an instant of the time before take its place; all the others stay.
    const after = values();
    expect(after.get(3)).toBe(300);
    const replaced = byMs > 0 && byMs < 300_000 ? byMs / 1000 : 0;
    expect(after.get(2)).toBe(300 - replaced);
    expect(after.get(1)).toBe(300);
    d.maintain();
    expect(values()).toEqual(after);
    if (Math.abs(byMs) > 2000) expect(d.events.some(({ type }) => type === "clock_jump")).toBe(true);
  });

  test("into another decade removes no file before the new time is believed", () => {
    d = new Driver(START, { retention: { rawMs: 14 * DAY_MS, m1Ms: 90 * DAY_MS, h1Ms: 2 * YEAR_MS } });
    d.store.define({ source: 1, fromSlot: 0, series: [metric("m")] });
    collect(200, 1);
    d.clock.advance(4 * HOUR_MS);
    for (let i = 0; i < 3; i++) {
      d.clock.advance(31_000);
      d.maintain();
    }
    const path = join(d.dir, "raw", "2026-11-20.db");
    expect(existsSync(path)).toBe(true);
    d.clock.jumpWall(10 * YEAR_MS);
    for (let i = 0; i < 50; i++) {
      d.clock.advance(60_000);
      d.maintain();
    }
    expect(existsSync(path)).toBe(true);
    d.clock.jumpWall(-10 * YEAR_MS);
    for (let i = 0; i < 90; i++) {
      d.clock.advance(60_000);
      d.maintain();
    }
    expect(existsSync(path)).toBe(true);
    // Time that really passes does remove it.
    for (let i = 0; i < 17 * 24 * 2; i++) {
      d.clock.advance(HOUR_MS / 2);
      d.maintain();
    }
    expect(existsSync(path)).toBe(false);
    expect(readdirSync(join(d.dir, "1m"))).not.toEqual([]);
  });

  test("samples of a sender whose clock was ahead do not block the series", () => {
    d = new Driver(START);
    const ref = d.store.resolve(metric("m"))!;
    expect(d.store.appendFloat(ref, START + 5 * 60_000, 1)).toBe(AppendOutcome.OK);
    expect(d.store.appendFloat(ref, START + HOUR_MS, 1)).toBe(AppendOutcome.OUT_OF_BOUNDS);
    expect(d.store.appendFloat(ref, START, 2)).toBe(AppendOutcome.OK);
    expect(d.store.appendFloat(ref, START + 1000, 2)).toBe(AppendOutcome.OK);
  });
});

test("a series that a collection set back has its single samples in order", () => {
  d = new Driver(START);
  d.store.define({ source: 1, fromSlot: 0, series: [metric("m")] });
  const ref = d.store.resolve(metric("m"))!;
  expect(d.store.appendFloat(ref, START + 8000, 8)).toBe(AppendOutcome.OK);
  d.store.appendBatch(floats(1, START + 3000, [3]));
  expect(d.store.appendFloat(ref, START + 5000, 5)).toBe(AppendOutcome.OK);
  d.store.commit();
  const read = (fromMs: number, toMs: number) =>
    d.select([eq("__name__", "m")], { startMs: START + fromMs, endMs: START + toMs })[0]?.values;
  expect(read(0, 9000)).toEqual([3, 5, 8]);
  expect(read(4000, 6000)).toEqual([5]);
});

test("a machine that slept is believed after an hour", () => {
  d = new Driver(START);
  const clock = new ManualClock(START);
  const trusted = new TrustedTime(clock, START);
  clock.jumpWall(9 * HOUR_MS);
  expect(trusted.update()).toBe(9 * HOUR_MS);
  expect(trusted.nowMs).toBe(START);
  clock.advance(HOUR_MS);
  trusted.update();
  expect(trusted.nowMs).toBe(START + 10 * HOUR_MS);
});
