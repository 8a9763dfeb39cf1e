/**
 * Judges rows by `bench/budgets.json`.
 *
 * A budget is an upper bound, or a lower one where `atLeast` is set. CPU, memory and size are gated exactly. Wall time
 * depends on what else the machine does: it is printed, and fails only at five times its budget.
 */
import { readFileSync } from "node:fs";
import type { Row } from "./scenario.ts";

export interface Budget {
  /** As the README's table of costs calls it; without one it is not in there. */
  readonly title?: string;
  readonly unit: string;
  readonly atMost?: number;
  readonly atLeast?: number;
  /** Wall time: tolerated up to {@link WALL_TOLERANCE} times the limit. */
  readonly wall?: boolean;
  /** How the figure is measured, for people. */
  readonly measured: string;
}

export type Budgets = Readonly<Record<string, Budget>>;

const WALL_TOLERANCE = 5;

export type Verdict = "ok" | "late" | "over" | "free";

/**
 * @returns `free` without a budget, `late` for wall time over its budget but within the tolerance, `over` for a failure
 * @throws where row and budget disagree about the unit: a figure must never be compared with another one's limit
 */
export function judge(row: Row, budget: Budget | undefined): Verdict {
  if (budget === undefined) return "free";
  if (budget.unit !== row.unit) throw new Error(`${row.name} is in ${row.unit}, its budget in ${budget.unit}`);
  if (within(row.value, budget, 1)) return "ok";
  return budget.wall === true && within(row.value, budget, WALL_TOLERANCE) ? "late" : "over";
}

function within(value: number, { atMost = Infinity, atLeast = -Infinity }: Budget, tolerance: number): boolean {
  return value <= atMost * tolerance && value >= atLeast / tolerance;
}

/** As in `≤ 100`. */
export function limitText({ atMost, atLeast }: Budget): string {
  return [atMost === undefined ? "" : `≤ ${atMost}`, atLeast === undefined ? "" : `≥ ${atLeast}`].join(" ").trim();
}

/** @throws where a budget has no limit, or is not of this shape */
export function readBudgets(path: string): Budgets {
  const budgets = JSON.parse(readFileSync(path, "utf8")) as Budgets;
  for (const [name, { atMost, atLeast, unit, measured }] of Object.entries(budgets)) {
    const complete =
      typeof (atMost ?? atLeast) === "number" && typeof unit === "string" && typeof measured === "string";
    if (!complete) throw new Error(`${path}: ${name} needs a unit, a limit and how it is measured`);
  }
  return budgets;
}
