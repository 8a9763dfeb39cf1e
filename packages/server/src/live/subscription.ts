/**
 * A set of selectors and the series that match it. Connections with the same selectors share one subscription, so that a
 * frame is written once however many dashboards show it.
 */
import { formatJsonFloat, type LiveSeries, SampleKind } from "@dmon/model";
import type { LabelTest } from "../label-test.ts";
import type { SeriesTable } from "./series-table.ts";

/** Its values are written as JSON at most once a collection. */
export class Subscription {
  readonly key: string;
  readonly #test: LabelTest;
  readonly #table: SeriesTable;
  readonly refs = new Set<number>();
  readonly #changed = new Set<number>();
  #ended: number[] = [];
  /** How many connections use it. */
  userCount = 0;

  constructor(key: string, test: LabelTest, table: SeriesTable) {
    this.key = key;
    this.#test = test;
    this.#table = table;
    table.labels.forEach((labels, ref) => {
      if (labels !== undefined && test(labels)) this.refs.add(ref);
    });
  }

  /** @returns those of the new series that belong to it */
  join(refs: readonly number[]): LiveSeries[] {
    const joined = refs.filter((ref) => this.#test(this.#table.labels[ref]!));
    for (const ref of joined) this.refs.add(ref);
    return joined.map((ref) => this.#describe(ref));
  }

  /** Series that are gone for good; the next frame says so. */
  leave(refs: readonly number[]): void {
    for (const ref of refs) {
      this.#changed.delete(ref);
      if (this.refs.delete(ref)) this.#ended.push(ref);
    }
  }

  describeAll(): LiveSeries[] {
    return [...this.refs].map((ref) => this.#describe(ref));
  }

  noteChange(ref: number): void {
    if (this.refs.has(ref)) this.#changed.add(ref);
  }

  /** `[ref,value],…` of what changed since the last call; empty where nothing did. */
  takeChanges(): string {
    const ended = this.#ended.map((ref) => `[${ref},null]`);
    const parts = [...ended, ...this.#values(this.#changed)];
    this.#ended = [];
    this.#changed.clear();
    return parts.join(",");
  }

  /** `[ref,value],…` of all that is there. */
  fullValues(): string {
    return this.#values(this.refs).join(",");
  }

  #describe(ref: number): LiveSeries {
    return { ref, metric: this.#table.labels[ref]!.toObject() };
  }

  #values(refs: Iterable<number>): string[] {
    const { values, kinds } = this.#table;
    const parts: string[] = [];
    for (const ref of refs) {
      if (kinds[ref] === SampleKind.ABSENT) continue;
      const value = values[ref]!;
      if (kinds[ref] === SampleKind.STALE) parts.push(`[${ref},null]`);
      else parts.push(Number.isFinite(value) ? `[${ref},${value}]` : `[${ref},"${formatJsonFloat(value)}"]`);
    }
    return parts;
  }
}
