import type { DashboardPanel } from "@dmon/model";
import { describe, expect, it } from "vitest";
import { SeriesTable } from "../../charts/series-table.ts";
import { inkOn, stateColor, stateDrawing } from "./draw-rows.ts";
import { mappingOf, specOf } from "./panel-specs.ts";
import { statesOf } from "./states.ts";

const panelOf = (rest: Partial<DashboardPanel>): DashboardPanel => ({
  id: 1,
  kind: "states",
  title: "",
  grid: { x: 0, y: 0, w: 12, h: 8 },
  queries: [{ expr: "up", legend: "{{job}}" }],
  ...rest,
});
const statesFor = (rest: Partial<DashboardPanel>, values: readonly (number | null)[]) => {
  const panel = panelOf(rest);
  const table = SeriesTable.grid(0, 10 * (values.length - 1), 10);
  table.ensure("0|a", 0, { job: "a" }).values = [...values];
  return statesOf(table, specOf(panel, {}, []), panel, 10);
};
const UP_DOWN = [
  { value: 0, text: "DOWN", level: "critical" },
  { value: 1, text: "UP", level: "ok" },
] as const;

describe("states over time", () => {
  it("are cut where they change, and where there was no reading", () => {
    const { rows, states } = statesFor({ mappings: UP_DOWN }, [1, 1, 0, null, 0, 1]);
    expect(rows[0]?.label).toBe("a");
    expect(rows[0]?.stretches.map(({ fromS, toS, state }) => [fromS, toS, state.text])).toEqual([
      [0, 20, "UP"],
      [20, 30, "DOWN"],
      [40, 50, "DOWN"],
      [50, 60, "UP"],
    ]);
    expect(states.map(({ name, level }) => [name, level])).toEqual([
      ["UP", "ok"],
      ["DOWN", "critical"],
    ]);
  });

  it("by thresholds are one block, however the values change within a step", () => {
    const thresholds = [
      { value: null, level: "ok" },
      { value: 5, level: "warning" },
    ] as const;
    const { rows, states } = statesFor({ thresholds }, [1, 2, 3, 7, 9]);
    expect(rows[0]?.stretches.map(({ fromS, toS, state }) => [fromS, toS, state.level])).toEqual([
      [0, 30, "ok"],
      [30, 50, "warning"],
    ]);
    expect(states).toHaveLength(2);
  });

  it("are the values themselves where nothing says what they mean, each in a colour of its own", () => {
    const { states } = statesFor({}, [3, 4, 3]);
    expect(states.map(({ text }) => text)).toEqual(["3", "4"]);
    expect(new Set(states.map((state) => stateColor(state, "dark"))).size).toBe(2);
  });

  it("may be drawn reading by reading", () => {
    expect(statesFor({ separate: true, mappings: UP_DOWN }, [1, 1, 1]).rows[0]?.stretches).toHaveLength(3);
  });

  it("are read at a moment, top row first", () => {
    const states = statesFor({ mappings: UP_DOWN }, [1, 0]);
    const drawing = stateDrawing(
      { ...states, rows: [states.rows[0]!, { key: "b", label: "b", stretches: [] }] },
      [0, 10],
      false,
    );
    expect(drawing.ticks.map(({ text }) => text)).toEqual(["b", "a"]);
    expect(drawing.read(12, 1)).toBe("a: DOWN");
    expect(drawing.read(12, 0)).toBeUndefined();
  });

  it("write their names so that they can be read on their colour", () => {
    expect(inkOn("#0a3361")).toBe("#ffffff");
    expect(inkOn("#f2a33c")).toBe("#10141a");
  });
});

describe("a mapping by pattern", () => {
  const panel = panelOf({
    mappings: [
      { pattern: "/^4(\\d\\d)$/", text: "client error $1", level: "warning" },
      { pattern: "(", text: "never" },
      { value: 5, text: "five" },
    ],
  });
  it("fits the number's text, and may take parts of it along; a wrong pattern fits nothing", () => {
    expect(mappingOf(404, panel)).toMatchObject({ text: "client error 04", level: "warning" });
    expect(mappingOf(5, panel)?.text).toBe("five");
    expect(mappingOf(40, panel)).toBeUndefined();
    expect(mappingOf(null, panel)).toBeUndefined();
  });
});
