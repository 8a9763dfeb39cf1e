/**
 * `rate`, `increase`, `delta`: growth over a window, resets of counters corrected, extrapolated towards the window's ends.
 *
 * Source: prometheus `promql/functions.go`, extrapolatedRate.
 */
import type { FloatHistogram, SampleColumns } from "@dmon/model";
import { FLOAT, type Series } from "../../engine/series.ts";
import { multiplyHistogram } from "../../histogram/index.ts";
import { addCorrection, histogramGrowth } from "./histogram-rate.ts";
import { RateWindows } from "./rate-windows.ts";
import { isStartOverlap, isStartReset } from "./start-time.ts";
import { type ColumnFunction, type MixedWindow, type RangeEnv, type Windows, walkMixed } from "./window.ts";

export interface RateKind {
  /** Falls are resets, and values do not go below zero. */
  readonly isCounter: boolean;
  /** Per second. */
  readonly isRate: boolean;
}

export function rateFunction(kind: RateKind): ColumnFunction {
  return {
    walk: (samples, windows, out, env) => {
      if (!samples.hasHistograms) {
        const isPlain = !(samples.hasStart && kind.isCounter) && RateWindows.fits(samples, windows);
        if (isPlain) walkPlaced(kind, samples, windows, out, env);
        else walkRate(kind, samples, windows, out, env);
      } else walkMixed((window, step) => mixedRate(kind, window, step, out, env), samples, windows, out, env);
    },
  };
}

/** One, and more than rounding takes. */
const NEARLY = 1 + 1e-9;

/** Scratch for the number of resets up to each sample; grows, and is used again. */
let resetCounts = new Int32Array(1024);

/** For each sample how many resets lie at or before it, so that a window without any is known at once. */
function countResets(samples: SampleColumns): Int32Array {
  const { values, timesMs, startMs, hasStart, length } = samples;
  if (resetCounts.length < length) resetCounts = new Int32Array(length * 2);
  let count = 0;
  resetCounts[0] = 0;
  for (let i = 1; i < length; i++) {
    if (values[i]! < values[i - 1]!) count++;
    else if (hasStart && isStartReset(startMs[i - 1]!, timesMs[i - 1]!, startMs[i]!, timesMs[i]!)) count++;
    resetCounts[i] = count;
  }
  return resetCounts;
}

const placed = new RateWindows();

/** {@link walkRate} over windows that are placed already; the same operations in the same order, so the same bits. */
function walkPlaced(kind: RateKind, samples: SampleColumns, windows: Windows, out: Series, env: RangeEnv): void {
  const { values } = samples;
  const { fromStep, toStep, rangeMs } = windows;
  const { kinds, values: results } = out;
  const { isCounter } = kind;
  const rangeSeconds = kind.isRate ? rangeMs / 1000 : 1;
  placed.place(samples, windows, rangeSeconds);
  env.samplesRead += placed.samplesRead;
  const { firsts, lasts, sampled, toStart, toEnd, factors } = placed;
  const resets = isCounter ? countResets(samples) : resetCounts;
  const hasResets = isCounter && samples.length > 0 && resets[samples.length - 1]! > 0;
  for (let step = fromStep; step < toStep; step++) {
    const at = step - fromStep;
    const from = firsts[at]!;
    const last = lasts[at]!;
    if (last === from) continue;
    const first = values[from]!;
    let growth = values[last]! - first;
    if (hasResets && resets[last] !== resets[from]) growth = corrected(samples, resets, from, last + 1, growth);
    let factor = factors[at]!;
    // Where the counter would have been zero within the window it began there. The first test needs no division; it errs on
    // the side of the exact one.
    if (isCounter && growth > 0 && first >= 0 && !(first * sampled[at]! > growth * toStart[at]! * NEARLY)) {
      const toZero = sampled[at]! * (first / growth);
      if (toZero < toStart[at]!) factor = (sampled[at]! + toZero + toEnd[at]!) / sampled[at]! / rangeSeconds;
    }
    results[step] = growth * factor;
    kinds[step] = FLOAT;
  }
}

function walkRate(kind: RateKind, samples: SampleColumns, windows: Windows, out: Series, env: RangeEnv): void {
  const { timesMs, values, length, hasStart, startMs } = samples;
  const { firstEndMs, stepMs, fromStep, toStep, rangeMs } = windows;
  const { kinds, values: results } = out;
  const { isCounter } = kind;
  const resets = isCounter ? countResets(samples) : resetCounts;
  const rangeSeconds = kind.isRate ? rangeMs / 1000 : 1;
  let from = 0;
  let to = 0;
  let read = 0;
  for (let step = fromStep; step < toStep; step++) {
    const endMs = firstEndMs + step * stepMs;
    const beginMs = endMs - rangeMs;
    while (to < length && timesMs[to]! <= endMs) to++;
    while (from < to && timesMs[from]! <= beginMs) from++;
    read += to - from;
    if (to === from) continue;
    const last = to - 1;
    let growth = values[last]! - values[from]!;
    if (isCounter && resets[last] !== resets[from]) growth = corrected(samples, resets, from, to, growth);
    if (isCounter && hasStart) {
      const began = startMs[from]!;
      noteOverlap(samples, from, to, env);
      if (began > beginMs && began < timesMs[from]!) {
        results[step] = fromStart(kind, growth + values[from]!, began, timesMs, from, to, endMs, rangeMs);
        kinds[step] = 1;
        continue;
      }
    }
    if (last === from) continue;
    const first = timesMs[from]!;
    const lastMs = timesMs[last]!;
    const sampled = (lastMs - first) / 1000;
    const average = sampled / (last - from);
    const threshold = average * 1.1;
    let toStart = (first - beginMs) / 1000;
    if (toStart >= threshold) toStart = average / 2;
    if (isCounter && growth > 0 && values[from]! >= 0) {
      const toZero = sampled * (values[from]! / growth);
      if (toZero < toStart) toStart = toZero;
    }
    let toEnd = (endMs - lastMs) / 1000;
    if (toEnd >= threshold) toEnd = average / 2;
    results[step] = growth * ((sampled + toStart + toEnd) / sampled / rangeSeconds);
    kinds[step] = 1;
  }
  env.samplesRead += read;
}

/** Adds what falls of a counter hide: the value before each of them. */
function corrected(samples: SampleColumns, resets: Int32Array, from: number, to: number, growth: number): number {
  let sum = growth;
  for (let i = from + 1; i < to; i++) if (resets[i] !== resets[i - 1]) sum += samples.values[i - 1]!;
  return sum;
}

function noteOverlap(samples: SampleColumns, from: number, to: number, env: RangeEnv): void {
  const { startMs, timesMs } = samples;
  for (let i = from + 1; i < to; i++) {
    if (isStartOverlap(startMs[i - 1]!, timesMs[i - 1]!, startMs[i]!)) {
      env.notes.startTimeOverlap(env.metric, env.span);
      return;
    }
  }
}

/** Where the counter began within the window: it was 0 then, and nothing is guessed on that side. */
function fromStart(
  kind: RateKind,
  growth: number,
  beganMs: number,
  times: ArrayLike<number>,
  from: number,
  to: number,
  endMs: number,
  rangeMs: number,
): number {
  return growth * startFactor(kind, beganMs, times[from]!, times[to - 1]!, to - from, endMs, rangeMs);
}

function startFactor(
  kind: RateKind,
  beganMs: number,
  firstMs: number,
  lastMs: number,
  count: number,
  endMs: number,
  rangeMs: number,
): number {
  const average = count > 1 ? (lastMs - firstMs) / 1000 / (count - 1) : 0;
  const sampled = (lastMs - beganMs) / 1000;
  let toEnd = (endMs - lastMs) / 1000;
  if (toEnd >= average * 1.1) toEnd = average / 2;
  return perSecond(kind, sampled === 0 ? 1 : (sampled + toEnd) / sampled, rangeMs);
}

function perSecond(kind: RateKind, factor: number, rangeMs: number): number {
  return kind.isRate ? factor / (rangeMs / 1000) : factor;
}

/** The factor by which growth between the first and the last sample is stretched to the window. */
function extrapolation(
  kind: RateKind,
  firstMs: number,
  lastMs: number,
  count: number,
  firstValue: number,
  growth: number,
  rangeMs: number,
  endMs: number,
): number {
  const sampled = (lastMs - firstMs) / 1000;
  const average = sampled / (count - 1);
  const threshold = average * 1.1;
  let toStart = (firstMs - (endMs - rangeMs)) / 1000;
  if (toStart >= threshold) toStart = average / 2;
  if (kind.isCounter && growth > 0 && firstValue >= 0) {
    const toZero = sampled * (firstValue / growth);
    if (toZero < toStart) toStart = toZero;
  }
  let toEnd = (endMs - lastMs) / 1000;
  if (toEnd >= threshold) toEnd = average / 2;
  return perSecond(kind, sampled === 0 ? 1 : (sampled + toStart + toEnd) / sampled, rangeMs);
}

function mixedRate(kind: RateKind, window: MixedWindow, step: number, out: Series, env: RangeEnv): void {
  if (window.floatCount > 0 && window.histograms.length > 0) {
    env.notes.mixedFloatsAndHistograms(env.metric, env.span);
    return;
  }
  if (window.histograms.length > 0) histogramRate(kind, window, step, out, env);
  else mixedFloatRate(kind, window, step, out, env);
}

/** A window of floats within a series that has histograms elsewhere. */
function mixedFloatRate(kind: RateKind, window: MixedWindow, step: number, out: Series, env: RangeEnv): void {
  const { floatTimes: times, floats: values, floatStarts: starts, floatCount: count, startMs, endMs } = window;
  let growth = values[count - 1]! - values[0]!;
  if (kind.isCounter) {
    for (let i = 1; i < count; i++) {
      const began = isStartReset(starts[i - 1]!, times[i - 1]!, starts[i]!, times[i]!);
      if (values[i]! < values[i - 1]! || began) growth += values[i - 1]!;
    }
    if (starts[0]! > startMs && starts[0]! < times[0]!) {
      out.setFloat(step, fromStart(kind, growth + values[0]!, starts[0]!, times, 0, count, endMs, env.rangeMs));
      return;
    }
  }
  if (count < 2) return;
  const factor = extrapolation(kind, times[0]!, times[count - 1]!, count, values[0]!, growth, env.rangeMs, endMs);
  out.setFloat(step, growth * factor);
}

function histogramRate(kind: RateKind, window: MixedWindow, step: number, out: Series, env: RangeEnv): void {
  const { histogramTimes: times, histograms, histogramStarts: starts, startMs, endMs } = window;
  const count = histograms.length;
  let growth: FloatHistogram | undefined;
  if (count > 1) {
    growth = histogramGrowth(window, kind.isCounter, env);
    if (growth === undefined) return;
  }
  const began = starts[0]!;
  if (kind.isCounter && began > startMs && began < times[0]!) {
    const total = growth === undefined ? histograms[0] : addCorrection(growth, histograms[0]!, env);
    if (total === undefined) return;
    const factor = startFactor(kind, began, times[0]!, times[count - 1]!, count, endMs, env.rangeMs);
    out.setHistogram(step, multiplyHistogram(total, factor));
    return;
  }
  if (growth === undefined) return;
  const firstCount = histograms[0]!.count;
  const factor = extrapolation(kind, times[0]!, times[count - 1]!, count, firstCount, growth.count, env.rangeMs, endMs);
  out.setHistogram(step, multiplyHistogram(growth, factor));
}
