/**
 * Functions over range vectors: their shape, and the walk of a window over one series.
 *
 * Windows are left-open, `(end - range, end]`, one a step. A series of floats alone is walked in place, without allocation; one
 * that has native histograms is taken apart window by window.
 */
import type { FloatHistogram, Labels, SampleColumns } from "@dmon/model";
import type { Span } from "../../ast.ts";
import type { Notes } from "../../engine/notes.ts";
import { HISTOGRAM, type Series } from "../../engine/series.ts";

/** The windows of steps `[fromStep, toStep)`. */
export interface Windows {
  /** End of the window of step 0. */
  readonly firstEndMs: number;
  /** 0 where all windows are the same (`@`). */
  readonly stepMs: number;
  readonly fromStep: number;
  readonly toStep: number;
  readonly rangeMs: number;
}

/** What a function sees beside the samples. */
export interface RangeEnv {
  readonly notes: Notes;
  /** Of the first argument. */
  readonly span: Span;
  /** Of the whole list of arguments. */
  readonly argsSpan: Span;
  readonly rangeMs: number;
  /** Scalar arguments, a value a step. */
  readonly params: readonly Float64Array[];
  /** Time of evaluation of a step, which `@` and `offset` do not move. */
  readonly timeAt: (step: number) => number;
  /** Labels of the series at hand, and the name of its metric. */
  labels: Labels;
  readonly metric: string;
  /** Samples of all windows together, counted up by the walk. */
  samplesRead: number;
}

/** The value over samples `[from, to)`, of which there are at least `minFloats`. */
export type FloatWindow = (
  times: Float64Array,
  values: Float64Array,
  from: number,
  to: number,
  step: number,
  env: RangeEnv,
) => number;

/** One window of a series that has histograms, taken apart by kind. Start times are NaN where unknown. */
export interface MixedWindow {
  readonly startMs: number;
  readonly endMs: number;
  readonly floatTimes: Float64Array;
  readonly floats: Float64Array;
  readonly floatStarts: Float64Array;
  readonly floatCount: number;
  readonly histogramTimes: readonly number[];
  readonly histograms: readonly FloatHistogram[];
  readonly histogramStarts: readonly number[];
}

/** Computes the whole series at once. Staleness markers are gone. */
type SeriesWalk = (samples: SampleColumns, windows: Windows, out: Series, env: RangeEnv) => void;

export type MixedFunction = (window: MixedWindow, step: number, out: Series, env: RangeEnv) => void;

/** A function that looks at whole columns, floats and histograms alike. */
export interface ColumnFunction {
  readonly walk: SeriesWalk;
}

/** A function of one window at a time. */
export interface WindowFunction {
  /** A window with fewer floats gives nothing. */
  readonly minFloats: number;
  readonly float: FloatWindow;
  readonly mixed: MixedFunction;
  /** True where the result is still the metric. */
  readonly keepsName?: boolean;
}

export type RangeFunction = ColumnFunction | WindowFunction;

/** Walks the windows over one series; fills `out`. */
export function applyRangeFunction(
  fn: RangeFunction,
  samples: SampleColumns,
  windows: Windows,
  out: Series,
  env: RangeEnv,
): void {
  if (samples.length === 0) return;
  if (samples.hasStale) dropStale(samples);
  if ("walk" in fn) fn.walk(samples, windows, out, env);
  else if (samples.hasHistograms) walkMixed(fn.mixed, samples, windows, out, env);
  else walkFloats(fn, samples, windows, out, env);
}

function walkFloats(fn: WindowFunction, samples: SampleColumns, windows: Windows, out: Series, env: RangeEnv): void {
  const { timesMs, values, length } = samples;
  const { firstEndMs, stepMs, fromStep, toStep, rangeMs } = windows;
  const { kinds, values: results } = out;
  const { float, minFloats } = fn;
  let from = 0;
  let to = 0;
  let read = 0;
  for (let step = fromStep; step < toStep; step++) {
    const endMs = firstEndMs + step * stepMs;
    while (to < length && timesMs[to]! <= endMs) to++;
    while (from < to && timesMs[from]! <= endMs - rangeMs) from++;
    read += to - from;
    if (to - from < minFloats) continue;
    results[step] = float(timesMs, values, from, to, step, env);
    kinds[step] = 1;
  }
  env.samplesRead += read;
}

/** Gives each window, taken apart by kind, to `mixed`. */
export function walkMixed(
  mixed: MixedFunction,
  samples: SampleColumns,
  windows: Windows,
  out: Series,
  env: RangeEnv,
): void {
  const { timesMs, length } = samples;
  const { firstEndMs, stepMs, fromStep, toStep, rangeMs } = windows;
  let from = 0;
  let to = 0;
  for (let step = fromStep; step < toStep; step++) {
    const endMs = firstEndMs + step * stepMs;
    while (to < length && timesMs[to]! <= endMs) to++;
    while (from < to && timesMs[from]! <= endMs - rangeMs) from++;
    env.samplesRead += to - from;
    if (to > from) mixed(takeApart(samples, from, to, endMs - rangeMs, endMs), step, out, env);
  }
}

/** Sorts the samples `[from, to)` by kind. */
function takeApart(samples: SampleColumns, from: number, to: number, startMs: number, endMs: number): MixedWindow {
  const floatTimes = new Float64Array(to - from);
  const floats = new Float64Array(to - from);
  const floatStarts = new Float64Array(to - from).fill(Number.NaN);
  const histogramTimes: number[] = [];
  const histograms: FloatHistogram[] = [];
  const histogramStarts: number[] = [];
  let floatCount = 0;
  for (let i = from; i < to; i++) {
    const start = samples.hasStart ? samples.startMs[i]! : Number.NaN;
    if (samples.kinds[i] === HISTOGRAM) {
      histogramTimes.push(samples.timesMs[i]!);
      histograms.push(samples.histograms[i]!);
      histogramStarts.push(start);
    } else {
      floatTimes[floatCount] = samples.timesMs[i]!;
      floats[floatCount] = samples.values[i]!;
      floatStarts[floatCount++] = start;
    }
  }
  return {
    startMs,
    endMs,
    floatTimes,
    floats,
    floatStarts,
    floatCount,
    histogramTimes,
    histograms,
    histogramStarts,
  };
}

/** Takes the staleness markers out: within a range they are not samples. */
function dropStale(samples: SampleColumns): void {
  const { kinds } = samples;
  let kept = 0;
  for (let i = 0; i < samples.length; i++) {
    if (kinds[i] === 3) continue;
    if (kept < i) {
      samples.timesMs[kept] = samples.timesMs[i]!;
      samples.values[kept] = samples.values[i]!;
      kinds[kept] = kinds[i]!;
      if (samples.hasStart) samples.startMs[kept] = samples.startMs[i]!;
      if (samples.hasHistograms) samples.histograms[kept] = samples.histograms[i];
    }
    kept++;
  }
  samples.length = kept;
  samples.hasStale = false;
}

/** For functions of floats only: histograms beside them are named in an info, alone they give nothing. */
export function ignoringHistograms(minFloats: number, float: FloatWindow): MixedFunction {
  return (window, step, out, env) => {
    const { floatCount, histograms } = window;
    if (floatCount === 0) return;
    if (histograms.length > 0) env.notes.ignoredInMixedRange(env.metric, env.span);
    if (floatCount < minFloats) return;
    out.setFloat(step, float(window.floatTimes, window.floats, 0, floatCount, step, env));
  };
}

/** A function of floats only. */
export function floatFunction(minFloats: number, float: FloatWindow): WindowFunction {
  return { minFloats, float, mixed: ignoringHistograms(minFloats, float) };
}
