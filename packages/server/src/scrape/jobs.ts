/** From configuration to what is scraped: the jobs of the file itself, and those of its `scrape_config_files`. */
import type { ScrapeJob } from "@dmon/collect/scrape";
import { DmonError } from "@dmon/model";
import type { LoadedConfig } from "../config/load.ts";

/** @throws {DmonError} `config_file`, `config_invalid`: a line a problem */
export async function scrapeJobs({ prometheus, baseDir }: LoadedConfig): Promise<readonly ScrapeJob[]> {
  const isNamed = (list: readonly unknown[] | null | undefined): boolean => (list?.length ?? 0) > 0;
  if (prometheus === undefined || !(isNamed(prometheus.scrape_configs) || isNamed(prometheus.scrape_config_files))) {
    return [];
  }
  const { allScrapeJobs } = await import("@dmon/collect/prometheus-config");
  const { jobs, errors } = await allScrapeJobs(prometheus, baseDir);
  if (errors.length > 0) throw new DmonError("config_invalid", errors.join("\n"));
  return jobs;
}
