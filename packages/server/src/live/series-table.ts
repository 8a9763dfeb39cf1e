/**
 * The newest value of every local series, kept on the main thread so that the live stream needs nothing of the engine.
 *
 * A series gets a number (`ref`) at its definition, unique within the process.
 */
import { type Labels, type SampleBatch, SampleKind, type SeriesDefinition, type SourceId } from "@dmon/model";

interface Source {
  /** Slot → ref. */
  refs: number[];
}

export class SeriesTable {
  readonly #sources = new Map<SourceId, Source>();
  /** By ref; undefined where the series' source is gone. */
  readonly labels: (Labels | undefined)[] = [];
  /** By ref; NaN while absent or stale. */
  values = new Float64Array(1024).fill(Number.NaN);
  /** By ref: a `SampleKind`. */
  kinds = new Uint8Array(1024);

  /** @returns refs of the series that are new */
  define({ source, fromSlot, series }: SeriesDefinition): number[] {
    const known = this.#sources.get(source) ?? { refs: [] };
    this.#sources.set(source, known);
    return series.map((labels, i) => {
      const ref = this.labels.push(labels) - 1;
      known.refs[fromSlot + i] = ref;
      this.#reserve(ref + 1);
      return ref;
    });
  }

  /** @returns refs that are gone */
  undefine(source: SourceId): readonly number[] {
    const refs = this.#sources.get(source)?.refs ?? [];
    for (const ref of refs) {
      this.labels[ref] = undefined;
      this.values[ref] = Number.NaN;
      this.kinds[ref] = SampleKind.ABSENT;
    }
    this.#sources.delete(source);
    return refs;
  }

  /** Takes a batch in; `onChange` is told each ref whose value or state differs from before. */
  apply(batch: SampleBatch, onChange: (ref: number) => void): void {
    const refs = this.#sources.get(batch.source)?.refs;
    if (refs === undefined) return;
    const { kinds, values } = batch;
    for (let slot = 0; slot < batch.length; slot++) {
      const ref = refs[slot];
      const kind = kinds[slot]!;
      if (ref === undefined || kind === SampleKind.ABSENT || kind === SampleKind.HISTOGRAM) continue;
      const value = kind === SampleKind.FLOAT ? values[slot]! : Number.NaN;
      if (kind === this.kinds[ref] && Object.is(value, this.values[ref])) continue;
      this.kinds[ref] = kind;
      this.values[ref] = value;
      onChange(ref);
    }
  }

  #reserve(size: number): void {
    if (size <= this.values.length) return;
    const values = new Float64Array(size * 2).fill(Number.NaN);
    values.set(this.values);
    this.values = values;
    const kinds = new Uint8Array(size * 2);
    kinds.set(this.kinds);
    this.kinds = kinds;
  }
}
