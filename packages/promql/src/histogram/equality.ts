/** Equality of native histograms. */
import type { BucketSpan, FloatHistogram } from "@dmon/model";
import { indexesOf } from "./buckets.ts";
import { sameBounds } from "./custom-bounds.ts";

/** Same layout and the same numbers bit by bit (so that NaN equals NaN); counter reset hints are not compared. */
export function equalHistograms(a: FloatHistogram, b: FloatHistogram): boolean {
  return (
    sameLayout(a, b) &&
    Object.is(a.count, b.count) &&
    Object.is(a.sum, b.sum) &&
    Object.is(a.zeroCount, b.zeroCount) &&
    sameNumbers(a.positiveBuckets, b.positiveBuckets) &&
    sameNumbers(a.negativeBuckets, b.negativeBuckets)
  );
}

/** Same schema, bounds, zero threshold and set of buckets, however spans are cut. */
export function sameLayout(a: FloatHistogram, b: FloatHistogram): boolean {
  return (
    a.schema === b.schema &&
    a.zeroThreshold === b.zeroThreshold &&
    sameBounds(a.customValues, b.customValues) &&
    sameSpans(a.positiveSpans, b.positiveSpans) &&
    sameSpans(a.negativeSpans, b.negativeSpans)
  );
}

function sameSpans(a: readonly BucketSpan[], b: readonly BucketSpan[]): boolean {
  return a === b || sameNumbers(indexesOf(a), indexesOf(b));
}

function sameNumbers(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((value, i) => Object.is(value, b[i]));
}
