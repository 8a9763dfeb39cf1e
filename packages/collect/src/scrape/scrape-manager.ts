/** All scrape jobs: applies a configuration, answers what the targets are doing. */
import { hostname } from "node:os";
import type { BatchSink, Clock, SourceId } from "@dmon/model";
import { FailureLogs } from "./failure-log.ts";
import { Schedule } from "./schedule.ts";
import type { ScrapeJob } from "./scrape-config.ts";
import { type PoolOptions, type ScrapeLog, ScrapePool } from "./scrape-pool.ts";
import {
  type ActiveTarget,
  activeTarget,
  type DroppedTarget,
  type TargetMetadata,
  targetMetadata,
} from "./target-status.ts";

export interface ScrapeManagerOptions {
  readonly sink: BatchSink;
  readonly clock: Clock;
  readonly log: ScrapeLog;
  readonly allocateSource: () => SourceId;
  /** Product and version, for `User-Agent`. */
  readonly userAgent?: string;
  /** Directory of the configuration file: relative names in it start there. */
  readonly baseDir?: string;
  /** Name of this machine in `globalUrl`, in place of a loopback address. */
  readonly externalHost?: string;
  /** Spreads the scrapes of several servers over the interval; the host's name unless given. */
  readonly offsetSeed?: string;
}

export interface ScrapeManager {
  /** Starts, changes and ends jobs. Jobs that did not change go on untouched. */
  apply(jobs: readonly ScrapeJob[]): void;
  /** As `activeTargets` of `/api/v1/targets`, in order of job and labels. */
  targets(): readonly ActiveTarget[];
  droppedTargets(): readonly DroppedTarget[];
  /** How many targets each job dropped. */
  droppedTargetCounts(): Readonly<Record<string, number>>;
  /** As `/api/v1/targets/metadata`, unfiltered. */
  targetsMetadata(): readonly TargetMetadata[];
  scrapePools(): readonly string[];
  /** Scrapes that wait for their target at this moment. */
  running(): number;
  /** Ends all scraping. Series do not end: the next start goes on with them. */
  stop(): void;
}

export function createScrapeManager(options: ScrapeManagerOptions): ScrapeManager {
  const schedule = new Schedule(options.clock);
  const pools = new Map<string, ScrapePool>();
  const baseDir = options.baseDir ?? ".";
  const failures = new FailureLogs(options.log, baseDir);
  const poolOptions: PoolOptions = {
    sink: options.sink,
    clock: options.clock,
    log: options.log,
    allocateSource: options.allocateSource,
    userAgent: options.userAgent ?? "DevOpsMonitor",
    baseDir,
    failures,
    offsetSeed: options.offsetSeed ?? hostname(),
  };
  const externalHost = options.externalHost ?? hostname();
  const sorted = () => [...pools.values()].sort((a, b) => (a.job.name < b.job.name ? -1 : 1));
  return {
    apply(jobs) {
      failures.use(jobs.map((job) => job.failureLogFile));
      const names = new Set(jobs.map((job) => job.name));
      for (const [name, pool] of pools) {
        if (names.has(name)) continue;
        pool.stop(true);
        pools.delete(name);
      }
      for (const job of jobs) {
        const known = pools.get(job.name);
        if (known === undefined) pools.set(job.name, new ScrapePool(job, schedule, poolOptions));
        else if (fingerprint(known.job) !== fingerprint(job)) known.reconfigure(job);
      }
    },
    targets: () =>
      sorted().flatMap((pool) =>
        pool
          .targets()
          .map((scraped) => activeTarget(scraped, pool.job.name, externalHost))
          .sort((a, b) => (JSON.stringify(a.labels) < JSON.stringify(b.labels) ? -1 : 1)),
      ),
    droppedTargets: () =>
      sorted().flatMap((pool) =>
        pool.dropped.map((labels) => ({ discoveredLabels: labels.toObject(), scrapePool: pool.job.name })),
      ),
    droppedTargetCounts: () => Object.fromEntries(sorted().map((pool) => [pool.job.name, pool.droppedCount])),
    targetsMetadata: () => sorted().flatMap((pool) => pool.targets().flatMap(targetMetadata)),
    running: () =>
      [...pools.values()].reduce((sum, pool) => sum + pool.targets().filter((each) => each.busy).length, 0),
    scrapePools: () => sorted().map((pool) => pool.job.name),
    stop() {
      for (const pool of pools.values()) pool.stop(false);
      pools.clear();
      schedule.stop();
      failures.close();
    },
  };
}

/** A text that is equal for equal jobs; compiled rules count by their source. */
function fingerprint(job: ScrapeJob): string {
  return JSON.stringify(job, (_, value: unknown) => (typeof value === "bigint" ? String(value) : value));
}
