/** Scraped targets: loads the scraper when the configuration names some, and shows what it does. */
import { nextSourceId } from "@dmon/collect";
import type { PrometheusConfig } from "@dmon/collect/prometheus-config";
import type { ScrapeManager } from "@dmon/collect/scrape";
import type { BatchSink, Clock } from "@dmon/model";
import type { Log } from "../log.ts";

export interface ScrapingOptions {
  readonly sink: BatchSink;
  readonly clock: Clock;
  readonly log: Log;
  readonly version: string;
}

export class Scraping {
  readonly #options: ScrapingOptions;
  #manager: ScrapeManager | undefined;

  constructor(options: ScrapingOptions) {
    this.#options = options;
  }

  /** Undefined while nothing is scraped. */
  get manager(): ScrapeManager | undefined {
    return this.#manager;
  }

  async apply(config: PrometheusConfig | undefined, baseDir: string): Promise<void> {
    const hasJobs = (config?.scrape_configs ?? []).length > 0;
    if (!hasJobs && this.#manager === undefined) return;
    const { sink, clock, log, version } = this.#options;
    const [{ createScrapeManager }, { scrapeJobsOf }] = await Promise.all([
      import("@dmon/collect/scrape"),
      import("@dmon/collect/prometheus-config"),
    ]);
    this.#manager ??= createScrapeManager({
      sink,
      clock,
      log,
      allocateSource: nextSourceId,
      userAgent: `DevOpsMonitor/${version}`,
      baseDir,
    });
    this.#manager.apply(config === undefined ? [] : scrapeJobsOf(config));
  }

  stop(): void {
    this.#manager?.stop();
  }
}
