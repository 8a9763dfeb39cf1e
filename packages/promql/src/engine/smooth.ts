/**
 * `selector smoothed`: at each step the value between the sample before and the one after, both within the lookback; the last
 * value where nothing follows.
 */
import { type SampleColumns, SampleKind } from "@dmon/model";
import type { VectorSelector } from "../ast.ts";
import { interpolateFloat, interpolateHistogram, wayOf } from "../functions/interpolate.ts";
import type { Block } from "./blocks.ts";
import type { Evaluation } from "./evaluation.ts";
import type { ReadTimes } from "./selector.ts";
import type { Series } from "./series.ts";

/** @param samples reach the lookback before the first step and behind the last */
export function smoothSeries(
  evaluation: Evaluation,
  selector: VectorSelector,
  samples: SampleColumns,
  times: ReadTimes,
  out: Series,
  { fromStep, toStep }: Pick<Block, "fromStep" | "toStep">,
): void {
  const { notes, limits } = evaluation.context;
  const { lookbackMs } = limits;
  const metric = out.labels.name;
  const present = presentSamples(samples);
  const timeOf = (i: number) => samples.timesMs[present[i]!]!;
  let from = 0;
  let next = 0;
  let to = 0;
  for (let step = fromStep; step < toStep; step++) {
    const atMs = times.firstMs + step * times.stepMs;
    while (from < present.length && timeOf(from) <= atMs - lookbackMs) from++;
    while (to < present.length && timeOf(to) <= atMs + lookbackMs) to++;
    while (next < to && timeOf(next) < atMs) next++;
    if (from === to) continue;
    if (isMixed(samples, present, from, to)) {
      notes.mixedFloatsAndHistograms(metric, selector.span);
      continue;
    }
    if (next < to && timeOf(next) === atMs) copySample(samples, present[next]!, step, out);
    else if (next === from) continue;
    else if (next === to) carrySample(samples, present[next - 1]!, step, out);
    else {
      const before = present[next - 1]!;
      const after = present[next]!;
      const way = wayOf(samples.timesMs[before]!, samples.timesMs[after]!, atMs);
      if (samples.kinds[after] === SampleKind.FLOAT) {
        out.setFloat(step, interpolateFloat(samples.values[before]!, samples.values[after]!, way, false));
        continue;
      }
      const a = samples.histograms[before]!;
      const b = samples.histograms[after]!;
      const isCounter = a.counterResetHint !== "gauge" || b.counterResetHint !== "gauge";
      const histogram = interpolateHistogram(a, b, way, isCounter, notes, metric, selector.span);
      if (histogram !== undefined) out.setHistogram(step, histogram);
    }
  }
}

/** Indexes of the samples that are no staleness markers. */
function presentSamples(samples: SampleColumns): number[] {
  const present: number[] = [];
  for (let i = 0; i < samples.length; i++) if (samples.kinds[i] !== SampleKind.STALE) present.push(i);
  return present;
}

function isMixed(samples: SampleColumns, present: readonly number[], from: number, to: number): boolean {
  if (!samples.hasHistograms) return false;
  const kind = samples.kinds[present[from]!];
  for (let i = from + 1; i < to; i++) if (samples.kinds[present[i]!] !== kind) return true;
  return false;
}

/** A sample that stands on: what its hint says of the one before it is not true of the next step. */
function carrySample(samples: SampleColumns, i: number, step: number, out: Series): void {
  if (samples.kinds[i] !== SampleKind.HISTOGRAM) out.setFloat(step, samples.values[i]!);
  else out.setHistogram(step, { ...samples.histograms[i]!, counterResetHint: "unknown" });
}

function copySample(samples: SampleColumns, i: number, step: number, out: Series): void {
  if (samples.kinds[i] === SampleKind.HISTOGRAM) out.setHistogram(step, samples.histograms[i]!);
  else out.setFloat(step, samples.values[i]!);
}
