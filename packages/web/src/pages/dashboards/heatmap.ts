/**
 * From a feed's columns to a heat map: rows of cells over time, lowest row first. Pure.
 *
 * Buckets of a classic histogram (`le`) count everything up to their end, and become the counts between the ends; those of a
 * native one (`ge` and `le`) are such counts already. The same bucket of several series is added up. What has no buckets is a
 * row a series, or, as a distribution, is counted by the range of values that it lies in.
 */
import { linesOf } from "../../charts/lines.ts";
import type { PanelSpec } from "../../charts/panel-spec.ts";
import type { Column, SeriesTable } from "../../charts/series-table.ts";

export type Cells = readonly (number | null)[];

export interface HeatRow {
  /** A series' name; undefined for a range of values. */
  readonly label: string | undefined;
  /** Ends of a range, in the panel's unit; infinite where it has none. */
  readonly low: number;
  readonly high: number;
  /** Aligned with the table's times. */
  readonly cells: Cells;
}

export interface Heatmap {
  readonly rows: readonly HeatRow[];
  /** The greatest cell; 0 where there is none. */
  readonly max: number;
}

/** Of finer histograms neighbours are added up. */
const MAX_ROWS = 64;
const DISTRIBUTION_ROWS = 14;

export function heatmapOf(table: SeriesTable, spec: PanelSpec, asDistribution: boolean): Heatmap {
  const length = table.times.length;
  const native = table.columns.filter(({ labels }) => labels.ge !== undefined && labels.le !== undefined);
  const classic = table.columns.filter(({ labels }) => labels.ge === undefined && labels.le !== undefined);
  let rows: HeatRow[];
  if (asDistribution) rows = distribution(table.columns, length);
  else if (native.length > 0) rows = nativeRows(native, length);
  else if (classic.length > 0) rows = classicRows(classic, length);
  else rows = seriesRows(table, spec);
  while (rows.length > MAX_ROWS && rows[0]!.label === undefined) rows = pairs(rows);
  return { rows, max: Math.max(0, ...rows.map(({ cells }) => greatest(cells))) };
}

function greatest(cells: Cells): number {
  let most = 0;
  for (const cell of cells) if (cell !== null && cell > most) most = cell;
  return most;
}

function nativeRows(columns: readonly Column[], length: number): HeatRow[] {
  const groups = Map.groupBy(columns, ({ labels }) => `${labels.ge} ${labels.le}`);
  return [...groups.values()]
    .map((group) => {
      const { ge, le } = group[0]!.labels;
      return { label: undefined, low: bound(ge), high: bound(le), cells: sum(group, length) };
    })
    .sort((a, b) => a.low - b.low || a.high - b.high);
}

function classicRows(columns: readonly Column[], length: number): HeatRow[] {
  const groups = Map.groupBy(columns, ({ labels }) => bound(labels.le));
  const ends = [...groups.keys()].sort((a, b) => a - b);
  const upTo = ends.map((end) => sum(groups.get(end)!, length));
  return ends.map((high, row) => ({
    label: undefined,
    low: row === 0 ? Number.NEGATIVE_INFINITY : ends[row - 1]!,
    high,
    cells: upTo[row]!.map((count, i) => {
      // Rates of buckets that were read at different moments may be a hair out of order.
      const below = row === 0 ? 0 : (upTo[row - 1]![i] ?? 0);
      return count === null ? null : Math.max(0, count - below);
    }),
  }));
}

function seriesRows(table: SeriesTable, spec: PanelSpec): HeatRow[] {
  return linesOf(table, spec)
    .map(({ label, column }) => ({ label, low: Number.NaN, high: Number.NaN, cells: column.values }))
    .sort((a, b) => a.label.localeCompare(b.label, undefined, { numeric: true }));
}

function distribution(columns: readonly Column[], length: number): HeatRow[] {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { values } of columns) {
    for (const value of values) {
      if (value === null) continue;
      if (value < least) least = value;
      if (value > most) most = value;
    }
  }
  if (least > most) return [];
  const step = niceStep((most - least) / DISTRIBUTION_ROWS || Math.abs(most) || 1);
  const start = Math.floor(least / step) * step;
  const count = Math.floor((most - start) / step + 1e-9) + 1;
  const cells = Array.from({ length: count }, () => new Array<number | null>(length).fill(null));
  for (let i = 0; i < length; i++) {
    const present = columns.flatMap(({ values }) => values[i] ?? []);
    if (present.length === 0) continue;
    for (const row of cells) row[i] = 0;
    for (const value of present) cells[Math.min(count - 1, Math.floor((value - start) / step + 1e-9))]![i]!++;
  }
  return cells.map((own, row) => ({
    label: undefined,
    low: start + row * step,
    high: start + (row + 1) * step,
    cells: own,
  }));
}

/** 1, 2 or 5 times a power of ten, at least so much. */
function niceStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return power * ([1, 2, 5].find((factor) => factor * power >= least * (1 - 1e-9)) ?? 10);
}

/** Two rows as one. */
function pairs(rows: readonly HeatRow[]): HeatRow[] {
  return rows.flatMap((row, i) => {
    if (i % 2 === 1) return [];
    const next = rows[i + 1];
    if (next === undefined) return [row];
    return [{ ...row, high: next.high, cells: row.cells.map((cell, at) => plus(cell, next.cells[at] ?? null)) }];
  });
}

function sum(columns: readonly Column[], length: number): (number | null)[] {
  if (columns.length === 1) return columns[0]!.values;
  return Array.from({ length }, (_, i) =>
    columns.reduce<number | null>((total, { values }) => plus(total, values[i] ?? null), null),
  );
}

function plus(a: number | null, b: number | null): number | null {
  return a === null ? b : b === null ? a : a + b;
}

function bound(text: string | undefined): number {
  if (text === "+Inf") return Number.POSITIVE_INFINITY;
  return text === "-Inf" ? Number.NEGATIVE_INFINITY : Number(text);
}
