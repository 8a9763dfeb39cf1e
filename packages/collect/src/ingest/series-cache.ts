/**
 * Finds the series of written labels by their bytes, without making strings of them.
 *
 * The key is whatever bytes say the same labels: the label fields of 1.0, interned symbol numbers of 2.0. Bounded: past its size
 * it forgets everything and learns anew, which costs one thorough look a series.
 */
import type { SeriesRef } from "@dmon/model";
import { ByteTable } from "../bytes/byte-table.ts";

/** Refs of entries that name no series. */
export const UNRESOLVED = -1;
export const INVALID = -2;

export class SeriesCache {
  readonly table = new ByteTable();
  readonly #maxBytes: number;
  #refs = new Float64Array(1024).fill(UNRESOLVED);

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** The series of an entry, {@link UNRESOLVED} where it is to be asked for, {@link INVALID} where its labels are refused. */
  ref(entry: number): SeriesRef {
    return entry < this.#refs.length ? this.#refs[entry]! : UNRESOLVED;
  }

  setRef(entry: number, ref: SeriesRef): void {
    if (entry >= this.#refs.length) {
      const refs = new Float64Array(Math.max(entry + 1, this.#refs.length * 2)).fill(UNRESOLVED);
      refs.set(this.#refs);
      this.#refs = refs;
    }
    this.#refs[entry] = ref;
  }

  /** To be called between requests. @returns true where everything was forgotten */
  trim(): boolean {
    if (this.table.sizeBytes + this.#refs.byteLength <= this.#maxBytes) return false;
    this.clear();
    return true;
  }

  clear(): void {
    this.table.clear();
    this.#refs = new Float64Array(1024).fill(UNRESOLVED);
  }
}
