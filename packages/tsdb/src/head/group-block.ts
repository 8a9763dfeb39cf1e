/**
 * The open samples of a source: one timestamp a row, one column a series.
 *
 * A row is one array of floats; kinds are kept only for rows where not all are floats. So an open sample costs eight bytes,
 * its time nothing, and a batch is appended by one pass over its columns.
 */
import { type FloatHistogram, type SampleColumns, SampleKind } from "@dmon/model";
import { pushSample } from "../codec/chunk.ts";
import type { LoggedRow } from "../log/tail-writer.ts";

/** Rows after which a block is cut into chunks. */
export const MAX_ROWS = 100;

export class GroupBlock {
  readonly number: number;
  /** Sequence of the first tail record that holds a row of this block. */
  readonly firstSequence: number;
  /** Wall clock at the first row, ms. */
  readonly openedAtMs: number;
  readonly rows: LoggedRow[] = [];
  /** Series id and dense number of each column. */
  ids: number[] = [];
  dense: number[] = [];
  #minDense = Number.POSITIVE_INFINITY;
  #maxDense = -1;
  /** Decimal digits a column, for the tail log. */
  scales = new Uint8Array(64);

  constructor(number: number, firstSequence: number, openedAtMs: number) {
    this.openedAtMs = openedAtMs;
    this.number = number;
    this.firstSequence = firstSequence;
  }

  get firstMs(): number {
    return this.rows[0]!.atMs;
  }

  get lastMs(): number {
    return this.rows[this.rows.length - 1]!.atMs;
  }

  addColumn(id: number, dense: number): number {
    const column = this.ids.length;
    this.ids.push(id);
    this.dense.push(dense);
    if (dense < this.#minDense) this.#minDense = dense;
    if (dense > this.#maxDense) this.#maxDense = dense;
    if (column >= this.scales.length) {
      const scales = new Uint8Array(column * 2);
      scales.set(this.scales);
      this.scales = scales;
    }
    return column;
  }

  /** Column of a series, -1 where it has none; `hint` is tried first. */
  columnOf(dense: number, hint: number): number {
    if (dense < this.#minDense || dense > this.#maxDense) return -1;
    return this.dense[hint] === dense ? hint : this.dense.indexOf(dense);
  }

  /** Appends the samples of a column within `[minMs, maxMs]` to `out`. */
  read(column: number, minMs: number, maxMs: number, out: SampleColumns): void {
    for (const row of this.rows) {
      if (column >= row.width || row.atMs < minMs) continue;
      if (row.atMs > maxMs) break;
      const kind = row.kinds === undefined ? SampleKind.FLOAT : row.kinds[column]!;
      if (kind === SampleKind.ABSENT) continue;
      const at = out.length;
      if (kind === SampleKind.FLOAT && row.starts === undefined && !out.hasStart) {
        if (at === out.timesMs.length) out.reserve(at + 1);
        out.timesMs[at] = row.atMs;
        out.values[at] = row.values[column]!;
        out.kinds[at] = kind;
        out.length = at + 1;
        continue;
      }
      const histogram: FloatHistogram | undefined = row.histograms?.get(column);
      const value = kind === SampleKind.FLOAT ? row.values[column]! : Number.NaN;
      pushSample(out, row.atMs, kind, value, row.starts?.[column] ?? Number.NaN, histogram);
    }
  }

  /** Memory of the open samples. */
  get sizeBytes(): number {
    let size = this.ids.length * 20;
    for (const row of this.rows) size += row.width * 8 + 100;
    return size;
  }
}
