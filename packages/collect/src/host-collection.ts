/**
 * The host's collectors together: one pass asks all of them and makes one batch.
 *
 * No collector harms another. One that throws is reported (`node_scrape_collector_success 0`) and logged once, not every
 * second; one that turns out slow is asked less often, and what it said before holds meanwhile; one that finds nothing of
 * its kind is absent and asked again every minute.
 */
import { type BatchSink, type Clock, messageOf, type SourceId } from "@dmon/model";
import type { AnyCollectorFactory, Collector, CollectorRegistry, Host, OptionValue, Slot } from "./collector.ts";
import type { MetricFamily } from "./families.ts";
import { HostRegistry, type Owner } from "./registry.ts";

/** What this package needs of a logger; pino is one. */
export interface CollectLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

/** The choices for one collector, option values by their camelCase names. */
export interface CollectorConfig {
  readonly enabled?: boolean;
  readonly options?: Readonly<Record<string, OptionValue>>;
}

export interface HostCollectionOptions {
  readonly host: Host;
  readonly factories: readonly AnyCollectorFactory[];
  /** By the collector's name; defaults hold for those not named. */
  readonly collectors?: Readonly<Record<string, CollectorConfig>>;
  /** The `instance` label of all stored series. */
  readonly instance: string;
  readonly sink: BatchSink;
  readonly clock: Clock;
  readonly log: CollectLog;
}

export interface HostCollection {
  /** Changes when ended series are dropped. */
  readonly source: SourceId;
  /** Runs all collectors once and hands the batch to the sink. Never throws for what a collector does. */
  collect(atMs: number): void;
  /** What was said last, without `job` and `instance`. */
  families(): readonly MetricFamily[];
  /** State of each collector that is switched on. */
  status(): readonly CollectorStatus[];
  /** Resolves when no background refresh is under way: for one-off readings and tests. A hanging one is not waited for. */
  settled(): Promise<void>;
  /** Ends all series with staleness markers and releases everything but the host. */
  close(atMs: number): void;
}

export interface CollectorStatus {
  readonly name: string;
  /** `absent`: the machine has no such thing. */
  readonly state: "ok" | "failed" | "absent";
  readonly durationSeconds: number;
  /** Why it failed; "" where it did not. */
  readonly error: string;
}

/**
 * A collector that takes longer than this, several times in a row (once may be the machine's load), is slow: it is then asked
 * so rarely that it takes a twentieth of the time.
 */
const SLOW_MS = 20;
const SLOW_IN_A_ROW = 3;
const SLOW_FACTOR = 20;
/** How often an absent collector is asked again. */
const RETRY_ABSENT_MS = 60_000;
const DEFAULT_REFRESH_MS = 5000;
/** A refresh that takes longer counts as failed, and goes on. */
const REFRESH_LIMIT_MS = 15_000;
const COMPACT_EVERY_PASSES = 60;
const DEFAULT_JOB = "node";

export function createHostCollection(options: HostCollectionOptions): HostCollection {
  return new Collection(options);
}

class Collection implements HostCollection {
  readonly #sink: BatchSink;
  readonly #clock: Clock;
  readonly #registry = new HostRegistry();
  readonly #running: RunningCollector[] = [];
  readonly #own: OwnSeries;
  #passes = 0;

  constructor(options: HostCollectionOptions) {
    this.#sink = options.sink;
    this.#clock = options.clock;
    const { instance } = options;
    this.#own = new OwnSeries(this.#registry, instance);
    for (const factory of options.factories) {
      const config = options.collectors?.[factory.name];
      if (!(config?.enabled ?? factory.defaultEnabled)) continue;
      const owner = this.#registry.addOwner(identityOf(factory.job ?? DEFAULT_JOB, instance));
      this.#running.push(
        new RunningCollector(factory, config?.options ?? {}, options, owner, this.#registry, this.#own.of(factory)),
      );
    }
  }

  get source(): SourceId {
    return this.#registry.source;
  }

  collect(atMs: number): void {
    const registry = this.#registry;
    const startedMs = this.#clock.monotonicMs();
    registry.beginPass(atMs, startedMs);
    for (const collector of this.#running) collector.run(registry);
    this.#own.write(this.#running, this.#clock.monotonicMs() - startedMs);
    registry.flush(this.#sink);
    if (++this.#passes % COMPACT_EVERY_PASSES === 0) registry.compactWhereWorth(this.#sink);
  }

  families(): readonly MetricFamily[] {
    return this.#registry.families();
  }

  status(): readonly CollectorStatus[] {
    return this.#running.map((collector) => collector.status());
  }

  async settled(): Promise<void> {
    await Promise.all(this.#running.map((collector) => collector.refreshing));
  }

  close(atMs: number): void {
    // Not at the time of the last batch, whose values are still true.
    this.#registry.endAll(this.#sink, Math.max(atMs, this.#registry.atMs + 1));
    this.#sink.undefine(this.#registry.source);
    for (const collector of this.#running) collector.close();
  }
}

class RunningCollector {
  readonly name: string;
  readonly job: string;
  readonly series: CollectorSeries;
  readonly #factory: AnyCollectorFactory;
  readonly #options: Readonly<Record<string, OptionValue>>;
  readonly #host: Host;
  readonly #clock: Clock;
  readonly #log: CollectLog;
  readonly #owner: Owner;
  readonly #registry: CollectorRegistry;

  #collector: Collector | undefined;
  #createAtMs = Number.NEGATIVE_INFINITY;
  #restUntilMs = Number.NEGATIVE_INFINITY;
  #slowInARow = 0;
  #loggedSlow = false;
  #refreshAtMs = Number.NEGATIVE_INFINITY;
  #refreshStartedMs = 0;
  #refreshMs = 0;
  #refreshError = "";
  #collectMs = 0;
  #collectError = "";
  #loggedError = "";
  /** The refresh under way, if any. */
  refreshing: Promise<void> | undefined;

  constructor(
    factory: AnyCollectorFactory,
    options: Readonly<Record<string, OptionValue>>,
    { host, clock, log }: HostCollectionOptions,
    owner: Owner,
    registry: HostRegistry,
    series: CollectorSeries,
  ) {
    this.name = factory.name;
    this.job = factory.job ?? DEFAULT_JOB;
    this.series = series;
    this.#factory = factory;
    this.#options = withDefaults(factory, options);
    this.#host = host;
    this.#clock = clock;
    this.#log = log;
    this.#owner = owner;
    this.#registry = registry.forOwner(owner);
  }

  /** False where the machine has no such thing. */
  get present(): boolean {
    return this.#collector !== undefined || this.error !== "";
  }

  /** Why it fails, or "". */
  get error(): string {
    return this.#collectError || this.#refreshError;
  }

  get durationSeconds(): number {
    return (this.#collectMs + this.#refreshMs) / 1000;
  }

  status(): CollectorStatus {
    const { name, error, durationSeconds } = this;
    return { name, state: error !== "" ? "failed" : this.present ? "ok" : "absent", durationSeconds, error };
  }

  run(batch: HostRegistry): void {
    const startedMs = this.#clock.monotonicMs();
    if (startedMs < this.#restUntilMs) return;
    batch.ownerRuns(this.#owner);
    try {
      const collector = this.#collector ?? this.#create(startedMs);
      if (collector !== undefined) {
        this.#refreshWhereDue(collector, startedMs);
        if (this.#refreshError === "") collector.collect(batch);
        this.#collectError = "";
      }
    } catch (error) {
      this.#collectError = messageOf(error);
    }
    this.#collectMs = this.#clock.monotonicMs() - startedMs;
    this.#slowInARow = this.#collectMs > SLOW_MS ? this.#slowInARow + 1 : 0;
    if (this.#slowInARow >= SLOW_IN_A_ROW) this.#rest(startedMs);
    this.#report();
  }

  close(): void {
    this.#collector?.close?.();
  }

  /** The collector where it is time to try and the machine has it. The error of a failed try stays until the next. */
  #create(nowMs: number): Collector | undefined {
    if (nowMs < this.#createAtMs) return undefined;
    this.#createAtMs = nowMs + RETRY_ABSENT_MS;
    this.#collectError = "";
    const made = this.#factory.create(this.#host, this.#registry, this.#options as never);
    this.#collector = typeof made === "function" ? { collect: made } : made;
    return this.#collector;
  }

  #refreshWhereDue(collector: Collector, nowMs: number): void {
    if (collector.refresh === undefined) return;
    if (this.refreshing !== undefined) {
      const takenMs = nowMs - this.#refreshStartedMs;
      if (takenMs <= REFRESH_LIMIT_MS) return;
      this.#refreshMs = takenMs;
      this.#refreshError = `did not answer within ${REFRESH_LIMIT_MS / 1000} s`;
      return;
    }
    if (nowMs < this.#refreshAtMs) return;
    this.#refreshAtMs = nowMs + (collector.refreshEveryMs ?? DEFAULT_REFRESH_MS);
    this.#refreshStartedMs = nowMs;
    this.refreshing = this.#refresh(collector);
  }

  async #refresh(collector: Collector): Promise<void> {
    let error = "";
    try {
      await collector.refresh?.();
    } catch (thrown) {
      error = messageOf(thrown);
    }
    this.#refreshError = error;
    this.#refreshMs = this.#clock.monotonicMs() - this.#refreshStartedMs;
    this.refreshing = undefined;
  }

  #rest(startedMs: number): void {
    const restMs = this.#collectMs * SLOW_FACTOR;
    this.#restUntilMs = startedMs + restMs;
    if (this.#loggedSlow) return;
    this.#loggedSlow = true;
    const fields = { collector: this.name, durationMs: Math.round(this.#collectMs), restMs: Math.round(restMs) };
    this.#log.warn(fields, "slow collector: it is asked less often from now on");
  }

  /** Logs a failure when it begins or changes, and its end. */
  #report(): void {
    const { error } = this;
    if (error === this.#loggedError) return;
    if (error !== "") this.#log.warn({ collector: this.name, error }, "collector failed");
    else this.#log.info({ collector: this.name }, "collector works again");
    this.#loggedError = error;
  }
}

interface CollectorSeries {
  readonly duration: Slot;
  readonly success: Slot;
}

/** What the collection says of itself. */
class OwnSeries {
  readonly #registry: HostRegistry;
  readonly #instance: string;
  readonly #node: Owner;
  readonly #jobs = new Map<string, JobSeries>();

  constructor(registry: HostRegistry, instance: string) {
    this.#registry = registry;
    this.#instance = instance;
    this.#node = registry.addOwner(identityOf(DEFAULT_JOB, instance));
    this.#job(DEFAULT_JOB);
  }

  of(factory: AnyCollectorFactory): CollectorSeries {
    this.#job(factory.job ?? DEFAULT_JOB);
    const registry = this.#registry.forOwner(this.#node);
    const labels = ["collector"];
    return {
      duration: registry
        .family(
          "node_scrape_collector_duration_seconds",
          "node_exporter: Duration of a collector scrape.",
          "gauge",
          labels,
        )
        .slot(factory.name),
      success: registry
        .family("node_scrape_collector_success", "node_exporter: Whether a collector succeeded.", "gauge", labels)
        .slot(factory.name),
    };
  }

  write(collectors: readonly RunningCollector[], passMs: number): void {
    const registry = this.#registry;
    registry.ownerRuns(this.#node);
    for (const series of this.#jobs.values()) registry.ownerRuns(series.owner);
    const jobs = new Set([DEFAULT_JOB]);
    for (const collector of collectors) {
      if (!collector.present) continue;
      jobs.add(collector.job);
      registry.set(collector.series.duration, roundedSeconds(collector.durationSeconds));
      registry.set(collector.series.success, collector.error === "" ? 1 : 0);
    }
    const added = registry.addedInPass;
    const present = registry.presentCount();
    for (const job of jobs) {
      const series = this.#jobs.get(job)!;
      registry.set(series.up, 1);
      if (job !== DEFAULT_JOB) continue;
      registry.set(series.duration, roundedSeconds(passMs / 1000));
      registry.set(series.scraped, present);
      registry.set(series.postRelabel, present);
      registry.set(series.added, added);
    }
  }

  #job(job: string): void {
    if (this.#jobs.has(job)) return;
    const owner = this.#registry.addOwner(identityOf(job, this.#instance));
    const registry = this.#registry.forOwner(owner, true);
    this.#jobs.set(job, {
      owner,
      up: registry.family("up", "", "gauge", ["job"]).slot(job),
      duration: registry.family("scrape_duration_seconds", "", "gauge", ["job"]).slot(job),
      scraped: registry.family("scrape_samples_scraped", "", "gauge", ["job"]).slot(job),
      postRelabel: registry.family("scrape_samples_post_metric_relabeling", "", "gauge", ["job"]).slot(job),
      added: registry.family("scrape_series_added", "", "gauge", ["job"]).slot(job),
    });
  }
}

interface JobSeries {
  readonly owner: Owner;
  readonly up: Slot;
  readonly duration: Slot;
  readonly scraped: Slot;
  readonly postRelabel: Slot;
  readonly added: Slot;
}

/** To 10 µs and never 0: finer digits are noise that would cost more to keep than all else a quiet collector says. */
function roundedSeconds(seconds: number): number {
  return Math.ceil(seconds * 1e5) / 1e5;
}

function identityOf(job: string, instance: string): readonly (readonly [string, string])[] {
  return [
    ["instance", instance],
    ["job", job],
  ];
}

function withDefaults(
  { options = {} }: AnyCollectorFactory,
  given: Readonly<Record<string, OptionValue>>,
): Readonly<Record<string, OptionValue>> {
  const defaults = Object.entries(options).map(([name, option]) => [name, option.default] as const);
  return { ...Object.fromEntries(defaults), ...given };
}
