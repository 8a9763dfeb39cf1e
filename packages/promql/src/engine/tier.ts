/**
 * Reading coarser tiers: points stand for whole buckets.
 *
 * | function                        | reads     |
 * |---------------------------------|-----------|
 * | a plain selector, `last_over_time` | last   |
 * | `rate`, `increase`              | increase  |
 * | `min_over_time`, `max_over_time`| min, max  |
 * | `sum_over_time`, `count_over_time`, `avg_over_time` | sum, count |
 *
 * The store refuses the others (`tier_cannot_answer`), or answers them from raw samples.
 */
import {
  DmonError,
  type SampleColumns,
  SampleKind,
  type SelectedSeries,
  type Selection,
  type TierColumn,
  TierColumns,
} from "@dmon/model";
import type { RangeEnv, Windows } from "../functions/range/window.ts";
import { FLOAT, type Series } from "./series.ts";

/** Decoding a point takes as long as so many raw samples. */
export const POINT_WEIGHT = 4;

/** A plain selector over a tier looks back at least one bucket, else there would be gaps between the points. */
export function tierLookback(selection: Selection, lookbackMs: number): number {
  return Math.max(lookbackMs, selection.tierStepMs);
}

const points = new TierColumns();
const LAST: readonly TierColumn[] = ["last"];

/** The last samples of a tier's buckets, at their own times, with a staleness marker where a bucket ended with one. */
export function lastOfTier(series: SelectedSeries, minMs: number, maxMs: number, out: SampleColumns): void {
  out.clear();
  series.readTier(minMs, maxMs, points, LAST);
  out.reserve(points.length * 2);
  let at = 0;
  for (let i = 0; i < points.length; i++) {
    if (points.lastAtMs[i]! > maxMs) continue;
    out.timesMs[at] = points.lastAtMs[i]!;
    out.values[at] = points.last[i]!;
    out.kinds[at++] = SampleKind.FLOAT;
    if (points.endedStale[i] === 0 || points.endsMs[i]! > maxMs) continue;
    out.timesMs[at] = points.endsMs[i]!;
    out.kinds[at++] = SampleKind.STALE;
    out.hasStale = true;
  }
  out.length = at;
}

type TierWindow = (points: TierColumns, from: number, to: number, env: RangeEnv) => number;

const increase: TierWindow = (tier, from, to) => {
  let sum = 0;
  for (let i = from; i < to; i++) sum += tier.increase[i]!;
  return sum;
};

const sumOf = (column: "sum" | "count"): TierWindow => {
  return (tier, from, to) => {
    let sum = 0;
    for (let i = from; i < to; i++) sum += tier[column][i]!;
    return sum;
  };
};

interface TierFunction {
  readonly columns: readonly TierColumn[];
  readonly compute: TierWindow;
}

const TIER_FUNCTIONS: Readonly<Record<string, TierFunction>> = {
  increase: { columns: ["increase"], compute: increase },
  rate: {
    columns: ["increase"],
    compute: (tier, from, to, env) => increase(tier, from, to, env) / (env.rangeMs / 1000),
  },
  last_over_time: { columns: LAST, compute: (tier, _from, to) => tier.last[to - 1]! },
  sum_over_time: { columns: ["sum"], compute: sumOf("sum") },
  count_over_time: { columns: ["count"], compute: sumOf("count") },
  avg_over_time: {
    columns: ["sum", "count"],
    compute: (tier, from, to, env) => sumOf("sum")(tier, from, to, env) / sumOf("count")(tier, from, to, env),
  },
  min_over_time: {
    columns: ["min"],
    compute: (tier, from, to) => {
      let min = Number.NaN;
      for (let i = from; i < to; i++) if (!(tier.min[i]! >= min)) min = tier.min[i]!;
      return min;
    },
  },
  max_over_time: {
    columns: ["max"],
    compute: (tier, from, to) => {
      let max = Number.NaN;
      for (let i = from; i < to; i++) if (!(tier.max[i]! <= max)) max = tier.max[i]!;
      return max;
    },
  },
};

/**
 * A range function over a tier: a window holds the buckets that end within it, widened to one bucket where it is narrower.
 *
 * @returns how many points were decoded
 * @throws {DmonError} `tier_cannot_answer`
 */
export function applyTierFunction(
  func: string,
  series: SelectedSeries,
  selection: Selection,
  windows: Windows,
  out: Series,
  env: RangeEnv,
): number {
  const known = TIER_FUNCTIONS[func];
  if (known === undefined) {
    throw new DmonError(
      "tier_cannot_answer",
      `${func} needs raw samples, and these are kept only as ${selection.tier} points; choose a shorter or newer range`,
    );
  }
  const { columns, compute } = known;
  const rangeMs = Math.max(windows.rangeMs, selection.tierStepMs);
  const { firstEndMs, stepMs, fromStep, toStep } = windows;
  const beginMs = firstEndMs + fromStep * stepMs - rangeMs;
  series.readTier(beginMs + 1, firstEndMs + Math.max(0, toStep - 1) * stepMs, points, columns);
  const { endsMs, length } = points;
  const scale = func === "increase" || func === "rate" ? windows.rangeMs / rangeMs : 1;
  let from = 0;
  let to = 0;
  for (let step = fromStep; step < toStep; step++) {
    const endMs = firstEndMs + step * stepMs;
    while (to < length && endsMs[to]! <= endMs) to++;
    while (from < to && endsMs[from]! <= endMs - rangeMs) from++;
    env.samplesRead += to - from;
    if (to === from) continue;
    out.values[step] = compute(points, from, to, env) * scale;
    out.kinds[step] = FLOAT;
  }
  return length;
}
