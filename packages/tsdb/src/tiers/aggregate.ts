/**
 * From samples to tier points, and from fine points to coarse ones. Pure; docs/formats/tiers.md says what a point means.
 *
 * Histograms have no points: they are kept raw.
 */
import { type SampleColumns, SampleKind } from "@dmon/model";
import { intervalEnd } from "../windows.ts";
import { TIER_COLUMNS, TierPoints } from "./points.ts";

/** Appends the points of `columns` (ascending) to `out`, one a bucket of `stepMs` that has floats or ended stale. */
export function aggregate(columns: SampleColumns, stepMs: number, out: TierPoints): void {
  const { timesMs, values, kinds, length } = columns;
  let at = out.length - 1;
  let endMs = Number.NEGATIVE_INFINITY;
  let error = 0;
  for (let i = 0; i < length; i++) {
    const kind = kinds[i]!;
    if (kind === SampleKind.HISTOGRAM) continue;
    const atMs = timesMs[i]!;
    if (atMs > endMs) {
      if (at >= 0 && endMs > Number.NEGATIVE_INFINITY) out.sum[at]! += error;
      error = 0;
      endMs = intervalEnd(atMs, stepMs);
      at = beginPoint(out, endMs);
    }
    if (kind === SampleKind.STALE) {
      out.endedStale[at] = 1;
      continue;
    }
    const value = values[i]!;
    out.endedStale[at] = 0;
    if (out.count[at] === 0) {
      out.first[at] = value;
      out.min[at] = value;
      out.max[at] = value;
      out.sum[at] = value;
    } else {
      // As Prometheus compares: NaN gives way to any number.
      if (value < out.min[at]! || Number.isNaN(out.min[at])) out.min[at] = value;
      if (value > out.max[at]! || Number.isNaN(out.max[at])) out.max[at] = value;
      if (value < out.last[at]!) out.drops[at]! += out.last[at]!;
      // Compensated, so that a bucket's sum does not hang on the order of large and small.
      const sum = out.sum[at]!;
      const next = sum + value;
      if (Number.isFinite(next)) error += Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum;
      out.sum[at] = next;
    }
    out.count[at]!++;
    out.last[at] = value;
    out.lastAtMs[at] = atMs;
  }
  if (at >= 0 && endMs > Number.NEGATIVE_INFINITY) out.sum[at]! += error;
}

/** Appends an empty point. @returns its index */
function beginPoint(out: TierPoints, endMs: number): number {
  const at = out.length;
  out.reserve(at + 1);
  out.endsMs[at] = endMs;
  out.min[at] = Number.NaN;
  out.max[at] = Number.NaN;
  out.first[at] = Number.NaN;
  out.last[at] = Number.NaN;
  out.sum[at] = 0;
  out.count[at] = 0;
  out.drops[at] = 0;
  out.lastAtMs[at] = endMs;
  out.endedStale[at] = 0;
  out.length = at + 1;
  return at;
}

/** Appends to `out` the points of `from` (ascending), joined into buckets of `stepMs`, a multiple of theirs. */
export function coarsen(from: TierPoints, stepMs: number, out: TierPoints): void {
  let at = out.length - 1;
  let endMs = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < from.length; i++) {
    if (from.endsMs[i]! > endMs) {
      endMs = intervalEnd(from.endsMs[i]!, stepMs);
      at = beginPoint(out, endMs);
    }
    joinPoint(from, i, out, at);
  }
}

/** Adds point `i` of `from`, which is later, to point `at` of `out`. */
function joinPoint(from: TierPoints, i: number, out: TierPoints, at: number): void {
  out.endedStale[at] = from.endedStale[i]!;
  if (from.count[i] === 0) return;
  if (out.count[at] === 0) {
    out.first[at] = from.first[i]!;
    out.min[at] = from.min[i]!;
    out.max[at] = from.max[i]!;
  } else {
    if (from.min[i]! < out.min[at]! || Number.isNaN(out.min[at])) out.min[at] = from.min[i]!;
    if (from.max[i]! > out.max[at]! || Number.isNaN(out.max[at])) out.max[at] = from.max[i]!;
    if (from.first[i]! < out.last[at]!) out.drops[at]! += out.last[at]!;
  }
  out.sum[at]! += from.sum[i]!;
  out.count[at]! += from.count[i]!;
  out.drops[at]! += from.drops[i]!;
  out.last[at] = from.last[i]!;
  out.lastAtMs[at] = from.lastAtMs[i]!;
}

/**
 * Both sets of points in order, those of one bucket joined in the order of their last sample. For samples that came after
 * the raw ones of their window had left: the old points cannot be made anew.
 */
export function united(a: TierPoints, b: TierPoints): TierPoints {
  const order = [
    ...Array.from({ length: a.length }, (_, i) => ({ points: a, i })),
    ...Array.from({ length: b.length }, (_, i) => ({ points: b, i })),
  ].sort((x, y) => x.points.endsMs[x.i]! - y.points.endsMs[y.i]! || x.points.lastAtMs[x.i]! - y.points.lastAtMs[y.i]!);
  const out = new TierPoints();
  let at = -1;
  for (const { points, i } of order) {
    if (at < 0 || points.endsMs[i] !== out.endsMs[at]) at = beginPoint(out, points.endsMs[i]!);
    joinPoint(points, i, out, at);
  }
  return out;
}

/** Sorts points by bucket where they are not in order; a bucket met twice keeps the one appended last. */
export function orderPoints(points: TierPoints): void {
  const { endsMs, length } = points;
  let i = 1;
  while (i < length && endsMs[i]! > endsMs[i - 1]!) i++;
  if (i >= length) return;
  const order = Array.from({ length }, (_, k) => k).sort((a, b) => endsMs[a]! - endsMs[b]! || a - b);
  const kept = order.filter((k, n) => endsMs[k] !== endsMs[order[n + 1] ?? -1]);
  for (const name of TIER_COLUMNS) {
    const copy = points[name].slice(0, length);
    for (const [n, k] of kept.entries()) points[name][n] = copy[k]!;
  }
  const stale = points.endedStale.slice(0, length);
  for (const [n, k] of kept.entries()) points.endedStale[n] = stale[k]!;
  points.length = kept.length;
}
