import { expect, test } from "vitest";
import { costTable } from "./readme.ts";
import { figure, table } from "./table.ts";

test.each([
  [0, "0"],
  [0.12345, "0.123"],
  [99.96, "100"],
  [1234.5, "1235"],
  [4_512_345, "4.51 M"],
  [Number.NaN, "NaN"],
])("%d prints as %s", (value, text) => {
  expect(figure(value)).toBe(text);
});

test("a table lines up, says what was skipped and what is over", () => {
  const budgets = { "a.cpu": { unit: "ms", atMost: 1, measured: "by a test" } };
  const rows = [
    { name: "a.cpu", value: 2, unit: "ms", peer: { name: "other", value: 3 } },
    { name: "a.much-longer", skipped: "no browser" },
  ];
  expect(table(rows, budgets)).toBe(
    [
      "measure        value  budget  unit  peer     verdict",
      "a.cpu          2      ≤ 1     ms    3 other  OVER BUDGET",
      "a.much-longer  –                             skipped: no browser",
    ].join("\n"),
  );
});

test("the README's table holds the rows that have a title", () => {
  const budgets = { "a.cpu": { title: "CPU", unit: "ms", atMost: 1, measured: "by a test" } };
  const rows = [
    { name: "a.cpu", value: 0.5, unit: "ms", peer: { name: "other", value: 3 } },
    { name: "a.free", value: 1, unit: "ms" },
  ];
  expect(costTable(rows, budgets).split("\n")[2]).toBe("| CPU | 0.5 ms | ≤ 1 | 3 (other) |");
  expect(costTable(rows, budgets).split("\n")).toHaveLength(4);
});
