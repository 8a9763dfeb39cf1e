/**
 * Values between two samples, for `smoothed`.
 *
 * A counter that was reset between them is taken to have begun again at zero, at the time of the first.
 */
import type { FloatHistogram } from "@dmon/model";
import type { Span } from "../ast.ts";
import type { Notes } from "../engine/notes.ts";
import {
  addHistograms,
  detectReset,
  isCustomBuckets,
  multiplyHistogram,
  subtractHistograms,
} from "../histogram/index.ts";

/** How far `atMs` is from `fromMs` to `toMs`, 0…1. */
export function shareOfWay(fromMs: number, toMs: number, atMs: number): number {
  return (atMs - fromMs) / (toMs - fromMs);
}

export function interpolateFloat(from: number, to: number, share: number, isCounter: boolean): number {
  const begin = isCounter && to < from ? 0 : from;
  return begin + (to - begin) * share;
}

/** @returns undefined where exponential and custom buckets meet, with a warning */
export function interpolateHistogram(
  from: FloatHistogram,
  to: FloatHistogram,
  share: number,
  isCounter: boolean,
  notes: Notes,
  metric: string,
  span: Span,
): FloatHistogram | undefined {
  const fits = isCustomBuckets(from) === isCustomBuckets(to);
  if (fits && isCounter && detectReset(to, from)) return multiplyHistogram(to, share);
  const growth = subtractHistograms(to, from);
  const sum = growth.histogram && addHistograms(from, multiplyHistogram(growth.histogram, share));
  if (sum?.histogram === undefined) {
    notes.mixedExponentialAndCustom(metric, span);
    return undefined;
  }
  if (growth.boundsReconciled) notes.mismatchedCustomBuckets("subtraction", span);
  return sum.histogram;
}
