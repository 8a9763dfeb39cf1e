/** Every command of `dmon`: one line each. */
import type { Command } from "commander";
import { registerConfig } from "./config.ts";
import { registerStart } from "./start.ts";

export const builtinCommands: readonly ((program: Command) => void)[] = [registerStart, registerConfig];
