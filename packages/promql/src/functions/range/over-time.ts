/** Aggregations over time: `…_over_time`. Source: prometheus `promql/functions.go`. */
import type { FloatHistogram } from "@dmon/model";
import { compensate } from "../../engine/kahan.ts";
import type { Series } from "../../engine/series.ts";
import { divideHistogram, HistogramAccumulator } from "../../histogram/index.ts";
import { nanFirst, quantileOfSorted } from "../quantile.ts";
import { extremeFunction, quantileOverTime } from "./sliding.ts";
import {
  type FloatWindow,
  floatFunction,
  type MixedFunction,
  type MixedWindow,
  type RangeEnv,
  type RangeFunction,
  type WindowFunction,
} from "./window.ts";

const sum: FloatWindow = (_times, values, from, to) => {
  let total = 0;
  let lost = 0;
  for (let i = from; i < to; i++) {
    const value = values[i]!;
    lost = compensate(value, total, lost);
    total += value;
  }
  return Number.isFinite(total) ? total + lost : total;
};

const average: FloatWindow = (_times, values, from, to) => {
  let total = values[from]!;
  let lost = 0;
  for (let i = from + 1; i < to; i++) {
    const value = values[i]!;
    const next = total + value;
    if (next === Number.POSITIVE_INFINITY || next === Number.NEGATIVE_INFINITY) {
      return incrementalMean(values, from, to, i, total, lost);
    }
    lost = compensate(value, total, lost);
    total = next;
  }
  const count = to - from;
  return total / count + lost / count;
};

/** Goes on where the sum would overflow: slower and less exact, but bounded by the values. */
function incrementalMean(
  values: Float64Array,
  from: number,
  to: number,
  at: number,
  total: number,
  lost: number,
): number {
  let mean = total / (at - from);
  let compensation = lost / (at - from);
  for (let i = at; i < to; i++) {
    const count = i - from + 1;
    const share = (count - 1) / count;
    const part = values[i]! / count;
    const scaled = share * mean;
    compensation = compensate(part, scaled, share * compensation);
    mean = scaled + part;
  }
  return mean + compensation;
}

const maximum: FloatWindow = (_times, values, from, to) => {
  let max = values[from]!;
  for (let i = from + 1; i < to; i++) {
    const value = values[i]!;
    if (value > max || Number.isNaN(max)) max = value;
  }
  return max;
};

const minimum: FloatWindow = (_times, values, from, to) => {
  let min = values[from]!;
  for (let i = from + 1; i < to; i++) {
    const value = values[i]!;
    if (value < min || Number.isNaN(min)) min = value;
  }
  return min;
};

const timeOfMaximum: FloatWindow = (times, values, from, to) => {
  let at = from;
  for (let i = from + 1; i < to; i++) if (values[i]! >= values[at]! || Number.isNaN(values[at]!)) at = i;
  return times[at]! / 1000;
};

const timeOfMinimum: FloatWindow = (times, values, from, to) => {
  let at = from;
  for (let i = from + 1; i < to; i++) if (values[i]! <= values[at]! || Number.isNaN(values[at]!)) at = i;
  return times[at]! / 1000;
};

const variance: FloatWindow = (_times, values, from, to) => {
  let mean = 0;
  let meanLost = 0;
  let squares = 0;
  let squaresLost = 0;
  for (let i = from; i < to; i++) {
    const value = values[i]!;
    const delta = value - (mean + meanLost);
    const part = delta / (i - from + 1);
    meanLost = compensate(part, mean, meanLost);
    mean += part;
    const square = delta * (value - (mean + meanLost));
    squaresLost = compensate(square, squares, squaresLost);
    squares += square;
  }
  return (squares + squaresLost) / (to - from);
};

/** Sorted copies of windows; grows, and is used again. */
let scratch = new Float64Array(256);

function sortedWindow(values: Float64Array, from: number, to: number): Float64Array {
  const size = to - from;
  if (scratch.length < size) scratch = new Float64Array(size * 2);
  const window = scratch.subarray(0, size);
  window.set(values.subarray(from, to));
  return window.sort(nanFirst);
}

const medianDeviation: FloatWindow = (_times, values, from, to) => {
  for (let i = from; i < to; i++) if (Number.isNaN(values[i]!)) return Number.NaN;
  const sorted = sortedWindow(values, from, to);
  const median = quantileOfSorted(0.5, sorted);
  for (let i = 0; i < sorted.length; i++) sorted[i] = Math.abs(sorted[i]! - median);
  return quantileOfSorted(0.5, sorted.sort(nanFirst));
};

/** For functions of how many samples there are, or when: floats and histograms alike. */
function anyKind(float: FloatWindow, ofBoth: (window: MixedWindow) => number): WindowFunction {
  return { minFloats: 1, float, mixed: (window, step, out) => out.setFloat(step, ofBoth(window)) };
}

function firstOrLast(last: boolean): WindowFunction {
  return {
    minFloats: 1,
    keepsName: true,
    float: (_times, values, from, to) => values[last ? to - 1 : from]!,
    mixed: ({ floatCount, floats, floatTimes, histograms, histogramTimes }, step, out) => {
      const f = last ? floatCount - 1 : 0;
      const h = last ? histograms.length - 1 : 0;
      const floatWins =
        histograms.length === 0 ||
        (floatCount > 0 && (last ? floatTimes[f]! > histogramTimes[h]! : floatTimes[f]! < histogramTimes[h]!));
      if (floatWins) out.setFloat(step, floats[f]!);
      else out.setHistogram(step, histograms[h]!);
    },
  };
}

/** `sum` and `avg` of histograms; a mix with floats is refused. */
function withHistograms(float: FloatWindow, ofHistograms: HistogramWindow): MixedFunction {
  return (window, step, out, env) => {
    const { floatCount, histograms } = window;
    if (floatCount > 0 && histograms.length > 0) {
      env.notes.mixedFloatsAndHistograms(env.metric, env.span);
    } else if (floatCount > 0) {
      out.setFloat(step, float(window.floatTimes, window.floats, 0, floatCount, step, env));
    } else setHistogramResult(ofHistograms, histograms, step, out, env);
  };
}

/** What happened while histograms were added up. */
interface SumNotes {
  boundsReconciled: boolean;
}

/** @returns undefined where they do not mix */
type HistogramWindow = (histograms: readonly FloatHistogram[], notes: SumNotes) => FloatHistogram | undefined;

function setHistogramResult(
  compute: HistogramWindow,
  histograms: readonly FloatHistogram[],
  step: number,
  out: Series,
  env: RangeEnv,
): void {
  const notes: SumNotes = { boundsReconciled: false };
  const result = compute(histograms, notes);
  if (result === undefined) {
    env.notes.mixedExponentialAndCustom(env.metric, env.span);
    return;
  }
  const hints = new Set(histograms.map((h) => h.counterResetHint));
  if (hints.has("reset") && hints.has("not_reset")) env.notes.counterResetCollision("aggregation", env.span);
  if (notes.boundsReconciled) env.notes.mismatchedCustomBuckets("aggregation", env.span);
  out.setHistogram(step, result);
}

const histogramSum: HistogramWindow = (histograms, notes) => {
  const total = new HistogramAccumulator(histograms[0]!);
  for (let i = 1; i < histograms.length; i++) {
    const added = total.add(histograms[i]!);
    if (!added.compatible) return undefined;
    if (added.boundsReconciled) notes.boundsReconciled = true;
  }
  return total.value();
};

const histogramMean: HistogramWindow = (histograms, notes) => {
  const total = histogramSum(histograms, notes);
  if (total === undefined) return undefined;
  if (!overflows(total)) return divideHistogram(total, histograms.length);
  return incrementalHistogramMean(histograms);
};

/** Goes on from where the sum overflows, as for floats. */
function incrementalHistogramMean(histograms: readonly FloatHistogram[]): FloatHistogram {
  const summed = summableCount(histograms);
  const mean = new HistogramAccumulator(histograms[0]!);
  for (let i = 1; i < summed; i++) mean.add(histograms[i]!);
  mean.scale(1 / summed);
  for (let i = summed; i < histograms.length; i++) {
    mean.scale(i / (i + 1));
    mean.add(divideHistogram(histograms[i]!, i + 1));
  }
  return mean.value();
}

/** How many can be added up before a count or the sum becomes infinite; at least one. */
function summableCount(histograms: readonly FloatHistogram[]): number {
  const sum = new HistogramAccumulator(histograms[0]!);
  let count = 1;
  while (count < histograms.length) {
    sum.add(histograms[count]!);
    if (overflows(sum.value())) break;
    count++;
  }
  return count;
}

/** The mean of histograms, which is undefined where they do not mix. */
export function averageHistograms(histograms: readonly FloatHistogram[]): {
  readonly histogram: FloatHistogram | undefined;
  readonly boundsReconciled: boolean;
} {
  const notes: SumNotes = { boundsReconciled: false };
  const histogram = histogramMean(histograms, notes);
  return { histogram, boundsReconciled: notes.boundsReconciled };
}

/** True where a count or the sum became infinite. */
function overflows(h: FloatHistogram): boolean {
  const infinite = (value: number) => value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY;
  return (
    infinite(h.count) ||
    infinite(h.sum) ||
    infinite(h.zeroCount) ||
    h.positiveBuckets.some(infinite) ||
    h.negativeBuckets.some(infinite)
  );
}

function summing(float: FloatWindow, ofHistograms: HistogramWindow): WindowFunction {
  return { minFloats: 1, float, mixed: withHistograms(float, ofHistograms) };
}

function earliest({ floatCount, floatTimes, histogramTimes }: MixedWindow): number {
  const float = floatCount > 0 ? floatTimes[0]! : Number.POSITIVE_INFINITY;
  return Math.min(float, histogramTimes[0] ?? Number.POSITIVE_INFINITY) / 1000;
}

function latest({ floatCount, floatTimes, histogramTimes }: MixedWindow): number {
  const float = floatCount > 0 ? floatTimes[floatCount - 1]! : Number.NEGATIVE_INFINITY;
  return Math.max(float, histogramTimes.at(-1) ?? Number.NEGATIVE_INFINITY) / 1000;
}

export const OVER_TIME: Readonly<Record<string, RangeFunction>> = {
  avg_over_time: summing(average, histogramMean),
  count_over_time: anyKind(
    (_times, _values, from, to) => to - from,
    ({ floatCount, histograms }) => floatCount + histograms.length,
  ),
  first_over_time: firstOrLast(false),
  last_over_time: firstOrLast(true),
  mad_over_time: floatFunction(1, medianDeviation),
  max_over_time: extremeFunction(1, maximum),
  min_over_time: extremeFunction(-1, minimum),
  present_over_time: anyKind(
    () => 1,
    () => 1,
  ),
  quantile_over_time: quantileOverTime,
  stddev_over_time: floatFunction(1, (...window) => Math.sqrt(variance(...window))),
  stdvar_over_time: floatFunction(1, variance),
  sum_over_time: summing(sum, histogramSum),
  ts_of_first_over_time: anyKind((times, _values, from) => times[from]! / 1000, earliest),
  ts_of_last_over_time: anyKind((times, _values, _from, to) => times[to - 1]! / 1000, latest),
  ts_of_max_over_time: floatFunction(1, timeOfMaximum),
  ts_of_min_over_time: floatFunction(1, timeOfMinimum),
};
