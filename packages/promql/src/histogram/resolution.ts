/** Reducing the resolution of exponential histograms: buckets merge 2^(from - to) to one. */
import type { FloatHistogram } from "@dmon/model";
import { isCustomBuckets } from "./bounds.ts";
import { negativeSide, positiveSide, type Side, spansOf } from "./buckets.ts";

/** The bucket of the coarser schema that holds bucket `index` of the finer one. */
export function coarserIndex(index: number, from: number, to: number): number {
  return Math.floor((index - 1) / 2 ** (from - to)) + 1;
}

/** @param to ≤ `from` */
export function reduceSide(side: Side, from: number, to: number): Side {
  if (from === to) return side;
  const indexes: number[] = [];
  const counts: number[] = [];
  side.indexes.forEach((fine, i) => {
    const index = coarserIndex(fine, from, to);
    if (indexes.at(-1) === index) counts[counts.length - 1]! += side.counts[i]!;
    else {
      indexes.push(index);
      counts.push(side.counts[i]!);
    }
  });
  return { indexes, counts };
}

/**
 * The histogram at a coarser schema; itself where it is as coarse already or has custom buckets.
 *
 * @param schema an exponential schema, -4…8
 */
export function reduceResolution(h: FloatHistogram, schema: number): FloatHistogram {
  if (isCustomBuckets(h) || schema >= h.schema) return h;
  const positive = reduceSide(positiveSide(h), h.schema, schema);
  const negative = reduceSide(negativeSide(h), h.schema, schema);
  return {
    ...h,
    schema,
    positiveSpans: spansOf(positive.indexes),
    positiveBuckets: positive.counts,
    negativeSpans: spansOf(negative.indexes),
    negativeBuckets: negative.counts,
  };
}
