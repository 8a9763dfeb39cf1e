/**
 * Native histograms, in the form in which they are stored and computed with.
 *
 * Exponential schemas -4…8: bucket `i` holds observations in `(2^((i-1)·2^-schema), 2^(i·2^-schema)]`. Schema -53 has custom
 * bucket bounds. Counts are absolute (not deltas) and floats, so that rates of histograms are histograms.
 * Source: prometheus `model/histogram/float_histogram.go`, and the native histogram specification.
 */

/** `length` buckets that begin `offset` buckets after the end of the span before (for the first: at index `offset`). */
export interface BucketSpan {
  readonly offset: number;
  readonly length: number;
}

/** Whether a reset is known to have happened before this histogram (`gauge`: resets have no meaning). */
export type CounterResetHint = "unknown" | "reset" | "not_reset" | "gauge";

export const CUSTOM_BUCKETS_SCHEMA = -53;
export const MIN_EXPONENTIAL_SCHEMA = -4;
export const MAX_EXPONENTIAL_SCHEMA = 8;

export interface FloatHistogram {
  /** -4…8, or {@link CUSTOM_BUCKETS_SCHEMA}. */
  readonly schema: number;
  readonly counterResetHint: CounterResetHint;
  /** Width of the zero bucket, ≥ 0. */
  readonly zeroThreshold: number;
  readonly zeroCount: number;
  readonly count: number;
  readonly sum: number;
  readonly positiveSpans: readonly BucketSpan[];
  readonly negativeSpans: readonly BucketSpan[];
  /** Absolute count of each bucket named by the spans; length is the sum of their lengths. */
  readonly positiveBuckets: readonly number[];
  readonly negativeBuckets: readonly number[];
  /** Upper bounds, ascending, without the final +Inf; empty unless the schema is {@link CUSTOM_BUCKETS_SCHEMA}. */
  readonly customValues: readonly number[];
}
