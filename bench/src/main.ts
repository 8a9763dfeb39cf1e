/**
 * `npm run bench -- [scenario…] [--gate] [--quick] [--no-skip] [--kept FILE] [--readme] [--list]`
 *
 * Runs scenarios one after another, each in a process of its own, prints a table, and writes all figures with the machine
 * they were measured on to `bench/results/`. With `--gate` it fails where a budget of `bench/budgets.json` is not kept;
 * with `--no-skip` also where one could not be measured. `--kept` writes down, a line each, which scenarios kept theirs.
 * `--readme` writes the figures into the README's table of costs.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Budgets, judge, readBudgets } from "./budgets.ts";
import { builtin } from "./builtin.ts";
import type { ChildMessage } from "./child.ts";
import { costTable, writeCostTable } from "./readme.ts";
import { isSkip, type Row, type Scenario, type Skip } from "./scenario.ts";
import { ScenarioProcess } from "./scenario-process.ts";
import { table } from "./table.ts";

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    gate: { type: "boolean", default: false },
    quick: { type: "boolean", default: false },
    "no-skip": { type: "boolean", default: false },
    kept: { type: "string" },
    readme: { type: "boolean", default: false },
    list: { type: "boolean", default: false },
  },
});
const home = join(import.meta.dirname, "..");
const MAX_REPEATS = 2;

if (options.list) {
  for (const { name, summary } of builtin) console.log(`${name.padEnd(14)} ${summary}`);
} else {
  const unknown = positionals.filter((name) => !builtin.some((scenario) => scenario.name === name));
  if (unknown.length > 0) throw new Error(`no such scenario: ${unknown.join(", ")} (see --list)`);
  await run(positionals.length > 0 ? positionals : builtin.map(({ name }) => name));
}

interface Failure {
  readonly scenario: string;
  readonly text: string;
}

async function run(names: readonly string[]): Promise<void> {
  const budgets = readBudgets(join(home, "budgets.json"));
  const rows: (Row | Skip)[] = [];
  const failures: Failure[] = [];
  const ahead = new Map<string, ScenarioProcess>();
  const turns = turnsOf(names);
  for (const [i, turn] of turns.entries()) {
    for (const name of names) if (beginsWith(name, turns) === i) ahead.set(name, begin(name));
    const startedMs = performance.now();
    console.error(`${turn.join(", ")} …`);
    const answers = await Promise.all(turn.map((name) => measureScenario(name, budgets, ahead.get(name))));
    for (const [j, answer] of answers.entries()) {
      if ("rows" in answer) rows.push(...answer.rows);
      else failures.push({ scenario: turn[j]!, text: `${turn[j]} failed: ${answer.failure}` });
    }
    console.error(`${turn.join(", ")}: ${((performance.now() - startedMs) / 1000).toFixed(1)} s`);
  }
  console.log(table(rows, budgets));
  write(rows);
  if (options.readme) writeCostTable(join(home, "../README.md"), costTable(rows, budgets));
  if (options.gate) failures.push(...brokenBudgets(rows, budgets, names));
  for (const { text } of failures) console.error(`✗ ${text}`);
  if (options.kept !== undefined) writeFileSync(options.kept, keptBy(names, failures));
  if (failures.length > 0) process.exitCode = 1;
  else if (options.gate) console.log("all budgets are kept");
}

/**
 * Runs a scenario; with `--gate` again, twice at most, where it is over a budget, and keeps each row's best figure. What else
 * a machine does can only add to the CPU that something takes (shared caches, the other half of a core), never take from it:
 * the least that was seen is nearest to what it costs.
 */
async function measureScenario(name: string, budgets: Budgets, first = begin(name)): Promise<ChildMessage> {
  let best = await first.run();
  for (let again = 0; again < MAX_REPEATS && options.gate && "rows" in best; again++) {
    const over = best.rows.filter((row) => !isSkip(row) && judge(row, budgets[row.name]) === "over");
    if (over.length === 0) break;
    console.error(`  over its budget (${over.map((row) => row.name).join(", ")}): measured again`);
    const next = await begin(name).run();
    if (!("rows" in next)) return next;
    best = {
      rows: best.rows.map((row) =>
        better(
          row,
          next.rows.find((one) => one.name === row.name),
          budgets,
        ),
      ),
    };
  }
  return best;
}

function better(row: Row | Skip, other: Row | Skip | undefined, budgets: Budgets): Row | Skip {
  if (other === undefined || isSkip(row) || isSkip(other)) return row;
  const isHigherBetter = budgets[row.name]?.atLeast !== undefined;
  return other.value < row.value === isHigherBetter ? row : other;
}

function begin(name: string): ScenarioProcess {
  return new ScenarioProcess(name, { quick: options.quick, root: join(home, "..") });
}

/** @returns scenarios in the order of `names`, those together that are measured in the same minutes */
function turnsOf(names: readonly string[]): readonly (readonly string[])[] {
  const isBeside = (name: string): boolean => names.includes(scenarioOf(name)?.beside ?? "");
  return names
    .filter((name) => !isBeside(name))
    .map((name) => [name, ...names.filter((other) => scenarioOf(other)?.beside === name)]);
}

/** @returns the turn with which this scenario is begun; undefined where it prepares nothing */
function beginsWith(name: string, turns: readonly (readonly string[])[]): number | undefined {
  const scenario = scenarioOf(name);
  if (scenario?.prepare === undefined) return undefined;
  return Math.max(
    0,
    turns.findIndex((turn) => turn.includes(scenario.beginWith ?? "")),
  );
}

function scenarioOf(name: string): Scenario | undefined {
  return builtin.find((scenario) => scenario.name === name);
}

function brokenBudgets(rows: readonly (Row | Skip)[], budgets: Budgets, names: readonly string[]): readonly Failure[] {
  const out: Failure[] = [];
  for (const name of Object.keys(budgets)) {
    const scenario = name.split(".")[0]!;
    if (!names.includes(scenario)) continue;
    const text = whyBroken(
      name,
      rows.find((row) => row.name === name),
      budgets,
    );
    if (text !== undefined) out.push({ scenario, text });
  }
  return out;
}

function whyBroken(name: string, row: Row | Skip | undefined, budgets: Budgets): string | undefined {
  if (row === undefined) return `${name} has a budget and was not measured`;
  if (isSkip(row)) return options["no-skip"] ? `${name} was not measured: ${row.skipped}` : undefined;
  return judge(row, budgets[name]) === "over" ? `${name} is over its budget: ${row.value} ${row.unit}` : undefined;
}

function keptBy(names: readonly string[], failures: readonly Failure[]): string {
  const kept = names.filter((name) => !failures.some(({ scenario }) => scenario === name));
  return kept.map((name) => `${name}\n`).join("");
}

function write(rows: readonly (Row | Skip)[]): void {
  const machine = { cpu: cpus()[0]?.model, cores: cpus().length, memoryBytes: totalmem(), kernel: release() };
  const result = { at: new Date().toISOString(), node: process.version, machine, quick: options.quick, rows };
  const folder = join(home, "results");
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${result.at.replaceAll(":", "-")}.json`);
  writeFileSync(path, `${JSON.stringify(result, undefined, 2)}\n`);
  console.error(`written to ${path}`);
}
