/** `dmon snapshot`: one structured reading of this machine. */
import { Argument, type Command, Option } from "commander";
import { intervalOption } from "../snapshot/interval-option.ts";
import { SECTION_NAMES, type SectionName } from "../snapshot/snapshot-types.ts";

interface SnapshotOptions {
  readonly json?: boolean;
  readonly table?: boolean;
  readonly interval: number;
  readonly color: boolean;
}

const MIN_INTERVAL_MS = 50;

export function registerSnapshot(program: Command): void {
  program
    .command("snapshot")
    .summary("one reading of this machine, as a table or as JSON")
    .description(
      "Reads this machine once: CPU, memory, disks, network, load, pressure, processes, containers. Needs no server.\n" +
        "Exits with 1 where something that was asked for could not be read; `errors` says what and why.",
    )
    .addArgument(new Argument("[sections...]", "what to read (default: all)").choices(SECTION_NAMES))
    .addOption(new Option("--json", "print JSON (docs/formats/snapshot.md)").conflicts("table"))
    .option("--table", "print tables (default on a terminal; JSON where the output goes elsewhere)")
    .addOption(intervalOption("time over which shares and rates are taken", MIN_INTERVAL_MS))
    .option("--no-color", "no colours (also with NO_COLOR in the environment)")
    .addHelpText(
      "after",
      "\nExamples:\n  dmon snapshot\n  dmon snapshot cpu memory --json\n  dmon snapshot disk --table",
    )
    .action(snapshot);
}

async function snapshot(sections: readonly SectionName[], options: SnapshotOptions): Promise<void> {
  const { takeSnapshot } = await import("../snapshot/take-snapshot.ts");
  const reading = await takeSnapshot(sections.length === 0 ? SECTION_NAMES : [...new Set(sections)], options.interval);
  if (options.json === true || (options.table !== true && !process.stdout.isTTY)) {
    process.stdout.write(`${JSON.stringify(reading, sixDigits, 2)}\n`);
  } else {
    const { snapshotTable } = await import("../snapshot/table.ts");
    const { colorDepth } = await import("../top/theme.ts");
    const depth = colorDepth(process.env, process.stdout.isTTY, options.color);
    process.stdout.write(snapshotTable(reading, process.stdout.columns ?? 100, depth));
  }
  if (reading.errors.length > 0) process.exitCode = 1;
}

/** Shares and rates are quotients of coarse clocks; digits beyond the sixth mean nothing. */
function sixDigits(_key: string, value: unknown): unknown {
  return typeof value === "number" && !Number.isInteger(value) ? Number(value.toPrecision(6)) : value;
}
