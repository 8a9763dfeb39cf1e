/** `irate` and `idelta`: the last two samples of a window. */
import type { SampleColumns } from "@dmon/model";
import type { Series } from "../../engine/series.ts";
import { asGauge, compact, detectReset, divideHistogram, subtractHistograms } from "../../histogram/index.ts";
import { isStartReset } from "./start-time.ts";
import { type ColumnFunction, type MixedWindow, type RangeEnv, type Windows, walkMixed } from "./window.ts";

export function instantRateFunction(isRate: boolean): ColumnFunction {
  return {
    walk: (samples, windows, out, env) => {
      if (!samples.hasHistograms) walk(isRate, samples, windows, out, env);
      else walkMixed((window, step) => mixed(isRate, window, step, out, env), samples, windows, out, env);
    },
  };
}

function pair(
  isRate: boolean,
  beforeMs: number,
  atMs: number,
  before: number,
  value: number,
  startReset: boolean,
): number {
  const change = isRate && (value < before || startReset) ? value : value - before;
  return isRate ? change / ((atMs - beforeMs) / 1000) : change;
}

function walk(isRate: boolean, samples: SampleColumns, windows: Windows, out: Series, env: RangeEnv): void {
  const { timesMs, values, startMs, hasStart, length } = samples;
  const { firstEndMs, stepMs, fromStep, toStep, rangeMs } = windows;
  let to = 0;
  let from = 0;
  for (let step = fromStep; step < toStep; step++) {
    const endMs = firstEndMs + step * stepMs;
    while (to < length && timesMs[to]! <= endMs) to++;
    while (from < to && timesMs[from]! <= endMs - rangeMs) from++;
    env.samplesRead += to - from;
    if (to - from < 2) continue;
    const i = to - 1;
    const reset = hasStart && isStartReset(startMs[i - 1]!, timesMs[i - 1]!, startMs[i]!, timesMs[i]!);
    out.values[step] = pair(isRate, timesMs[i - 1]!, timesMs[i]!, values[i - 1]!, values[i]!, reset);
    out.kinds[step] = 1;
  }
}

function mixed(isRate: boolean, window: MixedWindow, step: number, out: Series, env: RangeEnv): void {
  const { floatCount, histograms, floatTimes, histogramTimes } = window;
  if (floatCount + histograms.length < 2) return;
  const last = histograms.length - 1;
  // Which two samples are the last ones: both of a kind, unless the newest of one kind is newer than the second of the other.
  const lastFloatMs = floatCount > 0 ? floatTimes[floatCount - 1]! : Number.NEGATIVE_INFINITY;
  const lastHistogramMs = last >= 0 ? histogramTimes[last]! : Number.NEGATIVE_INFINITY;
  const secondFloatMs = floatCount > 1 ? floatTimes[floatCount - 2]! : Number.NEGATIVE_INFINITY;
  const secondHistogramMs = last > 0 ? histogramTimes[last - 1]! : Number.NEGATIVE_INFINITY;
  if (secondFloatMs > lastHistogramMs) mixedFloats(isRate, window, step, out);
  else if (secondHistogramMs > lastFloatMs) mixedHistograms(isRate, window, step, out, env);
  else env.notes.mixedFloatsAndHistograms(env.metric, env.argsSpan);
}

function mixedFloats(isRate: boolean, window: MixedWindow, step: number, out: Series): void {
  const { floatTimes: times, floats, floatStarts: starts, floatCount } = window;
  const i = floatCount - 1;
  const reset = isStartReset(starts[i - 1]!, times[i - 1]!, starts[i]!, times[i]!);
  out.setFloat(step, pair(isRate, times[i - 1]!, times[i]!, floats[i - 1]!, floats[i]!, reset));
}

function mixedHistograms(isRate: boolean, window: MixedWindow, step: number, out: Series, env: RangeEnv): void {
  const { histograms, histogramTimes: times, histogramStarts: starts } = window;
  const { notes, metric, argsSpan } = env;
  const i = histograms.length - 1;
  const before = histograms[i - 1]!;
  const now = histograms[i]!;
  const gauges = [before, now].filter((h) => h.counterResetHint === "gauge").length;
  if (isRate && gauges > 0) notes.notCounter(metric, argsSpan);
  if (!isRate && gauges < 2) notes.notGauge(metric, argsSpan);
  let change = now;
  const reset = isStartReset(starts[i - 1]!, times[i - 1]!, starts[i]!, times[i]!) || detectReset(now, before);
  if (!isRate || !reset) {
    const { histogram, boundsReconciled } = subtractHistograms(now, before);
    if (histogram === undefined) {
      notes.mixedExponentialAndCustom(metric, argsSpan);
      return;
    }
    if (boundsReconciled) notes.mismatchedCustomBuckets("subtraction", argsSpan);
    change = histogram;
  }
  change = asGauge(compact(change));
  out.setHistogram(step, isRate ? divideHistogram(change, (times[i]! - times[i - 1]!) / 1000) : change);
}
