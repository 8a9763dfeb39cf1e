/** Calls of functions over range vectors: selectors read from the store, subqueries evaluated over their own grid. */
import { bug, type FloatHistogram, Labels, SampleColumns, SampleKind, type Slices } from "@dmon/model";
import { type Call, type MatrixSelector, type Span, type Subquery, unwrapParens } from "../ast.ts";
import { extendedFunction } from "../functions/range/extended.ts";
import { RANGE_FUNCTIONS } from "../functions/range/registry.ts";
import { applyRangeFunction, type RangeEnv, type RangeFunction, type Windows } from "../functions/range/window.ts";
import { blocksOf } from "./blocks.ts";
import { SERIES_WEIGHT } from "./context.ts";
import type { Evaluation } from "./evaluation.ts";
import type { Grid } from "./grid.ts";
import { detectHints } from "./hints.ts";
import { checkExtended } from "./plan.ts";
import { giveSamples, takeSamples } from "./sample-pool.ts";
import { readRaw, readTimes, select } from "./selector.ts";
import { ABSENT, FLOAT, HISTOGRAM, type Series, type SeriesSink, withoutMetadata } from "./series.ts";
import { applyTierFunction, POINT_WEIGHT } from "./tier.ts";

const COUNTER_FUNCTIONS: ReadonlySet<string> = new Set(["rate", "increase"]);
/** Samples that the windows of a subquery's steps may hold together between two yields. */
const SUBQUERY_BLOCK_WORK = 2_000_000;
const NOWHERE: Span = { start: 0, end: 0 };
const COUNTER_NAME = /(?:_total|_sum|_count|_bucket)$/;

export function* evalRangeCall(evaluation: Evaluation, call: Call, sink: SeriesSink): Slices<void> {
  const fn = RANGE_FUNCTIONS[call.func] ?? bug(`no range function ${call.func}`);
  const argument = rangeArgument(call);
  const params: Float64Array[] = [];
  for (const arg of call.args) {
    if (unwrapParens(arg) !== argument) params.push(yield* evaluation.scalar(arg));
  }
  const keepsName = "keepsName" in fn && fn.keepsName === true;
  const { push, finish } = keepsName
    ? { push: sink, finish: () => {} }
    : evaluation.droppingNames(argument, sink, withoutMetadata, call);
  yield* evalRangeFunction(evaluation, call, fn, params, push);
  finish();
}

/** The matrix selector or subquery among a call's arguments. */
export function rangeArgument(call: Call): MatrixSelector | Subquery {
  for (const arg of call.args) {
    const inner = unwrapParens(arg);
    if (inner.type === "matrixSelector" || inner.type === "subquery") return inner;
  }
  return bug(`no range vector in a call of ${call.func}`);
}

/** Applies a range function to every series of the range vector; names are kept. */
export function* evalRangeFunction(
  evaluation: Evaluation,
  call: Call,
  fn: RangeFunction,
  params: readonly Float64Array[],
  sink: SeriesSink,
): Slices<void> {
  const argument = rangeArgument(call);
  // Prometheus puts its own selector in the place of a subquery, and says 1:1 of that.
  const first = unwrapParens(call.args[0]!).type === "subquery" ? NOWHERE : call.args[0]!.span;
  const env: RangeEnv = {
    notes: evaluation.context.notes,
    span: first,
    argsSpan: { start: first.start, end: call.args.at(-1)!.span.end },
    rangeMs: argument.rangeMs,
    params,
    timeAt: (step) => evaluation.timeAt(step),
    labels: Labels.EMPTY,
    get metric() {
      return this.labels.name;
    },
    samplesRead: 0,
  };
  if (argument.type === "matrixSelector") yield* overSelector(evaluation, call, argument, fn, env, sink);
  else yield* overSubquery(evaluation, call, argument, fn, env, sink);
  evaluation.context.samplesTotal += env.samplesRead;
}

function* overSelector(
  evaluation: Evaluation,
  call: Call,
  argument: MatrixSelector,
  plainFn: RangeFunction,
  env: RangeEnv,
  sink: SeriesSink,
): Slices<void> {
  const { context, grid } = evaluation;
  const { selector, rangeMs } = argument;
  const { lookbackMs, useStartTimestamps } = context.limits;
  const { extended } = selector;
  let fn = plainFn;
  let before = 0;
  let after = 0;
  if (extended !== undefined) {
    checkExtended(call.func, extended);
    fn = extendedFunction(call.func, extended, lookbackMs);
    before = lookbackMs;
    if (extended === "smoothed") after = lookbackMs;
  }
  if (grid.count === 0) return;
  const times = readTimes(evaluation, selector);
  const beforeMs = rangeMs + before;
  const reach = { startMs: times.firstMs - beforeMs + 1, endMs: times.lastMs + after };
  const selection = yield* select(evaluation, selector, { ...reach, rangeMs, func: call.func });
  const isRaw = selection.tier === "raw";
  const { tierStepMs } = selection;
  const wholeWindows = !isRaw || !("walk" in fn);
  const blocks = blocksOf({ ...times, count: grid.count, beforeMs, afterMs: after, wholeWindows, tierStepMs });
  const samples = takeSamples();
  const buffer = evaluation.buffer();
  const windowsOf = blocks.map(({ fromStep, toStep }): Windows => {
    return { firstEndMs: times.firstMs, stepMs: times.stepMs, fromStep, toStep, rangeMs };
  });
  const all = selection.series;
  for (let index = 0; index < all.length; index++) {
    const series = all[index]!;
    const ahead = selection.prepare?.(index);
    if (ahead !== undefined) yield* ahead;
    const out = buffer.next(series.labels);
    env.labels = series.labels;
    for (let b = 0; b < blocks.length; b++) {
      const { fromStep, toStep, startMs, endMs } = blocks[b]!;
      const windows = windowsOf[b]!;
      const readBefore = env.samplesRead;
      let decoded = 0;
      if (isRaw) {
        readRaw(series, startMs, endMs, samples);
        if (context.detectedHints.has(selector)) detectHints(samples);
        if (!useStartTimestamps) samples.hasStart = false;
        context.touch(samples.length);
        applyRangeFunction(fn, samples, windows, out, env);
        decoded = samples.length;
      } else decoded = POINT_WEIGHT * applyTierFunction(call.func, series, selection, windows, out, env);
      const looked = isRaw && "walk" in fn ? 0 : env.samplesRead - readBefore;
      if (context.spend(decoded + looked + toStep - fromStep)) yield;
    }
    if (context.spend(SERIES_WEIGHT)) yield;
    if (!out.isPresent) continue;
    noteNonCounter(call.func, out, env);
    sink(out);
  }
  giveSamples(samples);
}

/** The name that was looked at last: the series of a selector nearly always have the same. */
let lookedAt = { metric: "", isCounter: false };

/** An info where the name or type of a metric of floats says that it is no counter. */
function noteNonCounter(func: string, out: Series, env: RangeEnv): void {
  if (!COUNTER_FUNCTIONS.has(func)) return;
  const { metric } = env;
  if (metric === "") return;
  const type = out.labels.get("__type__");
  if (metric !== lookedAt.metric) lookedAt = { metric, isCounter: COUNTER_NAME.test(metric) };
  if (type === "" ? lookedAt.isCounter : type === "counter" || type === "histogram") return;
  if (!out.kinds.includes(FLOAT)) return;
  if (type !== "") env.notes.possibleNonCounterType(metric, type, env.span);
  else env.notes.possibleNonCounter(metric, env.span);
}

function* overSubquery(
  evaluation: Evaluation,
  call: Call,
  argument: Subquery,
  fn: RangeFunction,
  env: RangeEnv,
  sink: SeriesSink,
): Slices<void> {
  const { context, grid } = evaluation;
  const times = readTimes(evaluation, argument);
  const { rangeMs } = argument;
  const inner = subqueryGrid(argument, times.firstMs, times.lastMs, context.limits.subqueryStepMs);
  const innerEvaluation = evaluation.over(inner);
  const samples = new SampleColumns();
  const buffer = evaluation.buffer();
  // Steps that may look at their windows in one go.
  const perWindow = "walk" in fn ? 1 : Math.max(1, rangeMs / Math.max(1, inner.stepMs));
  const blockSize = Math.max(1, Math.floor(SUBQUERY_BLOCK_WORK / perWindow));
  // A sink cannot rest: what is pushed waits here until the inner evaluation does.
  const waiting: Series[] = [];
  const task = innerEvaluation.vector(argument.expr, (series) => {
    innerEvaluation.keep(series);
    waiting.push(series);
  });
  try {
    for (let done = false; !done; ) {
      done = task.next().done === true;
      innerEvaluation.releaseAll(waiting);
      for (const series of waiting.splice(0)) {
        fillSamples(series, inner, samples);
        const out = buffer.next(series.labels);
        out.dropName = series.dropName;
        env.labels = series.labels;
        for (let fromStep = 0; fromStep < grid.count; fromStep += blockSize) {
          const toStep = Math.min(grid.count, fromStep + blockSize);
          const windows: Windows = { firstEndMs: times.firstMs, stepMs: times.stepMs, fromStep, toStep, rangeMs };
          const readBefore = env.samplesRead;
          applyRangeFunction(fn, samples, windows, out, env);
          const looked = "walk" in fn ? samples.length : env.samplesRead - readBefore;
          if (context.spend(looked + toStep - fromStep)) yield;
        }
        if (!out.isPresent) continue;
        noteNonCounter(call.func, out, env);
        sink(out);
      }
      if (!done) yield;
    }
  } finally {
    // Whoever drops this evaluation drops the inner one with it.
    task.return();
  }
}

/** Steps of a subquery lie at multiples of its step, whatever the time of the query. */
export function subqueryGrid(subquery: Subquery, firstEndMs: number, lastEndMs: number, defaultStepMs: number): Grid {
  const stepMs = subquery.stepMs === 0 ? defaultStepMs : subquery.stepMs;
  const beginMs = firstEndMs - subquery.rangeMs;
  let startMs = stepMs * Math.trunc(beginMs / stepMs);
  if (startMs <= beginMs) startMs += stepMs;
  const count = lastEndMs < startMs ? 0 : Math.floor((lastEndMs - startMs) / stepMs) + 1;
  return { startMs, stepMs, count };
}

/** Between the steps of a subquery lie samples that nobody looked at: what a hint says no longer holds. */
function withoutHint(histogram: FloatHistogram): FloatHistogram {
  const { counterResetHint: hint } = histogram;
  return hint === "unknown" || hint === "gauge" ? histogram : { ...histogram, counterResetHint: "unknown" };
}

function fillSamples(series: Series, grid: Grid, out: SampleColumns): void {
  out.clear();
  out.reserve(grid.count);
  const { kinds, values } = series;
  let at = 0;
  for (let step = 0; step < kinds.length; step++) {
    if (kinds[step] === ABSENT) continue;
    out.timesMs[at] = grid.startMs + step * grid.stepMs;
    out.values[at] = values[step]!;
    if (kinds[step] === HISTOGRAM) {
      out.kinds[at] = SampleKind.HISTOGRAM;
      out.histograms[at] = withoutHint(series.histograms![step]!);
      out.hasHistograms = true;
    } else out.kinds[at] = SampleKind.FLOAT;
    at++;
  }
  out.length = at;
}
