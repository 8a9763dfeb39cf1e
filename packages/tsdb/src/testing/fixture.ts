/**
 * The content of the fixture stores: the same for each released format, so that one test opens them all.
 *
 * `node --conditions=@dmon/source fixture.ts DIR` writes one with the present format.
 */
import { type FloatHistogram, Labels, ManualClock, runToEnd, SampleKind } from "@dmon/model";
import { openStore } from "../index.ts";
import { metric } from "./store-driver.ts";

export const FIXTURE_START_MS = Date.UTC(2026, 10, 18, 20);
export const FIXTURE_ROUNDS = 30 * 60;
export const FIXTURE_INTERVAL_MS = 60_000;
export const FIXTURE_END_MS = FIXTURE_START_MS + FIXTURE_ROUNDS * FIXTURE_INTERVAL_MS;

export const FIXTURE_SERIES: readonly Labels[] = [
  metric("fixture_total", { job: "fixture" }),
  metric("fixture_ratio", { job: "fixture", unit: "µ" }),
  metric("fixture_constant", { job: "fixture" }),
  metric("fixture_noise", { job: "fixture" }),
  metric("fixture_histogram", { job: "fixture" }),
];

/** What series `slot` says at round `round`. */
export function fixtureSample(slot: number, round: number): { kind: SampleKind; value: number } {
  if (slot === 4) return { kind: SampleKind.HISTOGRAM, value: Number.NaN };
  if (slot === 1 && round % 100 === 99) return { kind: SampleKind.STALE, value: Number.NaN };
  const values = [(round % 700) * 3, round / 1000, 42, Math.sin(round)];
  return { kind: SampleKind.FLOAT, value: values[slot]! };
}

export function fixtureHistogram(round: number): FloatHistogram {
  return {
    schema: 1,
    counterResetHint: "not_reset",
    zeroThreshold: 1e-128,
    zeroCount: 2,
    count: 10 + round,
    sum: round * 1.5,
    positiveSpans: [
      { offset: -2, length: 2 },
      { offset: 3, length: 1 },
    ],
    negativeSpans: [],
    positiveBuckets: [3, 5 + round, 0],
    negativeBuckets: [],
    customValues: [],
  };
}

export function writeFixture(dir: string): void {
  const clock = new ManualClock(FIXTURE_START_MS);
  const store = openStore({ dir, clock, reserveBytes: 0 });
  store.define({ source: 1, fromSlot: 0, series: FIXTURE_SERIES });
  store.setMetadata("fixture_total", { type: "counter", help: "Counts rounds.", unit: "" });
  for (let round = 1; round <= FIXTURE_ROUNDS; round++) {
    clock.advance(FIXTURE_INTERVAL_MS);
    const samples = FIXTURE_SERIES.map((_, slot) => fixtureSample(slot, round));
    store.appendBatch({
      source: 1,
      atMs: clock.nowMs(),
      length: samples.length,
      kinds: Uint8Array.from(samples.map(({ kind }) => kind)),
      values: Float64Array.from(samples.map(({ value }) => value)),
      histograms: new Map([[4, fixtureHistogram(round)]]),
    });
    store.commit();
    runToEnd(store.maintenance());
  }
  const ref = store.resolve(FIXTURE_SERIES[0]!)!;
  const exemplar = { labels: Labels.from({ trace_id: "abc" }), value: 1, atMs: FIXTURE_END_MS };
  store.appendExemplar(ref, exemplar);
  store.close();
}

if (process.argv[1] === import.meta.filename) writeFixture(process.argv[2]!);
