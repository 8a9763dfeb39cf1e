/**
 * What of a pack was deleted: which series, from when to when. Kept beside the pack until it is written anew:
 * docs/formats/pack-file.md, "Deletions".
 *
 * It names its pack by the pack's checksum, so that it finds it again after damage, and never hides another's samples.
 */
import type { SampleColumns } from "@dmon/model";
import { checked, unchecked } from "../files/checked.ts";
import { TIER_COLUMNS, type TierPoints } from "../tiers/points.ts";
import { ByteReader, ByteWriter, CorruptBytes } from "./bytes.ts";

const MAGIC = 0x4c444d44; // "DMDL"
const VERSION = 1;

/** Instants of some series, bounds inclusive, ms. In a file of points the instants are the ends of the buckets. */
export interface DeletedRange {
  readonly minMs: number;
  readonly maxMs: number;
  /** Ascending. */
  readonly ids: readonly number[];
}

export class Deletions {
  /** Checksum of the pack that they belong to. */
  readonly packSum: number;
  readonly ranges: readonly DeletedRange[];

  constructor(packSum: number, ranges: readonly DeletedRange[]) {
    this.packSum = packSum;
    this.ranges = ranges;
  }

  /** These and one more range; ranges within it that name none but its series are not kept. */
  and(range: DeletedRange): Deletions {
    const ids = new Set(range.ids);
    const others = this.ranges.filter(
      (old) => old.minMs < range.minMs || old.maxMs > range.maxMs || old.ids.some((id) => !ids.has(id)),
    );
    return new Deletions(this.packSum, [...others, range]);
  }

  /** The ranges of one series. */
  of(id: number): readonly DeletedRange[] {
    return this.ranges.filter(({ ids }) => holds(ids, id));
  }

  /** Takes what is deleted of a series out of `columns`, from index `from` on. */
  dropSamples(id: number, columns: SampleColumns, from: number): void {
    const ranges = this.of(id);
    if (ranges.length === 0) return;
    const { timesMs, values, kinds, startMs, histograms, hasStart, hasHistograms } = columns;
    let to = from;
    for (let i = from; i < columns.length; i++) {
      if (isWithin(ranges, timesMs[i]!)) continue;
      timesMs[to] = timesMs[i]!;
      values[to] = values[i]!;
      kinds[to] = kinds[i]!;
      if (hasStart) startMs[to] = startMs[i]!;
      if (hasHistograms) histograms[to] = histograms[i];
      to++;
    }
    columns.length = to;
    if (hasHistograms && histograms.length > to) histograms.length = to;
  }

  /** Takes the points of deleted buckets out of `points`, from index `from` on. */
  dropPoints(id: number, points: TierPoints, from: number): void {
    const ranges = this.of(id);
    if (ranges.length === 0) return;
    let to = from;
    for (let i = from; i < points.length; i++) {
      if (isWithin(ranges, points.endsMs[i]!)) continue;
      for (const name of TIER_COLUMNS) points[name][to] = points[name][i]!;
      points.endedStale[to] = points.endedStale[i]!;
      to++;
    }
    points.length = to;
  }

  /** How many of a series' instants, ascending, within `[minMs, maxMs]` are there still. */
  countLeft(id: number, timesMs: ArrayLike<number>, minMs: number, maxMs: number): number {
    const ranges = this.of(id);
    let left = 0;
    for (let i = 0; i < timesMs.length && timesMs[i]! <= maxMs; i++) {
      if (timesMs[i]! >= minMs && !isWithin(ranges, timesMs[i]!)) left++;
    }
    return left;
  }

  encode(): Uint8Array<ArrayBuffer> {
    const out = new ByteWriter(256);
    out.u32(MAGIC);
    out.u8(VERSION);
    out.u32(this.packSum);
    out.varint(this.ranges.length);
    for (const { minMs, maxMs, ids } of this.ranges) {
      out.zigzag(minMs);
      out.varint(maxMs - minMs);
      out.varint(ids.length);
      let before = 0;
      for (const id of ids) {
        out.varint(id - before);
        before = id;
      }
    }
    return checked(out.buffer.subarray(0, out.length));
  }
}

/** @throws {CorruptBytes} */
export function decodeDeletions(blob: Uint8Array): Deletions {
  const input = new ByteReader(unchecked(blob));
  if (input.u32() !== MAGIC) throw new CorruptBytes("not deletions");
  if (input.u8() !== VERSION) throw new CorruptBytes("version of deletions");
  const packSum = input.u32();
  const ranges: DeletedRange[] = [];
  for (let rest = input.count(3); rest > 0; rest--) {
    const minMs = input.zigzag();
    const maxMs = minMs + input.varint();
    const ids: number[] = [];
    let id = 0;
    for (let more = input.count(1); more > 0; more--) {
      id += input.varint();
      ids.push(id);
    }
    ranges.push({ minMs, maxMs, ids });
  }
  return new Deletions(packSum, ranges);
}

function isWithin(ranges: readonly DeletedRange[], atMs: number): boolean {
  for (const { minMs, maxMs } of ranges) if (atMs >= minMs && atMs <= maxMs) return true;
  return false;
}

function holds(sorted: readonly number[], id: number): boolean {
  let lo = 0;
  let hi = sorted.length;
  while (lo < hi) {
    const middle = (lo + hi) >>> 1;
    if (sorted[middle]! < id) lo = middle + 1;
    else hi = middle;
  }
  return sorted[lo] === id;
}
