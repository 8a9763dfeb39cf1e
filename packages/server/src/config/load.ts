/**
 * The configuration in force: file, then environment, then command line; later ones win.
 *
 * Without a file neither YAML nor schemas are loaded (12 MB of memory): {@link DEFAULTS} are the schemas' defaults, which a
 * test holds equal.
 */
import { readFileSync } from "node:fs";
import type { PrometheusConfig } from "@dmon/collect/prometheus-config";
import { DmonError, messageOf } from "@dmon/model";
import { DEFAULTS } from "./defaults.ts";
import type { Config } from "./schema.ts";

/** What the environment and the command line may set. Undefined: not given there. */
export interface ConfigOverrides {
  readonly listen?: string | undefined;
  readonly dataDir?: string | undefined;
  readonly configFile?: string | undefined;
  /** True where the command line switches the admin API on. */
  readonly enableAdminApi?: boolean | undefined;
}

/** `DMON_LISTEN`, `DMON_DATA_DIR`, `DMON_CONFIG`. */
export function overridesFromEnv(env: NodeJS.ProcessEnv): ConfigOverrides {
  return { listen: env.DMON_LISTEN, dataDir: env.DMON_DATA_DIR, configFile: env.DMON_CONFIG };
}

/** Joins overrides; of a value given twice the later argument's stays. */
export function mergeOverrides(...all: readonly ConfigOverrides[]): ConfigOverrides {
  const merged: { -readonly [K in keyof ConfigOverrides]: ConfigOverrides[K] } = {};
  for (const one of all) {
    if (one.listen) merged.listen = one.listen;
    if (one.dataDir) merged.dataDir = one.dataDir;
    if (one.configFile) merged.configFile = one.configFile;
    if (one.enableAdminApi) merged.enableAdminApi = true;
  }
  return merged;
}

export interface LoadedConfig {
  readonly config: Config;
  /** The sections of a prometheus.yml that stand in the same file; undefined where there is none of them. */
  readonly prometheus: PrometheusConfig | undefined;
  /** Where relative names in the file start. */
  readonly baseDir: string;
  /** The file as it was written, `{}` without one. */
  readonly source: Readonly<Record<string, unknown>>;
}

/** @throws {DmonError} `config_not_found`, `config_syntax`, `config_invalid` */
export async function loadConfig(overrides: ConfigOverrides): Promise<LoadedConfig> {
  const { configFile: file, listen, dataDir, enableAdminApi } = overrides;
  const loaded: LoadedConfig =
    file === undefined
      ? { config: DEFAULTS, prometheus: undefined, baseDir: process.cwd(), source: {} }
      : await (await import("./parse.ts")).parseConfig(readConfigFile(file), file);
  const config = {
    ...loaded.config,
    ...(listen === undefined ? {} : { listen }),
    ...(dataDir === undefined ? {} : { data_dir: dataDir }),
    ...(enableAdminApi === true ? { web: { ...loaded.config.web, enable_admin_api: true } } : {}),
  };
  return { ...loaded, config };
}

function readConfigFile(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new DmonError("config_not_found", `cannot read configuration file ${path}: ${messageOf(cause)}`, { cause });
  }
}
