import type { DashboardPanel } from "@dmon/model";
import { describe, expect, it } from "vitest";
import { repeated } from "./repeat.ts";

const panel = (id: number, rest: Partial<DashboardPanel> = {}): DashboardPanel => ({
  id,
  kind: "chart",
  title: `${id}`,
  grid: { x: 0, y: id * 8, w: 24, h: 8 },
  ...rest,
});
const summary = (panels: readonly DashboardPanel[]) =>
  panels.map(({ id, title, grid: { x, y, w, h } }) => [title, id, x, y, w, h]);

describe("repeated", () => {
  const values = { disk: ["sda", "sdb", "sdc"], none: [] };

  it("lays copies beside each other, and moves what follows below them", () => {
    const { panels, scopeOf } = repeated([panel(1, { repeat: { variable: "disk", perRow: 2 } }), panel(2)], values);
    expect(summary(panels)).toEqual([
      ["1", 1, 0, 0, 12, 8],
      ["1", 3, 12, 0, 12, 8],
      ["1", 4, 0, 8, 12, 8],
      ["2", 2, 0, 16, 24, 8],
    ]);
    expect([1, 3, 4].map((id) => scopeOf.get(id)?.disk)).toEqual([["sda"], ["sdb"], ["sdc"]]);
  });

  it("lays copies below each other", () => {
    const { panels } = repeated([panel(1, { repeat: { variable: "disk", direction: "down" } }), panel(2)], values);
    expect(panels.map(({ grid }) => grid.y)).toEqual([0, 8, 16, 24]);
  });

  it("repeats a row with all its panels, and a panel of the same variable in it once", () => {
    const row = panel(1, { kind: "row", repeat: { variable: "disk" }, grid: { x: 0, y: 0, w: 24, h: 1 } });
    const { panels, scopeOf } = repeated([row, panel(2), panel(3, { repeat: { variable: "disk" } })], values);
    expect(panels.map((one) => one.title)).toEqual(["1", "2", "3", "1", "2", "3", "1", "2", "3"]);
    expect(new Set(panels.map((one) => one.id)).size).toBe(9);
    expect(panels.map((one) => scopeOf.get(one.id)?.disk?.[0])).toEqual([
      "sda",
      "sda",
      "sda",
      "sdb",
      "sdb",
      "sdb",
      "sdc",
      "sdc",
      "sdc",
    ]);
  });

  it("leaves everything in its place while it is arranged, and shows the first value", () => {
    const panels = [panel(1, { grid: { x: 0, y: 0, w: 8, h: 8 }, repeat: { variable: "disk" } }), panel(2)];
    const result = repeated(panels, values, true);
    expect(summary(result.panels)).toEqual([
      ["1", 1, 0, 0, 8, 8],
      ["2", 2, 0, 8, 24, 8],
    ]);
    expect(result.scopeOf.get(1)).toEqual({ disk: ["sda"] });
  });

  it.each(["none", "unknown"])("shows a panel once where its variable has no value: %s", (variable) => {
    expect(repeated([panel(1, { repeat: { variable } })], values).panels).toHaveLength(1);
  });
});
