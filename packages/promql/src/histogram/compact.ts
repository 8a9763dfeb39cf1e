/** Dropping empty buckets: the form in which results are compared, printed and kept small. */
import type { BucketSpan, FloatHistogram } from "@dmon/model";
import { indexesOf, spansOf } from "./buckets.ts";

/**
 * The histogram without empty buckets, except those in gaps of at most `maxEmpty` between populated ones, which stay (or are
 * filled in) so that fewer spans are needed.
 */
export function compact(h: FloatHistogram, maxEmpty = 0): FloatHistogram {
  const positive = compactSide(h.positiveSpans, h.positiveBuckets, maxEmpty);
  const negative = compactSide(h.negativeSpans, h.negativeBuckets, maxEmpty);
  if (positive === undefined && negative === undefined) return h;
  return {
    ...h,
    positiveSpans: positive?.spans ?? h.positiveSpans,
    positiveBuckets: positive?.buckets ?? h.positiveBuckets,
    negativeSpans: negative?.spans ?? h.negativeSpans,
    negativeBuckets: negative?.buckets ?? h.negativeBuckets,
  };
}

/** @returns undefined where nothing is to be done, which is the common case */
function compactSide(spans: readonly BucketSpan[], buckets: readonly number[], maxEmpty: number) {
  const tight = spans.every((span, i) => span.length > 0 && (i === 0 || span.offset > maxEmpty));
  if (tight && !buckets.includes(0)) return undefined;
  const indexes: number[] = [];
  const kept: number[] = [];
  indexesOf(spans).forEach((index, i) => {
    const count = buckets[i]!;
    if (count === 0) return;
    const last = indexes.at(-1);
    if (last !== undefined && index - last - 1 <= maxEmpty) {
      for (let fill = last + 1; fill < index; fill++) {
        indexes.push(fill);
        kept.push(0);
      }
    }
    indexes.push(index);
    kept.push(count);
  });
  return { spans: spansOf(indexes), buckets: kept };
}
