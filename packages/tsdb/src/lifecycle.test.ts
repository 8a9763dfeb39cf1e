/** Series come and go: they leave the head, are found on disk, come back; limits hold; retention and size are kept. */

import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { AppendOutcome, runToEnd } from "@dmon/model";
import { afterEach, describe, expect, test } from "vitest";
import { Driver, eq, floats, metric } from "./testing/store-driver.ts";
import { DAY_MS, HOUR_MS } from "./windows.ts";

const START = Date.UTC(2026, 10, 20, 10);
const everything = { startMs: START - DAY_MS, endMs: START + 1000 * DAY_MS };
let d: Driver;

afterEach(() => d.dispose());

/** Lets time pass with a round of maintenance every so often. */
function pass(ms: number, everyMs = 10 * 60_000): void {
  for (let at = 0; at < ms; at += everyMs) {
    d.clock.advance(everyMs);
    d.maintain();
  }
}

describe("series that end", () => {
  test("leave the head when their window is merged, answer from disk, and come back under their old number", () => {
    d = new Driver(START);
    const ref = d.store.resolve(metric("pod", { pod: "a" }))!;
    for (let i = 0; i < 10; i++) d.store.appendFloat(ref, START + i * 1000, i);
    d.store.commit();
    expect(d.store.stats().headSeries).toBe(1);
    pass(3 * HOUR_MS);
    expect(d.store.stats().headSeries).toBe(0);
    expect(d.select([eq("pod", "a")])[0]!.values).toHaveLength(10);
    expect(runToEnd(d.store.labelValues("pod", { matchers: [], ...everything, limit: 0 }))).toEqual(["a"]);

    expect(d.store.appendFloat(ref, d.clock.nowMs(), 99)).toBe(AppendOutcome.OK);
    d.store.commit();
    expect(d.select([eq("pod", "a")])[0]!.values.at(-1)).toBe(99);
    d.reopen();
    expect(d.select([eq("pod", "a")])[0]!.values).toHaveLength(11);
    pass(3 * HOUR_MS);
    // And under a new one, if it is asked for by its labels: readers see one series.
    const again = d.store.resolve(metric("pod", { pod: "a" }))!;
    expect(again).not.toBe(ref);
    d.store.appendFloat(again, d.clock.nowMs(), 100);
    const answers = d.select([eq("pod", "a")]);
    expect(answers).toHaveLength(1);
    expect(answers[0]!.values).toHaveLength(12);
  });

  test("thousands of short ones leave no more than those of the last hours", () => {
    d = new Driver(START);
    const perRound = 20;
    for (let round = 0; round < 6 * 60; round++) {
      d.clock.advance(60_000);
      for (let i = 0; i < perRound; i++) {
        const ref = d.store.resolve(metric("pod", { pod: `${round}-${i}` }))!;
        d.store.appendFloat(ref, d.clock.nowMs(), round);
      }
      d.store.commit();
      d.maintain();
    }
    expect(d.store.stats().headSeries).toBeLessThan(perRound * 60 * 3);
    expect(d.select([eq("__name__", "pod")])).toHaveLength(6 * 60 * perRound);
  });

  test("give the room of their names back once they have left the head", () => {
    d = new Driver(START);
    for (let i = 0; i < 12_000; i++) {
      const ref = d.store.resolve(metric("pod", { pod: `${"a-long-name-".repeat(40)}${i}`, job: "churn" }))!;
      d.store.appendFloat(ref, d.clock.nowMs(), i);
    }
    d.store.commit();
    d.store.checkpoint();
    const file = join(d.dir, "head.db");
    const before = statSync(file).size;
    for (let i = 0; i < 20; i++) {
      d.clock.advance(15 * 60_000);
      d.maintain();
      d.store.checkpoint();
    }
    expect(d.store.stats().headSeries).toBe(0);
    expect(statSync(file).size).toBeLessThan(before / 20);
    // The log is cut when it is next written to.
    d.store.resolve(metric("another"));
    d.store.commit();
    expect(statSync(`${file}-wal`).size).toBeLessThan(5 * 1024 * 1024);
    d.reopen();
    expect(d.select([eq("job", "churn")])).toHaveLength(12_000);
  });
});

describe("limits", () => {
  test("series over the total or over a job's share are refused, counted, and do not disturb the others", () => {
    d = new Driver(START, { limits: { maxSeries: 5, maxSeriesPerJob: 3 } });
    const series = ["a", "a", "a", "a", "b", "b", "b"].map((job, i) => metric("m", { job, n: String(i) }));
    d.store.define({ source: 1, fromSlot: 0, series });
    d.clock.advance(1000);
    d.store.appendBatch(
      floats(
        1,
        d.clock.nowMs(),
        series.map((_, i) => i),
      ),
    );
    const outcomes = d.store.commit();
    expect(outcomes[AppendOutcome.OK]).toBe(5);
    expect(outcomes[AppendOutcome.LIMIT]).toBe(2);
    expect(d.store.stats()).toMatchObject({ headSeries: 5, refusedSeries: 2 });
    expect(
      d
        .select([])
        .map(({ values }) => values[0])
        .sort(),
    ).toEqual([0, 1, 2, 4, 5]);
    expect(d.store.resolve(metric("one_more"))).toBeUndefined();
  });
});

describe("what is kept", () => {
  function days(count: number): void {
    d.store.define({ source: 1, fromSlot: 0, series: [metric("m", { job: "j" }), metric("noise", { job: "j" })] });
    for (let i = 0; i < count * 24 * 12; i++) {
      d.clock.advance(5 * 60_000);
      d.store.appendBatch(floats(1, d.clock.nowMs(), [i, Math.sin(i)]));
      d.store.commit();
      d.maintain();
    }
  }

  test("files go by age, each tier by its own", () => {
    d = new Driver(START, { retention: { rawMs: 2 * DAY_MS, m1Ms: 4 * DAY_MS, h1Ms: 100 * DAY_MS } });
    days(8);
    expect(readdirSync(join(d.dir, "raw")).filter((name) => name.endsWith(".db"))).toHaveLength(3);
    expect(readdirSync(join(d.dir, "1m")).filter((name) => name.endsWith(".db"))).toHaveLength(5);
    expect(existsSync(join(d.dir, "1h", "2026-11.db"))).toBe(true);
    // A range that raw does not reach is answered by a tier where the function allows it, and refused where not.
    const ask = (func: string) => {
      const hints = { startMs: START, endMs: d.clock.nowMs(), stepMs: HOUR_MS, rangeMs: 6 * HOUR_MS, func };
      return runToEnd(d.store.select([eq("__name__", "m")], hints));
    };
    expect(ask("rate")).toMatchObject({ tier: "1h", infos: [expect.stringContaining("1h tier")] });
    expect(() => ask("quantile_over_time")).toThrow(expect.objectContaining({ code: "tier_cannot_answer" }));
    expect(runToEnd(d.store.labelNames({ matchers: [], ...everything, limit: 0 }))).toEqual(["__name__", "job"]);
  });

  test("files go by size, the oldest first", () => {
    d = new Driver(START, { maxSizeBytes: 400_000 });
    days(6);
    const sizes = d.store.stats();
    expect(sizes.totalBytes).toBeLessThan(500_000);
    expect(d.events.some((event) => event.type === "removed" && event.reason === "size")).toBe(true);
    expect(d.select([eq("__name__", "m")])[0]!.values.at(-1)).toBe(6 * 24 * 12 - 1);
  });

  test("windows of the present day go where it alone is too large, and what cannot be kept is said once", () => {
    const maxSizeBytes = 2_400_000;
    d = new Driver(START, { maxSizeBytes });
    const series = Array.from({ length: 120 }, (_, n) => metric("noise", { n: String(n), job: "j" }));
    d.store.define({ source: 1, fromSlot: 0, series });
    let largest = 0;
    for (let i = 0; i < 11 * 120; i++) {
      d.clock.advance(30_000);
      const values = series.map((_, n) => Math.sin(i * n + n));
      d.store.appendBatch(floats(1, d.clock.nowMs(), values));
      d.store.commit();
      d.maintain();
      // A window more than is allowed comes with each merge, and goes with the next look.
      if (i % 10 === 9) largest = Math.max(largest, d.store.stats().totalBytes);
    }
    expect(readdirSync(join(d.dir, "raw")).filter((name) => name.endsWith(".db"))).toEqual(["2026-11-20.db"]);
    expect(largest).toBeLessThanOrEqual(maxSizeBytes);
    expect(d.select([eq("n", "3")])[0]!.values.at(-1)).toBe(Math.sin((11 * 120 - 1) * 3 + 3));
    expect(d.select([eq("n", "3")])[0]!.values.length).toBeGreaterThanOrEqual(3 * 120);
    expect(d.events.filter(({ type }) => type === "too_large")).toEqual([]);

    const before = d.dir;
    d.store.close();
    d = new Driver(0, { dir: before, maxSizeBytes: 1000 }, d.clock);
    for (let i = 0; i < 5; i++) {
      d.clock.advance(60_000);
      d.maintain();
    }
    expect(d.events.filter(({ type }) => type === "too_large")).toHaveLength(1);
  });
});
