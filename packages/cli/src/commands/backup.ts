/** `dmon backup`: copies the store and the dashboards, while the server runs or not. */
import type { Command } from "commander";
import { addDataDirOption, type DataDirOption, dataDirOf } from "./store-dir.ts";

export function register(program: Command): void {
  const command = program
    .command("backup")
    .summary("copy everything that is kept into a directory")
    .description(
      "Copies the store and the dashboards into TARGET, a new or empty directory, while the server runs or not.\n" +
        "Each file is a committed state of itself; a manifest with checksums is written last.",
    )
    .argument("<target>", "directory for the copy");
  addDataDirOption(command).action(async (target: string, options: DataDirOption) => {
    const { backupStore, verifyBackup } = await import("@dmon/tsdb");
    const dir = await dataDirOf(options);
    await backupStore(dir, target);
    const { fileCount, totalBytes } = verifyBackup(target);
    process.stdout.write(`${target}: ${fileCount} files, ${(totalBytes / 1e6).toFixed(1)} MB, verified\n`);
  });
}
