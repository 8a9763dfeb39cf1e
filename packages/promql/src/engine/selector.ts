/** Instant selectors: at each step the last sample of each series, no older than the lookback and not stale. */
import { type SampleColumns, SampleKind, type SelectedSeries, type Selection, type Slices } from "@dmon/model";
import type { VectorSelector } from "../ast.ts";
import { type Block, blocksOf } from "./blocks.ts";
import { SERIES_WEIGHT } from "./context.ts";
import type { Evaluation } from "./evaluation.ts";
import { detectHints } from "./hints.ts";
import { giveSamples, takeSamples } from "./sample-pool.ts";
import { FLOAT, type Series, type SeriesSink } from "./series.ts";
import { smoothSeries } from "./smooth.ts";
import { lastOfTier, POINT_WEIGHT, tierLookback } from "./tier.ts";

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

export function* evalInstantSelector(evaluation: Evaluation, selector: VectorSelector, sink: SeriesSink): Slices<void> {
  const fill: Fill =
    selector.extended === "smoothed"
      ? (samples, times, out, block) => smoothSeries(evaluation, selector, samples, times, out, block)
      : lastSamples;
  yield* eachSelected(evaluation, selector, "", fill, sink);
}

/** `timestamp(selector)`: when the sample was taken, not when it is looked at. */
export function* evalSampleTimes(evaluation: Evaluation, selector: VectorSelector, sink: SeriesSink): Slices<void> {
  yield* eachSelected(evaluation, selector, "timestamp", (...args) => lastSampleTimes(args[0].timesMs, ...args), sink);
}

/** `start_timestamp(selector)`: when the counter began, 0 where unknown. Nothing where start times are not used. */
export function* evalStartTimes(evaluation: Evaluation, selector: VectorSelector, sink: SeriesSink): Slices<void> {
  if (!evaluation.context.limits.useStartTimestamps) return;
  const fill: Fill = (samples, ...args) => {
    const starts = samples.hasStart ? samples.startMs.map((start) => (Number.isNaN(start) ? 0 : start)) : undefined;
    lastSampleTimes(starts ?? new Float64Array(samples.length), samples, ...args);
  };
  yield* eachSelected(evaluation, selector, "start_timestamp", fill, sink);
}

/** Fills the steps of a block. */
type Fill = (samples: SampleColumns, times: ReadTimes, out: Series, block: Block, lookbackMs: number) => void;

function* eachSelected(
  evaluation: Evaluation,
  selector: VectorSelector,
  func: string,
  fill: Fill,
  sink: SeriesSink,
): Slices<void> {
  const { context, grid } = evaluation;
  if (grid.count === 0) return;
  const times = readTimes(evaluation, selector);
  const afterMs = selector.extended === "smoothed" ? context.limits.lookbackMs : 0;
  const startMs = times.firstMs - context.limits.lookbackMs + 1;
  const endMs = times.lastMs + afterMs;
  const selection = yield* select(evaluation, selector, { startMs, endMs, rangeMs: 0, func });
  const lookbackMs = tierLookback(selection, context.limits.lookbackMs);
  const blocks = blocksOf({
    ...times,
    count: grid.count,
    beforeMs: lookbackMs,
    afterMs,
    wholeWindows: false,
    tierStepMs: selection.tierStepMs,
  });
  const samples = takeSamples();
  const buffer = evaluation.buffer();
  const all = selection.series;
  for (let index = 0; index < all.length; index++) {
    const series = all[index]!;
    const ahead = selection.prepare?.(index);
    if (ahead !== undefined) yield* ahead;
    const out = buffer.next(series.labels);
    for (let b = 0; b < blocks.length; b++) {
      const block = blocks[b]!;
      if (selection.tier === "raw") {
        readRaw(series, block.startMs, block.endMs, samples);
        if (context.detectedHints.has(selector)) detectHints(samples);
      } else lastOfTier(series, block.startMs, block.endMs, samples);
      context.touch(samples.length);
      if (samples.length > 0) fill(samples, times, out, block, lookbackMs);
      const weight = selection.tier === "raw" ? 1 : POINT_WEIGHT;
      if (context.spend(samples.length * weight + block.toStep - block.fromStep)) yield;
    }
    if (context.spend(SERIES_WEIGHT)) yield;
    const count = out.sampleCount;
    context.samplesTotal += count;
    if (count > 0) sink(out);
  }
  giveSamples(samples);
}

export function readRaw(series: SelectedSeries, minMs: number, maxMs: number, out: SampleColumns): void {
  out.clear();
  series.read(minMs, maxMs, out);
}

/** Fills in the last sample at each step. */
function lastSamples(
  samples: SampleColumns,
  times: ReadTimes,
  out: Series,
  { fromStep, toStep }: Block,
  lookbackMs: number,
): void {
  const { timesMs, values, kinds: sampleKinds, length, hasHistograms, hasStale } = samples;
  const { kinds, values: results } = out;
  const plain = !hasHistograms && !hasStale;
  let next = 0;
  for (let step = fromStep; step < toStep; step++) {
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
  columnMs: Float64Array,
  samples: SampleColumns,
  times: ReadTimes,
  out: Series,
  { fromStep, toStep }: Block,
  lookbackMs: number,
): void {
  const { timesMs, kinds, length } = samples;
  let next = 0;
  for (let step = fromStep; step < toStep; step++) {
    const atMs = times.firstMs + step * times.stepMs;
    while (next < length && timesMs[next]! <= atMs) next++;
    const i = next - 1;
    if (i < 0 || timesMs[i]! <= atMs - lookbackMs || kinds[i] === SampleKind.STALE) continue;
    out.setFloat(step, columnMs[i]! / 1000);
  }
}
