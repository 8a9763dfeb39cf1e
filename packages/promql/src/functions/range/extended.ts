/**
 * Functions over `anchored` and `smoothed` range vectors, which look at samples beyond the ends of the window.
 *
 * `anchored`: the window begins with the last sample at or before its start. `smoothed`: at both ends the value is interpolated
 * between the samples around it. Nothing is extrapolated. Both look as far as the lookback.
 */
import { type FloatHistogram, type SampleColumns, SampleKind } from "@dmon/model";
import type { ExtendedMode } from "../../ast.ts";
import type { Series } from "../../engine/series.ts";
import {
  asGauge,
  compact,
  detectReset,
  divideHistogram,
  HistogramAccumulator,
  isCustomBuckets,
} from "../../histogram/index.ts";
import { interpolateFloat, interpolateHistogram, wayOf } from "../interpolate.ts";
import { type ChangeTest, isChange, isReset } from "./changes.ts";
import type { ColumnFunction, RangeEnv, Windows } from "./window.ts";

/** Samples `[from, to)` of a window and the lookback around it. */
interface Reach {
  readonly samples: SampleColumns;
  readonly from: number;
  readonly to: number;
  readonly startMs: number;
  readonly endMs: number;
}

type StepFunction = (reach: Reach, step: number, out: Series, env: RangeEnv) => void;

/** @param func one that the modifier allows */
export function extendedFunction(func: string, mode: ExtendedMode, lookbackMs: number): ColumnFunction {
  const smoothed = mode === "smoothed";
  const atStep = stepFunction(func, smoothed);
  return {
    walk(samples, windows, out, env) {
      eachReach(samples, windows, lookbackMs, smoothed ? lookbackMs : 0, (reach, step) => {
        env.samplesRead += reach.to - reach.from;
        atStep(reach, step, out, env);
      });
    },
  };
}

function stepFunction(func: string, smoothed: boolean): StepFunction {
  if (func === "changes") return (reach, step, out) => countFromAnchor(isChange, reach, step, out);
  if (func === "resets") return (reach, step, out) => countFromAnchor(isReset, reach, step, out);
  const kind = { isCounter: func !== "delta", isRate: func === "rate", smoothed };
  return (reach, step, out, env) => growth(kind, reach, step, out, env);
}

function eachReach(
  samples: SampleColumns,
  { firstEndMs, stepMs, fromStep, toStep, rangeMs }: Windows,
  before: number,
  after: number,
  visit: (reach: Reach, step: number) => void,
): void {
  const { timesMs, length } = samples;
  let from = 0;
  let to = 0;
  for (let step = fromStep; step < toStep; step++) {
    const endMs = firstEndMs + step * stepMs;
    const startMs = endMs - rangeMs;
    while (to < length && timesMs[to]! <= endMs + after) to++;
    while (from < to && timesMs[from]! <= startMs - before) from++;
    if (to > from) visit({ samples, from, to, startMs, endMs }, step);
  }
}

/** Index of the last sample at or before the start of the window, else of the first. */
function anchorOf({ samples, from, to, startMs }: Reach): number {
  let anchor = from;
  while (anchor + 1 < to && samples.timesMs[anchor + 1]! <= startMs) anchor++;
  return anchor;
}

/** Counts what happened from the anchor on; nothing where the window itself is empty. */
function countFromAnchor(test: ChangeTest, reach: Reach, step: number, out: Series): void {
  const { samples, to, startMs } = reach;
  if (samples.timesMs[to - 1]! <= startMs) return;
  let count = 0;
  for (let i = anchorOf(reach) + 1; i < to; i++) if (test(samples, i)) count++;
  out.setFloat(step, count);
}

interface GrowthKind {
  readonly isCounter: boolean;
  readonly isRate: boolean;
  readonly smoothed: boolean;
}

/** Which samples give the values at the ends of a window, and between which of them resets are looked for. */
interface Ends {
  readonly left: number;
  /** The value at the start lies between `left` and `left + 1`. */
  readonly leftBetween: boolean;
  readonly right: number;
  /** The value at the end lies between `right - 1` and `right`. */
  readonly rightBetween: boolean;
  /** Resets between consecutive samples from here … */
  readonly chainFrom: number;
  /** … to here, inclusive, count. */
  readonly chainTo: number;
}

/** @returns undefined where all samples lie before the window, or all behind it */
function endsOf(reach: Reach, smoothed: boolean): Ends | undefined {
  const { from, to, startMs, endMs } = reach;
  const { timesMs } = reach.samples;
  let right = to - 1;
  if (smoothed) {
    right = from;
    while (right < to - 1 && timesMs[right]! < endMs) right++;
  }
  if (timesMs[right]! <= startMs || timesMs[from]! > endMs) return undefined;
  const left = anchorOf({ ...reach, to: right });
  const leftBetween = smoothed && timesMs[left]! < startMs;
  const rightBetween = smoothed && right > from && timesMs[right]! > endMs;
  // An interpolated start already begins anew where there was a reset before the next sample; so does an interpolated end,
  // but what was lost before it still counts.
  return { left, leftBetween, right, rightBetween, chainFrom: leftBetween ? left + 1 : left, chainTo: right };
}

function growth(kind: GrowthKind, reach: Reach, step: number, out: Series, env: RangeEnv): void {
  const { samples, from, to } = reach;
  let histograms = 0;
  if (samples.hasHistograms) {
    for (let i = from; i < to; i++) if (samples.kinds[i] === SampleKind.HISTOGRAM) histograms++;
  }
  if (histograms > 0 && histograms < to - from) {
    env.notes.mixedFloatsAndHistograms(env.metric, env.span);
    return;
  }
  const ends = endsOf(reach, kind.smoothed);
  if (ends === undefined) return;
  if (histograms > 0) histogramGrowth(kind, reach, ends, step, out, env);
  else floatGrowth(kind, reach, ends, step, out, env);
}

function floatGrowth(kind: GrowthKind, reach: Reach, ends: Ends, step: number, out: Series, env: RangeEnv): void {
  const { values, timesMs } = reach.samples;
  const between = (i: number, atMs: number) => {
    const way = wayOf(timesMs[i]!, timesMs[i + 1]!, atMs);
    return interpolateFloat(values[i]!, values[i + 1]!, way, kind.isCounter);
  };
  const left = ends.leftBetween ? between(ends.left, reach.startMs) : values[ends.left]!;
  const right = ends.rightBetween ? between(ends.right - 1, reach.endMs) : values[ends.right]!;
  let result = right - left;
  if (kind.isCounter) {
    let before = left;
    for (let i = ends.left; i <= ends.right; i++) {
      if (timesMs[i]! <= reach.startMs || timesMs[i]! >= reach.endMs) continue;
      if (values[i]! < before) result += before;
      before = values[i]!;
    }
    if (right < before) result += before;
  }
  out.setFloat(step, kind.isRate ? result / (env.rangeMs / 1000) : result);
}

function histogramGrowth(kind: GrowthKind, reach: Reach, ends: Ends, step: number, out: Series, env: RangeEnv): void {
  const { samples } = reach;
  const histograms = samples.histograms as readonly FloatHistogram[];
  if (!fitTogether(kind, histograms, ends, env)) return;
  const between = (i: number, atMs: number) => {
    const way = wayOf(samples.timesMs[i]!, samples.timesMs[i + 1]!, atMs);
    const { notes, metric, span } = env;
    return interpolateHistogram(histograms[i]!, histograms[i + 1]!, way, kind.isCounter, notes, metric, span);
  };
  const left = ends.leftBetween ? between(ends.left, reach.startMs) : histograms[ends.left]!;
  const right = ends.rightBetween ? between(ends.right - 1, reach.endMs) : histograms[ends.right]!;
  if (left === undefined || right === undefined) return;
  if (!kind.isCounter && (left.counterResetHint !== "gauge" || right.counterResetHint !== "gauge")) {
    env.notes.notGauge(env.metric, env.span);
  }
  const sum = new HistogramAccumulator(right);
  let notes = sum.subtract(left);
  if (notes.boundsReconciled) env.notes.mismatchedCustomBuckets("subtraction", env.span);
  for (let i = ends.chainFrom + 1; kind.isCounter && notes.compatible && i <= ends.chainTo; i++) {
    if (!detectReset(histograms[i]!, histograms[i - 1]!)) continue;
    notes = sum.add(histograms[i - 1]!);
    if (notes.boundsReconciled) env.notes.mismatchedCustomBuckets("addition", env.span);
  }
  if (!notes.compatible) {
    env.notes.mixedExponentialAndCustom(env.metric, env.span);
    return;
  }
  const result = asGauge(compact(sum.value()));
  out.setHistogram(step, kind.isRate ? divideHistogram(result, env.rangeMs / 1000) : result);
}

/** Whether all have buckets of one kind, as a warning says where not; a gauge among a counter's samples is named too. */
function fitTogether(kind: GrowthKind, histograms: readonly FloatHistogram[], ends: Ends, env: RangeEnv): boolean {
  const { notes, metric, span } = env;
  const custom = isCustomBuckets(histograms[ends.left]!);
  for (let i = ends.left; i <= ends.right; i++) {
    const histogram = histograms[i]!;
    if (isCustomBuckets(histogram) !== custom) {
      notes.mixedExponentialAndCustom(metric, span);
      return false;
    }
    if (kind.isCounter && histogram.counterResetHint === "gauge") notes.notCounter(metric, span);
  }
  return true;
}
