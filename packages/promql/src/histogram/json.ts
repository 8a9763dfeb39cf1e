/**
 * Native histograms in the HTTP API's JSON: `{count, sum, buckets: [[rule, lower, upper, count], …]}`, numbers as text.
 *
 * The rule says which bounds belong to the bucket: 0 open on the left, 1 open on the right, 2 open on both sides, 3 closed on
 * both. Empty buckets are left out; without any, `buckets` is. A bucket that overlaps the zero bucket ends at its threshold.
 * Source: prometheus `util/jsonutil`.
 */
import { type FloatHistogram, formatJsonFloat } from "@dmon/model";
import { allBuckets, type Bucket } from "./buckets.ts";

type ApiHistogramBucket = readonly [rule: number, lower: string, upper: string, count: string];

export interface ApiHistogram {
  readonly count: string;
  readonly sum: string;
  readonly buckets?: readonly ApiHistogramBucket[];
}

export function histogramToJson(h: FloatHistogram): ApiHistogram {
  const buckets = allBuckets(h)
    .filter((bucket) => bucket.count !== 0)
    .map((bucket): ApiHistogramBucket => {
      const { lower, upper, count } = bucket;
      return [boundaryRule(bucket), formatJsonFloat(lower), formatJsonFloat(upper), formatJsonFloat(count)];
    });
  const totals = { count: formatJsonFloat(h.count), sum: formatJsonFloat(h.sum) };
  return buckets.length === 0 ? totals : { ...totals, buckets };
}

function boundaryRule({ lowerInclusive, upperInclusive }: Bucket): number {
  if (lowerInclusive) return upperInclusive ? 3 : 1;
  return upperInclusive ? 0 : 2;
}
