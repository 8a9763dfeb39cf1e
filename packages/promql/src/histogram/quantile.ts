/** Quantiles and fractions of native histograms (PromQL `histogram_quantile`, `histogram_fraction`). */
import type { FloatHistogram } from "@dmon/model";
import { isCustomBuckets } from "./bounds.ts";
import { type Interval, intervals, shareBelow, valueAtShare } from "./interpolation.ts";

interface HistogramEstimate {
  readonly value: number;
  /**
   * What NaN observations, which are counted but in no bucket, did: nothing; `skewed` the quantile upwards (or were left out
   * of a fraction); or made the `result` NaN. A sum of NaN tells that there are any.
   */
  readonly nan: "none" | "skewed" | "result";
}

/**
 * The `q`-quantile: NaN for an empty histogram or a NaN `q`, -Inf below 0, +Inf above 1.
 *
 * Buckets are walked from the nearer end, which keeps the sums small and so the rounding.
 */
export function histogramQuantile(q: number, h: FloatHistogram): HistogramEstimate {
  if (q < 0) return { value: Number.NEGATIVE_INFINITY, nan: "none" };
  if (q > 1) return { value: Number.POSITIVE_INFINITY, nan: "none" };
  if (h.count === 0 || Number.isNaN(q)) return { value: Number.NaN, nan: "none" };
  const hasNan = Number.isNaN(h.sum);
  // NaN observations count as above all others, so then only the way up gives the right rank.
  const upwards = hasNan || q < 0.5;
  const rank = (upwards ? q : 1 - q) * h.count;
  const { bucket, reached } = bucketAtRank(h, rank, upwards);
  const custom = isCustomBuckets(h);
  if (custom && bucket.lower === Number.NEGATIVE_INFINITY) return { value: bucket.upper, nan: "none" };
  // Observations beyond the last finite bound of custom buckets are taken to be at it.
  if (custom && bucket.upper === Number.POSITIVE_INFINITY && h.customValues.length > 0) {
    return { value: bucket.lower, nan: "none" };
  }
  if (reached < rank) return hasNan ? { value: Number.NaN, nan: "result" } : { value: bucket.upper, nan: "none" };
  const within = upwards ? rank - (reached - bucket.count) : reached - rank;
  if (!hasNan) return { value: valueAtShare(bucket, within / bucket.count), nan: "none" };
  // Prometheus (3.5 to 3.14) looks through all buckets for what is missing, and then interpolates within the last of them.
  const last = intervals(h).at(-1) ?? bucket;
  return { value: valueAtShare(last, within / last.count), nan: skewOf(h) };
}

/** Infinite observations of both signs make the sum NaN too, but those are in buckets. */
function skewOf(h: FloatHistogram): "none" | "skewed" {
  let inBuckets = 0;
  for (const { count } of intervals(h)) inBuckets += count;
  return inBuckets < h.count ? "skewed" : "none";
}

/** Where there is not even an empty bucket. */
const NO_BUCKET: Interval = { lower: 0, upper: 0, count: 0, linear: true };

/** The populated bucket in which the cumulative count reaches `rank` (else the last one), and the count reached. */
function bucketAtRank(h: FloatHistogram, rank: number, upwards: boolean) {
  const all = upwards ? intervals(h) : intervals(h).reverse();
  let reached = 0;
  let bucket = NO_BUCKET;
  for (const candidate of all) {
    bucket = candidate;
    if (candidate.count === 0) continue;
    reached += candidate.count;
    if (reached >= rank) break;
  }
  // Rounding may lead above the total.
  return { bucket, reached: reached > h.count ? h.count : reached };
}

/** The share of observations between `lower` and `upper`; NaN where there are none or a bound is NaN. */
export function histogramFraction(lower: number, upper: number, h: FloatHistogram): HistogramEstimate {
  if (h.count === 0 || Number.isNaN(lower) || Number.isNaN(upper)) return { value: Number.NaN, nan: "none" };
  if (lower >= upper) return { value: 0, nan: "none" };
  let rank = 0;
  let lowerRank: number | undefined;
  let upperRank: number | undefined;
  let inBuckets = 0;
  for (const bucket of fractionIntervals(h)) {
    inBuckets += bucket.count;
    lowerRank ??= rankWithin(bucket, rank, lower);
    upperRank ??= rankWithin(bucket, rank, upper);
    rank += bucket.count;
  }
  // NaN observations are counted, but lie between no bounds.
  const hasNan = Number.isNaN(h.sum);
  const total = hasNan ? inBuckets : h.count;
  const from = Math.min(lowerRank ?? total, total);
  const to = Math.min(upperRank ?? total, total);
  return { value: (to - from) / h.count, nan: hasNan && inBuckets < h.count ? "skewed" : "none" };
}

/** A custom bucket that reaches over zero is taken to begin there, wherever its lower bound is. */
function fractionIntervals(h: FloatHistogram): Interval[] {
  const all = intervals(h);
  if (!isCustomBuckets(h)) return all;
  return all.map((one) => (one.lower < 0 && one.upper >= 0 ? { ...one, lower: 0 } : one));
}

/** How many observations lie below `value`, with `rank` below the bucket; undefined where `value` is above the bucket. */
function rankWithin(bucket: Interval, rank: number, value: number): number | undefined {
  if (bucket.lower >= value) return rank;
  return bucket.upper > value ? rank + bucket.count * shareBelow(bucket, value) : undefined;
}
