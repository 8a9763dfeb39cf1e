/**
 * Where observations lie within a bucket: exponentially in exponential buckets, evenly in custom buckets and the zero bucket.
 * Quantile, fraction, trimming and the estimated moments all follow from this.
 */
import type { FloatHistogram } from "@dmon/model";
import { goExp2, goLog2 } from "../functions/go-math.ts";
import { isCustomBuckets } from "./bounds.ts";
import { allBuckets, type Bucket } from "./buckets.ts";

/** A bucket with the way its observations are spread over it. */
export interface Interval {
  readonly lower: number;
  readonly upper: number;
  readonly count: number;
  readonly linear: boolean;
}

/**
 * The populated and empty buckets in ascending order, ready for interpolation. A zero bucket next to buckets of one sign only
 * ends at zero, and so does a first custom bucket that reaches above zero: its observations are taken to be of that sign.
 */
export function intervals(h: FloatHistogram): Interval[] {
  return allBuckets(h).map((bucket) => intervalOf(h, bucket));
}

/** One bucket of `h` as an interval. */
export function intervalOf(h: FloatHistogram, bucket: Bucket): Interval {
  const { count } = bucket;
  let { lower, upper } = bucket;
  if (isCustomBuckets(h)) {
    if (lower === Number.NEGATIVE_INFINITY && upper > 0) lower = 0;
    return { lower, upper, count, linear: true };
  }
  const aroundZero = lower <= 0 && upper >= 0;
  if (aroundZero && h.negativeBuckets.length === 0 && h.positiveBuckets.length > 0) lower = 0;
  else if (aroundZero && h.positiveBuckets.length === 0 && h.negativeBuckets.length > 0) upper = 0;
  return { lower, upper, count, linear: aroundZero };
}

/** The share of an interval's observations that is below `value`, which lies within it; 0…1. */
export function shareBelow({ lower, upper, linear }: Interval, value: number): number {
  // An infinite bucket cannot be divided: what is finite lies at its finite end.
  if (upper === Number.POSITIVE_INFINITY) return 0;
  if (lower === Number.NEGATIVE_INFINITY) return 1;
  if (linear) return (value - lower) / (upper - lower);
  const near = goLog2(Math.abs(lower));
  const far = goLog2(Math.abs(upper));
  const at = goLog2(Math.abs(value));
  return value > 0 ? (at - near) / (far - near) : 1 - (at - far) / (near - far);
}

/** The value below which `share` (0…1) of the interval's observations lie: the inverse of {@link shareBelow}. */
export function valueAtShare({ lower, upper, linear }: Interval, share: number): number {
  if (linear) return lower + (upper - lower) * share;
  const near = goLog2(Math.abs(lower));
  const far = goLog2(Math.abs(upper));
  return lower > 0 ? goExp2(near + (far - near) * share) : -goExp2(far + (near - far) * (1 - share));
}

/** The value that stands for all observations of an interval: geometric mean, or arithmetic where they lie evenly. */
export function centre(lower: number, upper: number, linear: boolean): number {
  if (linear) return (lower + upper) / 2;
  const mean = Math.sqrt(upper * lower);
  return upper < 0 ? -mean : mean;
}
