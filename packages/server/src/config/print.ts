/** The configuration in force as it would be written: defaults and file together, durations as text. Reading it again gives the same. */
import { formatDuration } from "@dmon/model";
import { DEFAULTS } from "./defaults.ts";
import type { LoadedConfig } from "./load.ts";

type Tree = Readonly<Record<string, unknown>>;

/** Keys whose text values are not for everyone's eyes. */
const SECRETS = new Set(["password", "credentials", "client_secret", "bearer_token", "key", "secret_key"]);

/** @param hideSecrets true where others than the file's owner may see it */
export function printableConfig({ config, source }: LoadedConfig, hideSecrets: boolean): Tree {
  const { listen, data_dir } = config;
  const merged = merge(defaults(), { ...source, listen, ...(data_dir === undefined ? {} : { data_dir }) });
  if (!hideSecrets) return merged;
  return JSON.parse(JSON.stringify(merged, hide)) as Tree;
}

function hide(key: string, value: unknown): unknown {
  return SECRETS.has(key) && typeof value === "string" && value !== "" ? "<secret>" : value;
}

function defaults(): Tree {
  const { collect, storage, query, rules } = DEFAULTS;
  const { retention } = storage;
  return {
    ...DEFAULTS,
    collect: { ...collect, interval: formatDuration(collect.interval) },
    storage: {
      ...storage,
      retention: {
        raw: formatDuration(retention.raw),
        "1m": formatDuration(retention["1m"]),
        "1h": formatDuration(retention["1h"]),
      },
      out_of_order_window: formatDuration(storage.out_of_order_window),
    },
    query: { ...query, lookback: formatDuration(query.lookback), timeout: formatDuration(query.timeout) },
    rules: {
      for_outage_tolerance: formatDuration(rules.for_outage_tolerance),
      for_grace_period: formatDuration(rules.for_grace_period),
    },
  };
}

/** Maps are joined, everything else is replaced. */
function merge(base: Tree, over: Tree): Tree {
  const joined: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const known = joined[key];
    if (value === null || value === undefined) continue;
    joined[key] = isTree(known) && isTree(value) ? merge(known, value) : value;
  }
  return joined;
}

function isTree(value: unknown): value is Tree {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
