import type { DashboardPanel } from "@dmon/model";
import { describe, expect, it } from "vitest";
import { SeriesTable } from "../../charts/series-table.ts";
import { specOf } from "./panel-specs.ts";
import { gridOf, readingsOf } from "./readings.ts";

const panel = (rest: Partial<DashboardPanel> = {}): DashboardPanel => ({
  id: 1,
  kind: "table",
  title: "t",
  grid: { x: 0, y: 0, w: 12, h: 8 },
  queries: [{ expr: "up" }],
  ...rest,
});

/** One series a row of the fixture, over the seconds 0–5. */
function tableOf(
  series: readonly (readonly [query: number, labels: Record<string, string>, values: (number | null)[]])[],
) {
  const table = SeriesTable.grid(0, 5, 1);
  for (const [query, labels, values] of series) {
    const column = table.ensure(`${query}|${JSON.stringify(labels)}`, query, labels);
    column.values = values;
  }
  return table;
}

const read = (table: SeriesTable, one: DashboardPanel) => readingsOf(table, specOf(one, {}, []), one);

describe("readings", () => {
  const table = tableOf([
    [0, { job: "a", instance: "x" }, [1, 1, 1, 1, 1, 2]],
    [0, { job: "b", instance: "x" }, [9, 8, null, null, null, null]],
  ]);

  it("takes the last value, the largest or the mean", () => {
    expect(read(table, panel()).map((one) => one.value)).toEqual([2, 8]);
    expect(read(table, panel({ reduce: "max" })).map((one) => one.value)).toEqual([2, 9]);
    expect(read(table, panel({ reduce: "mean" })).map((one) => one.value)).toEqual([7 / 6, 8.5]);
  });

  it("leaves out of an instant's answer what is no longer there", () => {
    expect(read(table, panel({ queries: [{ expr: "up", instant: true }] })).map((one) => one.labels.job)).toEqual([
      "a",
    ]);
  });

  it("writes words for values, and takes their level", () => {
    const mappings = [
      { value: 2, text: "UP", level: "ok" as const },
      { from: 5, text: "many" },
    ];
    expect(read(table, panel({ mappings })).map(({ text, level }) => [text, level])).toEqual([
      ["UP", "ok"],
      ["many", "neutral"],
    ]);
  });

  it("makes a row of a label set, with a column a query, and leaves out labels that tell nothing apart", () => {
    const two = panel({ queries: [{ expr: "a" }, { expr: "b", legend: "B" }] });
    const both = tableOf([
      [0, { job: "a", instance: "x" }, [1, 1, 1, 1, 1, 1]],
      [0, { job: "b", instance: "x" }, [2, 2, 2, 2, 2, 2]],
      [1, { job: "b", instance: "x" }, [3, 3, 3, 3, 3, 3]],
    ]);
    const { columns, values, rows } = gridOf(read(both, two), two);
    expect([columns, values]).toEqual([["job"], ["Value A", "B"]]);
    expect(rows.map(({ cells, readings }) => [...cells, ...readings.map((one) => one?.text)])).toEqual([
      ["a", "1", undefined],
      ["b", "2", "3"],
    ]);
  });

  it("names rows by the legend where there is one", () => {
    const named = panel({ queries: [{ expr: "up", legend: "{{job}}!" }] });
    const { columns, rows } = gridOf(read(table, named), named);
    expect([columns, rows.map((row) => row.cells)]).toEqual([["Series"], [["a!"], ["b!"]]]);
  });
});
