/**
 * The local pair's private seam: what `promql` asks of `tsdb`. Consumers use `QueryEngine` instead.
 *
 * A selection first names its series, then decodes them one at a time into buffers that the caller owns and reuses, so that
 * `sum(rate(x[5m]))` over 10,000 series never holds more than one series' samples.
 */
import type { Exemplar, MetricMetadata } from "./batch.ts";
import type { FloatHistogram } from "./histogram.ts";
import type { Labels } from "./labels.ts";
import type { Slices } from "./slices.ts";

export type MatcherType = "=" | "!=" | "=~" | "!~";

/** A label matcher. Regular expressions are RE2, anchored at both ends; "" matches a missing label. */
export interface Matcher {
  readonly type: MatcherType;
  readonly name: string;
  readonly value: string;
}

/** Resolutions in which a series is kept. */
export type Tier = "raw" | "1m" | "1h";

/** What the query is going to do with a selection; the store chooses a tier by it. */
export interface SelectHints {
  /** Inclusive bounds of all samples that any step may read, ms: range, offset and lookback are already in them. */
  readonly startMs: number;
  readonly endMs: number;
  /** Step of the query, ms; 0 for an instant query. */
  readonly stepMs: number;
  /** Length of a range selector, ms; 0 for an instant selector. */
  readonly rangeMs: number;
  /** PromQL name of the function straight around the selector (`rate`, `max_over_time`), or "". */
  readonly func: string;
  /** Forces one tier (tests, `dmon query --tier`). */
  readonly tier?: Tier | undefined;
}

/**
 * Samples of one series as columns. The caller makes it, the reader fills it, `length` says how far.
 * `read` overwrites from index 0; arrays grow and are kept for the next series.
 */
export class SampleColumns {
  length = 0;
  /** Ascending, ms. */
  timesMs: Float64Array<ArrayBuffer>;
  values: Float64Array<ArrayBuffer>;
  /** One `SampleKind` a sample: FLOAT, HISTOGRAM or STALE. */
  kinds: Uint8Array<ArrayBuffer>;
  /** Start times, ms, NaN where unknown; meaningful only while `hasStart`. */
  startMs = new Float64Array(0);
  hasStart = false;
  /** Aligned with the samples where `hasHistograms`; undefined at the floats. */
  histograms: (FloatHistogram | undefined)[] = [];
  hasHistograms = false;
  /** True where at least one sample is STALE, so that others need not look. */
  hasStale = false;

  /** @param capacity samples that there is room for at first */
  constructor(capacity = 256) {
    this.timesMs = new Float64Array(capacity);
    this.values = new Float64Array(capacity);
    this.kinds = new Uint8Array(capacity);
  }

  /** Forgets the samples and keeps the room. */
  clear(): void {
    this.length = 0;
    this.hasStart = false;
    this.hasHistograms = false;
    this.hasStale = false;
    if (this.histograms.length > 0) this.histograms = [];
  }

  /** Makes room for `capacity` samples, keeping those that are there. */
  reserve(capacity: number): void {
    if (capacity > this.timesMs.length) {
      const size = Math.max(capacity, this.timesMs.length * 2);
      this.timesMs = grown(this.timesMs, size);
      this.values = grown(this.values, size);
      const kinds = new Uint8Array(size);
      kinds.set(this.kinds);
      this.kinds = kinds;
    }
    if (this.hasStart && this.startMs.length < this.timesMs.length) this.enableStart();
  }

  /** Begins the `startMs` column; samples before it have NaN. */
  enableStart(): void {
    const starts = new Float64Array(this.timesMs.length).fill(Number.NaN);
    if (this.hasStart) starts.set(this.startMs);
    this.startMs = starts;
    this.hasStart = true;
  }
}

function grown(from: Float64Array, size: number): Float64Array<ArrayBuffer> {
  const to = new Float64Array(size);
  to.set(from);
  return to;
}

/**
 * Points of a tier as columns, one point a bucket that has samples. A bucket covers `(endMs - stepMs, endMs]`.
 */
export class TierColumns {
  length = 0;
  /** End of the bucket, ms, a multiple of `stepMs`; ascending. */
  endsMs = new Float64Array(256);
  min = new Float64Array(256);
  max = new Float64Array(256);
  sum = new Float64Array(256);
  count = new Float64Array(256);
  /** The last sample of the bucket and its time. */
  last = new Float64Array(256);
  lastAtMs = new Float64Array(256);
  /** Growth within the bucket as a counter, resets corrected, counted from the previous point's `last`. */
  increase = new Float64Array(256);
  /** 1 where the bucket ended with a staleness marker. */
  endedStale = new Uint8Array(256);

  reserve(capacity: number): void {
    if (capacity <= this.endsMs.length) return;
    const size = Math.max(capacity, this.endsMs.length * 2);
    for (const column of ["endsMs", "min", "max", "sum", "count", "last", "lastAtMs", "increase"] as const) {
      this[column] = grown(this[column], size);
    }
    const stale = new Uint8Array(size);
    stale.set(this.endedStale);
    this.endedStale = stale;
  }
}

/** What a point can be asked for, each a column of {@link TierColumns}; `last` comes with its time and whether it ended stale. */
export type TierColumn = "min" | "max" | "sum" | "count" | "last" | "increase";

export interface SelectedSeries {
  readonly labels: Labels;
  /**
   * Decodes the samples within `[minMs, maxMs]`, both inclusive, staleness markers among them, into `out` from index 0.
   * Only for a selection whose tier is `raw`.
   */
  read(minMs: number, maxMs: number, out: SampleColumns): void;
  /**
   * The same for a coarser tier: points whose bucket's end lies in `[minMs, maxMs + stepMs)`.
   *
   * @param columns those that are wanted, all unless given; what others hold is undefined then
   */
  readTier(minMs: number, maxMs: number, out: TierColumns, columns?: readonly TierColumn[]): void;
}

export interface Selection {
  readonly tier: Tier;
  /** Length of the tier's bucket, ms; 0 for raw. */
  readonly tierStepMs: number;
  /** In order of their labels. */
  readonly series: readonly SelectedSeries[];
  /**
   * Brings what series `index` and some of those after it need into memory, slice by slice, so that their `read` and `readTier`
   * do not wait for the disk; undefined where that is done. For readers that go through `series` in order; nothing is wrong
   * where nobody calls it, but slow.
   */
  prepare?(index: number): Slices<void> | undefined;
  /** Texts for the answer's infos: a coarser tier was read, damage was met. */
  readonly infos: readonly string[];
  readonly warnings: readonly string[];
}

export interface NameQuery {
  /** Sets of matchers, any of which may hold; empty for everything. */
  readonly matchers: readonly (readonly Matcher[])[];
  /** Inclusive, ms. */
  readonly startMs: number;
  readonly endMs: number;
  /** At most so many answers; 0 for no limit. */
  readonly limit: number;
}

export interface SeriesExemplars {
  readonly labels: Labels;
  readonly exemplars: readonly Exemplar[];
}

export interface Queryable {
  /** @throws {DmonError} `tier_cannot_answer`, `bad_regex` */
  select(matchers: readonly Matcher[], hints: SelectHints): Slices<Selection>;
  series(query: NameQuery): Slices<readonly Labels[]>;
  /** Sorted, unique. */
  labelNames(query: NameQuery): Slices<readonly string[]>;
  labelValues(name: string, query: NameQuery): Slices<readonly string[]>;
  exemplars(query: NameQuery): Slices<readonly SeriesExemplars[]>;
  /** Metadata by metric name; of one metric where `metric` is given. */
  metadata(metric?: string): ReadonlyMap<string, readonly MetricMetadata[]>;
}
