/** From configuration to what the engine evaluates. */
import type { LoadedConfig } from "../config/load.ts";
import type { RuleSettings } from "../engine/rules/manager.ts";

const DEFAULT_EVALUATION_INTERVAL_MS = 60_000;

/**
 * @returns undefined where no rule file is named
 * @throws {DmonError} `bad_rule_file`
 */
export async function ruleSettings({ config, prometheus, baseDir }: LoadedConfig): Promise<RuleSettings | undefined> {
  const patterns = prometheus?.rule_files ?? [];
  if (patterns.length === 0) return undefined;
  const { loadRuleFiles } = await import("./load-files.ts");
  return {
    files: loadRuleFiles({ patterns, baseDir, experimentalFunctions: config.query.experimental_functions }),
    evaluationIntervalMs: prometheus?.global.evaluation_interval ?? DEFAULT_EVALUATION_INTERVAL_MS,
    queryOffsetMs: prometheus?.global.rule_query_offset ?? 0,
    externalLabels: externalLabels({ config, prometheus }),
    externalUrl: config.web.external_url ?? "",
    restoring: { toleranceMs: config.rules.for_outage_tolerance, graceMs: config.rules.for_grace_period },
  };
}

/** Those of this program's own section, then those of `global`. */
export function externalLabels({
  config,
  prometheus,
}: Pick<LoadedConfig, "config" | "prometheus">): Record<string, string> {
  return { ...prometheus?.global.external_labels, ...config.external_labels };
}
