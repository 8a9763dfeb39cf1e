/** Every command of `dmon`: one line each. */
import type { Command } from "commander";
import { registerAnnotate } from "./annotate.ts";
import { register as registerBackup } from "./backup.ts";
import { registerConfig } from "./config.ts";
import { registerImport } from "./import.ts";
import { registerPromql } from "./promql.ts";
import { registerQuery } from "./query.ts";
import { register as registerRestore } from "./restore.ts";
import { registerRules } from "./rules.ts";
import { registerSnapshot } from "./snapshot.ts";
import { registerStart } from "./start.ts";
import { registerTop } from "./top.ts";
import { register as registerTsdb } from "./tsdb.ts";
import { registerWeb } from "./web.ts";

export const builtinCommands: readonly ((program: Command) => void)[] = [
  registerStart,
  registerTop,
  registerSnapshot,
  registerQuery,
  registerPromql,
  registerRules,
  registerImport,
  registerAnnotate,
  registerTsdb,
  registerBackup,
  registerRestore,
  registerConfig,
  registerWeb,
];
