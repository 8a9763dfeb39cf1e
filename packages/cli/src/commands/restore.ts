/** `dmon restore`: makes a data directory of a backup. */
import type { Command } from "commander";
import { addDataDirOption, type DataDirOption, dataDirOf } from "./store-dir.ts";

export function register(program: Command): void {
  const command = program
    .command("restore")
    .summary("make a data directory of a backup")
    .description(
      "Checks the backup in SOURCE against its manifest and copies it into the data directory, which must be new or empty.\n" +
        "Nothing is there until all of it is.",
    )
    .argument("<source>", "directory that `dmon backup` wrote");
  addDataDirOption(command).action(async (source: string, options: DataDirOption) => {
    const { restoreStore } = await import("@dmon/tsdb");
    const dir = await dataDirOf(options);
    const { fileCount, totalBytes } = restoreStore(source, dir);
    process.stdout.write(`${dir}: ${fileCount} files, ${(totalBytes / 1e6).toFixed(1)} MB restored\n`);
  });
}
