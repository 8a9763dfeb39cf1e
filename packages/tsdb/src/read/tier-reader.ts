/**
 * Reads the tier points of one series. Windows whose samples are not merged yet, and days whose hours are not made yet, are
 * computed from the finer data as they will be, so that a tier has no end before raw has.
 */
import { SampleColumns, type Tier, type TierColumn, type TierColumns } from "@dmon/model";
import { CorruptBytes } from "../codec/bytes.ts";
import { lowerBound } from "../codec/grid.ts";
import { ALL_COLUMNS, type TierNeeds } from "../codec/tier-chunk.ts";
import type { PackFile, PackRow } from "../files/pack-file.ts";
import { aggregate, coarsen, orderPoints, united } from "../tiers/aggregate.ts";
import { TIER_STEP_MS } from "../tiers/choose.ts";
import { TIER_COLUMNS, TierPoints } from "../tiers/points.ts";
import { DAY_MS, HOUR_MS, intervalStart, MINUTE_MS, WINDOW_MS } from "../windows.ts";
import { type ReadContext, readSeries } from "./series-reader.ts";

export interface TierReadContext extends ReadContext {
  /** Starts of the windows with samples that are not merged, and of the days whose hours are not made. */
  readonly pendingWindows: ReadonlySet<number>;
  readonly pendingDays: ReadonlySet<number>;
}

/** How far back the point is looked for from which the first one's growth counts. */
export const BEFORE_MS: Readonly<Record<Tier, number>> = { raw: 0, "1m": WINDOW_MS, "1h": DAY_MS };

// One thread reads one series at a time, so what points are gathered in is shared.
const gathered = new TierPoints();
const latePoints = new TierPoints();
const madePoints = new TierPoints();
const finePoints = new TierPoints();
const pendingSamples = new SampleColumns();

function emptied(points: TierPoints): TierPoints {
  points.length = 0;
  return points;
}

/**
 * Overwrites `out` with the points whose bucket ends within `[minMs, maxMs + step)`.
 *
 * @param columns those that are wanted; what others hold is undefined
 */
export function readTierSeries(
  context: TierReadContext,
  ids: readonly number[],
  tier: "1m" | "1h",
  minMs: number,
  maxMs: number,
  out: TierColumns,
  columns?: readonly TierColumn[],
): void {
  const points = emptied(gathered);
  const needs = columns === undefined ? ALL_COLUMNS : needsOf(columns);
  const lastMs = maxMs + TIER_STEP_MS[tier] - 1;
  if (tier === "1m") readMinutes(context, ids, minMs - BEFORE_MS[tier], lastMs, points, needs);
  else readHours(context, ids, minMs - BEFORE_MS[tier], lastMs, points, needs);
  fill(points, minMs, out, needs);
}

function needsOf(columns: readonly TierColumn[]): TierNeeds {
  const has = (column: TierColumn): boolean => columns.includes(column);
  const increase = has("increase");
  return {
    min: has("min"),
    max: has("max"),
    sum: has("sum"),
    first: increase,
    last: increase || has("last"),
    lastAt: has("last"),
    drops: increase,
  };
}

/** Appends the one-minute points whose bucket ends within `[minMs, maxMs]`. */
export function readMinutes(
  context: TierReadContext,
  ids: readonly number[],
  minMs: number,
  maxMs: number,
  out: TierPoints,
  needs: TierNeeds,
): void {
  if (ids.length > 1) {
    const parts = ids.map((id) => {
      const part = new TierPoints();
      readMinutes(context, [id], minMs, maxMs, part, ALL_COLUMNS);
      return part;
    });
    const samples = new SampleColumns();
    joinIds(parts, out, (endMs, anew) => {
      readSeries(context, ids, endMs - MINUTE_MS + 1, endMs, samples);
      aggregate(samples, MINUTE_MS, anew);
    });
    return;
  }
  const pending = [...context.pendingWindows].filter((start) => start < maxMs && start + WINDOW_MS >= minMs);
  const late = emptied(latePoints);
  const wanted = new Set(pending);
  for (const entry of context.catalog.overlapping("1m", minMs, maxMs)) {
    const file = context.catalog.open(entry);
    if (file === undefined) continue;
    for (const row of file.packs) {
      if (row.maxMs < minMs || row.minMs > maxMs) continue;
      if (wanted.has(row.windowMs)) readPoints(context, file, row, ids, minMs, maxMs, late, ALL_COLUMNS);
      else readPoints(context, file, row, ids, minMs, maxMs, out, needs);
    }
  }
  for (const start of pending) {
    readSeries(context, ids, start + 1, start + WINDOW_MS, pendingSamples);
    const made = emptied(madePoints);
    aggregate(pendingSamples, MINUTE_MS, made);
    append(late.length > 0 ? withLate(context, late, made, start) : made, minMs, maxMs, out);
  }
  orderPoints(out);
}

/** Points that were there before samples of their window came late; those of raw samples that remain are made anew. */
function withLate(context: TierReadContext, late: TierPoints, made: TierPoints, startMs: number): TierPoints {
  const rawIsThere = context.catalog.find("raw", startMs)?.packs.some(({ windowMs }) => windowMs === startMs) === true;
  if (rawIsThere) return made;
  const old = within(late, startMs, startMs + WINDOW_MS);
  return old.length > 0 ? united(old, made) : made;
}

function readHours(
  context: TierReadContext,
  ids: readonly number[],
  minMs: number,
  maxMs: number,
  out: TierPoints,
  needs: TierNeeds,
): void {
  if (ids.length > 1) {
    const parts = ids.map((id) => {
      const part = new TierPoints();
      readHours(context, [id], minMs, maxMs, part, ALL_COLUMNS);
      return part;
    });
    joinIds(parts, out, (endMs, anew) => {
      const minutes = new TierPoints();
      readMinutes(context, ids, endMs - HOUR_MS + 1, endMs, minutes, ALL_COLUMNS);
      coarsen(minutes, HOUR_MS, anew);
    });
    return;
  }
  const days = new Set(context.pendingDays);
  for (const start of context.pendingWindows) days.add(intervalStart(start + 1, DAY_MS));
  for (const entry of context.catalog.overlapping("1h", minMs, maxMs)) {
    const file = context.catalog.open(entry);
    if (file === undefined) continue;
    for (const row of file.packs) {
      if (row.maxMs < minMs || row.minMs > maxMs || days.has(row.windowMs)) continue;
      readPoints(context, file, row, ids, minMs, maxMs, out, needs);
    }
  }
  for (const day of days) {
    if (day >= maxMs || day + DAY_MS < minMs) continue;
    const fine = emptied(finePoints);
    // Columns that are not wanted are joined with the others, and hold nothing.
    readMinutes(context, ids, day + 1, day + DAY_MS, fine, needs);
    const made = emptied(madePoints);
    coarsen(fine, HOUR_MS, made);
    append(made, minMs, maxMs, out);
  }
  orderPoints(out);
}

/**
 * Appends the points that a series has under its several ids. A bucket in which more than one of them has samples is made anew
 * from finer data, since these may lie between each other; where finer data is no more, its points are joined as they are.
 */
function joinIds(
  parts: readonly TierPoints[],
  out: TierPoints,
  makeAnew: (endMs: number, anew: TierPoints) => void,
): void {
  const all = parts.reduce(united);
  const seen = new Set<number>();
  const shared = new Set<number>();
  for (const { endsMs, length } of parts) {
    for (const endMs of endsMs.subarray(0, length)) (seen.has(endMs) ? shared : seen).add(endMs);
  }
  const anew = new TierPoints();
  for (let i = 0; i < all.length && shared.size > 0; i++) {
    const endMs = all.endsMs[i]!;
    if (!shared.has(endMs)) continue;
    makeAnew(endMs, emptied(anew));
    if (anew.length === 1 && anew.count[0] === all.count[i]) copyPoint(anew, 0, all, i);
  }
  append(all, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, out);
}

function readPoints(
  context: TierReadContext,
  file: PackFile,
  row: PackRow,
  ids: readonly number[],
  minMs: number,
  maxMs: number,
  out: TierPoints,
  needs: TierNeeds,
): void {
  for (const id of ids) {
    if (id < row.minId || id > row.maxId) continue;
    const pack = context.packs.get(file, row);
    const position = pack?.find(id) ?? -1;
    if (position < 0) continue;
    const before = out.length;
    try {
      pack!.readTier(position, minMs, maxMs, out, needs);
    } catch (error) {
      if (!(error instanceof CorruptBytes)) throw error;
      out.length = before;
      context.damaged(file.path, `points of series ${id} in pack ${row.row}: ${error.message}`, 0);
    }
  }
}

function within(points: TierPoints, startMs: number, endMs: number): TierPoints {
  const out = new TierPoints();
  append(points, startMs + 1, endMs, out);
  return out;
}

function append(from: TierPoints, minMs: number, maxMs: number, out: TierPoints): void {
  for (let i = 0; i < from.length; i++) {
    if (from.endsMs[i]! < minMs || from.endsMs[i]! > maxMs) continue;
    const at = out.length;
    out.reserve(at + 1);
    copyPoint(from, i, out, at);
    out.length = at + 1;
  }
}

function copyPoint(from: TierPoints, i: number, out: TierPoints, at: number): void {
  for (const name of TIER_COLUMNS) out[name][at] = from[name][i]!;
  out.endedStale[at] = from.endedStale[i]!;
}

/** What the query sees: growth counted from the point before, which may lie before `minMs`. */
function fill(points: TierPoints, minMs: number, out: TierColumns, needs: TierNeeds): void {
  const { length } = points;
  const from = lowerBound(points.endsMs, length, minMs);
  out.length = 0;
  out.reserve(length - from);
  out.length = length - from;
  const copy = (column: "endsMs" | "min" | "max" | "sum" | "count" | "last" | "lastAtMs"): void =>
    out[column].set(points[column].subarray(from, length));
  copy("endsMs");
  copy("count");
  if (needs.min) copy("min");
  if (needs.max) copy("max");
  if (needs.sum) copy("sum");
  if (needs.last) copy("last");
  if (needs.lastAt) copy("lastAtMs");
  out.endedStale.set(points.endedStale.subarray(from, length));
  if (needs.drops) fillIncrease(points, from, out.increase);
}

function fillIncrease({ length, count, first, last, drops }: TierPoints, from: number, out: Float64Array): void {
  let previous = Number.NaN;
  for (let i = 0; i < from; i++) if (count[i]! > 0) previous = last[i]!;
  for (let i = from; i < length; i++) {
    if (count[i] === 0) {
      out[i - from] = 0;
      continue;
    }
    const begin = first[i]!;
    const end = last[i]!;
    const before = Number.isNaN(previous) ? 0 : begin < previous ? begin : begin - previous;
    out[i - from] = before + (end - begin + drops[i]!);
    previous = end;
  }
}
