/** Looking things up in what the collectors said: by family and labels, without caring for their order. */
import type { MetricFamily } from "@dmon/collect";

export interface ViewedSample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export class FamiliesView {
  readonly atMs: number;
  readonly #families = new Map<string, MetricFamily>();
  readonly #samples = new Map<string, readonly ViewedSample[]>();

  /** @param atMs monotonic ms at which it was said; rates are taken from the distance of two views */
  constructor(families: readonly MetricFamily[], atMs: number) {
    this.atMs = atMs;
    for (const family of families) this.#families.set(family.name, family);
  }

  /** All series of a family; none where it is absent. */
  samples(name: string): readonly ViewedSample[] {
    let samples = this.#samples.get(name);
    if (samples === undefined) {
      const family = this.#families.get(name);
      samples = (family?.samples ?? []).map(({ labelValues, value }) => ({
        labels: Object.fromEntries(family!.labelNames.map((label, i) => [label, labelValues[i]!])),
        value,
      }));
      this.#samples.set(name, samples);
    }
    return samples;
  }

  /** The value of the first series that has all of `labels`; undefined where there is none. */
  value(name: string, labels: Readonly<Record<string, string>> = {}): number | undefined {
    const wanted = Object.entries(labels);
    return this.samples(name).find((sample) => wanted.every(([label, value]) => sample.labels[label] === value))?.value;
  }

  has(name: string): boolean {
    return this.#families.has(name);
  }
}

/** Two views of one host, some time apart. */
export class Interval {
  readonly before: FamiliesView;
  readonly after: FamiliesView;
  readonly seconds: number;

  constructor(before: FamiliesView, after: FamiliesView) {
    this.before = before;
    this.after = after;
    this.seconds = Math.max(0, (after.atMs - before.atMs) / 1000);
  }

  /** How much a counter grew a second; 0 where it is new, was reset, or no time passed. */
  rate(name: string, labels: Readonly<Record<string, string>> = {}): number {
    const now = this.after.value(name, labels) ?? 0;
    const then = this.before.value(name, labels) ?? now;
    return this.seconds > 0 ? Math.max(0, now - then) / this.seconds : 0;
  }
}
