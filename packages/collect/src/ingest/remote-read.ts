/**
 * Remote read: what is asked, and the two forms of an answer.
 *
 * Samples come as one snappy-packed message, or as a stream of chunks, one frame a series, so that neither side holds a whole
 * answer. The caller selects the series and sends the pieces.
 * Source: prometheus `prompb/remote.proto`; the remote read API documentation.
 */
import { DmonError, type Labels, type Matcher, type SampleColumns, SampleKind } from "@dmon/model";
import { ProtoReader } from "../bytes/proto-reader.ts";
import { ProtoWriter } from "../bytes/proto-writer.ts";
import { crc32c } from "./crc32c.ts";
import { FLOAT_HISTOGRAM_ENCODING, histogramChunk } from "./histogram-chunk.ts";
import { SnappyDecoder, snappyEncode } from "./snappy.ts";
import { XorChunk } from "./xor-chunk.ts";

const MAX_REQUEST_BYTES = 4 * 1024 * 1024;
/**
 * A series larger than this comes in several frames. Readers refuse frames over 50 MB by default (`chunked_read_limit`), and take
 * a series' second frame for another series, so this is as large as is safe.
 */
const FRAME_BYTES = 32 * 1024 * 1024;
const XOR_ENCODING = 1;
/** Staleness markers in samples and chunks: the halves of their bits. */
const STALE_LOW = 2;
const STALE_HIGH = 0x7ff00000;

export interface ReadQuery {
  /** Inclusive, ms. */
  readonly startMs: number;
  readonly endMs: number;
  readonly matchers: readonly Matcher[];
  readonly stepMs: number;
  readonly rangeMs: number;
  /** PromQL function around the selector, "" for none. */
  readonly func: string;
}

export interface ReadRequest {
  readonly queries: readonly ReadQuery[];
  /** The form to answer in: the first accepted one that is known. */
  readonly form: "samples" | "chunks";
}

export const READ_SAMPLES_HEADERS: Readonly<Record<string, string>> = {
  "Content-Type": "application/x-protobuf",
  "Content-Encoding": "snappy",
};
export const READ_CHUNKS_HEADERS: Readonly<Record<string, string>> = {
  "Content-Type": "application/x-streamed-protobuf; proto=prometheus.ChunkedReadResponse",
};

const MATCHER_TYPES = ["=", "!=", "=~", "!~"] as const;

/**
 * Reads a request's body.
 *
 * @throws {DmonError} `bad_snappy`, `snappy_too_large`, `bad_protobuf`: to be answered with 400
 */
export function decodeReadRequest(body: Uint8Array): ReadRequest {
  const reader = new ProtoReader(new SnappyDecoder(MAX_REQUEST_BYTES).decode(body));
  const queries: ReadQuery[] = [];
  const accepted: number[] = [];
  while (reader.more) {
    const tag = reader.varint();
    if (tag >>> 3 === 1) {
      const outer = reader.enter();
      queries.push(readQuery(reader));
      reader.leave(outer);
    } else if (tag >>> 3 === 2) reader.repeated(tag & 7, reader.varint, accepted);
    else reader.skip(tag & 7);
  }
  // Nothing accepted means samples: older senders do not know of forms.
  const form = accepted.length === 0 ? 0 : accepted.find((each) => each === 0 || each === 1);
  if (form === undefined) {
    throw new DmonError(
      "bad_protobuf",
      `server does not support any of the requested response types: ${accepted.join(", ")}`,
    );
  }
  return { queries, form: form === 1 ? "chunks" : "samples" };
}

function readQuery(reader: ProtoReader): ReadQuery {
  let [startMs, endMs, stepMs, rangeMs] = [0, 0, 0, 0];
  let func = "";
  const matchers: Matcher[] = [];
  while (reader.more) {
    const tag = reader.varint();
    const field = tag >>> 3;
    if (field === 1) startMs = reader.int();
    else if (field === 2) endMs = reader.int();
    else if (field === 3 || field === 4) {
      const outer = reader.enter();
      if (field === 3) matchers.push(readMatcher(reader));
      else {
        while (reader.more) {
          const hint = reader.varint();
          if (hint >>> 3 === 1) stepMs = reader.int();
          else if (hint >>> 3 === 2) func = reader.string();
          else if (hint >>> 3 === 7) rangeMs = reader.int();
          else reader.skip(hint & 7);
        }
      }
      reader.leave(outer);
    } else reader.skip(tag & 7);
  }
  return { startMs, endMs, matchers, stepMs, rangeMs, func };
}

function readMatcher(reader: ProtoReader): Matcher {
  let type = 0;
  let name = "";
  let value = "";
  while (reader.more) {
    const tag = reader.varint();
    if (tag >>> 3 === 1) type = reader.varint();
    else if (tag >>> 3 === 2) name = reader.string();
    else if (tag >>> 3 === 3) value = reader.string();
    else reader.skip(tag & 7);
  }
  const known = MATCHER_TYPES[type];
  if (known === undefined) throw new DmonError("bad_protobuf", `invalid matcher type ${type}`);
  return { type: known, name, value };
}

/** The answer in one message; series of a query in order of their labels. */
export class ReadSamplesAnswer {
  readonly #body = new ProtoWriter();
  #query = new ProtoWriter();

  /** Appends a series to the current query: its samples within `[0, columns.length)`. */
  addSeries(labels: Labels, columns: SampleColumns): void {
    this.#query.message(1, (series) => {
      writeLabels(series, labels);
      for (let i = 0; i < columns.length; i++) {
        const kind = columns.kinds[i];
        if (kind === SampleKind.HISTOGRAM) {
          series.message(4, (inner) => writeHistogram(inner, columns.histograms[i]!, columns.timesMs[i]!));
          continue;
        }
        series.message(2, (sample) => {
          if (kind === SampleKind.STALE) sample.fixed64(1, STALE_LOW, STALE_HIGH);
          else sample.double(1, columns.values[i]!);
          sample.varint(2, columns.timesMs[i]!);
        });
      }
    });
  }

  /** Ends the current query; each query of the request ends once, also without series. */
  endQuery(): void {
    this.#body.bytes(1, this.#query.finish());
    this.#query = new ProtoWriter();
  }

  /** The body to send. */
  finish(): Uint8Array {
    return snappyEncode(this.#body.finish());
  }
}

function writeLabels(writer: ProtoWriter, labels: Labels): void {
  for (const [name, value] of labels) writer.message(1, (label) => label.string(1, name).string(2, value));
}

type Histogram = NonNullable<SampleColumns["histograms"][number]>;

const HINTS = ["unknown", "reset", "not_reset", "gauge"];

/**
 * Whole counts are written as an integer histogram: Prometheus 3.5 cannot read a range of others in this form (it can as chunks).
 */
function writeHistogram(writer: ProtoWriter, histogram: Histogram, atMs: number): void {
  const { count, zeroCount, positiveBuckets, negativeBuckets } = histogram;
  const isWhole = [count, zeroCount, ...positiveBuckets, ...negativeBuckets].every(Number.isSafeInteger);
  if (isWhole) writer.varint(1, count);
  else writer.double(2, count);
  writer.double(3, histogram.sum).sint(4, histogram.schema).double(5, histogram.zeroThreshold);
  if (isWhole) writer.varint(6, zeroCount);
  else writer.double(7, zeroCount);
  for (const span of histogram.negativeSpans)
    writer.message(8, (inner) => inner.sint(1, span.offset).varint(2, span.length));
  if (isWhole) writer.packedSint(9, deltasOf(negativeBuckets));
  else writer.packedDouble(10, negativeBuckets);
  for (const span of histogram.positiveSpans)
    writer.message(11, (inner) => inner.sint(1, span.offset).varint(2, span.length));
  if (isWhole) writer.packedSint(12, deltasOf(positiveBuckets));
  else writer.packedDouble(13, positiveBuckets);
  writer
    .varint(14, HINTS.indexOf(histogram.counterResetHint))
    .varint(15, atMs)
    .packedDouble(16, histogram.customValues);
}

function deltasOf(counts: readonly number[]): number[] {
  return counts.map((count, i) => count - (counts[i - 1] ?? 0));
}

/**
 * The answer as a stream: frames to be sent as they come. Prometheus' reader looks at the first series of a frame only, so each
 * holds one.
 */
export class ReadChunksAnswer {
  #queryIndex = 0;

  /** @returns the frames of a series of the current query */
  series(labels: Labels, columns: SampleColumns): readonly Uint8Array[] {
    const frames: Uint8Array[] = [];
    let chunks = new ProtoWriter();
    const take = (): void => {
      if (chunks.length > 0) frames.push(this.#frame(labels, chunks));
      chunks = new ProtoWriter();
    };
    for (let from = 0; from < columns.length; ) {
      const end = chunkEnd(columns, from);
      chunks.message(2, (chunk) => writeChunk(chunk, columns, from, end));
      from = end;
      if (chunks.length >= FRAME_BYTES) take();
    }
    take();
    return frames;
  }

  /** Ends the current query; each query of the request ends once, also without series. */
  endQuery(): void {
    this.#queryIndex++;
  }

  #frame(labels: Labels, chunks: ProtoWriter): Uint8Array {
    const writer = new ProtoWriter();
    const series = new ProtoWriter();
    writeLabels(series, labels);
    writer.bytes(1, Buffer.concat([series.finish(), chunks.finish()]));
    if (this.#queryIndex > 0) writer.varint(2, this.#queryIndex);
    const message = writer.finish();
    const head = new ProtoWriter().raw(message.length).finish();
    const frame = new Uint8Array(head.length + 4 + message.length);
    frame.set(head);
    new DataView(frame.buffer).setUint32(head.length, crc32c(message));
    frame.set(message, head.length + 4);
    return frame;
  }
}

/** Where the chunk ends that begins at `from`: floats and markers are together, a histogram is alone. */
function chunkEnd({ kinds, length }: SampleColumns, from: number): number {
  if (kinds[from] === SampleKind.HISTOGRAM) return from + 1;
  const most = Math.min(from + XorChunk.MAX_SAMPLES, length);
  let end = from + 1;
  while (end < most && kinds[end] !== SampleKind.HISTOGRAM) end++;
  return end;
}

function writeChunk(chunk: ProtoWriter, columns: SampleColumns, from: number, end: number): void {
  const isHistogram = columns.kinds[from] === SampleKind.HISTOGRAM;
  chunk
    .varint(1, columns.timesMs[from]!)
    .varint(2, columns.timesMs[end - 1]!)
    .varint(3, isHistogram ? FLOAT_HISTOGRAM_ENCODING : XOR_ENCODING)
    .bytes(
      4,
      isHistogram ? histogramChunk(columns.timesMs[from]!, columns.histograms[from]!) : xorOf(columns, from, end),
    );
}

function xorOf(columns: SampleColumns, from: number, end: number): Uint8Array {
  const chunk = new XorChunk();
  for (let i = from; i < end; i++) {
    if (columns.kinds[i] === SampleKind.STALE) chunk.appendBits(columns.timesMs[i]!, STALE_HIGH, STALE_LOW);
    else chunk.append(columns.timesMs[i]!, columns.values[i]!);
  }
  return chunk.finish();
}
