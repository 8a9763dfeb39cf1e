/**
 * From a feed's columns to states over time: a row a series, cut where its state changes. Pure.
 *
 * A state is what a mapping makes of a value, else the step of the thresholds that it lies in, else the value itself. It holds
 * from its reading to the next, the last one a step longer.
 */
import type { DashboardPanel, DashboardThreshold } from "@dmon/model";
import { linesOf } from "../../charts/lines.ts";
import { type ColorName, CYCLE } from "../../charts/palette.ts";
import type { PanelSpec } from "../../charts/panel-spec.ts";
import type { SeriesTable } from "../../charts/series-table.ts";
import { formatValue } from "../../units/units.ts";
import { levelOf, mappingOf } from "./panel-specs.ts";

export interface State {
  readonly id: string;
  /** What stands in a block of it; empty where several values are one state. */
  readonly text: string;
  /** What the legend calls it. */
  readonly name: string;
  readonly level: DashboardThreshold["level"] | undefined;
  /** Where neither a mapping nor a threshold says how it is. */
  readonly color: ColorName | undefined;
}

export interface Stretch {
  readonly fromS: number;
  readonly toS: number;
  readonly state: State;
}

export interface StateRow {
  readonly key: string;
  readonly label: string;
  readonly stretches: readonly Stretch[];
}

export interface States {
  /** Top to bottom. */
  readonly rows: readonly StateRow[];
  /** Each once, in the order in which they are met. */
  readonly states: readonly State[];
}

const LEVEL_NAMES: Readonly<Record<DashboardThreshold["level"], string>> = {
  ok: "ok",
  warning: "warning",
  critical: "critical",
  neutral: "other",
};

export function statesOf(table: SeriesTable, spec: PanelSpec, panel: DashboardPanel, stepS: number): States {
  const states = new Map<string, State>();
  const stateOf = (value: number, unit: string): State => {
    const made = newState(value, unit, spec, panel, states.size);
    const known = states.get(made.id);
    if (known === undefined) states.set(made.id, made);
    return known ?? made;
  };
  const { times } = table;
  const rows = linesOf(table, spec).map(({ key, label, unit, column }) => {
    const stretches: Stretch[] = [];
    for (const [i, value] of column.values.entries()) {
      if (value === null || value === undefined) continue;
      const fromS = times[i]!;
      const toS = Math.min(times[i + 1] ?? fromS + stepS, fromS + stepS);
      const state = stateOf(value, unit ?? spec.unit);
      const last = stretches.at(-1);
      if (panel.separate !== true && last?.state === state && last.toS >= fromS - 1e-6) {
        stretches[stretches.length - 1] = { ...last, toS };
      } else stretches.push({ fromS, toS, state });
    }
    return { key, label, stretches };
  });
  return { rows, states: [...states.values()] };
}

function newState(value: number, unit: string, spec: PanelSpec, panel: DashboardPanel, nth: number): State {
  const mapping = mappingOf(value, panel);
  const color = CYCLE[nth % CYCLE.length]!;
  if (mapping?.text !== undefined) {
    const { text, level } = mapping;
    return { id: `text ${text}`, text, name: text, level, color: level === undefined ? color : undefined };
  }
  const level = mapping?.level ?? ((panel.thresholds ?? []).length > 1 ? levelOf(value, panel) : undefined);
  if (level !== undefined) return { id: `level ${level}`, text: "", name: LEVEL_NAMES[level], level, color: undefined };
  const text = formatValue(value, unit, spec.decimals);
  return { id: `value ${text}`, text, name: text, level: undefined, color };
}
