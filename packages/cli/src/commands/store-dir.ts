/** The option that names the data directory, for commands that read the store's files themselves. */
import type { Command } from "commander";

export interface DataDirOption {
  readonly dataDir?: string;
}

export function addDataDirOption(command: Command): Command {
  return command.option(
    "--data-dir <dir>",
    "where everything is kept (DMON_DATA_DIR; default: the user's state directory)",
  );
}

export async function dataDirOf(options: DataDirOption): Promise<string> {
  const given = options.dataDir ?? process.env.DMON_DATA_DIR;
  if (given) return given;
  const { defaultDataDir } = await import("@dmon/server/client");
  return defaultDataDir();
}
