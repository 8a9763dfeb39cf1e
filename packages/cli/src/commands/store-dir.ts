/** The option that names the data directory, for commands that read the store's files themselves. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { DmonError } from "@dmon/model";
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

/** The same, for what can only be asked of a store that is there. @throws {DmonError} `bad_argument` */
export async function storeDirOf(options: DataDirOption): Promise<string> {
  const dir = await dataDirOf(options);
  // Any of these: a store of which one is lost is to be looked into all the more.
  if (["head.db", "recent.db", "raw"].some((name) => existsSync(join(dir, name)))) return dir;
  throw new DmonError("bad_argument", `no store at ${dir}, or none that this user may see: say where by --data-dir`);
}
