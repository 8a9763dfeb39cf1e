export { defaultDataDir } from "./data-dir.ts";
export { type ConfigOverrides, type LoadedConfig, loadConfig, mergeOverrides, overridesFromEnv } from "./load.ts";
export type { Config } from "./schema.ts";
