/** Merges pairs of buckets of an exponential histogram: the schema falls by one. */
import type { BucketSpan, FloatHistogram } from "@dmon/model";

export function halvedResolution(histogram: FloatHistogram): FloatHistogram {
  const positive = merged(histogram.positiveSpans, histogram.positiveBuckets);
  const negative = merged(histogram.negativeSpans, histogram.negativeBuckets);
  return {
    ...histogram,
    schema: histogram.schema - 1,
    positiveSpans: positive.spans,
    positiveBuckets: positive.buckets,
    negativeSpans: negative.spans,
    negativeBuckets: negative.buckets,
  };
}

function merged(spans: readonly BucketSpan[], buckets: readonly number[]) {
  const counts = new Map<number, number>();
  let index = 0;
  let at = 0;
  for (const span of spans) {
    index += span.offset;
    for (let i = 0; i < span.length; i++, index++) {
      // Bucket i has the upper bound base^i, so i and the next even one above it end in the same coarser bucket.
      const coarse = Math.ceil(index / 2);
      counts.set(coarse, (counts.get(coarse) ?? 0) + buckets[at++]!);
    }
  }
  const out: BucketSpan[] = [];
  let next = 0;
  for (const coarse of counts.keys()) {
    const last = out.at(-1);
    if (last !== undefined && coarse === next) out[out.length - 1] = { offset: last.offset, length: last.length + 1 };
    else out.push({ offset: coarse - next, length: 1 });
    next = coarse + 1;
  }
  return { spans: out, buckets: [...counts.values()] };
}
