/** A sink that remembers everything, and checks the promises that a source makes to a real one. */
import {
  type BatchSink,
  bug,
  type Labels,
  type MetricMetadata,
  type SampleBatch,
  SampleKind,
  type SeriesDefinition,
  type SourceId,
} from "@dmon/model";

export interface RecordedBatch {
  readonly source: SourceId;
  readonly atMs: number;
  /** Series as text → value, or "stale". */
  readonly samples: ReadonlyMap<string, number | "stale">;
}

export class RecordingSink implements BatchSink {
  readonly batches: RecordedBatch[] = [];
  readonly metadata = new Map<string, MetricMetadata>();
  readonly sources = new Map<SourceId, Labels[]>();

  define({ source, fromSlot, series }: SeriesDefinition): void {
    const known = this.sources.get(source) ?? [];
    if (fromSlot > known.length) bug(`slots ${known.length} to ${fromSlot} of source ${source} were left out`);
    known.splice(fromSlot, series.length, ...series);
    this.sources.set(source, known);
  }

  undefine(source: SourceId): void {
    if (!this.sources.delete(source)) bug(`source ${source} was not defined`);
  }

  appendBatch({ source, atMs, length, kinds, values }: SampleBatch): void {
    const labels = this.sources.get(source) ?? [];
    if (length > labels.length) bug(`a batch of ${length} slots, ${labels.length} of them defined`);
    const samples = new Map<string, number | "stale">();
    for (let slot = 0; slot < length; slot++) {
      const kind = kinds[slot];
      if (kind === SampleKind.ABSENT) continue;
      const name = labels[slot]!.toString();
      if (samples.has(name)) bug(`${name} stands twice in one batch`);
      samples.set(name, kind === SampleKind.FLOAT ? values[slot]! : "stale");
    }
    this.batches.push({ source, atMs, samples });
  }

  setMetadata(metric: string, metadata: MetricMetadata): void {
    this.metadata.set(metric, metadata);
  }

  /** The newest batch. */
  get last(): RecordedBatch {
    return this.batches.at(-1) ?? bug("no batch was written");
  }
}
