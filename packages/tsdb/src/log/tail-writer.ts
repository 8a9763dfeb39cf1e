/**
 * Writes the tail log: what was appended since the last commit, as differences: docs/formats/head.md, "Tail records".
 *
 * Rows of a group say which columns changed and by how much; every {@link KEY_INTERVAL}th stands alone, so that a damaged
 * record costs at most that many rows.
 */
import { type FloatHistogram, SampleKind } from "@dmon/model";
import { ByteWriter } from "../codec/bytes.ts";
import { encodeColumn } from "../codec/column.ts";
import { encodeHistograms } from "../codec/histogram.ts";
import { writeAlone, writeValue } from "./value-code.ts";

export const KEY_INTERVAL = 32;

export const SECTION_ROW = 1;
export const SECTION_SAMPLE = 2;

export const ROW_KEY = 1;
export const ROW_KINDS = 2;
export const ROW_STARTS = 4;
export const ROW_HISTOGRAMS = 8;

export const SAMPLE_KEY = 4;
export const SAMPLE_SAME_TIME = 8;
export const SAMPLE_START = 16;
export const SAMPLE_SAME_VALUE = 32;
export const SAMPLE_SIDE = 64;

/** A row of a group's block: columns aligned with `ids`. */
export interface LoggedRow {
  readonly blockNumber: number;
  readonly atMs: number;
  readonly width: number;
  readonly values: Float64Array;
  /** Undefined where all are FLOAT. */
  readonly kinds: Uint8Array | undefined;
  readonly starts: Float64Array | undefined;
  readonly histograms: ReadonlyMap<number, FloatHistogram> | undefined;
}

export class TailWriter {
  readonly out = new ByteWriter(16 * 1024);
  readonly #body = new ByteWriter(16 * 1024);
  #sampleAtMs = 0;
  #sampleId = 0;

  /** Empties the writer after its content was taken. */
  reset(): void {
    this.out.reset();
    this.#sampleAtMs = 0;
    this.#sampleId = 0;
  }

  /**
   * @param ids series of the columns; written with a key row
   * @param previous the row before, undefined for a key row
   * @param scales per column, kept by the caller between the rows of a block
   */
  row(row: LoggedRow, ids: ArrayLike<number>, previous: LoggedRow | undefined, scales: Uint8Array): void {
    const body = this.#body.reset();
    const hasKinds = row.kinds !== undefined;
    body.u8(
      (previous === undefined ? ROW_KEY : 0) |
        (hasKinds ? ROW_KINDS : 0) |
        (row.starts !== undefined ? ROW_STARTS : 0) |
        (row.histograms !== undefined ? ROW_HISTOGRAMS : 0),
    );
    body.zigzag(previous === undefined ? row.atMs : row.atMs - previous.atMs);
    if (previous === undefined) writeIds(body, ids, row.width);
    if (row.kinds !== undefined) writeKinds(body, row.kinds, row.width);
    writeRowValues(body, row, previous, scales);
    if (row.starts !== undefined) encodeColumn(body, row.starts, row.width);
    if (row.histograms !== undefined) {
      body.varint(row.histograms.size);
      for (const [column, histogram] of row.histograms) {
        body.varint(column);
        encodeHistograms(body, [histogram]);
      }
    }
    // With its length, so that a reader that lacks the key row can pass over it to what follows.
    this.out.u8(SECTION_ROW);
    this.out.varint(row.blockNumber);
    this.out.varint(body.length);
    this.out.bytes(body.buffer.subarray(0, body.length));
  }

  /**
   * One sample of one series.
   *
   * @param key true where the reader must not need the value before
   * @param side true for an out-of-order sample
   * @returns the scale to pass with the series' next sample
   */
  sample(
    id: number,
    kind: SampleKind,
    atMs: number,
    value: number,
    startMs: number,
    histogram: FloatHistogram | undefined,
    previous: number,
    scale: number,
    key: boolean,
    side: boolean,
  ): number {
    const { out } = this;
    const isFloat = kind === SampleKind.FLOAT;
    const hasStart = !Number.isNaN(startMs);
    const same = isFloat && !key && Object.is(value, previous);
    const sameTime = atMs === this.#sampleAtMs;
    out.u8(SECTION_SAMPLE);
    out.u8(
      (kind & 3) |
        (key ? SAMPLE_KEY : 0) |
        (sameTime ? SAMPLE_SAME_TIME : 0) |
        (hasStart ? SAMPLE_START : 0) |
        (same ? SAMPLE_SAME_VALUE : 0) |
        (side ? SAMPLE_SIDE : 0),
    );
    out.zigzag(id - this.#sampleId);
    if (!sameTime) out.zigzag(atMs - this.#sampleAtMs);
    this.#sampleId = id;
    this.#sampleAtMs = atMs;
    if (hasStart) out.zigzag(Math.round(startMs));
    if (histogram !== undefined) encodeHistograms(out, [histogram]);
    if (!isFloat || same) return scale;
    return key ? writeAlone(out, value) : writeValue(out, value, previous, scale);
  }
}

/** Ids as runs of neighbours: distance from the end of the run before, length. */
function writeIds(out: ByteWriter, ids: ArrayLike<number>, count: number): void {
  out.varint(count);
  let next = 0;
  for (let i = 0; i < count; ) {
    let end = i + 1;
    while (end < count && ids[end] === ids[end - 1]! + 1) end++;
    out.zigzag(ids[i]! - next);
    out.varint(end - i);
    next = ids[end - 1]! + 1;
    i = end;
  }
}

function writeKinds(out: ByteWriter, kinds: Uint8Array, width: number): void {
  for (let i = 0; i < width; ) {
    let end = i + 1;
    while (end < width && kinds[end] === kinds[i]) end++;
    out.u8(kinds[i]!);
    out.varint(end - i);
    i = end;
  }
}

/** A bit a column says which changed; then the changes. */
function writeRowValues(
  out: ByteWriter,
  { values, kinds, width }: LoggedRow,
  previous: LoggedRow | undefined,
  scales: Uint8Array,
): void {
  if (previous === undefined) {
    for (let i = 0; i < width; i++) {
      const isFloat = kinds === undefined || kinds[i] === SampleKind.FLOAT;
      scales[i] = isFloat ? writeAlone(out, values[i]!) : 0;
    }
    return;
  }
  const bitmapAt = out.length;
  const bitmapSize = (width + 7) >>> 3;
  out.reserve(bitmapSize);
  out.buffer.fill(0, bitmapAt, bitmapAt + bitmapSize);
  out.length += bitmapSize;
  const before = previous.values;
  for (let i = 0; i < width; i++) {
    const value = values[i]!;
    const was = before[i]!;
    if (Object.is(value, was)) continue;
    if (kinds !== undefined && kinds[i] !== SampleKind.FLOAT) continue;
    out.buffer[bitmapAt + (i >>> 3)]! |= 1 << (i & 7);
    scales[i] = writeValue(out, value, was, scales[i]!);
  }
}
