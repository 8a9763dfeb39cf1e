/** `dmon promql`: works on PromQL without a server: test scripts, formatting, checking. */
import { readFileSync } from "node:fs";
import { DmonError } from "@dmon/model";
import type { Command } from "commander";

export function registerPromql(program: Command): void {
  const promql = program
    .command("promql")
    .summary("test, format and check PromQL, without a server")
    .description("Works on PromQL without a server: runs Prometheus' test scripts, formats and checks expressions.");
  promql
    .command("test")
    .summary("run test scripts")
    .description(
      "Runs test scripts in Prometheus' language (load, eval, expect), each on an empty store. Exits with 1 where a case fails.",
    )
    .argument("<paths...>", "scripts, or directories whose *.test files are run")
    .action(test);
  promql
    .command("fmt")
    .summary("format an expression")
    .description("Prints an expression in the form of Prometheus' formatter: short ones on a line, long ones indented.")
    .argument("[expression]", "PromQL; read from standard input where absent")
    .action(format);
  promql
    .command("check")
    .summary("check expressions")
    .description("Checks syntax and types. Prints what is wrong with line and column, and exits with 1.")
    .argument("[expressions...]", "PromQL; one expression is read from standard input where absent")
    .action(check);
}

async function test(paths: readonly string[]): Promise<void> {
  const { formatFailure, runScripts } = await import("@dmon/promql/promqltest");
  const { passed, failed, failures } = runScripts(paths);
  for (const failure of failures) process.stdout.write(`${formatFailure(failure)}\n`);
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
  if (failed > 0) process.exitCode = 1;
}

async function format(expression: string | undefined): Promise<void> {
  const { parseExpr, prettifyExpr } = await import("@dmon/promql");
  process.stdout.write(
    `${prettifyExpr(parseExpr(expression ?? readStandardInput(), { experimentalFunctions: true }))}\n`,
  );
}

async function check(expressions: readonly string[]): Promise<void> {
  const { parseExpr } = await import("@dmon/promql");
  const texts = expressions.length === 0 ? [readStandardInput()] : expressions;
  for (const text of texts) {
    try {
      parseExpr(text, { experimentalFunctions: true });
    } catch (error) {
      if (!(error instanceof DmonError)) throw error;
      process.stdout.write(`${error.message}\n  ${text.trim().replaceAll("\n", "\n  ")}\n`);
      process.exitCode = 1;
    }
  }
}

function readStandardInput(): string {
  return readFileSync(process.stdin.fd, "utf8");
}
