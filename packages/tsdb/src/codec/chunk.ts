/**
 * A chunk: the raw samples of one series over a while, as columns: docs/formats/chunk.md.
 *
 * The first byte holds the version (high half) and the kind (low half).
 */
import { type FloatHistogram, type SampleColumns, SampleKind } from "@dmon/model";
import { type ByteReader, type ByteWriter, CorruptBytes } from "./bytes.ts";
import { decodeColumn, encodeColumn } from "./column.ts";
import { type GridBuilder, type Grids, lowerBoundWithin } from "./grid.ts";
import { decodeHistograms, encodeHistograms } from "./histogram.ts";

const VERSION = 1;
/** Floats only, none stale, no start times: nearly every chunk. */
const KIND_FLOATS = 0;
/** Anything: kinds in runs, then what columns they need. */
const KIND_MIXED = 1;
export const KIND_TIER = 2;
/** Up to so many values a loop is faster than a view and a copy. */
const FEW = 64;

export function chunkHead(kind: number): number {
  return (VERSION << 4) | kind;
}

/** @throws {CorruptBytes} on a version that this program does not know */
export function chunkKind(head: number): number {
  if (head >> 4 !== VERSION) throw new CorruptBytes(`chunk version ${head >> 4}`);
  return head & 15;
}

let scratch = new Float64Array(1024);

/** Appends the samples of `columns` (≥ 1, ascending, no instant twice, none ABSENT). */
export function encodeChunk(out: ByteWriter, columns: SampleColumns, grids: GridBuilder): void {
  const { length, timesMs, values, hasStale, hasStart, hasHistograms } = columns;
  const plain = !hasStale && !hasHistograms && !hasStart;
  out.u8(chunkHead(plain ? KIND_FLOATS : KIND_MIXED));
  grids.place(out, timesMs, length);
  if (plain) {
    encodeColumn(out, values, length);
    return;
  }
  writeKinds(out, columns);
  out.u8(hasStart ? 1 : 0);
  if (hasStart) encodeColumn(out, columns.startMs, length);
  if (scratch.length < length) scratch = new Float64Array(length);
  let floats = 0;
  const histograms: FloatHistogram[] = [];
  for (let i = 0; i < length; i++) {
    if (columns.kinds[i] === SampleKind.FLOAT) scratch[floats++] = values[i]!;
    else if (columns.kinds[i] === SampleKind.HISTOGRAM) histograms.push(columns.histograms[i]!);
  }
  if (floats > 0) encodeColumn(out, scratch, floats);
  if (histograms.length > 0) encodeHistograms(out, histograms);
}

/** Runs of one kind: kind, length, …, until the lengths add up. */
function writeKinds(out: ByteWriter, { kinds, length }: SampleColumns): void {
  for (let i = 0; i < length; ) {
    const kind = kinds[i]!;
    let end = i + 1;
    while (end < length && kinds[end] === kind) end++;
    out.u8(kind);
    out.varint(end - i);
    i = end;
  }
}

/** Appends to `out` the samples of a chunk that lie within `[minMs, maxMs]`. */
export function decodeChunk(input: ByteReader, grids: Grids, minMs: number, maxMs: number, out: SampleColumns): void {
  const kind = chunkKind(input.u8());
  const times = grids.locate(input);
  const begin = grids.from;
  const end = begin + grids.length;
  if (begin === end) return;
  const from = times[begin]! >= minMs ? begin : lowerBoundWithin(times, begin, end, minMs);
  let to = end;
  if (times[end - 1]! > maxMs) {
    to = lowerBoundWithin(times, begin, end, maxMs);
    if (times[to] === maxMs) to++;
  }
  if (to <= from) return;
  if (kind === KIND_FLOATS) {
    const at = out.length;
    out.reserve(at + to - from);
    decodeColumn(input, end - begin, out.values, at, from - begin, to - begin);
    const { timesMs, kinds } = out;
    if (to - from > FEW) {
      timesMs.set(times.subarray(from, to), at);
      kinds.fill(SampleKind.FLOAT, at, at + to - from);
    } else {
      for (let i = from; i < to; i++) {
        timesMs[at + i - from] = times[i]!;
        kinds[at + i - from] = SampleKind.FLOAT;
      }
    }
    out.length = at + to - from;
    if (out.hasStart) out.startMs.fill(Number.NaN, at, out.length);
  } else if (kind === KIND_MIXED) decodeMixed(input, times.subarray(begin, end), from - begin, to - begin, out);
  else throw new CorruptBytes("chunk kind");
}

function decodeMixed(input: ByteReader, times: Float64Array, from: number, to: number, out: SampleColumns): void {
  const { length } = times;
  const kinds = new Uint8Array(length);
  let floats = 0;
  let histogramCount = 0;
  for (let i = 0; i < length; ) {
    const kind = input.u8();
    const run = input.varint();
    if (kind === SampleKind.ABSENT || kind > SampleKind.STALE || run === 0 || i + run > length) {
      throw new CorruptBytes("kinds");
    }
    kinds.fill(kind, i, i + run);
    if (kind === SampleKind.FLOAT) floats += run;
    else if (kind === SampleKind.HISTOGRAM) histogramCount += run;
    i += run;
  }
  const hasStart = input.u8() === 1;
  const starts = new Float64Array(hasStart ? length : 0);
  if (hasStart) decodeColumn(input, length, starts, 0);
  const values = new Float64Array(floats);
  if (floats > 0) decodeColumn(input, floats, values, 0);
  const histograms = histogramCount > 0 ? decodeHistograms(input, histogramCount) : [];
  let nextValue = 0;
  let nextHistogram = 0;
  for (let i = 0; i < to; i++) {
    const kind = kinds[i]!;
    const value = kind === SampleKind.FLOAT ? values[nextValue++]! : Number.NaN;
    const histogram = kind === SampleKind.HISTOGRAM ? histograms[nextHistogram++] : undefined;
    if (i >= from) pushSample(out, times[i]!, kind, value, hasStart ? starts[i]! : Number.NaN, histogram);
  }
}

/** Appends one sample; begins the columns of start times and histograms when the first comes. */
export function pushSample(
  out: SampleColumns,
  atMs: number,
  kind: number,
  value: number,
  startMs: number,
  histogram: FloatHistogram | undefined,
): void {
  const at = out.length;
  out.reserve(at + 1);
  out.timesMs[at] = atMs;
  out.values[at] = value;
  out.kinds[at] = kind;
  if (!out.hasStart && !Number.isNaN(startMs)) out.enableStart();
  if (out.hasStart) out.startMs[at] = startMs;
  if (histogram !== undefined) {
    out.hasHistograms = true;
    out.histograms[at] = histogram;
  }
  if (kind === SampleKind.STALE) out.hasStale = true;
  out.length = at + 1;
}
