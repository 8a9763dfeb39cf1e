/**
 * The newest value of every local series, kept on the main thread so that the live stream needs nothing of the engine.
 *
 * A series gets a number (`ref`) at its definition, unique within the process. While nobody looks, only the newest batch of each
 * source is kept: to compare some thousand values each second takes a fortieth of an idle main thread.
 */
import { type Labels, type SampleBatch, SampleKind, type SeriesDefinition, type SourceId } from "@dmon/model";

interface Source {
  /** Slot → ref. */
  readonly refs: number[];
  /** A copy of the newest batch, where the table does not say yet what it says. */
  waiting: SampleBatch | undefined;
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
    const known = this.#sources.get(source) ?? { refs: [], waiting: undefined };
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

  /** Keeps a batch until somebody looks: until {@link settle}, or {@link apply} of a later one. */
  keep(batch: SampleBatch): void {
    const source = this.#sources.get(batch.source);
    if (source === undefined) return;
    const { waiting } = source;
    // It hides the one before only where it speaks of the same series: what it does not say stays as it was.
    if (waiting !== undefined && sameKinds(waiting, batch)) {
      waiting.values.set(batch.values.subarray(0, batch.length));
      return;
    }
    this.#settle(source);
    const { length } = batch;
    source.waiting = { ...batch, kinds: batch.kinds.slice(0, length), values: batch.values.slice(0, length) };
  }

  /** Makes the table say what the batches said that were kept. */
  settle(): void {
    for (const source of this.#sources.values()) this.#settle(source);
  }

  /** Takes a batch in; `onChange` is told each ref whose value or state differs from before. */
  apply(batch: SampleBatch, onChange: (ref: number) => void): void {
    const source = this.#sources.get(batch.source);
    if (source === undefined) return;
    this.#settle(source);
    this.#take(source.refs, batch, onChange);
  }

  #settle(source: Source): void {
    if (source.waiting !== undefined) this.#take(source.refs, source.waiting, () => undefined);
    source.waiting = undefined;
  }

  #take(refs: readonly number[], batch: SampleBatch, onChange: (ref: number) => void): void {
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

function sameKinds(a: SampleBatch, b: SampleBatch): boolean {
  return a.length === b.length && bytesOf(a).equals(bytesOf(b));
}

function bytesOf({ kinds, length }: SampleBatch): Buffer {
  return Buffer.from(kinds.buffer, kinds.byteOffset, length);
}
