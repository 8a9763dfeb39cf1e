/**
 * Everything that can be known of a configuration without starting: that it can be read, that the files it names can, that it
 * may listen where it says; and what in it will have no effect.
 */
import { resolve } from "node:path";
import { DmonError } from "@dmon/model";
import { parseListen, requireSafeListen } from "../security/listen.ts";
import { type ConfigOverrides, type LoadedConfig, loadConfig } from "./load.ts";

/**
 * @returns warnings, each a sentence
 * @throws {DmonError} whatever would keep the program from starting with it
 */
export async function checkConfig(overrides: ConfigOverrides): Promise<readonly string[]> {
  const loaded = await loadConfig(overrides);
  const address = parseListen(loaded.config.listen);
  const { config_file: webFile } = loaded.config.web;
  if (webFile === undefined) requireSafeListen(address, false);
  else {
    const { loadWebConfig } = await import("../security/web-config.ts");
    const { users } = loadWebConfig(resolve(loaded.baseDir, webFile));
    requireSafeListen(address, users.size > 0);
  }
  const { ruleSettings } = await import("../rules/settings.ts");
  await ruleSettings(loaded);
  const { scrapeJobs } = await import("../scrape/jobs.ts");
  const jobs = await scrapeJobs(loaded);
  const warnings = await configWarnings(loaded);
  if (loaded.prometheus === undefined) return warnings;
  const { checkReferences } = await import("@dmon/collect/prometheus-config");
  const found = await checkReferences(loaded.prometheus, jobs, loaded.baseDir);
  if (found.errors.length > 0) throw new DmonError("config_invalid", found.errors.join("\n"));
  return [...warnings, ...found.warnings];
}

/** What is accepted, because a prometheus.yml may say it, and does nothing here. */
export async function configWarnings({ prometheus }: LoadedConfig): Promise<string[]> {
  if (prometheus === undefined) return [];
  const warnings: string[] = [];
  const count = (list: readonly unknown[] | null | undefined): number => list?.length ?? 0;
  if (count(prometheus.alerting.alertmanagers) > 0) {
    warnings.push("alerting.alertmanagers: alerts are evaluated and shown, but not sent to Alertmanagers yet");
  }
  if (count(prometheus.remote_write) > 0) warnings.push("remote_write: nothing is sent to other servers yet");
  if (count(prometheus.remote_read) > 0) warnings.push("remote_read: queries are answered from this store only");
  if (prometheus.tracing !== undefined) warnings.push("tracing: no traces are sent");
  const { unsupportedDiscovery } = await import("@dmon/collect/prometheus-config");
  for (const job of prometheus.scrape_configs ?? []) {
    for (const key of unsupportedDiscovery(job)) {
      warnings.push(
        `scrape job ${JSON.stringify(job.job_name)}: ${key} is not supported yet, its targets will be missing`,
      );
    }
  }
  return warnings;
}
