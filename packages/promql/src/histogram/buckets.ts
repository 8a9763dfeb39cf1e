/**
 * Buckets of a native histogram with their bounds, and the plain index form in which arithmetic is done.
 *
 * Terms: the positive side holds (lower, upper] with lower ≥ 0 (or all custom buckets), the negative side its mirror image,
 * the zero bucket [-threshold, threshold].
 */
import type { BucketSpan, FloatHistogram } from "@dmon/model";
import { isCustomBuckets, upperBound } from "./bounds.ts";

export interface Bucket {
  readonly lower: number;
  readonly upper: number;
  readonly lowerInclusive: boolean;
  readonly upperInclusive: boolean;
  readonly count: number;
  /** Position within the schema, on its side; 0 for the zero bucket, where it means nothing. */
  readonly index: number;
}

/** One side as aligned columns: bucket indexes, strictly ascending, and absolute counts. */
export interface Side {
  readonly indexes: readonly number[];
  readonly counts: readonly number[];
}

/** The indexes that spans name, ascending. */
export function indexesOf(spans: readonly BucketSpan[]): number[] {
  const indexes: number[] = [];
  let index = 0;
  for (const span of spans) {
    index += span.offset;
    for (let i = 0; i < span.length; i++) indexes.push(index++);
  }
  return indexes;
}

/** The spans that name `indexes` (ascending): one span for each run without a gap. */
export function spansOf(indexes: readonly number[]): BucketSpan[] {
  const spans: { offset: number; length: number }[] = [];
  let next = 0;
  for (const index of indexes) {
    const last = spans.at(-1);
    if (last !== undefined && index === next) last.length++;
    else spans.push({ offset: index - next, length: 1 });
    next = index + 1;
  }
  return spans;
}

export function positiveSide(h: FloatHistogram): Side {
  return { indexes: indexesOf(h.positiveSpans), counts: h.positiveBuckets };
}

export function negativeSide(h: FloatHistogram): Side {
  return { indexes: indexesOf(h.negativeSpans), counts: h.negativeBuckets };
}

/** Buckets of the positive side, ascending; of a custom histogram all its buckets. */
export function positiveBuckets(h: FloatHistogram): Bucket[] {
  const custom = isCustomBuckets(h);
  const { indexes, counts } = positiveSide(h);
  return indexes.map((index, i) => {
    const upper = upperBound(index, h.schema, h.customValues);
    const lower = upperBound(index - 1, h.schema, h.customValues);
    return {
      lower,
      upper,
      lowerInclusive: custom && index === 0,
      upperInclusive: true,
      count: counts[i] ?? 0,
      index,
    };
  });
}

/** Buckets of the negative side, from the one next to zero downwards. */
export function negativeBuckets(h: FloatHistogram): Bucket[] {
  const { indexes, counts } = negativeSide(h);
  return indexes.map((index, i) => ({
    lower: -upperBound(index, h.schema, h.customValues),
    upper: -upperBound(index - 1, h.schema, h.customValues),
    lowerInclusive: true,
    upperInclusive: false,
    count: counts[i] ?? 0,
    index,
  }));
}

export function zeroBucket(h: FloatHistogram): Bucket {
  return {
    lower: -h.zeroThreshold,
    upper: h.zeroThreshold,
    lowerInclusive: true,
    upperInclusive: true,
    count: h.zeroCount,
    index: 0,
  };
}

/**
 * All buckets in ascending order. The zero bucket is there only where it is populated; a neighbour that overlaps it ends (or
 * begins) at the zero threshold.
 */
export function allBuckets(h: FloatHistogram): Bucket[] {
  const threshold = h.zeroThreshold;
  const buckets = negativeBuckets(h)
    .reverse()
    .map((bucket) => (bucket.upper < 0 && bucket.upper > -threshold ? { ...bucket, upper: -threshold } : bucket));
  if (h.zeroCount > 0) buckets.push(zeroBucket(h));
  for (const bucket of positiveBuckets(h)) {
    buckets.push(bucket.lower > 0 && bucket.lower < threshold ? { ...bucket, lower: threshold } : bucket);
  }
  return buckets;
}
