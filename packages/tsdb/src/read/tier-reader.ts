/**
 * Reads the tier points of one series. Windows whose samples are not merged yet, and days whose hours are not made yet, are
 * computed from the finer data as they will be, so that a tier has no end before raw has.
 */
import { SampleColumns, type Tier, type TierColumns } from "@dmon/model";
import { CorruptBytes } from "../codec/bytes.ts";
import { aggregate, coarsen, orderPoints, united } from "../tiers/aggregate.ts";
import { TIER_STEP_MS } from "../tiers/choose.ts";
import { TierPoints } from "../tiers/points.ts";
import { DAY_MS, HOUR_MS, intervalStart, MINUTE_MS, WINDOW_MS } from "../windows.ts";
import { type ReadContext, readSeries } from "./series-reader.ts";

export interface TierReadContext extends ReadContext {
  /** Starts of the windows with samples that are not merged, and of the days whose hours are not made. */
  readonly pendingWindows: ReadonlySet<number>;
  readonly pendingDays: ReadonlySet<number>;
}

/** How far back the point is looked for from which the first one's growth counts. */
const BEFORE_MS: Readonly<Record<Tier, number>> = { raw: 0, "1m": WINDOW_MS, "1h": DAY_MS };

/** Overwrites `out` with the points whose bucket ends within `[minMs, maxMs + step)`. */
export function readTierSeries(
  context: TierReadContext,
  ids: readonly number[],
  tier: "1m" | "1h",
  minMs: number,
  maxMs: number,
  out: TierColumns,
): void {
  const points = new TierPoints();
  const lastMs = maxMs + TIER_STEP_MS[tier] - 1;
  if (tier === "1m") readMinutes(context, ids, minMs - BEFORE_MS[tier], lastMs, points);
  else readHours(context, ids, minMs - BEFORE_MS[tier], lastMs, points);
  fill(points, minMs, out);
}

function readMinutes(
  context: TierReadContext,
  ids: readonly number[],
  minMs: number,
  maxMs: number,
  out: TierPoints,
): void {
  const pending = [...context.pendingWindows].filter((start) => start < maxMs && start + WINDOW_MS >= minMs);
  const late = new TierPoints();
  const wanted = new Set(pending);
  for (const entry of context.catalog.overlapping("1m", minMs, maxMs)) {
    const file = context.catalog.open(entry);
    if (file === undefined) continue;
    for (const row of file.packs) {
      if (row.maxMs < minMs || row.minMs > maxMs) continue;
      readPoints(context, file, row, ids, minMs, maxMs, wanted.has(row.windowMs) ? late : out);
    }
  }
  const columns = new SampleColumns();
  for (const start of pending) {
    readSeries(context, ids, start + 1, start + WINDOW_MS, columns);
    const made = new TierPoints();
    aggregate(columns, MINUTE_MS, made);
    const rawIsThere = context.catalog.find("raw", start) !== undefined;
    const old = rawIsThere ? new TierPoints() : within(late, start, start + WINDOW_MS);
    append(old.length > 0 ? united(old, made) : made, minMs, maxMs, out);
  }
  orderPoints(out);
}

function readHours(
  context: TierReadContext,
  ids: readonly number[],
  minMs: number,
  maxMs: number,
  out: TierPoints,
): void {
  const days = new Set(context.pendingDays);
  for (const start of context.pendingWindows) days.add(intervalStart(start + 1, DAY_MS));
  for (const entry of context.catalog.overlapping("1h", minMs, maxMs)) {
    const file = context.catalog.open(entry);
    if (file === undefined) continue;
    for (const row of file.packs) {
      if (row.maxMs < minMs || row.minMs > maxMs || days.has(row.windowMs)) continue;
      readPoints(context, file, row, ids, minMs, maxMs, out);
    }
  }
  for (const day of days) {
    if (day >= maxMs || day + DAY_MS < minMs) continue;
    const fine = new TierPoints();
    readMinutes(context, ids, day + 1, day + DAY_MS, fine);
    const made = new TierPoints();
    coarsen(fine, HOUR_MS, made);
    append(made, minMs, maxMs, out);
  }
  orderPoints(out);
}

function readPoints(
  context: TierReadContext,
  file: Parameters<ReadContext["cache"]["get"]>[0],
  row: Parameters<ReadContext["cache"]["get"]>[1],
  ids: readonly number[],
  minMs: number,
  maxMs: number,
  out: TierPoints,
): void {
  for (const id of ids) {
    if (id < row.minId || id > row.maxId) continue;
    const pack = context.cache.get(file, row);
    const position = pack?.find(id) ?? -1;
    if (position < 0) continue;
    const before = out.length;
    try {
      pack!.readTier(position, minMs, maxMs, out);
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
    out.endsMs[at] = from.endsMs[i]!;
    out.min[at] = from.min[i]!;
    out.max[at] = from.max[i]!;
    out.sum[at] = from.sum[i]!;
    out.count[at] = from.count[i]!;
    out.first[at] = from.first[i]!;
    out.last[at] = from.last[i]!;
    out.lastAtMs[at] = from.lastAtMs[i]!;
    out.drops[at] = from.drops[i]!;
    out.endedStale[at] = from.endedStale[i]!;
    out.length = at + 1;
  }
}

/** What the query sees: growth counted from the point before, which may lie before `minMs`. */
function fill(points: TierPoints, minMs: number, out: TierColumns): void {
  out.length = 0;
  out.reserve(points.length);
  let previous = Number.NaN;
  for (let i = 0; i < points.length; i++) {
    const first = points.first[i]!;
    const last = points.last[i]!;
    if (points.endsMs[i]! >= minMs) {
      const at = out.length++;
      out.endsMs[at] = points.endsMs[i]!;
      out.min[at] = points.min[i]!;
      out.max[at] = points.max[i]!;
      out.sum[at] = points.sum[i]!;
      out.count[at] = points.count[i]!;
      out.last[at] = last;
      out.lastAtMs[at] = points.lastAtMs[i]!;
      out.endedStale[at] = points.endedStale[i]!;
      const before = Number.isNaN(previous) ? 0 : first < previous ? first : first - previous;
      out.increase[at] = points.count[i] === 0 ? 0 : before + (last - first + points.drops[i]!);
    }
    if (points.count[i]! > 0) previous = last;
  }
}
