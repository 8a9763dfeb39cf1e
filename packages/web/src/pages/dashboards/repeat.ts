/**
 * Panels and rows that repeat for each value of a variable, as separate panels. Pure.
 *
 * The first copy keeps its number, the others get free ones; `scopeOf` says which values a copy stands for.
 */
import type { DashboardPanel } from "@dmon/model";
import { COLUMNS, panelsOf, type Section, sectionsOf } from "./layout.ts";
import type { VariableValues } from "./variables.ts";

const PER_ROW = 4;

export interface RepeatedPanels {
  readonly panels: readonly DashboardPanel[];
  readonly scopeOf: ReadonlyMap<number, VariableValues>;
}

/**
 * @param values each variable's chosen ones; a repeat of a variable without a value, or of an unknown one, is shown once
 * @param once every panel stays one in its place, and stands for the first value: for arranging
 */
export function repeated(panels: readonly DashboardPanel[], values: VariableValues, once = false): RepeatedPanels {
  const scopeOf = new Map<number, VariableValues>();
  if (panels.every((panel) => panel.repeat === undefined)) return { panels, scopeOf };
  let free = Math.max(0, ...panels.map((panel) => panel.id));
  const valuesOf = (variable: string) => (values[variable] ?? []).slice(0, once ? 1 : undefined);
  const copy = (panel: DashboardPanel, scope: VariableValues, isFirst: boolean): DashboardPanel => {
    const id = isFirst ? panel.id : ++free;
    scopeOf.set(id, scope);
    return { ...panel, id };
  };

  const sections = sectionsOf(panels).flatMap((section): Section[] => {
    const { row } = section;
    const variable = row?.repeat?.variable;
    const found = variable === undefined ? [] : valuesOf(variable);
    if (row === undefined || variable === undefined || found.length === 0) return [section];
    return found.map((value, i) => {
      const scope = { [variable]: [value] };
      return { row: copy(row, scope, i === 0), panels: section.panels.map((one) => copy(one, scope, i === 0)) };
    });
  });
  const spread = sections.map(({ row, panels: own }) => {
    let shift = 0;
    const out = own.flatMap((panel): DashboardPanel[] => {
      const here = { ...panel, grid: { ...panel.grid, y: panel.grid.y + shift } };
      const rowScope = scopeOf.get(panel.id) ?? {};
      const variable = panel.repeat?.variable ?? "";
      // In a repeated row a panel of the same variable has one value only.
      const found = rowScope[variable] ?? valuesOf(variable);
      if (panel.repeat === undefined || found.length === 0) return [here];
      const copies = found.map((value, i) => copy(here, { ...rowScope, [variable]: [value] }, i === 0));
      if (once) return copies;
      const placed =
        panel.repeat.direction === "down" ? downwards(copies) : across(copies, panel.repeat.perRow ?? PER_ROW);
      shift += placed.at(-1)!.grid.y - here.grid.y;
      return placed;
    });
    return { row, panels: out };
  });
  return { panels: panelsOf(spread), scopeOf };
}

function downwards(copies: readonly DashboardPanel[]): DashboardPanel[] {
  return copies.map((one, i) => ({ ...one, grid: { ...one.grid, y: one.grid.y + i * one.grid.h } }));
}

/** The whole width is shared by as many as stand beside each other. */
function across(copies: readonly DashboardPanel[], most: number): DashboardPanel[] {
  const perRow = Math.max(1, Math.min(most, copies.length));
  const w = Math.max(1, Math.floor(COLUMNS / perRow));
  return copies.map((one, i) => {
    const { y, h } = one.grid;
    return { ...one, grid: { x: (i % perRow) * w, y: y + Math.floor(i / perRow) * h, w, h } };
  });
}
