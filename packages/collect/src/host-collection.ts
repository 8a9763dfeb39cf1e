/**
 * The host's collectors together: one pass asks all of them and makes one batch.
 *
 * No collector harms another. One that throws is reported (`node_scrape_collector_success 0`) and logged once, not every
 * second; one that turns out slow is asked less often, and what it said before holds meanwhile; one that finds nothing of
 * its kind is absent and asked again every minute.
 */
import type { BatchSink, Clock, SourceId } from "@dmon/model";
import type { AnyCollectorFactory, Host, OptionValue } from "./collector.ts";
import { type CollectLog, type CollectorStatus, REFRESH_LIMIT_MS, RunningCollector } from "./collector-runner.ts";
import type { MetricFamily } from "./families.ts";
import { DEFAULT_JOB, identityOf, OwnSeries } from "./own-series.ts";
import { HostRegistry } from "./registry.ts";

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
  /** How long this thread waited for a CPU so far, ms; the kernel's count where not given. */
  readonly waitedMs?: () => number;
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
  /** Resolves when no refresh is under way, or all that are take too long: for one-off readings and tests. */
  settled(): Promise<void>;
  /** Ends all series with staleness markers and releases everything but the host. */
  close(atMs: number): void;
}

const COMPACT_EVERY_PASSES = 60;

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
    let nowMs = startedMs;
    for (const collector of this.#running) nowMs = collector.run(registry, nowMs);
    this.#own.write(this.#running, nowMs - startedMs);
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
    const all = Promise.all(this.#running.map((collector) => collector.refreshing));
    let cancel = () => {};
    const patience = new Promise<void>((resolve) => {
      cancel = this.#clock.after(REFRESH_LIMIT_MS, resolve);
    });
    await Promise.race([all, patience]);
    cancel();
  }

  close(atMs: number): void {
    // Not at the time of the last batch, whose values are still true.
    this.#registry.endAll(this.#sink, Math.max(atMs, this.#registry.atMs + 1));
    for (const collector of this.#running) collector.close();
  }
}
