/** A grid after moving and resizing: nothing overlaps, nothing floats, nothing is lost. */
import type { DashboardGrid, DashboardPanel } from "@dmon/model";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { COLUMNS, compact, move, panelsOf, resize, sectionsOf } from "./layout.ts";

const panel = (id: number, x: number, y: number, w = 12, h = 8): DashboardPanel => ({
  id,
  kind: "chart",
  title: `${id}`,
  grid: { x, y, w, h },
});
const row = (id: number, y: number): DashboardPanel => ({ ...panel(id, 0, y, 24, 1), kind: "row" });
const placesOf = (panels: readonly DashboardPanel[]): Record<number, readonly number[]> =>
  Object.fromEntries(panels.map(({ id, grid: { x, y, w, h } }) => [id, [x, y, w, h]]));

describe("a dashboard's grid", () => {
  it("closes the gaps that a file has, as Grafana does", () => {
    expect(placesOf(compact([panel(1, 0, 3), panel(2, 0, 40), panel(3, 12, 17)]))).toEqual({
      1: [0, 0, 12, 8],
      2: [0, 8, 12, 8],
      3: [12, 0, 12, 8],
    });
  });

  it("swaps two panels when one passes the middle of the other", () => {
    const two = [panel(1, 0, 0), panel(2, 0, 8)];
    expect(placesOf(move(two, two[0]!, 0, 3))).toEqual(placesOf(two));
    expect(placesOf(move(two, two[0]!, 0, 4))).toEqual({ 1: [0, 8, 12, 8], 2: [0, 0, 12, 8] });
    expect(placesOf(move(two, two[1]!, 0, 3))).toEqual({ 1: [0, 8, 12, 8], 2: [0, 0, 12, 8] });
  });

  it("pushes down what a larger panel needs room from, and stays within the columns", () => {
    const three = [panel(1, 0, 0), panel(2, 12, 0), panel(3, 0, 8)];
    expect(placesOf(resize(three, 1, 18, 10))).toEqual({ 1: [0, 0, 18, 10], 2: [12, 10, 12, 8], 3: [0, 10, 12, 8] });
    expect(placesOf(resize(three, 2, 99, 1))).toMatchObject({ 2: [12, 0, 12, 2] });
    expect(placesOf(move(three, three[0]!, 20, 0))).toMatchObject({ 1: [12, 0, 12, 8], 2: [12, 8, 12, 8] });
  });

  it("keeps rows and their panels together when it is stored", () => {
    const panels = [panel(1, 0, 0), row(2, 8), panel(3, 0, 9), row(4, 17), panel(5, 0, 30)];
    expect(placesOf(panelsOf(sectionsOf(panels)))).toEqual({
      1: [0, 0, 12, 8],
      2: [0, 8, 24, 1],
      3: [0, 9, 12, 8],
      4: [0, 17, 24, 1],
      5: [0, 18, 12, 8],
    });
  });

  it("never overlaps, floats or loses a panel, whatever is moved where", () => {
    const grid = fc.record({
      x: fc.integer({ min: -3, max: 30 }),
      y: fc.integer({ min: 0, max: 40 }),
      w: fc.integer({ min: 1, max: 30 }),
      h: fc.integer({ min: 1, max: 12 }),
    });
    fc.assert(
      fc.property(fc.array(grid, { minLength: 1, maxLength: 12 }), fc.nat(), grid, (grids, pick, to) => {
        const panels = grids.map((one, id) => ({ ...panel(id, 0, 0), grid: one }));
        const moved = panels[pick % panels.length]!;
        const base = compact(panels);
        for (const result of [base, move(base, moved, to.x, to.y), resize(base, moved.id, to.w, to.h)]) {
          expect(result.map((one) => one.id).sort((a, b) => a - b)).toEqual(panels.map((one) => one.id));
          const taken = new Set<string>();
          for (const one of result) for (const cell of cellsOf(one.grid)) taken.add(cell);
          expect(taken.size).toBe(result.reduce((sum, one) => sum + one.grid.w * one.grid.h, 0));
          for (const { grid: place } of result) {
            expect(place.x).toBeGreaterThanOrEqual(0);
            expect(place.x + place.w).toBeLessThanOrEqual(COLUMNS);
            const above = cellsOf({ ...place, y: place.y - 1, h: 1 });
            expect(place.y === 0 || above.some((cell) => taken.has(cell))).toBe(true);
          }
        }
      }),
    );
  });
});

function cellsOf({ x, y, w, h }: DashboardGrid): string[] {
  return Array.from({ length: w * h }, (_, i) => `${x + (i % w)},${y + Math.floor(i / w)}`);
}
