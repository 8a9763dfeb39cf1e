/** Instant selectors: at each step the last sample of each series, no older than the lookback and not stale. */
import { SampleColumns, SampleKind, type SelectedSeries, type Selection, type Slices } from "@dmon/model";
import type { VectorSelector } from "../ast.ts";
import type { Evaluation } from "./evaluation.ts";
import { detectHints } from "./hints.ts";
import { FLOAT, type Series, type SeriesSink } from "./series.ts";
import { smoothSeries } from "./smooth.ts";
import { lastOfTier, tierLookback } from "./tier.ts";

/** The instants that a selector reads: those of the grid, moved by `offset`, or one alone with `@`. */
export interface ReadTimes {
  readonly firstMs: number;
  /** 0 where all steps read the same. */
  readonly stepMs: number;
  readonly lastMs: number;
}

export function readTimes(evaluation: Evaluation, selector: Pick<VectorSelector, "at" | "offset">): ReadTimes {
  const { grid } = evaluation;
  const { at, offset } = selector;
  if (at?.at === "time") return { firstMs: at.atMs - offset.ms, stepMs: 0, lastMs: at.atMs - offset.ms };
  const firstMs = grid.startMs - offset.ms;
  return { firstMs, stepMs: grid.stepMs, lastMs: firstMs + Math.max(0, grid.count - 1) * grid.stepMs };
}

/** Selects, and takes note of what the storage has to say. */
export function* select(
  evaluation: Evaluation,
  selector: VectorSelector,
  reach: { readonly startMs: number; readonly endMs: number; readonly rangeMs: number; readonly func: string },
): Slices<Selection> {
  const { context, grid } = evaluation;
  const hints = { ...reach, stepMs: grid.stepMs };
  const selection = yield* context.queryable.select(selector.matchers, hints);
  for (const text of selection.infos) context.notes.storageInfo(text);
  for (const text of selection.warnings) context.notes.storageWarning(text);
  context.seriesCount += selection.series.length;
  return selection;
}

export function* evalInstantSelector(
  evaluation: Evaluation,
  selector: VectorSelector,
  sink: SeriesSink,
  func = "",
): Slices<void> {
  yield* eachSelected(evaluation, selector, func, (samples, times, out) => {
    if (selector.extended === "smoothed") smoothSeries(evaluation, selector, samples, times, out);
    else lastSamples(samples, times, evaluation.context.limits.lookbackMs, out);
    if (out.isPresent) sink(out);
  });
}

/** `timestamp(selector)`: when the sample was taken, not when it is looked at. */
export function* evalSampleTimes(evaluation: Evaluation, selector: VectorSelector, sink: SeriesSink): Slices<void> {
  yield* eachSelected(evaluation, selector, "timestamp", (samples, times, out) => {
    lastSampleTimes(samples, times, evaluation.context.limits.lookbackMs, out, samples.timesMs);
    if (out.isPresent) sink(out);
  });
}

/** `start_timestamp(selector)`: when the counter began. */
export function* evalStartTimes(evaluation: Evaluation, selector: VectorSelector, sink: SeriesSink): Slices<void> {
  yield* eachSelected(evaluation, selector, "start_timestamp", (samples, times, out) => {
    if (!evaluation.context.limits.useStartTimestamps) return;
    const starts = samples.hasStart ? samples.startMs : new Float64Array(samples.length).fill(Number.NaN);
    lastSampleTimes(samples, times, evaluation.context.limits.lookbackMs, out, starts);
    for (let i = 0; i < out.values.length; i++) if (Number.isNaN(out.values[i])) out.values[i] = 0;
    if (out.isPresent) sink(out);
  });
}

type Fill = (samples: SampleColumns, times: ReadTimes, out: Series) => void;

function* eachSelected(evaluation: Evaluation, selector: VectorSelector, func: string, fill: Fill): Slices<void> {
  const { context, grid } = evaluation;
  const { lookbackMs } = context.limits;
  const times = readTimes(evaluation, selector);
  const ahead = selector.extended === "smoothed" ? lookbackMs : 0;
  const startMs = times.firstMs - lookbackMs + 1;
  const endMs = times.lastMs + ahead;
  const selection = yield* select(evaluation, selector, { startMs, endMs, rangeMs: 0, func });
  const samples = new SampleColumns();
  const buffer = evaluation.buffer();
  const reachBack = tierLookback(selection, lookbackMs);
  for (const series of selection.series) {
    const out = buffer.next(series.labels);
    if (selection.tier === "raw") {
      readRaw(series, startMs, endMs, samples);
      if (context.detectedHints.has(selector)) detectHints(samples);
    } else lastOfTier(series, times.firstMs - reachBack + 1, endMs, samples);
    context.touch(samples.length);
    fill(samples, times, out);
    context.samplesTotal += out.sampleCount;
    if (context.spend(samples.length + grid.count)) yield;
  }
}

export function readRaw(series: SelectedSeries, minMs: number, maxMs: number, out: SampleColumns): void {
  out.clear();
  series.read(minMs, maxMs, out);
}

/** Fills in the last sample at each step. */
function lastSamples(samples: SampleColumns, times: ReadTimes, lookbackMs: number, out: Series): void {
  const { timesMs, values, kinds: sampleKinds, length, hasHistograms, hasStale } = samples;
  const { kinds, values: results } = out;
  const plain = !hasHistograms && !hasStale;
  let next = 0;
  for (let step = 0; step < kinds.length; step++) {
    const atMs = times.firstMs + step * times.stepMs;
    while (next < length && timesMs[next]! <= atMs) next++;
    const i = next - 1;
    if (i < 0 || timesMs[i]! <= atMs - lookbackMs) continue;
    if (plain || sampleKinds[i] === SampleKind.FLOAT) {
      results[step] = values[i]!;
      kinds[step] = FLOAT;
    } else if (sampleKinds[i] === SampleKind.HISTOGRAM) out.setHistogram(step, samples.histograms[i]!);
  }
}

/** Fills in a column of milliseconds, as seconds, where a sample stands. */
function lastSampleTimes(
  samples: SampleColumns,
  times: ReadTimes,
  lookbackMs: number,
  out: Series,
  columnMs: Float64Array,
): void {
  const { timesMs, kinds, length } = samples;
  let next = 0;
  for (let step = 0; step < out.kinds.length; step++) {
    const atMs = times.firstMs + step * times.stepMs;
    while (next < length && timesMs[next]! <= atMs) next++;
    const i = next - 1;
    if (i < 0 || timesMs[i]! <= atMs - lookbackMs || kinds[i] === SampleKind.STALE) continue;
    out.setFloat(step, columnMs[i]! / 1000);
  }
}
