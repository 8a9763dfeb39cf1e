/** Targets as the HTTP API shows them; the names of the fields are Prometheus'. */
import { formatDuration, type MetricType } from "@dmon/model";
import type { ScrapedTarget, TargetHealth } from "./scraped-target.ts";

export interface ActiveTarget {
  readonly discoveredLabels: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly scrapePool: string;
  readonly scrapeUrl: string;
  readonly globalUrl: string;
  readonly lastError: string;
  /** RFC 3339; the year 1 before the first scrape. */
  readonly lastScrape: string;
  /** Seconds. */
  readonly lastScrapeDuration: number;
  readonly health: TargetHealth;
  readonly scrapeInterval: string;
  readonly scrapeTimeout: string;
}

export interface DroppedTarget {
  readonly discoveredLabels: Readonly<Record<string, string>>;
  readonly scrapePool: string;
}

export interface TargetMetadata {
  readonly target: Readonly<Record<string, string>>;
  readonly metric: string;
  readonly type: MetricType;
  readonly help: string;
  readonly unit: string;
}

const NEVER = "0001-01-01T00:00:00Z";

export function activeTarget(scraped: ScrapedTarget, job: string, externalHost: string): ActiveTarget {
  const { target } = scraped;
  return {
    discoveredLabels: target.discovered.toObject(),
    labels: target.labels.toObject(),
    scrapePool: job,
    scrapeUrl: target.url,
    globalUrl: target.url.replace(/^(https?:\/\/)(?:127\.0\.0\.1|localhost|\[::1\])(?=[:/?]|$)/, `$1${externalHost}`),
    lastError: scraped.lastError,
    lastScrape: scraped.lastScrapeMs === 0 ? NEVER : new Date(scraped.lastScrapeMs).toISOString(),
    lastScrapeDuration: scraped.lastDurationMs / 1000,
    health: scraped.health,
    scrapeInterval: formatDuration(target.intervalMs),
    scrapeTimeout: formatDuration(target.timeoutMs),
  };
}

export function targetMetadata(scraped: ScrapedTarget): readonly TargetMetadata[] {
  const target = scraped.target.labels.toObject();
  return [...scraped.metadata].map(([metric, metadata]) => ({ target, metric, ...metadata }));
}
