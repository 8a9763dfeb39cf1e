/**
 * Where panels stand on a grid of 24 columns: moved and resized, nothing overlaps, and no gap stays above a panel.
 *
 * Panels of one row (a heading that folds) are laid out together; their `y` counts from the row's own top. Pure: grids in, grids out.
 */
import type { DashboardGrid, DashboardPanel } from "@dmon/model";

export const COLUMNS = 24;
const MIN_WIDTH = 2;
const MIN_HEIGHT = 2;
const MAX_HEIGHT = 100;

/** A heading and the panels below it; the first may have no heading. */
export interface Section {
  readonly row: DashboardPanel | undefined;
  /** With `grid.y` from the section's top, compacted. */
  readonly panels: readonly DashboardPanel[];
}

/** Splits at the rows, in the order of the document. A section without panels and heading is left out. */
export function sectionsOf(panels: readonly DashboardPanel[]): Section[] {
  const found: { row: DashboardPanel | undefined; panels: DashboardPanel[] }[] = [];
  for (const panel of panels) {
    if (panel.kind === "row") found.push({ row: panel, panels: [] });
    else if (found.length === 0) found.push({ row: undefined, panels: [panel] });
    else found.at(-1)!.panels.push(panel);
  }
  return found.map(({ row, panels: own }) => ({ row, panels: compact(own) }));
}

/** The document's panels again, with `y` counted from the dashboard's top, as they are stored. */
export function panelsOf(sections: readonly Section[]): DashboardPanel[] {
  let top = 0;
  return sections.flatMap(({ row, panels }) => {
    const heading = row === undefined ? [] : [at(row, { ...row.grid, x: 0, y: top, w: COLUMNS, h: 1 })];
    top += heading.length;
    const own = panels.map((panel) => at(panel, { ...panel.grid, y: panel.grid.y + top }));
    top += heightOf(panels);
    return [...heading, ...own];
  });
}

/** Rows of the grid that the panels take. */
export function heightOf(panels: readonly DashboardPanel[]): number {
  return Math.max(0, ...panels.map(({ grid }) => grid.y + grid.h));
}

/** Every panel as high up as what stands before it allows. Overlaps, which a file may hold, are pushed apart. */
export function compact(panels: readonly DashboardPanel[]): DashboardPanel[] {
  const placed: DashboardPanel[] = [];
  for (const panel of inOrder(panels.map((one) => at(one, within(one.grid))))) {
    let { grid } = panel;
    for (let hit = blocking(placed, grid); hit !== undefined; hit = blocking(placed, grid)) {
      grid = { ...grid, y: hit.grid.y + hit.grid.h };
    }
    while (grid.y > 0 && blocking(placed, { ...grid, y: grid.y - 1 }) === undefined) grid = { ...grid, y: grid.y - 1 };
    placed.push(at(panel, grid));
  }
  return placed;
}

/**
 * Puts a panel of this section, or a new one, at a place. What is in its way goes below; a panel that it has passed
 * with more than half of that one's height goes above.
 */
export function move(panels: readonly DashboardPanel[], moved: DashboardPanel, x: number, y: number): DashboardPanel[] {
  const others = compact(panels.filter((one) => one.id !== moved.id));
  const wanted = within({ ...moved.grid, x, y });
  const passed = others.filter(
    ({ grid }) => overlaps(grid.x, grid.w, wanted.x, wanted.w) && grid.y + grid.h / 2 <= wanted.y,
  );
  const grid = { ...wanted, y: Math.max(wanted.y, heightOf(passed)) };
  return compact(pushed(at(moved, grid), others));
}

/** Gives a panel another size; its upper left corner stays. */
export function resize(panels: readonly DashboardPanel[], id: number, w: number, h: number): DashboardPanel[] {
  const panel = panels.find((one) => one.id === id);
  if (panel === undefined) return [...panels];
  const { x } = panel.grid;
  const grid = { ...panel.grid, w: clamp(w, MIN_WIDTH, COLUMNS - x), h: clamp(h, MIN_HEIGHT, MAX_HEIGHT) };
  return compact(
    pushed(
      at(panel, grid),
      panels.filter((one) => one.id !== id),
    ),
  );
}

/** Whatever collides with the fixed panel, or with one that was pushed, goes below it. */
function pushed(fixed: DashboardPanel, others: readonly DashboardPanel[]): DashboardPanel[] {
  const placed = [fixed];
  for (const other of inOrder(others)) {
    let { grid } = other;
    for (let hit = blocking(placed, grid); hit !== undefined; hit = blocking(placed, grid)) {
      grid = { ...grid, y: hit.grid.y + hit.grid.h };
    }
    placed.push(at(other, grid));
  }
  return placed;
}

function inOrder(panels: readonly DashboardPanel[]): DashboardPanel[] {
  return [...panels].sort((a, b) => a.grid.y - b.grid.y || a.grid.x - b.grid.x);
}

function blocking(placed: readonly DashboardPanel[], grid: DashboardGrid): DashboardPanel | undefined {
  return placed.find(
    (one) => overlaps(one.grid.x, one.grid.w, grid.x, grid.w) && overlaps(one.grid.y, one.grid.h, grid.y, grid.h),
  );
}

function overlaps(a: number, aSize: number, b: number, bSize: number): boolean {
  return a < b + bSize && b < a + aSize;
}

/** What a file says may reach over the edge. */
function within({ x, y, w, h }: DashboardGrid): DashboardGrid {
  const width = clamp(w, 1, COLUMNS);
  return { x: clamp(x, 0, COLUMNS - width), y: Math.max(0, Math.round(y)), w: width, h: clamp(h, 1, MAX_HEIGHT) };
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, Math.round(value)));
}

function at(panel: DashboardPanel, grid: DashboardGrid): DashboardPanel {
  return { ...panel, grid };
}
