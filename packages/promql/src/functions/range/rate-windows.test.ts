import { Labels, SampleColumns, SampleKind } from "@dmon/model";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Notes } from "../../engine/notes.ts";
import { Series } from "../../engine/series.ts";
import { rateFunction } from "./rate.ts";
import type { RangeEnv, Windows } from "./window.ts";

/** Prometheus' extrapolatedRate, window by window: the operations of its source in their order. */
function naiveRate(
  samples: SampleColumns,
  windows: Windows,
  isCounter: boolean,
  isRate: boolean,
): (number | undefined)[] {
  const { firstEndMs, stepMs, fromStep, toStep, rangeMs } = windows;
  const results: (number | undefined)[] = [];
  for (let step = fromStep; step < toStep; step++) {
    const endMs = firstEndMs + step * stepMs;
    const startMs = endMs - rangeMs;
    const within = Array.from({ length: samples.length }, (_, i) => i).filter(
      (i) => samples.timesMs[i]! > startMs && samples.timesMs[i]! <= endMs,
    );
    const times = within.map((i) => samples.timesMs[i]!);
    const values = within.map((i) => samples.values[i]!);
    if (values.length < 2) {
      results.push(undefined);
      continue;
    }
    let growth = values.at(-1)! - values[0]!;
    if (isCounter) for (let i = 1; i < values.length; i++) if (values[i]! < values[i - 1]!) growth += values[i - 1]!;
    let toStart = (times[0]! - startMs) / 1000;
    let toEnd = (endMs - times.at(-1)!) / 1000;
    const sampled = (times.at(-1)! - times[0]!) / 1000;
    const average = sampled / (values.length - 1);
    const threshold = average * 1.1;
    if (toStart >= threshold) toStart = average / 2;
    if (isCounter) {
      let toZero = toStart;
      if (growth > 0 && values[0]! >= 0) toZero = sampled * (values[0]! / growth);
      if (toZero < toStart) toStart = toZero;
    }
    if (toEnd >= threshold) toEnd = average / 2;
    let factor = (sampled + toStart + toEnd) / sampled;
    if (isRate) factor /= rangeMs / 1000;
    results.push(growth * factor);
  }
  return results;
}

function columnsOf(gaps: readonly number[], values: readonly number[]): SampleColumns {
  const samples = new SampleColumns(1);
  samples.reserve(gaps.length);
  let atMs = 0;
  gaps.forEach((gap, i) => {
    atMs += gap;
    samples.timesMs[i] = atMs;
    samples.values[i] = values[i % values.length]!;
    samples.kinds[i] = SampleKind.FLOAT;
  });
  samples.length = gaps.length;
  return samples;
}

function walked(samples: SampleColumns, windows: Windows, isCounter: boolean, isRate: boolean): (number | undefined)[] {
  const out = new Series(windows.toStep);
  const { rangeMs } = windows;
  const span = { start: 0, end: 0 };
  const env: RangeEnv = {
    notes: new Notes(),
    span,
    argsSpan: span,
    rangeMs,
    params: [],
    timeAt: () => 0,
    labels: Labels.EMPTY,
    metric: "",
    samplesRead: 0,
  };
  rateFunction({ isCounter, isRate }).walk(samples, windows, out, env);
  return [...out.values].map((value, step) => (out.kinds[step] === 0 ? undefined : value)).slice(windows.fromStep);
}

const gaps = fc.array(fc.oneof(fc.constant(15_000), fc.integer({ min: 1, max: 90_000 })), { maxLength: 40 });
const value = fc.oneof(fc.integer({ min: -3, max: 40 }), fc.double({ min: 0, max: 1e6 }), fc.double());
const values = fc.array(value, { minLength: 1, maxLength: 40 });

describe("rate", () => {
  it("gives the bits of Prometheus' formula, also where the series before had the same times or the same windows", () => {
    const shape = fc.record({
      firstEndMs: fc.integer({ min: 0, max: 400_000 }),
      stepMs: fc.constantFrom(0, 1000, 15_000, 60_000),
      fromStep: fc.integer({ min: 0, max: 3 }),
      steps: fc.integer({ min: 1, max: 20 }),
      rangeMs: fc.constantFrom(1000, 30_000, 60_000, 300_000),
    });
    fc.assert(
      fc.property(
        gaps,
        values,
        values,
        shape,
        fc.boolean(),
        fc.boolean(),
        (times, first, second, drawn, counts, per) => {
          const { firstEndMs, stepMs, fromStep, steps, rangeMs } = drawn;
          const windows: Windows = { firstEndMs, stepMs, fromStep, toStep: fromStep + steps, rangeMs };
          for (const drawnValues of [first, second]) {
            const samples = columnsOf(times, drawnValues);
            expect(walked(samples, windows, counts, per)).toEqual(naiveRate(samples, windows, counts, per));
            const wider = { ...windows, rangeMs: rangeMs * 2 };
            expect(walked(samples, wider, counts, !per)).toEqual(naiveRate(samples, wider, counts, !per));
          }
          const shorter = columnsOf(times.slice(1), second);
          expect(walked(shorter, windows, counts, per)).toEqual(naiveRate(shorter, windows, counts, per));
        },
      ),
      { numRuns: 300 },
    );
  });
});
