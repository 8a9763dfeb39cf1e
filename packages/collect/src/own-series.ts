/** What a collection says of itself: `up` and the scrape metrics of each job, success and duration of each collector. */
import type { AnyCollectorFactory, Slot } from "./collector.ts";
import type { HostRegistry, Owner } from "./registry.ts";

export const DEFAULT_JOB = "node";

export interface CollectorSeries {
  readonly duration: Slot;
  readonly success: Slot;
}

/** What is said of a collector. */
interface Reported {
  readonly job: string;
  readonly series: CollectorSeries;
  /** False where the machine has no such thing: nothing is said then. */
  readonly present: boolean;
  readonly error: string;
  readonly durationSeconds: number;
}

export class OwnSeries {
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

  write(collectors: readonly Reported[], passMs: number): void {
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

/** Labels of stored series that no family names. */
export function identityOf(job: string, instance: string): readonly (readonly [string, string])[] {
  return [
    ["instance", instance],
    ["job", job],
  ];
}
