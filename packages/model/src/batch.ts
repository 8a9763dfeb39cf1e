/**
 * A batch: what one source said at one instant.
 *
 * A source (the host's collectors, a scraped target) registers its series once, in order; from then on a series is a slot, a
 * number, and no string travels between `/proc` and disk. A batch is one timestamp and a column over those slots.
 *
 * Presence and staleness stand apart from the value (`kinds`), because a NaN with a special payload does not survive
 * JavaScript arithmetic, and because NaN is a value like any other.
 */
import type { FloatHistogram } from "./histogram.ts";
import type { Labels } from "./labels.ts";

/** Names a source within one process. A source that must forget its slots takes a new id. */
export type SourceId = number;

/** A slot's kind. Numbers, because they fill a `Uint8Array` in hot loops. */
export const SampleKind = {
  /** Nothing was said of this series. */
  ABSENT: 0,
  /** `values[slot]` is a float; NaN is allowed. */
  FLOAT: 1,
  /** `histograms.get(slot)` is a native histogram; `values[slot]` means nothing. */
  HISTOGRAM: 2,
  /** The series ended here (Prometheus' staleness marker). `values[slot]` means nothing. */
  STALE: 3,
} as const;
export type SampleKind = (typeof SampleKind)[keyof typeof SampleKind];

export interface Exemplar {
  readonly labels: Labels;
  readonly value: number;
  /** Milliseconds; where the source gave none, the batch's. */
  readonly atMs: number;
}

export interface SlotExemplar {
  readonly slot: number;
  readonly exemplar: Exemplar;
}

export interface SampleBatch {
  readonly source: SourceId;
  /** Milliseconds since the epoch, of all samples but those named in `sampleTimesMs`. */
  readonly atMs: number;
  /** Number of slots; every column below has at least this length. */
  readonly length: number;
  /** One {@link SampleKind} a slot. */
  readonly kinds: Uint8Array;
  readonly values: Float64Array;
  /** When a counter began, ms; NaN where unknown. Undefined where the source knows of none. */
  readonly startMs?: Float64Array | undefined;
  readonly histograms?: ReadonlyMap<number, FloatHistogram> | undefined;
  readonly exemplars?: readonly SlotExemplar[] | undefined;
  /** Own timestamps of single samples (a scraped target may give them with `honor_timestamps`); absent almost always. */
  readonly sampleTimesMs?: ReadonlyMap<number, number> | undefined;
}

export type MetricType =
  | "counter"
  | "gauge"
  | "histogram"
  | "gaugehistogram"
  | "summary"
  | "info"
  | "stateset"
  | "unknown";

/** What a metric family says of itself. */
export interface MetricMetadata {
  readonly type: MetricType;
  readonly help: string;
  /** "" where none is given. */
  readonly unit: string;
}

/** The series of a source, slots `fromSlot`, `fromSlot + 1`, …; sent before the first batch that fills them. */
export interface SeriesDefinition {
  readonly source: SourceId;
  readonly fromSlot: number;
  readonly series: readonly Labels[];
}
