export { defaultDataDir } from "./data-dir.ts";
export {
  type ConfigOverrides,
  type LoadedConfig,
  loadConfig,
  mergeOverrides,
  overridesFromEnv,
  parseConfig,
} from "./load.ts";
export { type Config, configSchema } from "./schema.ts";
