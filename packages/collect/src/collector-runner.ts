/**
 * One collector in use: made when the machine has its thing, asked at each pass, refreshed aside, reported when it fails.
 */
import { type Clock, messageOf } from "@dmon/model";
import type { AnyCollectorFactory, Collector, CollectorRegistry, Host, OptionValue } from "./collector.ts";
import { waitedForCpuMs } from "./host/waited.ts";
import { type CollectorSeries, DEFAULT_JOB } from "./own-series.ts";
import type { HostRegistry, Owner } from "./registry.ts";

/** What this package needs of a logger; pino is one. */
export interface CollectLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
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
 * A collector that takes longer than this several times in a row, without the time in which the thread waited for a CPU (then
 * it is the machine's load that is slow), is asked so rarely from then on that it takes a twentieth of the time.
 */
const SLOW_MS = 20;
const SLOW_IN_A_ROW = 3;
const SLOW_FACTOR = 20;
/** How often an absent collector is asked again. */
const RETRY_ABSENT_MS = 60_000;
const DEFAULT_REFRESH_MS = 5000;
/** A refresh that takes longer counts as failed, and goes on. */
export const REFRESH_LIMIT_MS = 15_000;
/** What all collectors of a collection share. */
export interface Surroundings {
  readonly host: Host;
  readonly clock: Clock;
  readonly log: CollectLog;
  /** How long this thread waited for a CPU so far, ms; the kernel's count where not given. */
  readonly waitedMs?: () => number;
}

export class RunningCollector {
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
  readonly #waitedMs: () => number;

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
    { host, clock, log, waitedMs = waitedForCpuMs }: Surroundings,
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
    this.#waitedMs = waitedMs;
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

  /**
   * @param startedMs the monotonic clock now
   * @returns the monotonic clock after it
   */
  run(batch: HostRegistry, startedMs: number): number {
    if (startedMs < this.#restUntilMs) return startedMs;
    batch.ownerRuns(this.#owner);
    if (this.#collector === undefined && startedMs < this.#createAtMs) return startedMs;
    const waitedMs = this.#slowInARow > 0 ? this.#waitedMs() : 0;
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
    const endedMs = this.#clock.monotonicMs();
    this.#collectMs = endedMs - startedMs;
    if (this.#collectMs > SLOW_MS) this.#suspect(startedMs, waitedMs);
    else this.#slowInARow = 0;
    this.#report();
    return endedMs;
  }

  close(): void {
    this.#collector?.close?.();
  }

  /** @param waitedMs from the second time in a row on: how long the thread had waited for a CPU when the collector began */
  #suspect(startedMs: number, waitedMs: number): void {
    if (this.#slowInARow > 0 && this.#collectMs - (this.#waitedMs() - waitedMs) <= SLOW_MS) return;
    if (++this.#slowInARow >= SLOW_IN_A_ROW) this.#rest(startedMs);
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

function withDefaults(
  { options = {} }: AnyCollectorFactory,
  given: Readonly<Record<string, OptionValue>>,
): Readonly<Record<string, OptionValue>> {
  const defaults = Object.entries(options).map(([name, option]) => [name, option.default] as const);
  return { ...Object.fromEntries(defaults), ...given };
}
