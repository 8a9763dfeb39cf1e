import { join } from "node:path";
import { expect, test } from "vitest";
import { judge, limitText, readBudgets } from "./budgets.ts";
import { builtin } from "./builtin.ts";

const row = (value: number) => ({ name: "x.y", value, unit: "ms" });
const budget = { unit: "ms", measured: "by a test" };

test.each([
  [1, { ...budget, atMost: 1 }, "ok"],
  [1.01, { ...budget, atMost: 1 }, "over"],
  [0.99, { ...budget, atLeast: 1 }, "over"],
  [5, { ...budget, atMost: 1, wall: true }, "late"],
  [5.01, { ...budget, atMost: 1, wall: true }, "over"],
  [Number.NaN, { ...budget, atMost: 1, wall: true }, "over"],
])("%d against %o is %s", (value, limit, verdict) => {
  expect(judge(row(value), limit)).toBe(verdict);
});

test("without a budget a row is free, and a unit that differs is a fault", () => {
  expect(judge(row(1), undefined)).toBe("free");
  expect(() => judge(row(1), { unit: "s", atMost: 1, measured: "" })).toThrow("x.y is in ms, its budget in s");
  expect(limitText({ ...budget, atMost: 3 })).toBe("≤ 3");
});

test("every budget belongs to a scenario that exists", () => {
  const budgets = readBudgets(join(import.meta.dirname, "../budgets.json"));
  const names = builtin.map(({ name }) => name);
  for (const name of Object.keys(budgets)) expect(names).toContain(name.split(".")[0]);
});
