/**
 * The PromQL engine over a `Queryable`: text in, values out, in slices.
 *
 * A query is parsed, planned for its time range and evaluated over all steps at once, series by
 * series. Errors carry Prometheus' texts.
 */
import {
  compareLabels,
  DmonError,
  type FloatHistogram,
  type InstantQuery,
  type MatrixSeries,
  type Queryable,
  type QueryResult,
  type QueryValue,
  type RangeQuery,
  SampleColumns,
  SampleKind,
  type Slices,
  sortInSlices,
  type VectorSample,
} from "@dmon/model";
import { type Expr, type MatrixSelector, type Subquery, unwrapParens } from "../ast.ts";
import { typeOf } from "../parser/check.ts";
import { parseExpr } from "../parser/parse.ts";
import { QueryContext, type QueryLimits } from "./context.ts";
import { Evaluation } from "./evaluation.ts";
import { type Grid, gridOf, timesOf, timesOfRun } from "./grid.ts";
import { selectorsOfStatistics } from "./hints.ts";
import { mergeInto } from "./merge.ts";
import { findInvariant, findUnreadNames, type QueryTime, resolveExpr } from "./plan.ts";
import { subqueryGrid } from "./range-call.ts";
import { readRaw, readTimes, select } from "./selector.ts";
import { ABSENT, HISTOGRAM, Series, withoutMetadata } from "./series.ts";

export interface EngineOptions {
  /** How far back an instant selector looks, ms; default 5 m. A query may name its own. */
  readonly lookbackMs?: number | undefined;
  /** The most samples that a query may hold at once; default 50 million. */
  readonly maxSamples?: number | undefined;
  /** A query that takes longer ends with `query_timeout`, ms of wall time; default 2 m. A query may name its own. */
  readonly timeoutMs?: number | undefined;
  /** Functions that Prometheus has behind a flag; default false. */
  readonly experimentalFunctions?: boolean | undefined;
  /** Names of metrics are dropped when the query ends, not at each operation; default false. */
  readonly delayedNameRemoval?: boolean | undefined;
  /** Resolution of a subquery that names none, ms; default 1 m. */
  readonly subqueryStepMs?: number | undefined;
  /** Start times of counters tell resets; default false. */
  readonly useStartTimestamps?: boolean | undefined;
}

export interface PromqlEngine {
  /** @throws {DmonError} `bad_query`, `query_failed`, `query_timeout`, `query_cancelled`, `query_too_large` */
  instant(query: InstantQuery): Slices<QueryResult>;
  range(query: RangeQuery): Slices<QueryResult>;
}

const DEFAULT_LOOKBACK_MS = 300_000;
const DEFAULT_TIMEOUT_MS = 120_000;
const DEFAULT_MAX_SAMPLES = 50_000_000;
const DEFAULT_SUBQUERY_STEP_MS = 60_000;

export function createPromqlEngine(queryable: Queryable, options: EngineOptions = {}): PromqlEngine {
  return new Engine(queryable, options);
}

class Engine implements PromqlEngine {
  readonly #queryable: Queryable;
  readonly #options: EngineOptions;

  constructor(queryable: Queryable, options: EngineOptions) {
    this.#queryable = queryable;
    this.#options = options;
  }

  instant(query: InstantQuery): Slices<QueryResult> {
    const time = { startMs: query.atMs, endMs: query.atMs, stepMs: 0 };
    return this.#run(query, time, evaluateInstant);
  }

  range(query: RangeQuery): Slices<QueryResult> {
    const { startMs, endMs, stepMs } = query;
    return this.#run(query, { startMs, endMs, stepMs }, evaluateRange);
  }

  *#run(query: InstantQuery | RangeQuery, time: QueryTime, evaluate: Evaluate): Slices<QueryResult> {
    const parsed = parseExpr(query.query, { experimentalFunctions: this.#options.experimentalFunctions });
    if (time.stepMs > 0) refuseForRange(parsed);
    const expr = resolveExpr(query.query, parsed, time);
    const context = new QueryContext(this.#queryable, this.#limits(query), {
      invariant: findInvariant(expr),
      unreadNames: findUnreadNames(expr),
      detectedHints: selectorsOfStatistics(expr),
    });
    const grid = gridOf(time.startMs, time.endMs, time.stepMs);
    const deadline = new Deadline(query, this.#options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
    const task = evaluate(new Evaluation(context, grid), expr);
    try {
      for (;;) {
        deadline.begin();
        const slice = task.next();
        deadline.end();
        if (slice.done) return resultOf(query.query, slice.value, context, deadline.cpuMs);
        yield;
        deadline.check();
      }
    } finally {
      task.return(undefined as never);
    }
  }

  #limits(query: InstantQuery | RangeQuery): QueryLimits {
    const options = this.#options;
    return {
      lookbackMs: query.lookbackMs ?? options.lookbackMs ?? DEFAULT_LOOKBACK_MS,
      maxSamples: options.maxSamples ?? DEFAULT_MAX_SAMPLES,
      delayedNameRemoval: options.delayedNameRemoval ?? false,
      subqueryStepMs: options.subqueryStepMs ?? DEFAULT_SUBQUERY_STEP_MS,
      useStartTimestamps: options.useStartTimestamps ?? false,
    };
  }
}

type Evaluate = (evaluation: Evaluation, expr: Expr) => Slices<QueryValue>;

/** Wall time left, cancellation, and the CPU spent. */
class Deadline {
  readonly #signal: AbortSignal | undefined;
  readonly #endMs: number;
  #beganAtMs = 0;
  cpuMs = 0;

  constructor(query: InstantQuery | RangeQuery, defaultTimeoutMs: number) {
    this.#signal = query.signal;
    this.#endMs = performance.now() + (query.timeoutMs ?? defaultTimeoutMs);
  }

  begin(): void {
    this.#beganAtMs = performance.now();
  }

  end(): void {
    // A slice does not wait for anything, so its time is its CPU; asking the system for that costs more than many queries.
    this.cpuMs += performance.now() - this.#beganAtMs;
  }

  /** @throws {DmonError} `query_cancelled`, `query_timeout` */
  check(): void {
    if (this.#signal?.aborted) {
      throw new DmonError("query_cancelled", "query was canceled in expression evaluation");
    }
    if (performance.now() > this.#endMs) {
      throw new DmonError("query_timeout", "query timed out in expression evaluation");
    }
  }
}

const DOCUMENTED_TYPES = { matrix: "range vector", string: "string" } as const;

/** @throws {DmonError} `bad_query` */
function refuseForRange(expr: Expr): void {
  const type = typeOf(expr);
  if (type !== "matrix" && type !== "string") return;
  const got = DOCUMENTED_TYPES[type];
  throw new DmonError(
    "bad_query",
    `invalid expression type "${got}" for range query, must be Scalar or instant Vector`,
  );
}

function resultOf(query: string, value: QueryValue, context: QueryContext, cpuMs: number): QueryResult {
  const { notes, seriesCount, samplesTotal, samplesPeak } = context;
  return {
    value,
    warnings: notes.isEmpty ? [] : notes.warnings(query),
    infos: notes.isEmpty ? [] : notes.infos(query),
    stats: { seriesCount, samplesTotal, samplesPeak, cpuMs },
  };
}

function* evaluateInstant(evaluation: Evaluation, expr: Expr): Slices<QueryValue> {
  const atMs = evaluation.grid.startMs;
  switch (typeOf(expr)) {
    case "string":
      return { type: "string", atMs, value: evaluation.text(expr) };
    case "scalar":
      return { type: "scalar", atMs, value: (yield* evaluation.scalar(expr))[0]! };
    case "matrix":
      return { type: "matrix", series: yield* rangeVector(evaluation, expr) };
    default: {
      const series = yield* finalSeries(evaluation, expr);
      return { type: "vector", samples: series.map((one) => vectorSample(one, atMs)) };
    }
  }
}

function vectorSample({ labels, kinds, values, histograms }: Series, atMs: number): VectorSample {
  if (kinds[0] !== HISTOGRAM) return { labels, atMs, value: values[0]! };
  return { labels, atMs, value: Number.NaN, histogram: histograms![0]! };
}

function* evaluateRange(evaluation: Evaluation, expr: Expr): Slices<QueryValue> {
  const { grid } = evaluation;
  const times = timesOf(grid);
  if (typeOf(expr) === "scalar") {
    const one = new Series(grid.count);
    one.kinds.fill(1);
    one.values.set(yield* evaluation.scalar(expr));
    return { type: "matrix", series: grid.count === 0 ? [] : [matrixSeries(one, times)] };
  }
  const series = yield* finalSeries(evaluation, expr);
  const all = yield* sortInSlices(series, (a, b) => compareLabels(a.labels, b.labels));
  return { type: "matrix", series: all.map((one) => matrixSeries(one, times)) };
}

/** The series of a whole query: names dropped that were to be, equal label sets made one. */
function* finalSeries(evaluation: Evaluation, expr: Expr): Slices<Series[]> {
  const byLabels = new Map<string, Series>();
  yield* evaluation.vector(expr, (series) => {
    if (series.dropName) series.labels = withoutMetadata(series.labels);
    const known = byLabels.get(series.labels.key);
    if (known !== undefined) {
      mergeInto(known, series);
      return;
    }
    evaluation.keep(series);
    byLabels.set(series.labels.key, series);
  });
  return [...byLabels.values()];
}

/** Columns without the steps that have no sample; those of a series without gaps are taken as they are. */
function matrixSeries({ labels, kinds, values, histograms }: Series, times: Float64Array): MatrixSeries {
  let first = 0;
  while (first < kinds.length && kinds[first] === ABSENT) first++;
  let count = 0;
  let last = first;
  for (let step = first; step < kinds.length; step++) {
    if (kinds[step] === ABSENT) continue;
    count++;
    last = step;
  }
  const end = last + 1;
  if (histograms === undefined && count > 0 && count === end - first) {
    const isWhole = count === kinds.length;
    return { labels, timesMs: timesOfRun(times, first, end), values: isWhole ? values : values.subarray(first, end) };
  }
  const timesMs = new Float64Array(count);
  const compact = new Float64Array(count);
  const compactHistograms = histograms && new Array<FloatHistogram | undefined>(count);
  let at = 0;
  for (let step = 0; step < kinds.length; step++) {
    if (kinds[step] === ABSENT) continue;
    timesMs[at] = times[step]!;
    const isHistogram = kinds[step] === HISTOGRAM;
    compact[at] = isHistogram ? Number.NaN : values[step]!;
    if (compactHistograms !== undefined) compactHistograms[at] = isHistogram ? histograms![step] : undefined;
    at++;
  }
  return { labels, timesMs, values: compact, histograms: compactHistograms };
}

/** A range vector by itself, as an instant query may ask for: the samples as they are. */
function* rangeVector(evaluation: Evaluation, expr: Expr): Slices<MatrixSeries[]> {
  const inner = unwrapParens(expr) as MatrixSelector | Subquery;
  return inner.type === "subquery" ? yield* subquerySeries(evaluation, inner) : yield* storedSeries(evaluation, inner);
}

function* subquerySeries(evaluation: Evaluation, subquery: Subquery): Slices<MatrixSeries[]> {
  const { context } = evaluation;
  const { firstMs } = readTimes(evaluation, subquery);
  const grid: Grid = subqueryGrid(subquery, firstMs, firstMs, context.limits.subqueryStepMs);
  const inner = evaluation.over(grid);
  const times = timesOf(grid);
  const all = yield* finalSeries(inner, subquery.expr);
  return all.map((series) => matrixSeries(series, times)).sort((a, b) => compareLabels(a.labels, b.labels));
}

function* storedSeries(evaluation: Evaluation, { selector, rangeMs }: MatrixSelector): Slices<MatrixSeries[]> {
  const { context } = evaluation;
  const { firstMs: endMs } = readTimes(evaluation, selector);
  const startMs = endMs - rangeMs + 1;
  const selection = yield* select(evaluation, selector, { startMs, endMs, rangeMs, func: "" });
  const samples = new SampleColumns();
  const out: MatrixSeries[] = [];
  for (const [index, series] of selection.series.entries()) {
    const ahead = selection.prepare?.(index);
    if (ahead !== undefined) yield* ahead;
    readRaw(series, startMs, endMs, samples);
    const stored = copySamples(series.labels, samples);
    context.hold(stored.timesMs.length);
    context.samplesTotal += stored.timesMs.length;
    if (stored.timesMs.length > 0) out.push(stored);
    if (context.spend(samples.length)) yield;
  }
  return out;
}

function copySamples(labels: MatrixSeries["labels"], samples: SampleColumns): MatrixSeries {
  const wanted: number[] = [];
  for (let i = 0; i < samples.length; i++) if (samples.kinds[i] !== SampleKind.STALE) wanted.push(i);
  return {
    labels,
    timesMs: Float64Array.from(wanted, (i) => samples.timesMs[i]!),
    values: Float64Array.from(wanted, (i) =>
      samples.kinds[i] === SampleKind.HISTOGRAM ? Number.NaN : samples.values[i]!,
    ),
    histograms: samples.hasHistograms ? wanted.map((i) => samples.histograms[i]) : undefined,
  };
}
