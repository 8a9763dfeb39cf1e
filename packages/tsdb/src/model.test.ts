/**
 * The store against a naive model: whatever is appended, in whatever order, however often it is maintained, closed, killed
 * and opened again, whatever is deleted meanwhile, each series reads back as the list of what was accepted, and each tier as computed from that list.
 */

import { cpSync, rmSync } from "node:fs";
import { AppendOutcome, runToEnd, SampleKind, TierColumns } from "@dmon/model";
import fc from "fast-check";
import { expect, test } from "vitest";
import { naivePoints, type Sample } from "./testing/naive-tier.ts";
import { Driver, eq, floats, metric, temporaryDir } from "./testing/store-driver.ts";

const START = Date.UTC(2026, 10, 20, 22);
const RUNS = Number(process.env.DMON_MODEL_RUNS ?? 40);
const SERIES = 4;

type Step =
  | { readonly do: "batches"; readonly count: number; readonly everyMs: number; readonly seed: number }
  | {
      readonly do: "single";
      readonly series: number;
      readonly agoMs: number;
      readonly value: number;
      readonly stale: boolean;
    }
  | { readonly do: "again"; readonly series: number; readonly nth: number; readonly isSame: boolean }
  | { readonly do: "advance"; readonly byMs: number }
  | {
      readonly do: "delete";
      /** {@link SERIES} stands for all. */
      readonly series: number;
      readonly fromAgoMs: number;
      readonly toAgoMs: number;
    }
  | { readonly do: "maintain" | "commit" | "reopen" | "kill" | "clean" | "part" }
  | { readonly do: "abandon"; readonly slices: number };

const value = fc.oneof(fc.integer({ min: -5, max: 1000 }), fc.double({ noNaN: true, min: -1e6, max: 1e6 }));
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("batches" as const),
      count: fc.integer({ min: 1, max: 150 }),
      everyMs: fc.constantFrom(1000, 1001, 15_000, 60_000),
      seed: fc.nat(1_000_000),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("single" as const),
      series: fc.nat(SERIES - 1),
      agoMs: fc.constantFrom(0, 0, 1, 500, 60_000, 3_600_000, 9_000_000),
      value,
      stale: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("again" as const),
      series: fc.nat(SERIES - 1),
      nth: fc.nat(10_000),
      isSame: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("advance" as const),
      byMs: fc.constantFrom(1, 30_000, 3_600_000, 7_200_000, 90_000_000),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom("maintain" as const, "commit" as const, "reopen" as const, "kill" as const),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("delete" as const),
      series: fc.nat(SERIES),
      fromAgoMs: fc.constantFrom(Number.POSITIVE_INFINITY, 1234, 90_000, 3_600_000, 5_432_100, 100_000_000),
      toAgoMs: fc.constantFrom(Number.NEGATIVE_INFINITY, 0, 30_000, 3_000_000, 7_200_000, 90_000_000),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("clean" as const, "part" as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("abandon" as const), slices: fc.integer({ min: 1, max: 30 }) }),
  },
);

class Model {
  readonly samples = Array.from({ length: SERIES }, () => new Map<number, number | undefined>());

  list(series: number): Sample[] {
    return [...this.samples[series]!].map(([atMs, v]) => ({ atMs, value: v })).sort((a, b) => a.atMs - b.atMs);
  }
}

function labels(series: number) {
  return metric("m", { n: String(series), job: "j" });
}

/** What may happen to a day and more that is in its files already. */
const laterStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("delete" as const),
      series: fc.nat(SERIES),
      fromAgoMs: fc.oneof(fc.integer({ min: 0, max: 30 * 3_600_000 }), fc.constant(Number.POSITIVE_INFINITY)),
      toAgoMs: fc.oneof(fc.integer({ min: 0, max: 30 * 3_600_000 }), fc.constant(Number.NEGATIVE_INFINITY)),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom("maintain" as const, "reopen" as const, "kill" as const, "clean" as const, "part" as const),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("again" as const),
      series: fc.nat(SERIES - 1),
      nth: fc.nat(10_000),
      isSame: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("abandon" as const), slices: fc.integer({ min: 1, max: 30 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("advance" as const), byMs: fc.constantFrom(60_000, 7_200_000, 50_000_000) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("single" as const),
      series: fc.nat(SERIES - 1),
      agoMs: fc.integer({ min: 0, max: 14_000_000 }),
      value,
      stale: fc.boolean(),
    }),
  },
);

function run(steps: readonly Step[], before: (d: Driver, model: Model) => void = () => {}): void {
  const model = new Model();
  let d = new Driver(START, { outOfOrderWindowMs: 4 * 3_600_000, cacheBytes: 1000 });
  const copies: string[] = [];
  const define = () =>
    d.store.define({ source: 1, fromSlot: 0, series: Array.from({ length: SERIES }, (_, i) => labels(i)) });
  try {
    define();
    before(d, model);
    for (const one of steps) {
      switch (one.do) {
        case "batches":
          define();
          batches(d, model, one);
          break;
        case "part":
          // Series that no source names leave the head once they are written.
          d.store.undefine(1);
          break;
        case "single":
          single(d, model, one);
          break;
        case "again":
          again(d, model, one);
          break;
        case "advance":
          pass(d, one.byMs);
          break;
        case "commit":
          d.store.commit();
          break;
        case "maintain":
          pass(d, 31_000);
          d.maintain();
          break;
        case "delete":
          deleteRange(d, model, one);
          break;
        case "clean":
          runToEnd(d.store.cleanDeleted());
          break;
        case "abandon":
          abandon(d, one.slices);
          break;
        case "reopen":
          d.reopen();
          break;
        case "kill": {
          // What a dead process leaves is what the system has of its files.
          d.store.commit();
          const { dir } = temporaryDir();
          cpSync(d.dir, dir, { recursive: true });
          copies.push(dir);
          const clock = d.clock;
          d.dispose();
          d = new Driver(0, { dir, outOfOrderWindowMs: 4 * 3_600_000, cacheBytes: 1000 }, clock);
          break;
        }
      }
    }
    check(d, model);
    for (let i = 0; i < 6; i++) {
      d.clock.advance(3_600_000);
      d.maintain();
    }
    check(d, model);
    expect(d.events.filter(({ type }) => type === "damage" || type === "error")).toEqual([]);
  } finally {
    d.dispose();
    for (const dir of copies) rmSync(dir, { recursive: true, force: true });
  }
}

/** Time goes by after a commit, of which there is one each second. */
function pass(d: Driver, byMs: number): void {
  d.store.commit();
  d.clock.advance(byMs);
}

function batches(d: Driver, model: Model, { count, everyMs, seed }: Extract<Step, { do: "batches" }>): void {
  for (let i = 0; i < count; i++) {
    d.clock.advance(everyMs);
    const atMs = d.clock.nowMs();
    const batch = floats(1, atMs, [seed + i, (i % 7) / 10, 42, Math.sin(seed + i)]);
    // Some rows lack a series, some end it.
    if ((seed + i) % 11 === 0) batch.kinds[1] = SampleKind.ABSENT;
    if ((seed + i) % 17 === 0) batch.kinds[2] = SampleKind.STALE;
    const taken = Array.from({ length: SERIES }, (_, s) => !model.samples[s]!.has(atMs));
    d.store.appendBatch(batch);
    for (let s = 0; s < SERIES; s++) {
      if (batch.kinds[s] === SampleKind.ABSENT || !taken[s]) continue;
      model.samples[s]!.set(atMs, batch.kinds[s] === SampleKind.STALE ? undefined : batch.values[s]);
    }
    if (i % 5 === 0) d.store.commit();
  }
}

function single(d: Driver, model: Model, { series, agoMs, value: v, stale }: Extract<Step, { do: "single" }>): void {
  const ref = d.store.resolve(labels(series))!;
  const atMs = d.clock.nowMs() - agoMs;
  const known = model.samples[series]!.has(atMs);
  const outcome = stale ? d.store.appendStale(ref, atMs) : d.store.appendFloat(ref, atMs, v);
  // One sample an instant, the first, also where that is in a file by now.
  if (outcome === AppendOutcome.OK) {
    expect(known).toBe(false);
    model.samples[series]!.set(atMs, stale ? undefined : v);
  } else if (outcome === AppendOutcome.DUPLICATE || outcome === AppendOutcome.CONFLICT) expect(known).toBe(true);
}

/** What is there is not taken twice, wherever it is by now. */
function again(d: Driver, model: Model, { series, nth, isSame }: Extract<Step, { do: "again" }>): void {
  const list = model.list(series);
  if (list.length === 0) return;
  const { atMs, value: v } = list[nth % list.length]!;
  const ref = d.store.resolve(labels(series))!;
  const toStale = isSame === (v === undefined);
  const outcome = toStale ? d.store.appendStale(ref, atMs) : d.store.appendFloat(ref, atMs, isSame ? v! : 12_345.5);
  const { DUPLICATE, CONFLICT, OUT_OF_ORDER, OUT_OF_BOUNDS } = AppendOutcome;
  expect([isSame ? DUPLICATE : CONFLICT, OUT_OF_ORDER, OUT_OF_BOUNDS]).toContain(outcome);
}

/** Begins a round of maintenance and leaves it: what is asked for next must not meet half of it. */
function abandon(d: Driver, slices: number): void {
  pass(d, 31_000);
  const round = d.store.maintenance();
  for (let i = 0; i < slices && round.next().done !== true; i++);
}

function deleteRange(d: Driver, model: Model, one: Extract<Step, { do: "delete" }>): void {
  const nowMs = d.clock.nowMs();
  const minMs = nowMs - one.fromAgoMs;
  const maxMs = nowMs - one.toAgoMs;
  const which = one.series === SERIES ? eq("job", "j") : eq("n", String(one.series));
  runToEnd(d.store.deleteSeries([[which]], minMs, maxMs));
  for (const [series, samples] of model.samples.entries()) {
    if (one.series !== SERIES && one.series !== series) continue;
    for (const atMs of samples.keys()) if (atMs >= minMs && atMs <= maxMs) samples.delete(atMs);
  }
}

function check(d: Driver, model: Model): void {
  const answers = d.select([eq("job", "j")], { tier: "raw" });
  for (let s = 0; s < SERIES; s++) {
    const expected = model.list(s);
    const answer = answers.find((a) => a.labels === labels(s).toString());
    const got = (answer?.times ?? []).map((atMs, i) => ({
      atMs,
      value: answer!.kinds[i] === SampleKind.STALE ? undefined : answer!.values[i],
    }));
    expect(got).toEqual(expected);
    checkTier(d, s, "1m", 60_000, expected);
    checkTier(d, s, "1h", 3_600_000, expected);
  }
}

function checkTier(d: Driver, s: number, tier: "1m" | "1h", stepMs: number, samples: readonly Sample[]): void {
  const range = { startMs: START - 86_400_000 * 2, endMs: START + 86_400_000 * 400 };
  const selection = runToEnd(d.store.select([eq("n", String(s))], { ...range, stepMs: 0, rangeMs: 0, func: "", tier }));
  const columns = new TierColumns();
  if (selection.series.length > 0) selection.series[0]!.readTier(range.startMs, range.endMs, columns);
  const expected = naivePoints(samples, stepMs);
  expect([...columns.endsMs.subarray(0, columns.length)]).toEqual(expected.map((p) => p.endMs));
  for (const [i, point] of expected.entries()) {
    const where = `${tier} bucket ${i} of series ${s}`;
    const got = {
      count: columns.count[i]!,
      min: columns.min[i]!,
      max: columns.max[i]!,
      last: columns.last[i]!,
      lastAtMs: columns.lastAtMs[i]!,
      endedStale: columns.endedStale[i] === 1,
    };
    const { count, min, max, last, lastAtMs, endedStale } = point;
    const wanted = { count, min, max, last, lastAtMs, endedStale };
    // Compared by hand first: a hundred thousand expectations take longer than all else.
    for (const key of Object.keys(wanted) as (keyof typeof wanted)[]) {
      if (!Object.is(got[key], wanted[key])) expect(got, where).toEqual(wanted);
    }
    if (point.count === 0) continue;
    const scale = Math.max(1, Math.abs(point.max), Math.abs(point.min)) * point.count;
    if (!(Math.abs(columns.sum[i]! - point.sum) <= 1e-12 * scale)) expect(columns.sum[i], where).toBe(point.sum);
    // Rounding of a telescoped sum: bounded by the largest value that took part.
    if (!(Math.abs(columns.increase[i]! - point.increase) <= 1e-12 * 1e6 * point.count)) {
      expect(columns.increase[i], where).toBe(point.increase);
    }
  }
}

/** A day and more in files. */
function history(d: Driver, model: Model): void {
  for (let hour = 0; hour < 30; hour++) {
    batches(d, model, { do: "batches", count: 40, everyMs: 90_000, seed: hour });
    d.maintain();
  }
}

test.each<[string, readonly Step[]]>([
  [
    "a sample again of which a file was told and a restart",
    [
      { do: "batches", count: 6, everyMs: 15_000, seed: 0 },
      {
        do: "delete",
        series: 0,
        fromAgoMs: Number.POSITIVE_INFINITY,
        toAgoMs: Number.NEGATIVE_INFINITY,
      },
      { do: "single", series: 1, agoMs: 60_000, value: 0, stale: false },
      { do: "reopen" },
    ],
  ],
  [
    "late samples of a series that has left share an hour with those from before",
    [
      { do: "batches", count: 61, everyMs: 60_000, seed: 0 },
      { do: "kill" },
      { do: "advance", byMs: 3_600_000 },
      { do: "delete", series: 0, fromAgoMs: Number.POSITIVE_INFINITY, toAgoMs: 7_200_000 },
      { do: "maintain" },
      { do: "single", series: 0, agoMs: 3_600_000, value: 0, stale: false },
      { do: "delete", series: 0, fromAgoMs: Number.POSITIVE_INFINITY, toAgoMs: 90_000_000 },
    ],
  ],
])("what was found by chance stays mended: %s", (_, steps) => run(steps));

test.each<[string, readonly Step[]]>([
  [
    "of series that leave the head in the middle of a round",
    [
      { do: "delete", series: 0, fromAgoMs: 2_520_001, toAgoMs: 2_520_001 },
      { do: "reopen" },
      { do: "abandon", slices: 11 },
      { do: "single", series: 0, agoMs: 2_551_000, value: 0, stale: false },
    ],
  ],
  [
    "where the newest file is one that a merge had only begun",
    [{ do: "abandon", slices: 2 }, { do: "kill" }, { do: "again", series: 0, nth: 1120, isSame: false }],
  ],
])("what was found by chance in a day stays mended: %s", (_, steps) => run(steps, history));

test("the store reads back what it took, and its tiers follow from it", () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 25 }), (steps) => run(steps)),
    { numRuns: RUNS },
  );
}, 600_000);

test("what is deleted of merged days is in no tier, and what is left of the buckets at its ends is", () => {
  const steps = fc.array(laterStep, { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(steps, (some) => run(some, history)),
    { numRuns: Math.ceil(RUNS / 5) },
  );
}, 600_000);
