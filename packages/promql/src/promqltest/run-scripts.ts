/**
 * Runs test scripts, as the reference runner does: every instant case also with `@` on all selectors at other times, and as
 * the middle step of a range; experimental functions and delayed name removal on; start timestamps used.
 */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { DmonError, messageOf, type Queryable } from "@dmon/model";
import { ScriptError } from "./lines.ts";
import { loadSeries } from "./load.ts";
import { referenceEngine } from "./reference-engine.ts";
import { runCase, type ScriptEngine } from "./run-case.ts";
import { type Command, parseScript } from "./script.ts";
import { MemoryStorage } from "./storage.ts";

export interface CaseFailure {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** The query of the case; "" where a script could not be read or loaded. */
  readonly query: string;
  /** The form of the case that failed first. */
  readonly form: string;
  readonly expected: string;
  readonly got: string;
}

/** A case is an `eval` with all its repeats. A script that cannot be read, and a `load` that fails, count as one failure. */
export interface ScriptReport {
  readonly passed: number;
  readonly failed: number;
  readonly failures: readonly CaseFailure[];
}

/** Makes the engine that a script runs against, over the script's own storage. */
export type EngineFactory = (storage: Queryable) => ScriptEngine;

/**
 * Runs scripts one after the other, each on an empty storage.
 *
 * @param paths files, or directories whose `*.test` files are run
 * @throws {DmonError} `script_not_found`
 */
export function runScripts(paths: readonly string[], createEngine: EngineFactory = referenceEngine): ScriptReport {
  const reports = paths.flatMap(scriptFiles).map((file) => runScript(file, readFileSync(file, "utf8"), createEngine));
  return {
    passed: reports.reduce((sum, report) => sum + report.passed, 0),
    failed: reports.reduce((sum, report) => sum + report.failed, 0),
    failures: reports.flatMap((report) => report.failures),
  };
}

function scriptFiles(path: string): string[] {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) throw new DmonError("script_not_found", `no test script or directory at ${path}`);
  if (!stats.isDirectory()) return [path];
  const names = readdirSync(path, { recursive: true, encoding: "utf8" });
  return names
    .filter((name) => name.endsWith(".test"))
    .sort()
    .map((name) => join(path, name));
}

/** @param file names the script in the report */
export function runScript(file: string, text: string, createEngine: EngineFactory = referenceEngine): ScriptReport {
  const storage = new MemoryStorage();
  const engine = createEngine(storage);
  const failures: CaseFailure[] = [];
  const fail = (line: number, error: unknown) =>
    failures.push({ file, line, query: "", form: "script", expected: "a script that runs", got: messageOf(error) });
  let passed = 0;
  let commands: Command[] = [];
  try {
    commands = parseScript(text);
  } catch (error) {
    fail(error instanceof ScriptError ? error.line : 0, error);
  }
  for (const command of commands) {
    try {
      const failure = execute(file, command, storage, engine);
      if (failure !== undefined) failures.push(failure);
      else if (command.kind === "eval") passed++;
    } catch (error) {
      fail(command.line, error);
    }
  }
  return { passed, failed: failures.length, failures };
}

function execute(
  file: string,
  command: Command,
  storage: MemoryStorage,
  engine: ScriptEngine,
): CaseFailure | undefined {
  if (command.kind === "clear") storage.clear();
  else if (command.kind === "load") loadSeries(command, storage);
  else {
    const problem = runCase(command, engine);
    return problem && { file, line: command.line, query: command.query, ...problem };
  }
  return undefined;
}

/** A failure as text: where, what was run, expected and got. */
export function formatFailure({ file, line, query, form, expected, got }: CaseFailure): string {
  const heading = `${file}:${line}: ${query}`.trimEnd();
  return [heading, `  as ${form}`, `  expected ${expected}`, `  got      ${got}`].join("\n");
}
