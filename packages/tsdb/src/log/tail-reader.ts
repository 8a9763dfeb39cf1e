/** Reads the tail log back, record by record, into a {@link TailSink}. The mirror of `tail-writer.ts`. */
import { type FloatHistogram, SampleKind } from "@dmon/model";
import { ByteReader, CorruptBytes } from "../codec/bytes.ts";
import { decodeColumn } from "../codec/column.ts";
import { decodeHistograms } from "../codec/histogram.ts";
import {
  type LoggedRow,
  ROW_HISTOGRAMS,
  ROW_KEY,
  ROW_KINDS,
  ROW_STARTS,
  SAMPLE_KEY,
  SAMPLE_SAME_TIME,
  SAMPLE_SAME_VALUE,
  SAMPLE_SIDE,
  SAMPLE_START,
  SECTION_ROW,
  SECTION_SAMPLE,
} from "./tail-writer.ts";
import { readState, readValue } from "./value-code.ts";

export interface TailSink {
  /** A row; `ids` holds the series of its columns. Neither is kept by the reader. */
  row(row: LoggedRow, ids: Float64Array): void;
  sample(
    id: number,
    kind: SampleKind,
    atMs: number,
    value: number,
    startMs: number,
    histogram: FloatHistogram | undefined,
    side: boolean,
  ): void;
}

interface BlockState {
  ids: Float64Array;
  atMs: number;
  values: Float64Array;
  scales: Uint8Array;
}

export class TailReader {
  #blocks = new Map<number, BlockState>();
  #series = new Map<number, { value: number; scale: number }>();
  #afterGap = false;
  /** Rows and single samples that could not be read because what they count from was lost. */
  lostSamples = 0;

  /** Says that records are missing before the next: what is coded against them is skipped until the next key. */
  gap(): void {
    this.#blocks.clear();
    this.#series.clear();
    this.#afterGap = true;
  }

  /** @throws {CorruptBytes} where the record makes no sense; what came before in it has been given to the sink */
  read(record: Uint8Array, sink: TailSink): void {
    const input = new ByteReader(record);
    let sampleId = 0;
    let sampleAtMs = 0;
    while (input.remaining > 0) {
      const section = input.u8();
      if (section === SECTION_ROW) this.#row(input, sink);
      else if (section === SECTION_SAMPLE) {
        const flags = input.u8();
        sampleId += input.zigzag();
        if (!(flags & SAMPLE_SAME_TIME)) sampleAtMs += input.zigzag();
        this.#sample(input, flags, sampleId, sampleAtMs, sink);
      } else throw new CorruptBytes("section of a tail record");
    }
  }

  #row(input: ByteReader, sink: TailSink): void {
    const blockNumber = input.varint();
    const length = input.varint();
    const end = input.position + length;
    if (end > input.end) throw new CorruptBytes("row beyond the record");
    const flags = input.u8();
    const time = input.zigzag();
    let state = this.#blocks.get(blockNumber);
    if (flags & ROW_KEY) {
      const ids = readIds(input);
      state = { ids, atMs: 0, values: new Float64Array(ids.length), scales: new Uint8Array(ids.length) };
      this.#blocks.set(blockNumber, state);
    } else if (state === undefined) {
      // Where nothing was lost, its key row went with a file that held only what is in chunks: then so is this one.
      if (this.#afterGap) this.lostSamples++;
      input.position = end;
      return;
    }
    state.atMs = flags & ROW_KEY ? time : state.atMs + time;
    const width = state.ids.length;
    const kinds = flags & ROW_KINDS ? readKinds(input, width) : undefined;
    readValues(input, state, kinds, (flags & ROW_KEY) !== 0);
    let starts: Float64Array | undefined;
    if (flags & ROW_STARTS) {
      starts = new Float64Array(width);
      decodeColumn(input, width, starts, 0);
    }
    let histograms: Map<number, FloatHistogram> | undefined;
    if (flags & ROW_HISTOGRAMS) {
      histograms = new Map();
      for (let rest = input.count(1); rest > 0; rest--) {
        const column = input.varint();
        histograms.set(column, decodeHistograms(input, 1)[0]!);
      }
    }
    sink.row(
      { blockNumber, atMs: state.atMs, width, values: state.values.slice(), kinds, starts, histograms },
      state.ids,
    );
  }

  #sample(input: ByteReader, flags: number, id: number, atMs: number, sink: TailSink): void {
    const kind = (flags & 3) as SampleKind;
    const startMs = flags & SAMPLE_START ? input.zigzag() : Number.NaN;
    const histogram = kind === SampleKind.HISTOGRAM ? decodeHistograms(input, 1)[0] : undefined;
    const side = (flags & SAMPLE_SIDE) !== 0;
    let value = Number.NaN;
    if (kind === SampleKind.FLOAT) {
      const state = this.#series.get(id);
      if (flags & SAMPLE_SAME_VALUE) value = state?.value ?? Number.NaN;
      else {
        value = readValue(input, state?.value ?? 0, state?.scale ?? 0);
        if (!side && (state !== undefined || flags & SAMPLE_KEY)) {
          this.#series.set(id, { value, scale: readState.scale });
        }
      }
      if (state === undefined && !(flags & SAMPLE_KEY)) {
        if (this.#afterGap) this.lostSamples++;
        return;
      }
    }
    sink.sample(id, kind, atMs, value, startMs, histogram, side);
  }
}

function readIds(input: ByteReader): Float64Array {
  const count = input.varint();
  if (count > 1e7) throw new CorruptBytes("columns of a row");
  const ids = new Float64Array(count);
  let next = 0;
  for (let at = 0; at < count; ) {
    let id = next + input.zigzag();
    const run = input.varint();
    if (run === 0 || at + run > count) throw new CorruptBytes("ids of a row");
    for (let i = 0; i < run; i++) ids[at++] = id++;
    next = id;
  }
  return ids;
}

function readKinds(input: ByteReader, width: number): Uint8Array {
  const kinds = new Uint8Array(width);
  for (let at = 0; at < width; ) {
    const kind = input.u8();
    const run = input.varint();
    if (run === 0 || at + run > width || kind > SampleKind.STALE) throw new CorruptBytes("kinds of a row");
    kinds.fill(kind, at, at + run);
    at += run;
  }
  return kinds;
}

function readValues(input: ByteReader, state: BlockState, kinds: Uint8Array | undefined, key: boolean): void {
  const { values, scales } = state;
  const width = values.length;
  if (key) {
    for (let i = 0; i < width; i++) {
      if (kinds !== undefined && kinds[i] !== SampleKind.FLOAT) continue;
      values[i] = readValue(input, 0, 0);
      scales[i] = readState.scale;
    }
    return;
  }
  const bitmap = input.bytes((width + 7) >>> 3);
  for (let i = 0; i < width; i++) {
    if ((bitmap[i >>> 3]! & (1 << (i & 7))) === 0) continue;
    values[i] = readValue(input, values[i]!, scales[i]!);
    scales[i] = readState.scale;
  }
}
