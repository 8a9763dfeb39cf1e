/**
 * A `Queryable` over samples in memory, for test scripts and rule unit tests.
 *
 * Samples of a series must come in ascending time; the same time twice replaces the sample, an older one throws.
 * Native histograms are given the counter reset hints that Prometheus' own store would give back (`storedHint`), because the
 * scripts were written against it and PromQL warns by these hints.
 */
import {
  compareLabels,
  compareStrings,
  DmonError,
  type FloatHistogram,
  type Labels,
  type Matcher,
  type MetricMetadata,
  type NameQuery,
  type Queryable,
  type SampleColumns,
  SampleKind,
  type SelectedSeries,
  type SelectHints,
  type Selection,
  type SeriesExemplars,
  type Slices,
} from "@dmon/model";
import { matcherPredicate } from "../matcher.ts";
import { storedHint } from "./stored-hint.ts";

class StoredSeries implements SelectedSeries {
  readonly labels: Labels;
  readonly timesMs: number[] = [];
  readonly values: number[] = [];
  readonly kinds: SampleKind[] = [];
  readonly startMs: number[] = [];
  readonly histograms: (FloatHistogram | undefined)[] = [];

  constructor(labels: Labels) {
    this.labels = labels;
  }

  append(atMs: number, kind: SampleKind, value: number, histogram: FloatHistogram | undefined, startMs: number): void {
    const lastMs = this.timesMs.at(-1);
    if (lastMs !== undefined && atMs < lastMs) {
      throw new DmonError("out_of_order", `out of order sample for ${this.labels} at ${atMs} ms, after ${lastMs} ms`);
    }
    const at = lastMs === atMs ? this.timesMs.length - 1 : this.timesMs.length;
    this.timesMs[at] = atMs;
    this.kinds[at] = kind;
    this.values[at] = value;
    this.startMs[at] = startMs;
    this.histograms[at] = histogram && {
      ...histogram,
      counterResetHint: storedHint(this.histograms[at - 1], this.kinds[at - 1], histogram),
    };
  }

  read(minMs: number, maxMs: number, out: SampleColumns): void {
    out.clear();
    const from = lowerBound(this.timesMs, minMs);
    let to = from;
    while (to < this.timesMs.length && this.timesMs[to]! <= maxMs) to++;
    out.reserve(to - from);
    for (let i = from; i < to; i++) this.#copy(i, i - from, out);
    out.length = to - from;
  }

  #copy(from: number, to: number, out: SampleColumns): void {
    const kind = this.kinds[from]!;
    out.timesMs[to] = this.timesMs[from]!;
    out.values[to] = this.values[from]!;
    out.kinds[to] = kind;
    if (!Number.isNaN(this.startMs[from])) {
      if (!out.hasStart) out.enableStart();
      out.startMs[to] = this.startMs[from]!;
    } else if (out.hasStart) out.startMs[to] = Number.NaN;
    if (kind === SampleKind.STALE) out.hasStale = true;
    if (kind === SampleKind.HISTOGRAM) out.hasHistograms = true;
    out.histograms[to] = this.histograms[from];
  }

  readTier(): void {
    throw new Error("BUG: an in-memory selection has no tiers");
  }
}

export class MemoryStorage implements Queryable {
  #byKey = new Map<string, StoredSeries>();
  #metadata = new Map<string, readonly MetricMetadata[]>();

  /** @param startMs when the counter began; NaN where unknown */
  appendFloat(labels: Labels, atMs: number, value: number, startMs = Number.NaN): void {
    this.#series(labels).append(atMs, SampleKind.FLOAT, value, undefined, startMs);
  }

  appendHistogram(labels: Labels, atMs: number, histogram: FloatHistogram, startMs = Number.NaN): void {
    this.#series(labels).append(atMs, SampleKind.HISTOGRAM, Number.NaN, histogram, startMs);
  }

  appendStale(labels: Labels, atMs: number): void {
    this.#series(labels).append(atMs, SampleKind.STALE, Number.NaN, undefined, Number.NaN);
  }

  /** Forgets everything. */
  clear(): void {
    this.#byKey.clear();
    this.#metadata.clear();
  }

  select(matchers: readonly Matcher[], _hints: SelectHints): Slices<Selection> {
    return done({ tier: "raw", tierStepMs: 0, series: this.#matching([matchers]), infos: [], warnings: [] });
  }

  series(query: NameQuery): Slices<readonly Labels[]> {
    const labels = this.#within(query).map((series) => series.labels);
    return done(limited(labels, query.limit));
  }

  labelNames(query: NameQuery): Slices<readonly string[]> {
    const names = new Set(this.#within(query).flatMap((series) => [...series.labels].map(([name]) => name)));
    return done(limited([...names].sort(compareStrings), query.limit));
  }

  labelValues(name: string, query: NameQuery): Slices<readonly string[]> {
    const values = new Set(this.#within(query).map((series) => series.labels.get(name)));
    values.delete("");
    return done(limited([...values].sort(compareStrings), query.limit));
  }

  exemplars(_query: NameQuery): Slices<readonly SeriesExemplars[]> {
    return done([]);
  }

  metadata(_metric?: string): ReadonlyMap<string, readonly MetricMetadata[]> {
    return this.#metadata;
  }

  #series(labels: Labels): StoredSeries {
    let series = this.#byKey.get(labels.key);
    if (series === undefined) {
      series = new StoredSeries(labels);
      this.#byKey.set(labels.key, series);
    }
    return series;
  }

  #matching(sets: readonly (readonly Matcher[])[]): StoredSeries[] {
    const predicates = sets.map((matchers) => {
      const tests = matchers.map((matcher) => ({ name: matcher.name, holds: matcherPredicate(matcher) }));
      return (labels: Labels) => tests.every((test) => test.holds(labels.get(test.name)));
    });
    return [...this.#byKey.values()]
      .filter((series) => predicates.length === 0 || predicates.some((holds) => holds(series.labels)))
      .sort((a, b) => compareLabels(a.labels, b.labels));
  }

  #within(query: NameQuery): StoredSeries[] {
    return this.#matching(query.matchers).filter((series) => {
      const first = lowerBound(series.timesMs, query.startMs);
      return first < series.timesMs.length && series.timesMs[first]! <= query.endMs;
    });
  }
}

/** Index of the first time ≥ `atMs`. */
function lowerBound(timesMs: readonly number[], atMs: number): number {
  let low = 0;
  let high = timesMs.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (timesMs[middle]! < atMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

function limited<T>(all: T[], limit: number): T[] {
  return limit > 0 ? all.slice(0, limit) : all;
}

/** A task that is done at once: a scan in memory is short, and has no place to rest. */
function* done<T>(value: T): Slices<T> {
  return value;
}
