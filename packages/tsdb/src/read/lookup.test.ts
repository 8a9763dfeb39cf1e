import { ManualClock, runToEnd } from "@dmon/model";
import { expect, it, vi } from "vitest";
import { SeriesIndex } from "../index/series-index.ts";
import { Driver, eq, floats, metric } from "../testing/store-driver.ts";
import { HOUR_MS, MINUTE_MS } from "../windows.ts";

const START_MS = Date.UTC(2026, 10, 20);

/** Labels of the series of metric `x` that may have samples within a range. */
function found(driver: Driver, startMs: number, endMs: number): string[] {
  const query = { matchers: [[eq("__name__", "x")]], startMs, endMs, limit: 0 };
  return runToEnd(driver.store.series(query)).map((labels) => labels.toString());
}

it("remembers what matchers found, and looks anew when a series came or left", () => {
  const clock = new ManualClock(START_MS);
  const driver = new Driver(START_MS, {}, clock);
  try {
    const append = (source: number): void => {
      clock.advance(MINUTE_MS);
      driver.store.appendBatch(floats(source, clock.nowMs(), [clock.nowMs() / 7]));
      driver.store.commit();
    };
    driver.store.define({ source: 1, fromSlot: 0, series: [metric("x", { i: "1" })] });
    append(1);
    const select = vi.spyOn(SeriesIndex.prototype, "select");
    expect(found(driver, START_MS, clock.nowMs())).toEqual(['x{i="1"}']);
    const asked = select.mock.calls.length;
    expect(found(driver, START_MS, clock.nowMs())).toEqual(['x{i="1"}']);
    expect(select.mock.calls.length).toBe(asked);
    // The time is not part of what is remembered.
    expect(found(driver, START_MS - HOUR_MS, START_MS - 1)).toEqual([]);

    driver.store.define({ source: 2, fromSlot: 0, series: [metric("x", { i: "2" })] });
    append(2);
    expect(found(driver, START_MS, clock.nowMs())).toEqual(['x{i="1"}', 'x{i="2"}']);

    // The first one leaves the head, and only its day's file names it.
    driver.store.undefine(1);
    for (let round = 0; round < 300; round++) {
      append(2);
      driver.maintain();
    }
    expect(driver.store.stats().headSeries).toBe(1);
    expect(found(driver, START_MS, clock.nowMs())).toEqual(['x{i="1"}', 'x{i="2"}']);
    expect(found(driver, clock.nowMs() - MINUTE_MS, clock.nowMs())).toContain('x{i="2"}');
    select.mockRestore();
  } finally {
    driver.dispose();
  }
});
