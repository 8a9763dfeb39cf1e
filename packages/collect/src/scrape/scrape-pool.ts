/** One job: its discoveries, its targets, and when each is scraped. */
import { createHash } from "node:crypto";
import { type BatchSink, type Clock, type Labels, type MetricMetadata, messageOf, type SourceId } from "@dmon/model";
import { type Discoverer, type DiscoveryContext, discoverDns, discoverFiles, discoverHttp } from "./discovery.ts";
import type { TargetGroup } from "./discovery-config.ts";
import type { FailureLogs } from "./failure-log.ts";
import { HttpClient } from "./http-client.ts";
import type { Schedule, Scheduled } from "./schedule.ts";
import type { ScrapeJob } from "./scrape-config.ts";
import { type PoolContext, ScrapedTarget } from "./scraped-target.ts";
import { buildTarget, type ScrapeTarget } from "./target.ts";

export interface ScrapeLog {
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
}

export interface PoolOptions {
  readonly sink: BatchSink;
  readonly clock: Clock;
  readonly log: ScrapeLog;
  readonly allocateSource: () => SourceId;
  readonly userAgent: string;
  readonly baseDir: string;
  readonly failures: FailureLogs;
  /** Spreads the scrapes of several servers over the interval. */
  readonly offsetSeed: string;
}

interface Running {
  readonly scraped: ScrapedTarget;
  readonly timer: Scheduled;
}

export class ScrapePool {
  readonly #options: PoolOptions;
  readonly #schedule: Schedule;
  readonly #running = new Map<string, Running>();
  /** Groups by discoverer. */
  readonly #groups = new Map<number, readonly TargetGroup[]>();
  /** Groups of before a change of settings; they count until every discoverer has answered anew. */
  #retained: readonly TargetGroup[] = [];
  readonly #waitingFor = new Set<number>();
  readonly #metadata = new Map<string, string>();
  #job: ScrapeJob;
  #client: HttpClient;
  #discoverers: Discoverer[] = [];
  #sdClients: HttpClient[] = [];
  #dropped: Labels[] = [];
  #droppedCount = 0;
  #faults = "";
  /** Grows when discoveries end: what one of them finds afterwards is not taken. */
  #generation = 0;

  constructor(job: ScrapeJob, schedule: Schedule, options: PoolOptions) {
    this.#job = job;
    this.#schedule = schedule;
    this.#options = options;
    this.#client = this.#newClient(job.http);
    this.#discover();
  }

  get job(): ScrapeJob {
    return this.#job;
  }

  targets(): readonly ScrapedTarget[] {
    return [...this.#running.values()].map((each) => each.scraped);
  }

  /** Discovered labels of targets that relabelling dropped, as many as are remembered. */
  get dropped(): readonly Labels[] {
    return this.#dropped;
  }

  get droppedCount(): number {
    return this.#droppedCount;
  }

  /** Goes on with changed settings; targets that stay keep their series. */
  reconfigure(job: ScrapeJob): void {
    // A scrape under way ends as it began: a reload is no failure of a target.
    const longestMs = Math.max(this.#job.timeoutMs, ...this.targets().map((each) => each.target.timeoutMs));
    const close = this.#release();
    this.#options.clock.after(longestMs, close);
    this.#job = job;
    this.#client = this.#newClient(job.http);
    const context = this.#context();
    for (const { scraped } of this.#running.values()) scraped.reconfigure(context);
    this.#discover();
  }

  /** @param stale whether the series of the targets end now */
  stop(stale: boolean): void {
    this.#release()();
    for (const { scraped, timer } of this.#running.values()) {
      this.#schedule.cancel(timer);
      scraped.end(stale);
    }
    this.#running.clear();
  }

  /** Ends the discoveries. @returns what closes the connections */
  #release(): () => void {
    this.#generation++;
    for (const discoverer of this.#discoverers) discoverer.stop();
    const clients = [this.#client, ...this.#sdClients];
    this.#discoverers = [];
    this.#sdClients = [];
    return () => {
      for (const client of clients) client.close();
    };
  }

  #discover(): void {
    const { discovery } = this.#job;
    this.#retained = [...this.#groups].flatMap(([id, groups]) => (id === STATIC ? [] : groups));
    this.#groups.clear();
    this.#waitingFor.clear();
    this.#groups.set(STATIC, discovery.static_configs ?? []);
    const generation = this.#generation;
    let next = STATIC + 1;
    const context = (): DiscoveryContext => {
      const id = next++;
      this.#waitingFor.add(id);
      return {
        clock: this.#options.clock,
        baseDir: this.#options.baseDir,
        warn: (message) => this.#options.log.warn({ job: this.#job.name, error: message }, "target discovery failed"),
        update: (groups) => {
          if (generation !== this.#generation) return;
          this.#groups.set(id, groups);
          this.#waitingFor.delete(id);
          this.#sync();
        },
      };
    };
    this.#discoverers = [
      ...(discovery.file_sd_configs ?? []).map((config) => discoverFiles(config, context())),
      ...(discovery.http_sd_configs ?? []).map((config) => {
        const client = this.#newClient(config);
        this.#sdClients.push(client);
        return discoverHttp(config, client, context());
      }),
      ...(discovery.dns_sd_configs ?? []).map((config) => discoverDns(config, context())),
    ];
    this.#sync();
  }

  /** Brings the running targets in line with what was discovered. */
  #sync(): void {
    const wanted = this.#build();
    for (const [key, { scraped, timer }] of this.#running) {
      if (wanted.has(key)) continue;
      this.#schedule.cancel(timer);
      scraped.end(true);
      this.#running.delete(key);
    }
    const { targetLimit } = this.#job;
    const overLimit =
      targetLimit > 0 && wanted.size > targetLimit
        ? `target_limit exceeded (number of targets: ${wanted.size}, limit: ${targetLimit})`
        : "";
    const context = this.#context();
    for (const [key, target] of wanted) {
      const known = this.#running.get(key);
      if (known !== undefined) {
        known.scraped.fault = overLimit;
        const sameRhythm = known.scraped.target.intervalMs === target.intervalMs;
        known.scraped.retarget(target);
        if (sameRhythm) continue;
        this.#schedule.cancel(known.timer);
        this.#running.set(key, { scraped: known.scraped, timer: this.#start(known.scraped, target) });
        continue;
      }
      const scraped = new ScrapedTarget(target, context);
      scraped.fault = overLimit;
      this.#running.set(key, { scraped, timer: this.#start(scraped, target) });
    }
  }

  #build(): Map<string, ScrapeTarget> {
    const wanted = new Map<string, ScrapeTarget>();
    const dropped: Labels[] = [];
    const faults: string[] = [];
    const keep = this.#job.keepDroppedTargets || Number.POSITIVE_INFINITY;
    this.#droppedCount = 0;
    if (this.#waitingFor.size === 0) this.#retained = [];
    for (const group of [...this.#retained, ...[...this.#groups.values()].flat()]) {
      for (const address of group.targets) {
        try {
          const built = buildTarget(this.#job, address, Object.entries(group.labels));
          if (built.kind === "active") wanted.set(built.target.key, built.target);
          else {
            this.#droppedCount++;
            if (dropped.length < keep) dropped.push(built.discovered);
          }
        } catch (error) {
          faults.push(`${address}: ${messageOf(error)}`);
        }
      }
    }
    this.#dropped = dropped;
    const said = faults.join("; ");
    if (said !== "" && said !== this.#faults) {
      this.#options.log.warn({ job: this.#job.name, error: said }, "targets cannot be scraped");
    }
    this.#faults = said;
    return wanted;
  }

  #start(scraped: ScrapedTarget, target: ScrapeTarget): Scheduled {
    const { intervalMs } = target;
    const sinceMs = this.#options.clock.nowMs() % intervalMs;
    const offsetMs = offsetOf(`${this.#options.offsetSeed}\n${target.key}`, intervalMs);
    const firstMs = (intervalMs - sinceMs + offsetMs) % intervalMs;
    return this.#schedule.every(intervalMs, firstMs, () => void scraped.scrape());
  }

  #newClient(config: ConstructorParameters<typeof HttpClient>[0]["config"]): HttpClient {
    const { clock, userAgent, baseDir } = this.#options;
    return new HttpClient({ config, clock, userAgent, baseDir });
  }

  #context(): PoolContext {
    const { clock, sink, allocateSource, failures } = this.#options;
    const job = this.#job;
    return {
      job,
      client: this.#client,
      clock,
      sink,
      allocateSource,
      onFailure: (url, message) =>
        failures.add(job.failureLogFile, { atMs: clock.nowMs(), job: job.name, url, message }),
      onMetadata: (metric, metadata) => this.#passOn(metric, metadata),
    };
  }

  #passOn(metric: string, metadata: MetricMetadata): void {
    const said = `${metadata.type}\n${metadata.unit}\n${metadata.help}`;
    if (this.#metadata.get(metric) === said) return;
    this.#metadata.set(metric, said);
    this.#options.sink.setMetadata(metric, metadata);
  }
}

/** Number of the static groups among the discoverers. */
const STATIC = 0;

/** A stable point within the interval, evenly spread over targets. */
function offsetOf(key: string, intervalMs: number): number {
  const hash = createHash("md5").update(key).digest();
  return (hash.readUInt32BE(0) * 0x100000 + (hash.readUInt32BE(4) >>> 12)) % intervalMs;
}
