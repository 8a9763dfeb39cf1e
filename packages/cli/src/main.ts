/** `dmon`: reads the command line, runs the command, says errors as one line that tells what to do. */
import { DmonError, messageOf } from "@dmon/model";
import { Command, CommanderError } from "commander";
import { builtinCommands } from "./commands/builtin.ts";
import { VERSION } from "./version.ts";

const INTRODUCTION = `DevOps Monitor watches this machine at one-second resolution and speaks Prometheus.

Start it and open the address that it prints:
  $ dmon start

One reading of this machine, as a table or as JSON:
  $ dmon snapshot
  $ dmon snapshot cpu --json

A live view in the terminal:
  $ dmon top

Ask a running server in PromQL:
  $ dmon query 'rate(node_cpu_seconds_total{mode="user"}[1m])'`;

export async function main(argv: readonly string[]): Promise<void> {
  const program = new Command("dmon")
    .description(INTRODUCTION)
    .version(VERSION, "-V, --version")
    .helpOption("-h, --help", "explains a command: dmon COMMAND --help")
    .showSuggestionAfterError()
    .showHelpAfterError("(see `dmon --help`)")
    .exitOverride();
  for (const register of builtinCommands) register(program);
  for (const command of program.commands) pointToOwnHelp(command, "dmon");
  try {
    await program.parseAsync([...argv]);
  } catch (error) {
    // Not only the code: after a failed start something may still keep the process alive.
    process.exit(report(error));
  }
}

/** A wrong command line is answered with the help of the command that it was meant for. */
function pointToOwnHelp(command: Command, parent: string): void {
  const name = `${parent} ${command.name()}`;
  command.showHelpAfterError(`(see \`${name} --help\`)`);
  for (const below of command.commands) pointToOwnHelp(below, name);
}

/** @returns the exit code: 2 for a wrong command line, 1 for a failure */
function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof DmonError) process.stderr.write(`dmon: ${error.message} (${error.code})\n`);
  else process.stderr.write(`dmon: ${error instanceof Error ? (error.stack ?? messageOf(error)) : messageOf(error)}\n`);
  return 1;
}
