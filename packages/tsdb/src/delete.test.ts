/** Deleted series: gone from every answer at once, wherever their samples lay, and for good; their room comes back. */
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { AppendOutcome, Labels, runToEnd, TierColumns } from "@dmon/model";
import { afterEach, describe, expect, test } from "vitest";
import { backupStore, restoreStore } from "./backup.ts";
import { verifyStore } from "./inspect.ts";
import { Driver, eq, floats, metric, temporaryDir } from "./testing/store-driver.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "./windows.ts";

const START = Date.UTC(2026, 10, 20);
const ALWAYS = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] as const;
const everything = { matchers: [], startMs: -8e15, endMs: 8e15, limit: 0 };
let d: Driver;

afterEach(() => d.dispose());

function remove(name: string, minMs: number = ALWAYS[0], maxMs: number = ALWAYS[1]): void {
  runToEnd(d.store.deleteSeries([[eq("__name__", name)]], minMs, maxMs));
}

/** Hours of `gone` and `kept`, a sample a minute. */
function fill(hours: number): void {
  d.store.define({ source: 1, fromSlot: 0, series: [metric("gone", { job: "j" }), metric("kept", { job: "j" })] });
  for (let i = 0; i < hours * 60; i++) {
    d.clock.advance(MINUTE_MS);
    d.store.appendBatch(floats(1, d.clock.nowMs(), [Math.sin(i), i]));
    d.store.commit();
    if (i % 10 === 0) d.maintain();
  }
}

const times = (name: string): number[] => d.select([eq("__name__", name)])[0]?.times ?? [];
const series = (): string[] => runToEnd(d.store.series(everything)).map((labels) => labels.name);

function tierEnds(name: string, tier: "1m" | "1h"): number[] {
  const range = { startMs: START - DAY_MS, endMs: START + 400 * DAY_MS };
  const hints = { ...range, stepMs: 0, rangeMs: 0, func: "", tier };
  const [found] = runToEnd(d.store.select([eq("__name__", name)], hints)).series;
  const out = new TierColumns();
  found?.readTier(range.startMs, range.endMs, out);
  return [...out.endsMs.subarray(0, out.length)];
}

describe("a deleted series", () => {
  test("is gone from head, log, recent and day files, tiers, names, exemplars and metadata, also after a restart", () => {
    d = new Driver(START);
    d.store.setMetadata("gone", { type: "gauge", help: "h", unit: "" });
    fill(27);
    const own = d.store.resolve(metric("gone", { job: "j" }))!;
    d.store.appendExemplar(own, { labels: Labels.from({ trace: "a" }), value: 1, atMs: d.clock.nowMs() });
    d.store.undefine(1);
    d.store.commit();
    expect(tierEnds("gone", "1h").length).toBe(27);
    remove("gone");
    for (const _ of [1, 2]) {
      expect(times("gone")).toEqual([]);
      expect(tierEnds("gone", "1m")).toEqual([]);
      expect(tierEnds("gone", "1h")).toEqual([]);
      expect(series()).toEqual(["kept"]);
      expect(runToEnd(d.store.labelValues("__name__", everything))).toEqual(["kept"]);
      expect(d.store.metadata().has("gone")).toBe(false);
      expect(runToEnd(d.store.exemplars(everything))).toEqual([]);
      expect(times("kept")).toHaveLength(27 * 60);
      expect(tierEnds("kept", "1h")).toHaveLength(27);
      d.reopen();
    }
    expect(d.store.stats().headSeries).toBe(1);
  });

  test("is written on by whoever wrote it, under the number it had", () => {
    d = new Driver(START);
    const ref = d.store.resolve(metric("gone", { job: "j" }))!;
    for (let i = 0; i < 5; i++) d.store.appendFloat(ref, START + i * 1000, i);
    remove("gone");
    expect(d.store.stats().headSeries).toBe(0);
    expect(d.store.appendFloat(ref, START + 2000, 7)).toBe(AppendOutcome.OK);
    expect(d.store.appendFloat(ref, START + 10_000, 8)).toBe(AppendOutcome.OK);
    d.store.commit();
    d.reopen();
    expect(times("gone")).toEqual([START + 2000, START + 10_000]);
  });

  test("that only files knew is written on too after these were cleaned", () => {
    d = new Driver(START);
    const ref = d.store.resolve(metric("gone", { job: "j" }))!;
    d.store.appendFloat(ref, START + 1000, 1);
    d.store.commit();
    for (let i = 0; i < 30; i++) {
      d.clock.advance(10 * MINUTE_MS);
      d.maintain();
    }
    expect(d.store.stats().headSeries).toBe(0);
    remove("gone");
    runToEnd(d.store.cleanDeleted());
    expect(d.store.appendFloat(ref, d.clock.nowMs(), 2)).toBe(AppendOutcome.OK);
    d.store.commit();
    expect(times("gone")).toEqual([d.clock.nowMs()]);
  });

  test("is found again when later samples are merged into the file that it was gone from", () => {
    d = new Driver(START);
    const pass = (): void => {
      for (let i = 0; i < 30; i++) {
        d.clock.advance(10 * MINUTE_MS);
        d.maintain();
      }
    };
    const ref = d.store.resolve(metric("gone", { job: "j" }))!;
    d.store.appendFloat(ref, START + 1000, 1);
    d.store.appendFloat(d.store.resolve(metric("kept", { job: "j" }))!, START + 1000, 1);
    d.store.commit();
    pass();
    remove("gone");
    expect(series()).toEqual(["kept"]);
    const laterMs = d.clock.nowMs();
    d.store.appendFloat(ref, laterMs, 2);
    d.store.commit();
    pass();
    expect(d.store.stats().headSeries).toBe(0);
    expect(times("gone")).toEqual([laterMs]);
    expect(series()).toEqual(["gone", "kept"]);
  });

  test("goes on in the next collection where a source names it, and may be sent again as it was", () => {
    d = new Driver(START);
    fill(5);
    const before = d.select([eq("__name__", "gone")])[0]!;
    remove("gone");
    const ref = d.store.resolve(metric("gone", { job: "j" }))!;
    for (const [i, atMs] of before.times.entries()) d.store.appendFloat(ref, atMs, before.values[i]!);
    d.store.commit();
    expect(d.select([eq("__name__", "gone")])[0]).toEqual(before);
    d.reopen();
    expect(d.select([eq("__name__", "gone")])[0]).toEqual(before);
    for (let i = 0; i < 30; i++) {
      d.clock.advance(10 * MINUTE_MS);
      d.maintain();
    }
    expect(d.select([eq("__name__", "gone")])[0]).toEqual(before);
    expect(tierEnds("gone", "1m")).toHaveLength(300);
  });
});

describe("a deleted range", () => {
  test("has inclusive bounds, and its buckets of which raw samples are left tell of these alone", () => {
    d = new Driver(START);
    fill(30);
    const from = START + 3 * HOUR_MS + 30 * MINUTE_MS;
    const to = START + 5 * HOUR_MS + 10 * MINUTE_MS;
    remove("gone", from, to);
    expect(times("gone").filter((atMs) => atMs >= from && atMs <= to)).toEqual([]);
    expect(times("gone")).toHaveLength(30 * 60 - 101);
    expect(tierEnds("gone", "1m")).toEqual(times("gone"));
    // Of the hours only the fifth, 04:00 to 05:00, is wholly within.
    const gone = new Set([START + 5 * HOUR_MS]);
    const hours = Array.from({ length: 30 }, (_, i) => START + (i + 1) * HOUR_MS);
    expect(tierEnds("gone", "1h")).toEqual(hours.filter((endMs) => !gone.has(endMs)));
  });

  test("takes buckets at its ends whole where finer samples are there no more", () => {
    d = new Driver(START, { retention: { rawMs: DAY_MS, m1Ms: 100 * DAY_MS, h1Ms: 400 * DAY_MS } });
    fill(30);
    d.clock.advance(4 * DAY_MS);
    d.maintain();
    for (let i = 0; i < 26; i++) {
      d.clock.advance(HOUR_MS);
      d.maintain();
    }
    expect(times("kept")).toEqual([]);
    const from = START + 3 * HOUR_MS + 30_000;
    remove("gone", from, from + HOUR_MS);
    const ends = tierEnds("gone", "1m");
    expect(ends).toHaveLength(30 * 60 - 61);
    expect(ends).not.toContain(START + 3 * HOUR_MS + MINUTE_MS);
    expect(ends).not.toContain(START + 4 * HOUR_MS + MINUTE_MS);
    // Hours are made of the minutes that are left; of the fourth none is.
    expect(tierEnds("gone", "1h")).toHaveLength(29);
    expect(tierEnds("gone", "1h")).not.toContain(START + 4 * HOUR_MS);
  });

  test("of nothing changes nothing", () => {
    d = new Driver(START);
    fill(5);
    const before = d.select([]);
    remove("gone", START + HOUR_MS, START);
    remove("nobody");
    expect(d.select([])).toEqual(before);
  });
});

describe("files", () => {
  const rawFile = (): string => join(d.dir, "raw/2026-11-20.db");

  test("give the room back when they are cleaned, and say a format that older programs refuse until then", () => {
    d = new Driver(START);
    fill(27);
    const before = statSync(rawFile()).size;
    const format = (): unknown => {
      const db = new DatabaseSync(rawFile(), { readOnly: true });
      const row = db.prepare("SELECT value FROM meta WHERE key = 'format'").get();
      db.close();
      return row!.value;
    };
    expect(format()).toBe(1);
    remove("gone", ALWAYS[0], START + 20 * HOUR_MS);
    expect(format()).toBe(2);
    d.reopen();
    const kept = d.select([]);
    runToEnd(d.store.cleanDeleted());
    expect(format()).toBe(1);
    expect(statSync(rawFile()).size).toBeLessThan(before * 0.8);
    expect(d.select([])).toEqual(kept);
    d.reopen();
    expect(d.select([])).toEqual(kept);
    d.store.close();
    expect(verifyStore(d.dir).problems).toEqual([]);
    d.store = new Driver(0, { dir: d.dir }, d.clock).store;
  });

  test("that hold nothing any more are removed by cleaning", () => {
    d = new Driver(START);
    fill(27);
    runToEnd(d.store.deleteSeries([[]], ALWAYS[0], ALWAYS[1]));
    runToEnd(d.store.cleanDeleted());
    expect(existsSync(rawFile())).toBe(false);
    expect(d.select([])).toEqual([]);
    fill(3);
    expect(times("kept")).toHaveLength(180);
  });

  test("that are salvaged bring nothing back", () => {
    d = new Driver(START);
    fill(27);
    remove("gone", ALWAYS[0], START + 20 * HOUR_MS);
    const kept = d.select([]);
    d.store.close();
    const bytes = readFileSync(rawFile());
    bytes.fill(0, 0, 4096);
    writeFileSync(rawFile(), bytes);
    d = new Driver(0, { dir: d.dir }, d.clock);
    expect(d.select([])).toEqual(kept);
    expect(d.events.filter(({ type }) => type === "damage")).toHaveLength(1);
  });

  test.each([
    ["a day's", rawFile],
    ["the recent", () => join(d.dir, "recent.db")],
  ])("that a backup reads are waited for, and in the end refused by name: %s", (_, file) => {
    d = new Driver(START);
    fill(5);
    const reader = new DatabaseSync(file(), { readOnly: true });
    reader.exec("BEGIN; SELECT count(*) FROM packs;");
    const work = d.store.deleteSeries([[eq("__name__", "gone")]], ...ALWAYS);
    for (let i = 0; i < 50; i++) work.next();
    d.clock.advance(60_000);
    expect(() => runToEnd(work)).toThrow(expect.objectContaining({ code: "store_busy" }));
    reader.exec("COMMIT");
    reader.close();
    // Nothing waits for the work that failed, and the same request does the rest.
    remove("gone");
    expect(times("gone")).toEqual([]);
    d.maintain();
  });

  test("go into a backup as they are", async () => {
    d = new Driver(START);
    fill(27);
    remove("gone", ALWAYS[0], START + 20 * HOUR_MS);
    const { dir, remove: removeDir } = temporaryDir();
    await backupStore(d.dir, join(dir, "b"));
    restoreStore(join(dir, "b"), join(dir, "r"));
    const restored = new Driver(0, { dir: join(dir, "r") }, d.clock);
    expect(restored.select([])).toEqual(d.select([]));
    restored.dispose();
    removeDir();
  });
});

test("late samples of one series cost no hours of the others of a day whose minutes left by age", () => {
  d = new Driver(START, { retention: { rawMs: DAY_MS, m1Ms: 2 * DAY_MS, h1Ms: 400 * DAY_MS } });
  fill(30);
  for (let i = 0; i < 6 * 24; i++) {
    d.clock.advance(HOUR_MS);
    d.maintain();
  }
  expect(existsSync(join(d.dir, "1m/2026-11-20.db"))).toBe(false);
  expect(tierEnds("kept", "1h")).toHaveLength(30);
  const ref = d.store.resolve(metric("imported", { job: "k" }))!;
  for (let i = 1; i < 100; i++) d.store.appendFloat(ref, START + i * MINUTE_MS, i);
  d.store.commit();
  for (let i = 0; i < 12; i++) {
    d.clock.advance(10 * MINUTE_MS);
    d.maintain();
  }
  expect(tierEnds("imported", "1h")).toHaveLength(2);
  expect(tierEnds("kept", "1h")).toHaveLength(30);
});
