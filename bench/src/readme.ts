/** The README's table of costs, between `<!-- costs -->` and `<!-- /costs -->`: figures of one run, never typed by hand. */
import { readFileSync, writeFileSync } from "node:fs";
import { type Budgets, limitText } from "./budgets.ts";
import { isSkip, type Row, type Skip } from "./scenario.ts";
import { figure } from "./table.ts";

const BLOCK = /(<!-- costs -->\n)[\s\S]*?(<!-- \/costs -->)/;

export function costTable(rows: readonly (Row | Skip)[], budgets: Budgets): string {
  const lines = rows.flatMap((row) => {
    const budget = budgets[row.name];
    if (isSkip(row) || budget?.title === undefined) return [];
    const peer = row.peer === undefined ? "" : `${figure(row.peer.value)} (${row.peer.name})`;
    return [`| ${[budget.title, `${figure(row.value)} ${row.unit}`, limitText(budget), peer].join(" | ")} |`];
  });
  return ["| | measured | budget | peer, same run |", "| --- | --- | --- | --- |", ...lines, ""].join("\n");
}

/** @throws where the markers are gone */
export function writeCostTable(path: string, table: string): void {
  const text = readFileSync(path, "utf8");
  if (!BLOCK.test(text)) throw new Error(`${path}: the markers <!-- costs --> and <!-- /costs --> are gone`);
  writeFileSync(
    path,
    text.replace(BLOCK, (_, start: string, end: string) => start + table + end),
  );
}
