import { ManualClock } from "@dmon/model";
import { describe, expect, it } from "vitest";
import { Ticker } from "./ticker.ts";

describe("Ticker", () => {
  it("calls on the wall clock's multiples of the interval", () => {
    const clock = new ManualClock(1_000_300);
    const calls: number[] = [];
    new Ticker(clock, 1000, (atMs) => void calls.push(atMs)).start();
    clock.advance(3000);
    expect(calls).toEqual([1_001_000, 1_002_000, 1_003_000]);
  });

  it("says the true time where it is more than 1 % late", () => {
    const clock = new ManualClock(0);
    const calls: number[] = [];
    const ticker = new Ticker(clock, 1000, (atMs) => {
      calls.push(atMs);
      // The wall clock runs ahead of the timers: as if each of the next calls were late.
      if (calls.length === 1) clock.jumpWall(9);
      if (calls.length === 2) clock.jumpWall(40);
    });
    ticker.start();
    clock.advance(3000);
    expect(calls).toEqual([1000, 2000, 3000]);
    expect(ticker.missedCount).toBe(0);
  });

  it("says the longest delay once, and not what the wall clock jumped", () => {
    const clock = new ManualClock(0);
    let isBusy = false;
    const ticker = new Ticker(
      {
        nowMs: () => clock.nowMs(),
        monotonicMs: () => clock.monotonicMs(),
        after: (delayMs, run) => clock.after(isBusy ? delayMs + 250 : delayMs, run),
      },
      1000,
      () => clock.jumpWall(5000),
    );
    ticker.start();
    clock.advance(2000);
    expect(ticker.takeLongestDelayMs()).toBe(0);
    isBusy = true;
    clock.advance(2250);
    expect(ticker.takeLongestDelayMs()).toBe(250);
    expect(ticker.takeLongestDelayMs()).toBe(0);
  });

  it("makes one call of a suspension and counts what was missed", () => {
    const clock = new ManualClock(0);
    const calls: number[] = [];
    const ticker = new Ticker(clock, 1000, (atMs) => void calls.push(atMs));
    ticker.start();
    clock.advance(1000);
    clock.jumpWall(60_000);
    clock.advance(1000);
    clock.advance(1000);
    expect(calls).toEqual([1000, 62_000, 63_000]);
    expect(ticker.missedCount).toBe(60);
  });

  it("goes on after the clock was set back", () => {
    const clock = new ManualClock(100_000);
    const calls: number[] = [];
    new Ticker(clock, 1000, (atMs) => void calls.push(atMs)).start();
    clock.advance(1000);
    clock.jumpWall(-50_000);
    clock.advance(2000);
    expect(calls).toEqual([101_000, 52_000, 53_000]);
  });

  it("goes on after a call that threw", () => {
    const clock = new ManualClock(0);
    let calls = 0;
    const ticker = new Ticker(clock, 1000, () => {
      calls++;
      throw new Error("no");
    });
    ticker.start();
    expect(() => clock.advance(1000)).toThrow("no");
    expect(() => clock.advance(1000)).toThrow("no");
    expect(calls).toBe(2);
  });
});
