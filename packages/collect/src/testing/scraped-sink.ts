/** A sink that remembers what it was given, by series: for tests. */
import {
  type BatchSink,
  type FloatHistogram,
  type Labels,
  type MetricMetadata,
  type SampleBatch,
  SampleKind,
  type SeriesDefinition,
  type SourceId,
} from "@dmon/model";

export interface RecordedSample {
  readonly atMs: number;
  readonly value: number | "stale" | FloatHistogram;
}

export class ScrapedSink implements BatchSink {
  readonly samples = new Map<string, RecordedSample[]>();
  readonly metadata = new Map<string, MetricMetadata>();
  readonly batches: { source: SourceId; atMs: number; present: number }[] = [];
  readonly exemplars: { series: string; value: number; atMs: number; labels: Labels }[] = [];
  readonly #slots = new Map<SourceId, Labels[]>();

  define({ source, fromSlot, series }: SeriesDefinition): void {
    const slots = this.#slots.get(source) ?? [];
    this.#slots.set(source, slots);
    series.forEach((labels, i) => {
      slots[fromSlot + i] = labels;
    });
  }

  undefine(source: SourceId): void {
    this.#slots.delete(source);
  }

  setMetadata(metric: string, metadata: MetricMetadata): void {
    this.metadata.set(metric, metadata);
  }

  appendBatch(batch: SampleBatch): void {
    const slots = this.#slots.get(batch.source) ?? [];
    let present = 0;
    for (let slot = 0; slot < batch.length; slot++) {
      const kind = batch.kinds[slot];
      if (kind === SampleKind.ABSENT) continue;
      present++;
      const labels = slots[slot];
      if (labels === undefined) throw new Error(`slot ${slot} of source ${batch.source} was never defined`);
      const value =
        kind === SampleKind.STALE
          ? "stale"
          : kind === SampleKind.FLOAT
            ? batch.values[slot]!
            : batch.histograms!.get(slot)!;
      const key = labels.toString();
      const list = this.samples.get(key) ?? [];
      this.samples.set(key, list);
      list.push({ atMs: batch.sampleTimesMs?.get(slot) ?? batch.atMs, value });
    }
    for (const { slot, exemplar } of batch.exemplars ?? []) {
      this.exemplars.push({ series: slots[slot]!.toString(), ...exemplar });
    }
    this.batches.push({ source: batch.source, atMs: batch.atMs, present });
  }

  /** Values of a series in order of arrival. */
  values(series: string): (number | "stale" | FloatHistogram)[] {
    return (this.samples.get(series) ?? []).map((sample) => sample.value);
  }

  last(series: string): number | "stale" | FloatHistogram | undefined {
    return this.values(series).at(-1);
  }
}
