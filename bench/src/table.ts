/** Results as a table for a terminal. */
import { type Budgets, judge, limitText, type Verdict } from "./budgets.ts";
import { isSkip, type Row, type Skip } from "./scenario.ts";

const MARKS: Readonly<Record<Verdict, string>> = {
  ok: "ok",
  late: "late (wall time, within five times)",
  over: "OVER BUDGET",
  free: "",
};

const HEAD = ["measure", "value", "budget", "unit", "peer", "verdict"];

export function table(rows: readonly (Row | Skip)[], budgets: Budgets): string {
  const cells = rows.map((row) => {
    const budget = budgets[row.name];
    const limit = budget === undefined ? "" : limitText(budget);
    if (isSkip(row)) return [row.name, "–", limit, budget?.unit ?? "", "", `skipped: ${row.skipped}`];
    const peer = row.peer === undefined ? "" : `${figure(row.peer.value)} ${row.peer.name}`;
    const remark = [MARKS[judge(row, budget)], row.note ?? ""].filter(Boolean).join("; ");
    return [row.name, figure(row.value), limit, row.unit, peer, remark];
  });
  const lines = [HEAD, ...cells];
  const widths = HEAD.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  return lines
    .map((line) =>
      line
        .map((cell, i) => cell.padEnd(widths[i]!))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** Three significant digits, without an exponent where people would have to count zeros. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size >= 1e6) return `${Number((value / 1e6).toPrecision(3))} M`;
  return String(size >= 1000 ? Math.round(value) : Number(value.toPrecision(3)));
}
