/**
 * The consumers' seam: PromQL text in, a result with its warnings out. Rules, dashboard, chaos and incidents ask this, and
 * do not know whether the local pair answers or an external engine that got the query whole.
 */
import type { FloatHistogram } from "./histogram.ts";
import type { Labels } from "./labels.ts";

export interface QueryOptions {
  /** A query that takes longer ends with `query_timeout`, ms of wall time. */
  readonly timeoutMs?: number | undefined;
  /** How far back an instant selector looks, ms; default 5 m. */
  readonly lookbackMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface InstantQuery extends QueryOptions {
  readonly query: string;
  readonly atMs: number;
}

export interface RangeQuery extends QueryOptions {
  readonly query: string;
  /** Both inclusive, ms. */
  readonly startMs: number;
  readonly endMs: number;
  /** > 0, ms. */
  readonly stepMs: number;
}

/** A value at an instant: a float, or a histogram and then `value` is NaN. */
export interface VectorSample {
  readonly labels: Labels;
  readonly atMs: number;
  readonly value: number;
  readonly histogram?: FloatHistogram | undefined;
}

/** One series of a matrix; columns are aligned and ascending in time. */
export interface MatrixSeries {
  readonly labels: Labels;
  readonly timesMs: Float64Array;
  readonly values: Float64Array;
  /** Defined where the series has histograms; undefined at its floats. */
  readonly histograms?: readonly (FloatHistogram | undefined)[] | undefined;
}

export type QueryValue =
  | { readonly type: "scalar"; readonly atMs: number; readonly value: number }
  | { readonly type: "string"; readonly atMs: number; readonly value: string }
  | { readonly type: "vector"; readonly samples: readonly VectorSample[] }
  | { readonly type: "matrix"; readonly series: readonly MatrixSeries[] };

export interface QueryStats {
  readonly seriesCount: number;
  /** Samples read over the whole query, a sample counted at each step that reads it, as Prometheus counts. */
  readonly samplesTotal: number;
  /** The most samples held at once. */
  readonly samplesPeak: number;
  /** CPU of the engine's thread, ms. */
  readonly cpuMs: number;
}

export interface QueryResult {
  readonly value: QueryValue;
  readonly warnings: readonly string[];
  readonly infos: readonly string[];
  readonly stats?: QueryStats | undefined;
}

export interface SeriesQuery {
  /** Series selectors as PromQL text; any may match. */
  readonly match: readonly string[];
  readonly startMs: number;
  readonly endMs: number;
  readonly limit?: number | undefined;
}

export interface QueryEngine {
  /** @throws {DmonError} `bad_query`, `query_failed`, `query_timeout`, `query_cancelled`, `query_too_large` */
  instant(query: InstantQuery): Promise<QueryResult>;
  range(query: RangeQuery): Promise<QueryResult>;
  series(query: SeriesQuery): Promise<readonly Labels[]>;
  labelNames(query: SeriesQuery): Promise<readonly string[]>;
  labelValues(name: string, query: SeriesQuery): Promise<readonly string[]>;
}
