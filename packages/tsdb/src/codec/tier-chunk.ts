/**
 * A chunk of tier points: docs/formats/chunk.md, "Tier chunks".
 *
 * Columns that follow from others are left out: a counter's least value is its first and its greatest its last, most
 * buckets see no reset and do not end stale.
 */
import type { TierPoints } from "../tiers/points.ts";
import { type ByteReader, type ByteWriter, CorruptBytes } from "./bytes.ts";
import { chunkHead, chunkKind, KIND_TIER } from "./chunk.ts";
import { decodeColumn, encodeColumn, skipColumn } from "./column.ts";
import { type GridBuilder, type Grids, lowerBound } from "./grid.ts";

const MIN_IS_FIRST = 1;
const MAX_IS_LAST = 2;
const NO_DROPS = 4;
const NONE_STALE = 8;

let scratch = new Float64Array(256);

export function encodeTierChunk(out: ByteWriter, points: TierPoints, grids: GridBuilder): void {
  const { length } = points;
  if (scratch.length < length) scratch = new Float64Array(length);
  let flags = MIN_IS_FIRST | MAX_IS_LAST | NO_DROPS | NONE_STALE;
  for (let i = 0; i < length; i++) {
    if (!Object.is(points.min[i], points.first[i])) flags &= ~MIN_IS_FIRST;
    if (!Object.is(points.max[i], points.last[i])) flags &= ~MAX_IS_LAST;
    if (!Object.is(points.drops[i], 0)) flags &= ~NO_DROPS;
    if (points.endedStale[i] !== 0) flags &= ~NONE_STALE;
  }
  out.u8(chunkHead(KIND_TIER));
  grids.place(out, points.endsMs, length);
  out.u8(flags);
  encodeColumn(out, points.first, length);
  encodeColumn(out, points.last, length);
  if (!(flags & MIN_IS_FIRST)) encodeColumn(out, points.min, length);
  if (!(flags & MAX_IS_LAST)) encodeColumn(out, points.max, length);
  encodeColumn(out, points.sum, length);
  encodeColumn(out, points.count, length);
  for (let i = 0; i < length; i++) scratch[i] = points.endsMs[i]! - points.lastAtMs[i]!;
  encodeColumn(out, scratch, length);
  if (!(flags & NO_DROPS)) encodeColumn(out, points.drops, length);
  if (!(flags & NONE_STALE)) {
    for (let i = 0; i < length; i++) scratch[i] = points.endedStale[i]!;
    encodeColumn(out, scratch, length);
  }
}

/** The columns that a reader wants; those that others follow from are decoded with them. */
export interface TierNeeds {
  readonly min: boolean;
  readonly max: boolean;
  readonly sum: boolean;
  readonly first: boolean;
  readonly last: boolean;
  readonly lastAt: boolean;
  readonly drops: boolean;
}

export const ALL_COLUMNS: TierNeeds = {
  min: true,
  max: true,
  sum: true,
  first: true,
  last: true,
  lastAt: true,
  drops: true,
};

/**
 * Appends the points whose bucket ends within `[minMs, maxMs]`.
 *
 * @param needs columns that are decoded besides ends and counts; others hold what they held
 */
export function decodeTierChunk(
  input: ByteReader,
  grids: Grids,
  minMs: number,
  maxMs: number,
  out: TierPoints,
  needs: TierNeeds = ALL_COLUMNS,
): void {
  if (chunkKind(input.u8()) !== KIND_TIER) throw new CorruptBytes("chunk kind");
  const ends = grids.times(input);
  const { length } = ends;
  const from = lowerBound(ends, length, minMs);
  let to = lowerBound(ends, length, maxMs);
  if (to < length && ends[to] === maxMs) to++;
  if (to <= from) return;
  const at = out.length;
  const end = at + to - from;
  out.reserve(end);
  const flags = input.u8();
  out.endsMs.set(ends.subarray(from, to), at);
  const column = (into: Float64Array, isNeeded: boolean): void => {
    if (isNeeded) readWhole(input, length, into, at, from, to);
    else skipColumn(input, length);
  };
  const minIsFirst = (flags & MIN_IS_FIRST) !== 0;
  const maxIsLast = (flags & MAX_IS_LAST) !== 0;
  column(out.first, needs.first || (needs.min && minIsFirst));
  column(out.last, needs.last || (needs.max && maxIsLast));
  if (!minIsFirst) column(out.min, needs.min);
  else if (needs.min) out.min.set(out.first.subarray(at, end), at);
  if (!maxIsLast) column(out.max, needs.max);
  else if (needs.max) out.max.set(out.last.subarray(at, end), at);
  column(out.sum, needs.sum);
  column(out.count, true);
  column(out.lastAtMs, needs.lastAt);
  if (needs.lastAt) for (let i = at; i < end; i++) out.lastAtMs[i] = out.endsMs[i]! - out.lastAtMs[i]!;
  if (flags & NO_DROPS) out.drops.fill(0, at, end);
  else column(out.drops, needs.drops);
  if (flags & NONE_STALE) out.endedStale.fill(0, at, end);
  else {
    if (scratch.length < length) scratch = new Float64Array(length);
    readWhole(input, length, scratch, 0, from, to);
    for (let i = at; i < end; i++) out.endedStale[i] = scratch[i - at]!;
  }
  out.length = end;
}

let whole = new Float64Array(256);

/** Reads a column to its end, so that the next begins where the reader stands; keeps `[from, to)`. */
function readWhole(input: ByteReader, length: number, into: Float64Array, at: number, from: number, to: number): void {
  if (from === 0 && to === length) {
    decodeColumn(input, length, into, at);
    return;
  }
  if (whole.length < length) whole = new Float64Array(length);
  decodeColumn(input, length, whole, 0);
  into.set(whole.subarray(from, to), at);
}
