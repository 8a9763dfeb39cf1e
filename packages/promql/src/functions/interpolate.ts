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

/** How far a time is from one sample to the next, ms: `part` of `whole`. */
export interface Way {
  readonly part: number;
  readonly whole: number;
}

export function wayOf(fromMs: number, toMs: number, atMs: number): Way {
  return { part: atMs - fromMs, whole: toMs - fromMs };
}

export function interpolateFloat(from: number, to: number, { part, whole }: Way, isCounter: boolean): number {
  const begin = isCounter && to < from ? 0 : from;
  return begin + ((to - begin) * part) / whole;
}

/** @returns undefined where exponential and custom buckets meet, with a warning */
export function interpolateHistogram(
  from: FloatHistogram,
  to: FloatHistogram,
  { part, whole }: Way,
  isCounter: boolean,
  notes: Notes,
  metric: string,
  span: Span,
): FloatHistogram | undefined {
  const share = part / whole;
  const fits = isCustomBuckets(from) === isCustomBuckets(to);
  if (fits && isCounter && detectReset(to, from)) return multiplyHistogram(to, share);
  const growth = subtractHistograms(to, from);
  const sum = growth.histogram && addHistograms(multiplyHistogram(growth.histogram, share), from);
  if (sum?.histogram === undefined) {
    notes.mixedExponentialAndCustom(metric, span);
    return undefined;
  }
  if (growth.boundsReconciled) notes.mismatchedCustomBuckets("subtraction", span);
  if (sum.boundsReconciled) notes.mismatchedCustomBuckets("addition", span);
  return sum.histogram;
}
