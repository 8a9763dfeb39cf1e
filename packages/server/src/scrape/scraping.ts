/** Scraped targets: loads the scraper when the configuration names some, and shows what it does. */
import { nextSourceId } from "@dmon/collect";
import type { ScrapeJob, ScrapeManager } from "@dmon/collect/scrape";
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

  /** @param baseDir where relative names of files in the jobs start */
  async apply(jobs: readonly ScrapeJob[], baseDir: string): Promise<void> {
    if (jobs.length === 0 && this.#manager === undefined) return;
    const { sink, clock, log, version } = this.#options;
    const { createScrapeManager } = await import("@dmon/collect/scrape");
    this.#manager ??= createScrapeManager({
      sink,
      clock,
      log,
      allocateSource: nextSourceId,
      userAgent: `DevOpsMonitor/${version}`,
      baseDir,
    });
    this.#manager.apply(jobs);
  }

  stop(): void {
    this.#manager?.stop();
  }
}
