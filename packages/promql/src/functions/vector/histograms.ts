/** Functions of histograms, native and classic. */
import { type FloatHistogram, formatExpositionFloat, type Labels, METRIC_NAME, type Slices } from "@dmon/model";
import { type Call, type Expr, type Span, unwrapParens } from "../../ast.ts";
import type { Evaluation } from "../../engine/evaluation.ts";
import { ABSENT, FLOAT, HISTOGRAM, type Series, type SeriesSink } from "../../engine/series.ts";
import {
  type ClassicBucket,
  classicFraction,
  classicQuantile,
  histogramAverage,
  histogramDeviation,
  histogramFraction,
  histogramQuantile,
  histogramVariance,
} from "../../histogram/index.ts";
import { bucketsAt, type ClassicGroup, groupHistograms, type HistogramGroups, notedName } from "./histogram-groups.ts";
import type { VectorFunction } from "./types.ts";

/** A number of each native histogram; floats are left out. */
function nativeOnly(compute: (histogram: FloatHistogram) => number): VectorFunction {
  return function* (evaluation, call, sink) {
    const [vector] = call.args as [Expr];
    // Unlike other functions these leave type and unit of the metric.
    const { push, finish } = evaluation.droppingNames(vector, sink, (labels) => labels.without(METRIC_NAME));
    yield* evaluation.vector(vector, (series) => {
      const { kinds, values, histograms } = series;
      for (let step = 0; step < kinds.length; step++) {
        if (kinds[step] === HISTOGRAM) {
          values[step] = compute(histograms![step]!);
          kinds[step] = FLOAT;
        } else kinds[step] = ABSENT;
      }
      series.histograms = undefined;
      if (series.isPresent) push(series);
    });
    finish();
  };
}

/**
 * An estimate at a step, from a native histogram and from a classic one.
 */
interface Estimator {
  native(histogram: FloatHistogram, metric: string, step: number): number;
  classic(buckets: readonly ClassicBucket[], metric: string, step: number): number;
}

/** One series of results for each histogram. */
interface Variant {
  readonly estimator: Estimator;
  /** Set on the result. */
  readonly label?: { readonly name: string; readonly value: string };
  /** False at steps that another variant answers. */
  appliesAt(step: number): boolean;
}

const always = () => true;

function* quantileFunction(evaluation: Evaluation, call: Call, sink: SeriesSink): Slices<void> {
  const [quantile, vector] = call.args.map(unwrapParens) as [Expr, Expr];
  const quantiles = yield* evaluation.scalar(quantile);
  const spans = { nan: quantile.span, classic: vector.span };
  const estimator = quantileEstimator(evaluation, (step) => quantiles[step]!, spans);
  const groups = yield* groupHistograms(evaluation, vector);
  noteInvalid(evaluation, quantiles, quantile.span);
  yield* estimateAll(evaluation, vector, groups, [{ estimator, appliesAt: always }], sink);
}

/** Several quantiles at once, each under a label with its number. */
function* quantilesFunction(evaluation: Evaluation, call: Call, sink: SeriesSink): Slices<void> {
  const [vector, label, ...args] = call.args.map(unwrapParens) as [Expr, Expr, ...Expr[]];
  const name = evaluation.text(label);
  const variants: Variant[] = [];
  const groups = yield* groupHistograms(evaluation, vector);
  for (const arg of args) {
    const quantiles = yield* evaluation.scalar(arg);
    noteInvalid(evaluation, quantiles, arg.span);
    // A constant almost always; one that changes over time gives a series for each of its values.
    for (const quantile of new Set(quantiles)) {
      variants.push({
        estimator: quantileEstimator(evaluation, () => quantile, { nan: vector.span, classic: vector.span }),
        label: { name, value: openMetricsFloat(quantile) },
        appliesAt: (step) => Object.is(quantiles[step], quantile),
      });
    }
  }
  yield* estimateAll(evaluation, vector, groups, variants, sink);
}

function* fractionFunction(evaluation: Evaluation, call: Call, sink: SeriesSink): Slices<void> {
  const [lowerArg, upperArg, vector] = call.args.map(unwrapParens) as [Expr, Expr, Expr];
  const lower = yield* evaluation.scalar(lowerArg);
  const upper = yield* evaluation.scalar(upperArg);
  const { notes } = evaluation.context;
  const estimator: Estimator = {
    native(histogram, metric, step) {
      const { value, nan } = histogramFraction(lower[step]!, upper[step]!, histogram);
      if (nan !== "none") notes.fractionNaN(metric, lowerArg.span);
      return value;
    },
    classic: (buckets, _metric, step) => classicFraction(lower[step]!, upper[step]!, buckets),
  };
  const groups = yield* groupHistograms(evaluation, vector);
  yield* estimateAll(evaluation, vector, groups, [{ estimator, appliesAt: always }], sink);
}

/** @param spans the places that notes of NaN observations, and of classic histograms, name */
function quantileEstimator(
  evaluation: Evaluation,
  quantileAt: (step: number) => number,
  spans: { readonly nan: Span; readonly classic: Span },
): Estimator {
  const { notes } = evaluation.context;
  return {
    native(histogram, metric, step) {
      const { value, nan } = histogramQuantile(quantileAt(step), histogram);
      if (nan !== "none") notes.quantileNaN(nan === "result" ? "result" : "skew", metric, spans.nan);
      return value;
    },
    classic(buckets, metric, step) {
      const { value, fix } = classicQuantile(quantileAt(step), buckets);
      if (fix !== undefined) notes.forcedMonotonicity(metric, spans.classic, { ...fix, atMs: evaluation.timeAt(step) });
      return value;
    },
  };
}

function noteInvalid(evaluation: Evaluation, quantiles: Float64Array, span: Span): void {
  for (const quantile of new Set(quantiles)) {
    if (!(quantile >= 0 && quantile <= 1)) evaluation.context.notes.invalidQuantile(quantile, span);
  }
}

function* estimateAll(
  evaluation: Evaluation,
  vector: Expr,
  groups: HistogramGroups,
  variants: readonly Variant[],
  sink: SeriesSink,
): Slices<void> {
  const { context } = evaluation;
  const { push, finish } = evaluation.droppingNames(vector, sink);
  const buffer = evaluation.buffer();
  for (const { estimator, label, appliesAt } of variants) {
    const labelled = (labels: Labels) => (label === undefined ? labels : labels.with(label.name, label.value));
    for (const series of groups.native) {
      const out = buffer.next(labelled(series.labels));
      estimateNative(series, notedName(evaluation, series.labels), estimator, appliesAt, out);
      if (out.isPresent) push(out);
      if (context.spend(evaluation.grid.count * NATIVE_WORK)) yield;
    }
    for (const group of groups.classic) {
      const out = buffer.next(labelled(group.labels));
      estimateClassic(group, notedName(evaluation, group.labels), estimator, appliesAt, out);
      if (out.isPresent) push(out);
      if (context.spend(evaluation.grid.count * group.buckets.length)) yield;
    }
  }
  evaluation.releaseAll(groups.all);
  finish();
}

/** A native histogram costs about as much as so many samples. */
const NATIVE_WORK = 50;

function estimateNative(
  series: Series,
  metric: string,
  estimator: Estimator,
  appliesAt: Variant["appliesAt"],
  out: Series,
): void {
  for (let step = 0; step < series.kinds.length; step++) {
    if (series.kinds[step] !== HISTOGRAM || !appliesAt(step)) continue;
    out.setFloat(step, estimator.native(series.histograms![step]!, metric, step));
  }
}

function estimateClassic(
  group: ClassicGroup,
  metric: string,
  estimator: Estimator,
  appliesAt: Variant["appliesAt"],
  out: Series,
): void {
  for (let step = 0; step < out.kinds.length; step++) {
    if (!appliesAt(step)) continue;
    const buckets = bucketsAt(group, step);
    if (buckets.length > 0) out.setFloat(step, estimator.classic(buckets, metric, step));
  }
}

/** A float as OpenMetrics writes it: never without a point or an exponent. */
function openMetricsFloat(value: number): string {
  const text = formatExpositionFloat(value);
  return Number.isFinite(value) && !/[.e]/.test(text) ? `${text}.0` : text;
}

export const HISTOGRAM_FUNCTIONS: Readonly<Record<string, VectorFunction>> = {
  histogram_avg: nativeOnly(histogramAverage),
  histogram_count: nativeOnly((histogram) => histogram.count),
  histogram_fraction: fractionFunction,
  histogram_quantile: quantileFunction,
  histogram_quantiles: quantilesFunction,
  histogram_stddev: nativeOnly(histogramDeviation),
  histogram_stdvar: nativeOnly(histogramVariance),
  histogram_sum: nativeOnly((histogram) => histogram.sum),
};
