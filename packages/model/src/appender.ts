/**
 * The writers' seam: where samples go in. One thread owns an appender; calls are synchronous and never yield.
 *
 * A rejected sample is data (an outcome), not an exception; what throws is a broken invariant or a store that cannot be
 * written any more.
 */
import type { Exemplar, MetricMetadata, SampleBatch, SampleKind, SeriesDefinition, SourceId } from "./batch.ts";
import type { FloatHistogram } from "./histogram.ts";
import type { Labels } from "./labels.ts";

/** Names a series within one open store. Not stable over a restart. */
export type SeriesRef = number;

/** What became of one sample. */
export const AppendOutcome = {
  OK: 0,
  /** The same value at the same time is there already: accepted, nothing written. */
  DUPLICATE: 1,
  /** Another value is there at this time. */
  CONFLICT: 2,
  /** Older than the newest sample of the series, and outside the out-of-order window. */
  OUT_OF_ORDER: 3,
  /** Older than retention keeps, or further in the future than allowed. */
  OUT_OF_BOUNDS: 4,
  /** A limit on series is reached. */
  LIMIT: 5,
} as const;
export type AppendOutcome = (typeof AppendOutcome)[keyof typeof AppendOutcome];

/** Counts of one commit, by outcome; each index is an {@link AppendOutcome}. */
export type OutcomeCounts = Float64Array;

/** The newest sample that a series has. */
export interface NewestSample {
  readonly atMs: number;
  readonly kind: SampleKind;
  /** Of a float. */
  readonly value: number;
}

export interface Appender {
  /** Declares slots of a source. Idempotent for equal labels. Series over a limit are refused and counted with each batch. */
  define(definition: SeriesDefinition): void;
  /** Forgets a source's slots. Its series get no staleness marker by this: the source says that itself, in a batch. */
  undefine(source: SourceId): void;
  /** Fast path. The batch's columns are read before the call returns, and not kept. */
  appendBatch(batch: SampleBatch): void;

  /** The series of these labels, made if need be; undefined where a limit forbids it. */
  resolve(labels: Labels): SeriesRef | undefined;
  /** @param startMs when the counter began, ms; NaN where unknown */
  appendFloat(ref: SeriesRef, atMs: number, value: number, startMs?: number): AppendOutcome;
  appendHistogram(ref: SeriesRef, atMs: number, value: FloatHistogram, startMs?: number): AppendOutcome;
  appendStale(ref: SeriesRef, atMs: number): AppendOutcome;
  appendExemplar(ref: SeriesRef, exemplar: Exemplar): AppendOutcome;
  setMetadata(metric: string, metadata: MetricMetadata): void;
  /** What a refused sample met; undefined where the series has no sample at hand. */
  newest(ref: SeriesRef): NewestSample | undefined;

  /**
   * Makes all since the last commit durable against the death of the process (not against a power cut).
   *
   * @returns how many samples met each outcome since the last commit
   * @throws {DmonError} `disk_full`, `store_io`: what was appended stays readable in memory and is tried again with the
   *   next commit.
   */
  commit(): OutcomeCounts;
}

/** What a source on another thread needs of an appender: its series once, then a column a second. */
export type BatchSink = Pick<Appender, "define" | "undefine" | "appendBatch" | "setMetadata">;
