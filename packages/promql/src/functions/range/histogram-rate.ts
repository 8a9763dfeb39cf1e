/** Growth of native histograms over a window, without extrapolation. Source: prometheus `histogramRate`. */
import type { FloatHistogram } from "@dmon/model";
import { asGauge, compact, detectReset, HistogramAccumulator, isCustomBuckets } from "../../histogram/index.ts";
import { isStartOverlap, isStartReset } from "./start-time.ts";
import type { MixedWindow, RangeEnv } from "./window.ts";

/**
 * @param window holds at least two histograms and no floats
 * @returns a gauge; undefined where the histograms do not fit together (noted)
 */
export function histogramGrowth(window: MixedWindow, isCounter: boolean, env: RangeEnv): FloatHistogram | undefined {
  const { histograms, histogramTimes: times, histogramStarts: starts } = window;
  const { notes, metric, span } = env;
  const first = histograms[0]!;
  const last = histograms.at(-1)!;

  const resetAt = (i: number, previous: FloatHistogram) =>
    isStartReset(starts[i - 1]!, times[i - 1]!, starts[i]!, times[i]!) || detectReset(histograms[i]!, previous);

  // After a reset the first sample counts for nothing, and its layout does not matter.
  const base = isCounter && resetAt(1, first) ? emptyLike(histograms[1]!) : first;
  if (!fitTogether(window, isCounter, isCustomBuckets(base), env)) return undefined;

  const growth = new HistogramAccumulator(last);
  const subtracted = growth.subtract(base);
  if (!subtracted.compatible) {
    notes.mixedExponentialAndCustom(metric, span);
    return undefined;
  }
  if (subtracted.boundsReconciled) notes.mismatchedCustomBuckets("subtraction", span);
  if (!isCounter) {
    if (!isGauge(first) || !isGauge(last)) notes.notGauge(metric, span);
    return asGauge(compact(growth.value()));
  }
  let previous = base;
  for (let i = 1; i < histograms.length; i++) {
    if (isStartOverlap(starts[i - 1]!, times[i - 1]!, starts[i]!)) notes.startTimeOverlap(metric, span);
    if (resetAt(i, previous)) {
      const added = growth.add(previous);
      if (!added.compatible) {
        notes.mixedExponentialAndCustom(metric, span);
        return undefined;
      }
      if (added.boundsReconciled) notes.mismatchedCustomBuckets("addition", span);
    }
    previous = histograms[i]!;
  }
  return asGauge(compact(growth.value()));
}

function isGauge({ counterResetHint: hint }: FloatHistogram): boolean {
  return hint === "gauge";
}

/** Whether all have buckets of one kind; a counter's samples in the middle must not be gauges either. */
function fitTogether(window: MixedWindow, isCounter: boolean, custom: boolean, env: RangeEnv): boolean {
  const { histograms } = window;
  const { notes, metric, span } = env;
  const isAlike = (histogram: FloatHistogram) => isCustomBuckets(histogram) === custom;
  const last = histograms.at(-1)!;
  const fits = isAlike(last) && (!isCounter || histograms.slice(1, -1).every(isAlike));
  if (!fits) notes.mixedExponentialAndCustom(metric, span);
  // Where one in the middle does not fit, Prometheus says nothing of gauges.
  const looked = fits ? histograms : isAlike(last) ? [] : [histograms[0]!, last];
  if (isCounter && looked.some(isGauge)) notes.notCounter(metric, span);
  return fits;
}

/** Adds what a reset, or a start within the window, hid. */
export function addCorrection(to: FloatHistogram, hidden: FloatHistogram, env: RangeEnv): FloatHistogram | undefined {
  const sum = new HistogramAccumulator(to);
  const notes = sum.add(hidden);
  if (!notes.compatible) {
    env.notes.mixedExponentialAndCustom(env.metric, env.span);
    return undefined;
  }
  if (notes.boundsReconciled) env.notes.mismatchedCustomBuckets("addition", env.span);
  return sum.value();
}

/** A histogram without observations, in the layout of another. */
function emptyLike(layout: FloatHistogram): FloatHistogram {
  return {
    schema: layout.schema,
    counterResetHint: "unknown",
    zeroThreshold: 0,
    zeroCount: 0,
    count: 0,
    sum: 0,
    positiveSpans: [],
    negativeSpans: [],
    positiveBuckets: [],
    negativeBuckets: [],
    customValues: layout.customValues,
  };
}
