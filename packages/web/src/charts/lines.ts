/**
 * From a feed's columns to what is drawn: names, colours, order, at most so many, stacked or mirrored. Pure.
 */
import { type ColorName, CYCLE, DASHES } from "./palette.ts";
import type { LineStyle, PanelQuery, PanelSpec } from "./panel-spec.ts";
import type { Column, SeriesTable } from "./series-table.ts";

export interface Line {
  readonly key: string;
  readonly label: string;
  /** Instead of the panel's. */
  readonly unit?: string;
  readonly color: ColorName;
  readonly dash: readonly number[];
  readonly downwards: boolean;
  readonly stacked: boolean;
  readonly filled: boolean;
  readonly column: Column;
}

const DEFAULT_MAX_LINES = 20;

interface Named {
  readonly column: Column;
  readonly label: string;
  readonly style: LineStyle;
}

/** Lines in the order of the legend. */
export function linesOf(table: SeriesTable, spec: PanelSpec): Line[] {
  const shared = spec.queries.map((query, i) => (wantsShared(query) ? sharedLabels(table.columns, i) : []));
  const named = table.columns
    .map((column) => nameOf(column, spec, shared))
    .filter(({ style }) => style.hidden !== true);
  const order = spec.order;
  if (order !== undefined) named.sort((a, b) => rank(order, a.label) - rank(order, b.label));
  const limit = spec.maxLines ?? DEFAULT_MAX_LINES;
  const chosen = named.length <= limit ? named : keepHighest(named, limit);
  const colors = colorsOf(chosen.map(({ column, style }) => style.color ?? colorOf(column, spec)));
  return chosen.map((one, i) => line(one, spec, colors[i]!));
}

function wantsShared({ label }: PanelQuery): boolean {
  return typeof label === "function" && label.length > 1;
}

/** Labels that tell nothing apart: those with one value on all series of a query. None where there is one series only. */
function sharedLabels(columns: readonly Column[], query: number): string[] {
  const [first, ...others] = columns.filter((column) => column.query === query);
  if (first === undefined || others.length === 0) return [];
  return Object.keys(first.labels).filter((name) => others.every(({ labels }) => labels[name] === first.labels[name]));
}

function nameOf(column: Column, spec: PanelSpec, shared: readonly (readonly string[])[]): Named {
  const label = labelOf(column, spec, shared[column.query] ?? []);
  const style = spec.styleOf?.(label, column.query) ?? {};
  return { column, label: style.name ?? label, style };
}

function line(
  { column, label, style }: Named,
  spec: PanelSpec,
  [color, dash]: readonly [ColorName, readonly number[]],
): Line {
  const query = spec.queries[column.query];
  const stacked = style.stacked ?? query?.stacked ?? spec.stacked ?? false;
  return {
    key: column.key,
    label,
    ...(style.unit === undefined ? {} : { unit: style.unit }),
    color,
    dash: (style.dashed ?? query?.dashed) ? [5, 4] : dash,
    downwards: style.downwards ?? query?.downwards ?? false,
    stacked,
    filled: style.fill ?? query?.fill ?? spec.fill ?? stacked,
    column,
  };
}

/** Lines dropped by `maxLines`. */
export function hiddenCount(table: SeriesTable, spec: PanelSpec): number {
  return Math.max(0, table.columns.length - (spec.maxLines ?? DEFAULT_MAX_LINES));
}

function labelOf(column: Column, spec: PanelSpec, shared: readonly string[]): string {
  const query: PanelQuery | undefined = spec.queries[column.query];
  if (query === undefined) return column.key;
  return typeof query.label === "string" ? query.label : query.label(column.labels, shared);
}

function colorOf(column: Column, spec: PanelSpec): ColorName | undefined {
  const color = spec.queries[column.query]?.color;
  return typeof color === "function" ? color(column.labels) : color;
}

function rank(order: readonly string[], label: string): number {
  const at = order.indexOf(label);
  return at === -1 ? order.length : at;
}

function keepHighest<T extends { readonly column: Column }>(named: readonly T[], limit: number): T[] {
  const peaks = new Map(named.map((one) => [one, peakOf(one.column)]));
  const kept = new Set([...named].sort((a, b) => peaks.get(b)! - peaks.get(a)!).slice(0, limit));
  return named.filter((one) => kept.has(one));
}

function peakOf(column: Column): number {
  let peak = -1;
  for (const value of column.values) if (value !== null && Math.abs(value) > peak) peak = Math.abs(value);
  return peak;
}

/** Fixed colours first; the rest take what is left of the cycle, then the cycle again with dashes. */
function colorsOf(wanted: readonly (ColorName | undefined)[]): (readonly [ColorName, readonly number[]])[] {
  const taken = new Set(wanted.filter((name) => name !== undefined));
  const free = CYCLE.filter((name) => !taken.has(name));
  const cycle = free.length > 0 ? free : CYCLE;
  let next = 0;
  return wanted.map((fixed) => {
    if (fixed !== undefined) return [fixed, []];
    const turn = Math.floor(next / cycle.length);
    const color = cycle[next++ % cycle.length]!;
    return [color, DASHES[turn % DASHES.length]!];
  });
}

export type PlotColumn = (number | null)[];

/**
 * The columns that uPlot draws, aligned with a table's `times`: mirrored ones negated, stacked ones added up (upwards and
 * downwards apart). A stacked line's hole counts as zero where any other line of the stack has a value.
 *
 * Grows with its table: what was computed stays, and only points that came since are added.
 */
export class PlotColumns {
  readonly #lines: readonly Line[];
  readonly #asShares: boolean;
  readonly #columns: PlotColumn[];
  #times: readonly number[] | undefined;
  #doneCount = 0;

  constructor(lines: readonly Line[], asShares = false) {
    this.#lines = lines;
    this.#asShares = asShares;
    this.#columns = lines.map(() => []);
  }

  /**
   * @param times of the table that the lines are of; another array than before where points were cut off
   * @returns the same arrays each time; a plain line's is its own
   */
  update(times: readonly number[]): readonly PlotColumn[] {
    if (times !== this.#times) {
      this.#times = times;
      this.#doneCount = 0;
      for (const [i, line] of this.#lines.entries()) {
        this.#columns[i] = isPlain(line) ? line.column.values : new Array<number | null>(times.length);
      }
    }
    for (; this.#doneCount < times.length; this.#doneCount++) this.#fillRow(this.#doneCount);
    return this.#columns;
  }

  #fillRow(row: number): void {
    let isPresent = false;
    let whole = 0;
    for (const { stacked, column } of this.#lines) {
      const value = column.values[row];
      if (!stacked || value === null || value === undefined) continue;
      isPresent = true;
      whole += value;
    }
    const scale = this.#asShares ? 100 / (whole || 1) : 1;
    let [up, down] = [0, 0];
    for (const [i, line] of this.#lines.entries()) {
      if (isPlain(line)) continue;
      const value = line.column.values[row] ?? null;
      let drawn = value === null ? null : -value;
      if (line.stacked) {
        const part = (value ?? 0) * scale;
        if (line.downwards) down -= part;
        else up += part;
        drawn = isPresent ? (line.downwards ? down : up) : null;
      }
      this.#columns[i]![row] = drawn;
    }
  }
}

function isPlain({ stacked, downwards }: Line): boolean {
  return !stacked && !downwards;
}

/** The last value of a line, which the legend shows while no crosshair is drawn. */
export function lastValue(column: Column): number | null {
  for (let i = column.values.length - 1; i >= 0; i--) {
    const value = column.values[i];
    if (value !== null && value !== undefined) return value;
  }
  return null;
}
