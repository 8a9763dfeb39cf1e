/** Every command of `dmon`: one line each. */
import type { Command } from "commander";
import { registerConfig } from "./config.ts";
import { registerQuery } from "./query.ts";
import { registerStart } from "./start.ts";
import { registerWeb } from "./web.ts";

export const builtinCommands: readonly ((program: Command) => void)[] = [
  registerStart,
  registerQuery,
  registerConfig,
  registerWeb,
];
