/** `dmon top`: a live view of this machine in the terminal. */
import { DmonError } from "@dmon/model";
import { type Command, Option } from "commander";
import { intervalOption } from "../snapshot/interval-option.ts";

interface TopCommandOptions {
  readonly interval: number;
  readonly sort: "cpu" | "memory" | "io" | "time" | "pid" | "name" | "threads";
  readonly filter: string;
  readonly containers?: boolean;
  readonly color: boolean;
}

const MIN_INTERVAL_MS = 250;

export function registerTop(program: Command): void {
  program
    .command("top")
    .summary("a live view of this machine in the terminal")
    .description(
      "Shows this machine live: CPU, memory, disks, network, pressure, processes, containers, and what is wrong.\n" +
        "Needs no server. Press h for the keys, q to quit.",
    )
    .addOption(intervalOption("pause between two readings", MIN_INTERVAL_MS))
    .addOption(
      new Option("--sort <order>", "order of the processes")
        .choices(["cpu", "memory", "io", "time", "pid", "name", "threads"])
        .default("cpu"),
    )
    .option("--filter <text>", "only processes whose PID, user, command or container holds these words", "")
    .option("--containers", "begin with containers and services")
    .option("--no-color", "no colours (also with NO_COLOR in the environment)")
    .addHelpText(
      "after",
      "\nExamples:\n  dmon top\n  dmon top --sort memory --filter postgres\n  dmon top --interval 5s --no-color",
    )
    .action(top);
}

async function top(options: TopCommandOptions): Promise<void> {
  if (!process.stdout.isTTY || !process.stdin.isTTY) {
    throw new DmonError("no_terminal", "dmon top needs a terminal; for a reading elsewhere use dmon snapshot");
  }
  if (process.env.TERM === "dumb") {
    const message = "this terminal cannot place a cursor (TERM is dumb); for a reading without use dmon snapshot";
    throw new DmonError("no_terminal", message);
  }
  const [{ runTop }, { colorDepth }] = await Promise.all([import("../top/run-top.ts"), import("../top/theme.ts")]);
  process.exitCode = await runTop({
    depth: colorDepth(process.env, process.stdout.isTTY, options.color),
    initial: {
      intervalMs: options.interval,
      sort: options.sort,
      filter: options.filter,
      view: options.containers === true ? "containers" : "processes",
    },
  });
}
