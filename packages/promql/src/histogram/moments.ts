/** Mean and spread of native histograms (PromQL `histogram_avg`, `histogram_stdvar`, `histogram_stddev`). */
import type { FloatHistogram } from "@dmon/model";
import { isCustomBuckets } from "./bounds.ts";
import { allBuckets } from "./buckets.ts";
import { centre } from "./interpolation.ts";
import { CompensatedSum } from "./side-sum.ts";

export function histogramAverage(h: FloatHistogram): number {
  return h.sum / h.count;
}

/** Variance with every observation taken to lie at the centre of its bucket, around the exact mean. */
export function histogramVariance(h: FloatHistogram): number {
  const mean = h.sum / h.count;
  const custom = isCustomBuckets(h);
  const squares = new CompensatedSum();
  for (const { lower, upper, count } of allBuckets(h)) {
    if (count === 0) continue;
    const aroundZero = !custom && lower <= 0 && upper >= 0;
    const distance = (aroundZero ? 0 : centre(lower, upper, custom)) - mean;
    squares.add(count * distance * distance);
  }
  return squares.total / h.count;
}

export function histogramDeviation(h: FloatHistogram): number {
  return Math.sqrt(histogramVariance(h));
}
