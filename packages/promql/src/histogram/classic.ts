/**
 * Quantiles and fractions over the buckets of a classic histogram (series with a label `le`).
 *
 * Bucket counts are cumulative. Source: prometheus `promql/quantile.go`.
 */

/** @property upper the value of `le` */
export interface ClassicBucket {
  readonly upper: number;
  readonly count: number;
}

/** How counts that went down from one bucket to the next were raised, for the annotation. */
interface MonotonicityFix {
  /** Bounds of the first and last bucket that was raised, and the largest difference. */
  readonly minBucket: number;
  readonly maxBucket: number;
  readonly maxDifference: number;
}

interface ClassicEstimate {
  readonly value: number;
  /** Defined where counts had to be raised by more than rounding errors. */
  readonly fix: MonotonicityFix | undefined;
}

/** Differences below this share of both counts together are rounding, and are evened out without a word. */
const ROUNDING_RATIO = 1e-12;

/**
 * The `q`-quantile, interpolated evenly within a bucket, from 0 in the lowest one where its bound is above 0; the second
 * highest bound where it falls into the highest bucket. NaN for fewer than two buckets, without a bucket +Inf, without
 * observations or for a NaN `q`; -Inf below 0, +Inf above 1.
 *
 * @param buckets in any order; bounds may repeat
 */
export function classicQuantile(q: number, buckets: readonly ClassicBucket[]): ClassicEstimate {
  if (Number.isNaN(q)) return { value: Number.NaN, fix: undefined };
  if (q < 0) return { value: Number.NEGATIVE_INFINITY, fix: undefined };
  if (q > 1) return { value: Number.POSITIVE_INFINITY, fix: undefined };
  const { bounds, counts, complete } = prepare(buckets);
  if (!complete) return { value: Number.NaN, fix: undefined };
  const fix = makeMonotonic(bounds, counts);
  const last = bounds.length - 1;
  if (last < 1 || counts[last] === 0) return { value: Number.NaN, fix: undefined };
  let rank = q * counts[last]!;
  let at = 0;
  while (at < last && !(counts[at]! >= rank)) at++;
  if (at === last) return { value: bounds[last - 1]!, fix };
  if (at === 0 && bounds[0]! <= 0) return { value: bounds[0]!, fix };
  const start = at > 0 ? bounds[at - 1]! : 0;
  const below = at > 0 ? counts[at - 1]! : 0;
  rank -= below;
  return { value: start + (bounds[at]! - start) * (rank / (counts[at]! - below)), fix };
}

/** The share of observations between `lower` and `upper`, interpolated alike; counts that fall are taken as they are. */
export function classicFraction(lower: number, upper: number, buckets: readonly ClassicBucket[]): number {
  const { bounds, counts, complete } = prepare(buckets);
  const total = counts.at(-1) ?? 0;
  if (!complete || total === 0 || Number.isNaN(total) || Number.isNaN(lower) || Number.isNaN(upper)) {
    return Number.NaN;
  }
  if (lower >= upper) return 0;
  const from = Math.min(rankAt(bounds, counts, lower), total);
  const to = Math.min(rankAt(bounds, counts, upper), total);
  return (to - from) / total;
}

/** How many observations lie at or below `value`. */
function rankAt(bounds: readonly number[], counts: readonly number[], value: number): number {
  let start = bounds[0]! > 0 ? 0 : Number.NEGATIVE_INFINITY;
  let below = 0;
  for (let i = 0; i < bounds.length; i++) {
    const end = bounds[i]!;
    if (start >= value) return below;
    if (end > value) {
      if (start === Number.NEGATIVE_INFINITY) return counts[i]!;
      if (end === Number.POSITIVE_INFINITY) return below;
      return below + (counts[i]! - below) * ((value - start) / (end - start));
    }
    start = end;
    below = counts[i]!;
  }
  return counts.at(-1)!;
}

/** Sorted, with equal bounds merged. `complete` is false without a bucket +Inf. */
function prepare(buckets: readonly ClassicBucket[]) {
  const sorted = [...buckets].sort((a, b) => a.upper - b.upper || 0);
  const complete = sorted.at(-1)?.upper === Number.POSITIVE_INFINITY;
  const bounds: number[] = [];
  const counts: number[] = [];
  for (const { upper, count } of sorted) {
    if (bounds.at(-1) === upper) counts[counts.length - 1]! += count;
    else {
      bounds.push(upper);
      counts.push(count);
    }
  }
  return { bounds, counts, complete };
}

/** Raises each count to that of the bucket below it. Changes `counts`. */
function makeMonotonic(bounds: readonly number[], counts: number[]): MonotonicityFix | undefined {
  let before = counts[0] ?? 0;
  let fix: { minBucket: number; maxBucket: number; maxDifference: number } | undefined;
  for (let i = 1; i < counts.length; i++) {
    const count = counts[i]!;
    const difference = count - before;
    if (difference === 0) continue;
    if (Math.abs(difference) < ROUNDING_RATIO * (Math.abs(count) + Math.abs(before))) counts[i] = before;
    else if (count < before) {
      counts[i] = before;
      fix ??= { minBucket: bounds[i]!, maxBucket: bounds[i]!, maxDifference: 0 };
      fix.maxBucket = bounds[i]!;
      fix.maxDifference = Math.max(fix.maxDifference, before - count);
    } else before = count;
  }
  return fix;
}
