/** From a feed's columns to one reading a series: reduced to a number, written in words, judged by thresholds. Pure. */
import type { DashboardPanel, DashboardThreshold } from "@dmon/model";
import { linesOf } from "../../charts/lines.ts";
import type { LabelSet, PanelSpec } from "../../charts/panel-spec.ts";
import type { Column, SeriesTable } from "../../charts/series-table.ts";
import { formatValue } from "../../units/units.ts";
import { levelOf, mappingOf } from "./panel-specs.ts";

export interface Reading {
  readonly key: string;
  readonly label: string;
  readonly labels: LabelSet;
  /** Index of the panel's query. */
  readonly query: number;
  readonly value: number;
  readonly text: string;
  readonly level: DashboardThreshold["level"];
  /** 0–1 between the panel's ends. */
  readonly share: number;
  readonly column: Column;
}

/** A series may be late by so many steps and still be there now. */
const LATE_STEPS = 2;

export function readingsOf(table: SeriesTable, spec: PanelSpec, panel: DashboardPanel): Reading[] {
  const shown = (panel.queries ?? []).filter((query) => query.hidden !== true);
  const found = linesOf(table, spec).flatMap((line) => {
    const { values } = line.column;
    const isInstant = shown[line.column.query]?.instant === true;
    // What is asked of one instant is what there is now, and not what there was in the shown time.
    const value = isInstant ? reduce(values.slice(-1 - LATE_STEPS), "last") : reduce(values, panel.reduce ?? "last");
    return value === undefined ? [] : [{ ...line, value }];
  });
  const min = panel.min ?? 0;
  const whole = spec.unit === "percentunit" ? 1 : spec.unit === "percent" ? 100 : undefined;
  const max = panel.max ?? whole ?? Math.max(...found.map((one) => one.value));
  return found.map(({ key, label, unit, value, column }) => {
    const mapping = mappingOf(value, panel);
    return {
      key,
      label,
      labels: column.labels,
      query: column.query,
      value,
      text: mapping?.text ?? formatValue(value, unit ?? spec.unit, spec.decimals),
      level: mapping?.level ?? levelOf(value, panel),
      share: Math.min(1, Math.max(0, (value - min) / (max - min || 1))),
      column,
    };
  });
}

function reduce(values: readonly (number | null)[], how: NonNullable<DashboardPanel["reduce"]>): number | undefined {
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return undefined;
  if (how === "max") return Math.max(...known);
  if (how === "min") return Math.min(...known);
  const sum = () => known.reduce((total, value) => total + value, 0);
  if (how === "sum") return sum();
  return how === "mean" ? sum() / known.length : known.at(-1);
}

export interface ReadingRow {
  readonly key: string;
  /** Aligned with the table's columns. */
  readonly cells: readonly string[];
  /** One a query, aligned with the table's values; undefined where this row has none. */
  readonly readings: readonly (Reading | undefined)[];
}

export interface ReadingGrid {
  /** Labels that tell the rows apart, or one column of legends. */
  readonly columns: readonly string[];
  readonly values: readonly string[];
  readonly rows: readonly ReadingRow[];
}

/**
 * Series as a table: a column a label, a column a query; series of several queries with the same labels share a row.
 * Labels that are the same in all rows are left out, unless there is but one row.
 */
export function gridOf(readings: readonly Reading[], panel: DashboardPanel): ReadingGrid {
  const shown = (panel.queries ?? []).filter((query) => query.hidden !== true);
  const queries = [...new Set(readings.map((one) => one.query))].sort((a, b) => a - b);
  const isNamed = queries.length === 1 && shown[queries[0]!]?.legend !== undefined;
  const labelsOf = ({ labels }: Reading) => Object.entries(labels).filter(([name]) => name !== "__name__");
  const groups = Map.groupBy(readings, (one) => (isNamed ? one.key : JSON.stringify(labelsOf(one).sort())));
  const names = [...new Set(readings.flatMap((one) => labelsOf(one).map(([name]) => name)))];
  const first = readings[0];
  const telling = names.filter(
    (name) => groups.size === 1 || readings.some(({ labels }) => labels[name] !== first?.labels[name]),
  );
  const columns = isNamed || telling.length === 0 ? ["Series"] : telling;
  return {
    columns,
    values: queries.map((query, i) =>
      queries.length === 1 ? "Value" : shown[query]?.legend || `Value ${String.fromCharCode(65 + i)}`,
    ),
    rows: [...groups].map(([key, group]) => ({
      key,
      cells: columns.map((name) => (columns === telling ? (group[0]!.labels[name] ?? "") : group[0]!.label)),
      readings: queries.map((query) => group.find((one) => one.query === query)),
    })),
  };
}
