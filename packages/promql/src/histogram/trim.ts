/**
 * PromQL's trim operators: `h </ limit` keeps the observations below the limit, `h >/ limit` those above.
 *
 * A bucket that the limit cuts is interpolated, as for `histogram_fraction`. The sum is estimated anew from the centres of the
 * buckets, once anything has been cut off. A custom bucket that is open to infinity cannot be divided: it stays whole, with
 * its observations taken to be at the limit, where its finite end is cut off, and goes where its open end is.
 */
import type { FloatHistogram } from "@dmon/model";
import { isCustomBuckets } from "./bounds.ts";
import { type Bucket, negativeBuckets, positiveBuckets, zeroBucket } from "./buckets.ts";
import { compact } from "./compact.ts";
import { centre, type Interval, intervalOf, shareBelow } from "./interpolation.ts";
import { CompensatedSum } from "./side-sum.ts";

/** What is left of a bucket: how many observations, and the value that stands for them. */
interface Rest {
  readonly count: number;
  readonly value: number;
  /** False where the limit left the bucket as it was. */
  readonly cut: boolean;
}

/** @param openBelow true for a first custom bucket, whose interval may have been taken to begin at zero */
type Cut = (interval: Interval, openBelow: boolean) => Rest;

/** `h </ limit` */
export function trimAbove(h: FloatHistogram, limit: number): FloatHistogram {
  return trim(h, (interval) => restBelow(interval, limit));
}

/** `h >/ limit` */
export function trimBelow(h: FloatHistogram, limit: number): FloatHistogram {
  return trim(h, (interval, openBelow) => restAbove(interval, openBelow, limit));
}

function trim(h: FloatHistogram, cut: Cut): FloatHistogram {
  const custom = isCustomBuckets(h);
  const restOf = (bucket: Bucket) => {
    const openBelow = bucket.lower === Number.NEGATIVE_INFINITY;
    // Without any bound there is nothing to interpolate between.
    const whole = openBelow && bucket.upper === Number.POSITIVE_INFINITY;
    return cut(whole ? { ...bucket, linear: true } : intervalOf(h, bucket), openBelow);
  };
  const positive = positiveBuckets(h).map(restOf);
  const negative = negativeBuckets(h).map(restOf);
  const zero = custom ? [] : [restOf(zeroBucket(h))];
  const rests = [...positive, ...negative, ...zero].filter((rest) => rest.cut || rest.count !== 0);
  if (!rests.some((rest) => rest.cut)) return h;
  const count = new CompensatedSum();
  const sum = new CompensatedSum();
  for (const rest of rests) {
    count.add(rest.count);
    if (rest.count !== 0) sum.add(rest.count * rest.value);
  }
  return compact({
    ...h,
    count: count.total,
    sum: sum.total,
    zeroCount: zero[0]?.count ?? 0,
    positiveBuckets: positive.map((rest) => rest.count),
    negativeBuckets: negative.map((rest) => rest.count),
  });
}

function restBelow(interval: Interval, limit: number): Rest {
  const { lower, upper, count } = interval;
  if (count === 0 || upper <= limit) return whole(interval);
  if (lower >= limit || upper === Number.POSITIVE_INFINITY) return NOTHING;
  if (lower === Number.NEGATIVE_INFINITY) return { count, value: limit, cut: true };
  return { count: count * shareBelow(interval, limit), value: centre(lower, limit, interval.linear), cut: true };
}

function restAbove(interval: Interval, openBelow: boolean, limit: number): Rest {
  const { lower, upper, count } = interval;
  if (count === 0 || limit === Number.NEGATIVE_INFINITY) return whole(interval);
  // A first bucket is taken to begin at zero only for a limit that could lie within it.
  if (lower === Number.NEGATIVE_INFINITY || (openBelow && limit < 0)) return NOTHING;
  if (lower >= limit) return whole(interval);
  if (upper <= limit) return NOTHING;
  if (upper === Number.POSITIVE_INFINITY) return { count, value: limit, cut: true };
  return { count: count * (1 - shareBelow(interval, limit)), value: centre(limit, upper, interval.linear), cut: true };
}

const NOTHING: Rest = { count: 0, value: 0, cut: true };

function whole({ lower, upper, count, linear }: Interval): Rest {
  if (upper === Number.POSITIVE_INFINITY) return { count, value: Math.max(lower, -Number.MAX_VALUE), cut: false };
  if (lower === Number.NEGATIVE_INFINITY) return { count, value: upper, cut: false };
  return { count, value: centre(lower, upper, linear), cut: false };
}
