/** Widening the zero bucket, so that histograms with different zero thresholds can be compared and added. */
import type { FloatHistogram } from "@dmon/model";
import { exponentialBound } from "./bounds.ts";
import { negativeBuckets, positiveBuckets } from "./buckets.ts";

export interface WidenedZero {
  readonly count: number;
  /** At least what was asked for: a threshold within a populated bucket moves to that bucket's outer bound. */
  readonly threshold: number;
}

/** What the zero bucket would hold at a larger threshold. @param threshold ≥ the histogram's own */
export function widenedZero(h: FloatHistogram, threshold: number): WidenedZero {
  if (threshold === h.zeroThreshold) return { count: h.zeroCount, threshold };
  const buckets = [
    ...positiveBuckets(h).map(({ lower, upper, count }) => ({ near: lower, far: upper, count })),
    ...negativeBuckets(h).map(({ lower, upper, count }) => ({ near: -upper, far: -lower, count })),
  ];
  // Moving the threshold out may cut into a bucket of the other side, hence again until it holds still.
  let wide = threshold;
  for (;;) {
    const cut = buckets.find((bucket) => bucket.count !== 0 && bucket.near < wide && bucket.far > wide);
    if (cut === undefined) break;
    wide = cut.far;
  }
  const inside = buckets.filter((bucket) => bucket.near < wide);
  return { count: inside.reduce((sum, bucket) => sum + bucket.count, h.zeroCount), threshold: wide };
}

/**
 * A threshold at which both histograms' zero buckets can stand without cutting a populated bucket.
 */
export function commonZeroThreshold(a: FloatHistogram, b: FloatHistogram): number {
  let threshold = Math.max(a.zeroThreshold, b.zeroThreshold);
  for (;;) {
    const wide = widenedZero(b, widenedZero(a, threshold).threshold).threshold;
    if (wide === threshold) return threshold;
    threshold = wide;
  }
}

/** The lowest of `indexes` whose bucket reaches beyond `threshold`; +Inf where none does. */
export function indexAbove(indexes: readonly number[], schema: number, threshold: number): number {
  for (const index of indexes) if (exponentialBound(index, schema) > threshold) return index;
  return Number.POSITIVE_INFINITY;
}
