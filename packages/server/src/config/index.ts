export { checkConfig } from "./check.ts";
export { defaultDataDir } from "./data-dir.ts";
export { type ConfigOverrides, type LoadedConfig, loadConfig, mergeOverrides, overridesFromEnv } from "./load.ts";
export { printableConfig } from "./print.ts";
export type { Config } from "./schema.ts";
