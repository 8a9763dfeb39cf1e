/** An appender over plain arrays with the outcomes of a real store: for tests and for measuring decoders. */
import {
  type Appender,
  AppendOutcome,
  type Exemplar,
  type FloatHistogram,
  type Labels,
  type MetricMetadata,
  type NewestSample,
  type OutcomeCounts,
  type SampleBatch,
  SampleKind,
  type SeriesDefinition,
  type SeriesRef,
  type SourceId,
} from "@dmon/model";

export interface StoredSample {
  readonly atMs: number;
  readonly value: number | "stale" | FloatHistogram;
  readonly startMs?: number;
}

export class MemoryAppender implements Appender {
  readonly series: { labels: Labels; samples: StoredSample[]; exemplars: Exemplar[] }[] = [];
  readonly metadata = new Map<string, MetricMetadata>();
  resolveCalls = 0;
  readonly #refs = new Map<string, SeriesRef>();
  readonly #minMs: number;
  readonly #maxSeries: number;

  constructor({ minMs = Number.NEGATIVE_INFINITY, maxSeries = Number.POSITIVE_INFINITY } = {}) {
    this.#minMs = minMs;
    this.#maxSeries = maxSeries;
  }

  resolve(labels: Labels): SeriesRef | undefined {
    this.resolveCalls++;
    const known = this.#refs.get(labels.key);
    if (known !== undefined) return known;
    if (this.series.length >= this.#maxSeries) return undefined;
    this.series.push({ labels, samples: [], exemplars: [] });
    this.#refs.set(labels.key, this.series.length - 1);
    return this.series.length - 1;
  }

  appendFloat(ref: SeriesRef, atMs: number, value: number, startMs?: number): AppendOutcome {
    return this.#append(ref, { atMs, value, ...(startMs !== undefined && !Number.isNaN(startMs) && { startMs }) });
  }

  appendHistogram(ref: SeriesRef, atMs: number, value: FloatHistogram, startMs?: number): AppendOutcome {
    return this.#append(ref, { atMs, value, ...(startMs !== undefined && !Number.isNaN(startMs) && { startMs }) });
  }

  appendStale(ref: SeriesRef, atMs: number): AppendOutcome {
    return this.#append(ref, { atMs, value: "stale" });
  }

  appendExemplar(ref: SeriesRef, exemplar: Exemplar): AppendOutcome {
    this.series[ref]!.exemplars.push(exemplar);
    return AppendOutcome.OK;
  }

  setMetadata(metric: string, metadata: MetricMetadata): void {
    this.metadata.set(metric, metadata);
  }

  newest(ref: SeriesRef): NewestSample | undefined {
    const last = this.series[ref]!.samples.at(-1);
    if (last === undefined) return undefined;
    const { atMs, value } = last;
    if (typeof value === "number") return { atMs, kind: SampleKind.FLOAT, value };
    return { atMs, kind: value === "stale" ? SampleKind.STALE : SampleKind.HISTOGRAM, value: Number.NaN };
  }

  define(_definition: SeriesDefinition): void {}
  undefine(_source: SourceId): void {}
  appendBatch(_batch: SampleBatch): void {}
  commit(): OutcomeCounts {
    return new Float64Array(6);
  }

  /** Samples of a series, named as Prometheus prints it. */
  samples(series: string): readonly StoredSample[] {
    return this.series.find((each) => each.labels.toString() === series)?.samples ?? [];
  }

  #append(ref: SeriesRef, sample: StoredSample): AppendOutcome {
    const { samples } = this.series[ref]!;
    const last = samples.at(-1);
    if (last !== undefined && sample.atMs === last.atMs) {
      const same = JSON.stringify(sample.value) === JSON.stringify(last.value);
      return same ? AppendOutcome.DUPLICATE : AppendOutcome.CONFLICT;
    }
    if (sample.atMs < this.#minMs) return AppendOutcome.OUT_OF_BOUNDS;
    if (last !== undefined && sample.atMs < last.atMs) return AppendOutcome.OUT_OF_ORDER;
    samples.push(sample);
    return AppendOutcome.OK;
  }
}
