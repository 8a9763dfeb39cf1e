import { runToEnd, SampleColumns, type SelectHints, type Selection, TierColumns } from "@dmon/model";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { Catalog } from "../files/catalog.ts";
import { PackFile } from "../files/pack-file.ts";
import { Driver, eq, floats, metric } from "../testing/store-driver.ts";
import { DAY_MS, MINUTE_MS } from "../windows.ts";

const START_MS = Date.UTC(2026, 9, 10);
/** More than a store used to keep open at once. */
const DAYS = 26;
const END_MS = START_MS + DAYS * DAY_MS;
const SERIES = 99;
const STEP_MS = 30 * MINUTE_MS;

const HINTS: SelectHints = { startMs: START_MS, endMs: END_MS, stepMs: 0, rangeMs: END_MS - START_MS, func: "" };
/** A third of the series, spread over all packs. */
const SOME = [eq("third", "1")];

let driver: Driver;

/** A month of which no two values are alike, in a store whose cache holds two packs. */
beforeAll(() => {
  driver = new Driver(START_MS, { cacheBytes: 64 * 1024, retention: { rawMs: 1e11, m1Ms: 1e11, h1Ms: 1e11 } });
  const series = Array.from({ length: SERIES }, (_, i) => metric("x", { third: String(i % 3), i: String(i) }));
  driver.store.define({ source: 1, fromSlot: 0, series });
  for (let round = 1; round <= (DAYS * DAY_MS) / STEP_MS; round++) {
    driver.clock.advance(STEP_MS);
    const values = series.map((_, i) => round * 3 + ((i * 7919 + round * 104_729) % 1000) / 7);
    driver.store.appendBatch(floats(1, driver.clock.nowMs(), values));
    if (round % 4 !== 0) continue;
    driver.store.commit();
    driver.maintain();
  }
}, 60_000);

afterAll(() => driver.dispose());

function select(hints: Partial<SelectHints>): Selection {
  return runToEnd(driver.store.select(SOME, { ...HINTS, ...hints }));
}

/** Reads all series in order, prepared or not. */
function readAll(hints: Partial<SelectHints>, isPrepared: boolean, between = (): void => {}): number[][] {
  const { tier, series, prepare } = select(hints);
  const samples = new SampleColumns();
  const points = new TierColumns();
  return series.map((one, index) => {
    const slices = isPrepared ? prepare?.(index) : undefined;
    for (let i = 0; slices !== undefined && !slices.next().done; i++) if (i % 50 === 0) between();
    if (tier === "raw") {
      one.read(START_MS, END_MS, samples);
      return [...samples.timesMs.subarray(0, samples.length), ...samples.values.subarray(0, samples.length)];
    }
    one.readTier(START_MS, END_MS, points);
    return [...points.endsMs.subarray(0, points.length), ...points.increase.subarray(0, points.length)];
  });
}

describe("packs read ahead", () => {
  it.each([
    { tier: "raw" },
    { tier: "1m" },
    { tier: "1h" },
  ] as const)("give what reading one by one gives: $tier", (hints) => {
    const prepared = readAll(hints, true);
    expect(prepared).toHaveLength(33);
    expect(prepared[0]!.length).toBeGreaterThan(1200);
    expect(prepared).toEqual(readAll(hints, false));
  });

  // Each series read all packs of the month again: 58 s of CPU for 250 series over 30 days.
  it.each([
    { tier: "raw" },
    { tier: "1m" },
  ] as const)("are read from disk once a pass, not once a series: $tier", (hints) => {
    const files = vi.spyOn(PackFile.prototype, "read");
    readAll(hints, false);
    const alone = files.mock.calls.length;
    files.mockClear();
    readAll(hints, true);
    const ahead = files.mock.calls.length;
    files.mockRestore();
    expect(ahead).toBeGreaterThan(300);
    // 33 series are two passes: 32 tell how much one takes.
    expect(ahead * 10).toBeLessThan(alone);
  });

  it("leaves the files of a month open for the next query", () => {
    readAll({ tier: "1m" }, true);
    const closed = vi.spyOn(Catalog.prototype, "close");
    readAll({ tier: "1m" }, true);
    expect(closed).not.toHaveBeenCalled();
    closed.mockRestore();
  });

  it("give everything where files close and packs are merged meanwhile", () => {
    const expected = readAll({ tier: "raw" }, false);
    const catalogs: Catalog[] = [];
    const overlapping = vi.spyOn(Catalog.prototype, "overlapping").mockImplementation(function (
      this: Catalog,
      ...args
    ) {
      catalogs[0] = this;
      return this.entries(args[0]).filter(({ startMs, endMs }) => startMs < args[2] && endMs >= args[1]);
    });
    const answer = readAll({ tier: "raw" }, true, () => {
      catalogs[0]?.closeAll();
      driver.maintain();
    });
    overlapping.mockRestore();
    expect(answer).toEqual(expected);
  });
});

it("reads the columns that are asked for as it reads all", () => {
  const { series } = select({ tier: "1h" });
  const all = new TierColumns();
  for (const columns of [["min"], ["max"], ["sum", "count"], ["last"], ["increase"]] as const) {
    const some = new TierColumns();
    series[7]!.readTier(START_MS, END_MS, all);
    series[7]!.readTier(START_MS, END_MS, some, columns);
    for (const name of ["endsMs", ...columns] as const) {
      expect(some[name].subarray(0, some.length)).toEqual(all[name].subarray(0, all.length));
    }
  }
});
