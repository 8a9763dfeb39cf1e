/**
 * The points of one chart: a shared column of times and one column of values a line, null where a line has no value.
 *
 * Times are seconds (what uPlot wants), ascending. History fills it on a grid; frames and polls append. Memory is bounded:
 * what lies before the window is cut off once it is a fifth of the whole.
 */
import type { ApiMatrixSeries } from "@dmon/model";
import { parseApiNumber } from "../api/client.ts";

export interface Column {
  readonly key: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Which of the chart's queries it came from. */
  readonly query: number;
  values: (number | null)[];
}

export class SeriesTable {
  times: number[] = [];
  columns: Column[] = [];
  readonly #byKey = new Map<string, Column>();

  /** The number of points of a line. */
  get length(): number {
    return this.times.length;
  }

  column(key: string): Column | undefined {
    return this.#byKey.get(key);
  }

  /** A grid from `start` to `end` (both inclusive, s), without lines. */
  static grid(startS: number, endS: number, stepS: number): SeriesTable {
    const table = new SeriesTable();
    const count = Math.floor((endS - startS) / stepS + 1e-6) + 1;
    table.times = Array.from({ length: Math.max(0, count) }, (_, i) => startS + i * stepS);
    return table;
  }

  /**
   * Adds a range query's result; its points must lie on the grid. A native histogram is a line of its count, or, with
   * `asBuckets`, a line a bucket, with the bucket's ends as the labels `ge` and `le`.
   */
  addMatrix(
    query: number,
    result: readonly ApiMatrixSeries[],
    keyOf: (metric: ApiMatrixSeries["metric"]) => string,
    asBuckets = false,
  ): void {
    const startS = this.times[0] ?? 0;
    const stepS = this.times.length > 1 ? this.times[1]! - startS : 1;
    const put = (metric: ApiMatrixSeries["metric"], at: number, text: string) => {
      const { values } = this.ensure(`${query}|${keyOf(metric)}`, query, metric);
      const index = Math.round((at - startS) / stepS);
      if (index >= 0 && index < values.length) values[index] = finite(parseApiNumber(text));
    };
    for (const { metric, values = [], histograms = [] } of result) {
      const column =
        values.length === 0 && asBuckets ? undefined : this.ensure(`${query}|${keyOf(metric)}`, query, metric);
      for (const [at, text] of values) {
        const index = Math.round((at - startS) / stepS);
        if (index >= 0 && index < column!.values.length) column!.values[index] = finite(parseApiNumber(text));
      }
      for (const [at, { count, buckets = [] }] of histograms) {
        if (!asBuckets) put(metric, at, count);
        else for (const [, ge, le, of] of buckets) put({ ...metric, ge, le }, at, of);
      }
    }
  }

  ensure(key: string, query: number, labels: Readonly<Record<string, string>>): Column {
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    const column: Column = { key, labels, query, values: new Array<number | null>(this.times.length).fill(null) };
    this.#byKey.set(key, column);
    this.columns.push(column);
    return column;
  }

  /**
   * Adds one point in time; lines that are not named get null. After a hole of more than `holeS` a point without values is
   * put in between, so that no line is drawn across it.
   */
  append(atS: number, values: ReadonlyMap<string, number>, holeS: number): void {
    const last = this.times.at(-1);
    if (last !== undefined && atS <= last) return;
    if (last !== undefined && atS - last > holeS) this.#push(last + (atS - last) / 2, undefined);
    this.#push(atS, values);
  }

  #push(atS: number, values: ReadonlyMap<string, number> | undefined): void {
    this.times.push(atS);
    for (const column of this.columns) {
      const value = values?.get(column.key);
      column.values.push(value === undefined ? null : finite(value));
    }
  }

  /** Cuts off what lies before `fromS`, keeping one point so that lines reach the edge; lines without any value left go. */
  trim(fromS: number): void {
    let cut = 0;
    while (cut < this.times.length - 1 && this.times[cut + 1]! < fromS) cut++;
    if (cut < 32 || cut * 5 < this.times.length) return;
    this.times = this.times.slice(cut);
    for (const column of this.columns) column.values = column.values.slice(cut);
    const kept = this.columns.filter((column) => column.values.some((value) => value !== null));
    if (kept.length === this.columns.length) return;
    for (const column of this.columns) if (!kept.includes(column)) this.#byKey.delete(column.key);
    this.columns = kept;
  }
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
