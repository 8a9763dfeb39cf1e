/** Operators on native histograms. Histograms are immutable: each function gives a new one (or its argument, unchanged). */
import type { FloatHistogram } from "@dmon/model";
import { type AddNotes, HistogramAccumulator } from "./accumulator.ts";
import { isCustomBuckets } from "./bounds.ts";

export interface CombinedHistogram extends AddNotes {
  /** Not compacted; undefined where the two do not mix (`compatible` is false). */
  readonly histogram: FloatHistogram | undefined;
}

/** `a + b`. */
export function addHistograms(a: FloatHistogram, b: FloatHistogram): CombinedHistogram {
  const sum = new HistogramAccumulator(a);
  const notes = sum.add(b);
  return { ...notes, histogram: notes.compatible ? sum.value() : undefined };
}

/**
 * `a - b`. The hint is combined as for a sum, which is right for incremental means; the result of the PromQL operator is a
 * gauge, see {@link asGauge}.
 */
export function subtractHistograms(a: FloatHistogram, b: FloatHistogram): CombinedHistogram {
  const difference = new HistogramAccumulator(a);
  const notes = difference.subtract(b);
  return { ...notes, histogram: notes.compatible ? difference.value() : undefined };
}

/** `h * factor`; a negative factor makes it a gauge. */
export function multiplyHistogram(h: FloatHistogram, factor: number): FloatHistogram {
  return scaled(h, (count) => count * factor, factor < 0);
}

/** `h / divisor`; by zero all counts are infinite or NaN and no bucket remains; by a negative number it becomes a gauge. */
export function divideHistogram(h: FloatHistogram, divisor: number): FloatHistogram {
  const divided = scaled(h, (count) => count / divisor, divisor < 0);
  if (divisor !== 0) return divided;
  return { ...divided, positiveSpans: [], positiveBuckets: [], negativeSpans: [], negativeBuckets: [] };
}

export function asGauge(h: FloatHistogram): FloatHistogram {
  return h.counterResetHint === "gauge" ? h : { ...h, counterResetHint: "gauge" };
}

function scaled(h: FloatHistogram, scale: (count: number) => number, gauge: boolean): FloatHistogram {
  return {
    ...h,
    counterResetHint: gauge ? "gauge" : h.counterResetHint,
    // Custom buckets have no zero bucket, and 0 times infinity must not make one.
    zeroCount: isCustomBuckets(h) ? 0 : scale(h.zeroCount),
    count: scale(h.count),
    sum: scale(h.sum),
    positiveBuckets: h.positiveBuckets.map(scale),
    negativeBuckets: h.negativeBuckets.map(scale),
  };
}
