/** `changes` and `resets`: how often the value changed, how often it fell. */
import type { FloatHistogram, SampleColumns } from "@dmon/model";
import { HISTOGRAM, type Series } from "../../engine/series.ts";
import { detectReset, equalHistograms } from "../../histogram/index.ts";
import { isStartReset } from "./start-time.ts";
import type { ColumnFunction, RangeEnv, Windows } from "./window.ts";

export type ChangeTest = (samples: SampleColumns, i: number) => boolean;

/** Whether sample `i` differs from the one before it. */
export const isChange: ChangeTest = (samples, i) => {
  const before = histogramAt(samples, i - 1);
  const now = histogramAt(samples, i);
  if (before !== undefined && now !== undefined) return !equalHistograms(now, before);
  if (before !== undefined || now !== undefined) return true;
  const a = samples.values[i - 1]!;
  const b = samples.values[i]!;
  return a !== b && !(Number.isNaN(a) && Number.isNaN(b));
};

/** Whether a counter was reset between sample `i - 1` and `i`. */
export const isReset: ChangeTest = (samples, i) => {
  const before = histogramAt(samples, i - 1);
  const now = histogramAt(samples, i);
  if ((before === undefined) !== (now === undefined)) return true;
  const { startMs, timesMs } = samples;
  if (samples.hasStart && isStartReset(startMs[i - 1]!, timesMs[i - 1]!, startMs[i]!, timesMs[i]!)) return true;
  if (before !== undefined && now !== undefined) return detectReset(now, before);
  return samples.values[i]! < samples.values[i - 1]!;
};

function histogramAt(samples: SampleColumns, i: number): FloatHistogram | undefined {
  return samples.kinds[i] === HISTOGRAM ? samples.histograms[i] : undefined;
}

/** Counts by differences of a running count: one test a sample, whatever the windows overlap. */
function walk(test: ChangeTest, samples: SampleColumns, windows: Windows, out: Series, env: RangeEnv): void {
  const { timesMs, length } = samples;
  const { firstEndMs, stepMs, fromStep, toStep, rangeMs } = windows;
  const upTo = new Uint32Array(length);
  for (let i = 1; i < length; i++) upTo[i] = upTo[i - 1]! + (test(samples, i) ? 1 : 0);
  let from = 0;
  let to = 0;
  for (let step = fromStep; step < toStep; step++) {
    const endMs = firstEndMs + step * stepMs;
    while (to < length && timesMs[to]! <= endMs) to++;
    while (from < to && timesMs[from]! <= endMs - rangeMs) from++;
    env.samplesRead += to - from;
    if (to > from) out.setFloat(step, upTo[to - 1]! - upTo[from]!);
  }
}

export const CHANGES: Readonly<Record<string, ColumnFunction>> = {
  changes: { walk: (...args) => walk(isChange, ...args) },
  resets: { walk: (...args) => walk(isReset, ...args) },
};
