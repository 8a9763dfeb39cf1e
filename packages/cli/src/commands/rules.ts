/** `dmon rules check|test`: are rule files right, and do they do what their authors meant? */
import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { DmonError, messageOf } from "@dmon/model";
import type { Command } from "commander";

export function registerRules(program: Command): void {
  const rules = program.command("rules").description("checks and unit-tests Prometheus rule files");
  rules
    .command("check")
    .summary("say what is wrong with rule files")
    .description("Reads rule files and says all that is wrong with them, with lines. Exits with 1 where something is.")
    .argument("<files...>", "rule files; * stands for any part of a name")
    .option("--ignore-unknown-fields", "unknown keys are no error")
    .option("--experimental", "allow what Prometheus calls experimental in PromQL (query.experimental_functions)")
    .action(check);
  rules
    .command("test")
    .summary("run rule unit tests (promtool's format)")
    .description(
      "Runs unit tests of rules, in the format of `promtool test rules`. Ends with the line `N passed, N failed`.",
    )
    .argument("<files...>", "test files")
    .option("--run <pattern...>", "only tests whose name matches one of these regular expressions")
    .option("--ignore-unknown-fields", "unknown keys are no error")
    .option("--experimental", "allow what Prometheus calls experimental in PromQL")
    .action(test);
}

interface CheckOptions {
  readonly ignoreUnknownFields?: boolean;
  readonly experimental?: boolean;
}

async function check(patterns: readonly string[], options: CheckOptions): Promise<void> {
  const [{ readRuleFile }, { parseExpr }] = await Promise.all([import("@dmon/alerting"), import("@dmon/promql")]);
  let failed = 0;
  for (const file of patterns.flatMap((pattern) => expand(pattern))) {
    const { groups, problems } = readRuleFile(read(file), file, {
      checkExpression: (text) => void parseExpr(text, { experimentalFunctions: options.experimental === true }),
      ignoreUnknownFields: options.ignoreUnknownFields === true,
    });
    for (const { line, message } of problems) process.stdout.write(`${file}:${line}: ${withHint(message)}\n`);
    if (problems.length > 0) failed++;
    else {
      const count = groups.reduce((sum, group) => sum + group.rules.length, 0);
      process.stdout.write(
        `${file}: ok, ${count} ${count === 1 ? "rule" : "rules"} in ${groups.length} ${groups.length === 1 ? "group" : "groups"}\n`,
      );
    }
  }
  if (failed > 0) process.exitCode = 1;
}

interface TestOptions extends CheckOptions {
  readonly run?: readonly string[];
}

async function test(files: readonly string[], options: TestOptions): Promise<void> {
  const { runTestFile } = await import("../rules/run-test-file.ts");
  const patterns = (options.run ?? []).map((pattern) => new RegExp(pattern));
  let passed = 0;
  let failed = 0;
  for (const file of files) {
    const report = runTestFile(file, {
      readFile: read,
      expand: (pattern, from) => expand(resolve(dirname(from), pattern)),
      isWanted: (name) => patterns.length === 0 || patterns.some((pattern) => pattern.test(name)),
      ignoreUnknownFields: options.ignoreUnknownFields === true,
      experimentalFunctions: options.experimental === true,
    });
    passed += report.passed;
    failed += report.failures.length;
    for (const { name, problems } of report.failures) {
      process.stdout.write(
        `${file}: ${name} failed\n${problems.map((problem) => `    ${withHint(problem).replaceAll("\n", "\n    ")}\n`).join("")}`,
      );
    }
  }
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
  if (failed > 0) process.exitCode = 1;
}

/** PromQL's refusal of what is experimental, with what allows it here. */
function withHint(message: string): string {
  return /is not enabled|promql-experimental-functions/.test(message)
    ? `${message} (--experimental allows it; on a server query.experimental_functions)`
    : message;
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new DmonError("bad_argument", `cannot read ${file}: ${messageOf(cause)}`, { cause });
  }
}

/** Files of a pattern whose last part may hold `*`. */
function expand(pattern: string): string[] {
  if (!pattern.includes("*")) return [pattern];
  const dir = dirname(pattern);
  const wanted = new RegExp(`^${basename(pattern).split("*").map(RegExp.escape).join(".*")}$`);
  const names = readdirSync(dir)
    .filter((name) => wanted.test(name))
    .sort();
  if (names.length === 0) throw new DmonError("bad_argument", `no file matches ${relative(".", pattern)}`);
  return names.map((name) => join(dir, name));
}
