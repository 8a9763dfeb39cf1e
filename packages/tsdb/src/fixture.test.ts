/** A store of each released format opens for ever, and one of a later format is refused with a word. */

import { cpSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { Labels, runToEnd, SampleColumns, TierColumns } from "@dmon/model";
import { describe, expect, test } from "vitest";
import { verifyStore } from "./inspect.ts";
import {
  FIXTURE_END_MS,
  FIXTURE_INTERVAL_MS,
  FIXTURE_ROUNDS,
  FIXTURE_SERIES,
  FIXTURE_START_MS,
  fixtureHistogram,
  fixtureSample,
} from "./testing/fixture.ts";
import { Driver, eq, temporaryDir } from "./testing/store-driver.ts";

const fixtures = fileURLToPath(new URL("../fixtures", import.meta.url));
const stores = readdirSync(fixtures).filter((name) => name.startsWith("store-v"));

function copied(name: string): { dir: string; remove: () => void } {
  const made = temporaryDir();
  cpSync(join(fixtures, name), made.dir, { recursive: true });
  return made;
}

test("there is a fixture", () => {
  expect(stores).toContain("store-v1");
});

describe.each(stores)("%s", (name) => {
  test("is whole", () => {
    const { dir, remove } = copied(name);
    const { problems, samples, files } = verifyStore(dir);
    expect(problems).toEqual([]);
    expect(files).toBeGreaterThanOrEqual(6);
    expect(samples).toBeGreaterThan(FIXTURE_ROUNDS * 4);
    remove();
  });

  test("answers every sample that was written", () => {
    const { dir, remove } = copied(name);
    const d = new Driver(FIXTURE_END_MS, { dir });
    const range = { startMs: FIXTURE_START_MS, endMs: FIXTURE_END_MS };
    const selection = runToEnd(
      d.store.select([eq("job", "fixture")], { ...range, stepMs: 0, rangeMs: 0, func: "", tier: "raw" }),
    );
    expect(selection.series).toHaveLength(FIXTURE_SERIES.length);
    const columns = new SampleColumns();
    for (const series of selection.series) {
      const { labels } = series;
      const slot = FIXTURE_SERIES.findIndex((one) => one.equals(labels));
      series.read(range.startMs, range.endMs, columns);
      expect(columns.length, String(labels)).toBe(FIXTURE_ROUNDS);
      for (let i = 0; i < columns.length; i++) {
        const { kind, value } = fixtureSample(slot, i + 1);
        expect(columns.timesMs[i]).toBe(FIXTURE_START_MS + (i + 1) * FIXTURE_INTERVAL_MS);
        expect(columns.kinds[i]).toBe(kind);
        expect(columns.values[i]).toBe(value);
        if (slot === 4) expect(columns.histograms[i]).toEqual(fixtureHistogram(i + 1));
      }
    }
    expect(d.store.metadata("fixture_total").get("fixture_total")).toEqual([
      { type: "counter", help: "Counts rounds.", unit: "" },
    ]);
    const [exemplars] = runToEnd(d.store.exemplars({ matchers: [], ...range, limit: 0 }));
    expect(exemplars!.exemplars[0]!.labels.equals(Labels.from({ trace_id: "abc" }))).toBe(true);
    d.dispose();
    remove();
  });

  test("answers from its tiers", () => {
    const { dir, remove } = copied(name);
    const d = new Driver(FIXTURE_END_MS, { dir });
    const range = { startMs: FIXTURE_START_MS + 1, endMs: FIXTURE_END_MS };
    const selection = runToEnd(
      d.store.select([eq("__name__", "fixture_total")], { ...range, stepMs: 0, rangeMs: 0, func: "", tier: "1h" }),
    );
    const hours = new TierColumns();
    selection.series[0]!.readTier(range.startMs, range.endMs, hours);
    expect(hours.length).toBe(30);
    // Three an hour's minute; each wrap to zero at a multiple of 700 rounds costs the step that would have led there.
    expect(hours.increase[1]).toBe(180);
    expect(hours.increase[11]).toBe(177);
    expect(hours.count[29]).toBe(60);
    d.dispose();
    remove();
  });
});

test.each(["head.db", "recent.db"])("a store whose %s is of a later format is refused", (file) => {
  const { dir, remove } = copied("store-v1");
  const db = new DatabaseSync(join(dir, file));
  db.exec("UPDATE meta SET value = 99 WHERE key = 'format'");
  db.close();
  expect(() => new Driver(FIXTURE_END_MS, { dir })).toThrow(
    expect.objectContaining({ code: "store_newer", message: expect.stringContaining("format 99") }),
  );
  remove();
});
