/**
 * Remote read: what is asked, and the two forms of an answer.
 *
 * Samples come as one snappy-packed message, or as a stream of XOR chunks, one frame a piece, so that neither side holds a whole
 * answer. The caller selects the series and sends the pieces.
 * Source: prometheus `prompb/remote.proto`; the remote read API documentation.
 */
import { DmonError, type Labels, type Matcher, type SampleColumns, SampleKind } from "@dmon/model";
import { ProtoReader } from "../bytes/proto-reader.ts";
import { ProtoWriter } from "../bytes/proto-writer.ts";
import { crc32c } from "./crc32c.ts";
import { SnappyDecoder, snappyEncode } from "./snappy.ts";
import { XorChunk } from "./xor-chunk.ts";

const MAX_REQUEST_BYTES = 4 * 1024 * 1024;
/** A frame is sent when it holds this much, as in Prometheus. */
const FRAME_BYTES = 1024 * 1024;
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

function writeHistogram(writer: ProtoWriter, histogram: Histogram, atMs: number): void {
  writer
    .double(2, histogram.count)
    .double(3, histogram.sum)
    .sint(4, histogram.schema)
    .double(5, histogram.zeroThreshold)
    .double(7, histogram.zeroCount);
  for (const span of histogram.negativeSpans)
    writer.message(8, (inner) => inner.sint(1, span.offset).varint(2, span.length));
  writer.packedDouble(10, histogram.negativeBuckets);
  for (const span of histogram.positiveSpans)
    writer.message(11, (inner) => inner.sint(1, span.offset).varint(2, span.length));
  writer.packedDouble(13, histogram.positiveBuckets);
  writer
    .varint(14, HINTS.indexOf(histogram.counterResetHint))
    .varint(15, atMs)
    .packedDouble(16, histogram.customValues);
}

/**
 * The answer as a stream: frames to be sent as they come. For series of floats only: where `columns.hasHistograms`, the whole request is to be
 * answered with samples.
 */
export class ReadChunksAnswer {
  #queryIndex = 0;
  #frame = new ProtoWriter();

  /** Appends a series to the current query. @returns a frame to send, or undefined while it gathers */
  addSeries(labels: Labels, columns: SampleColumns): Uint8Array | undefined {
    this.#frame.message(1, (series) => {
      writeLabels(series, labels);
      for (let from = 0; from < columns.length; from += XorChunk.MAX_SAMPLES) {
        const end = Math.min(from + XorChunk.MAX_SAMPLES, columns.length);
        series.message(2, (chunk) => {
          chunk
            .varint(1, columns.timesMs[from]!)
            .varint(2, columns.timesMs[end - 1]!)
            .varint(3, XOR_ENCODING);
          chunk.bytes(4, xorOf(columns, from, end));
        });
      }
    });
    return this.#frame.length >= FRAME_BYTES ? this.#take() : undefined;
  }

  /** Ends the current query. @returns what is left of it to send, if anything */
  endQuery(): Uint8Array | undefined {
    const rest = this.#frame.length > 0 ? this.#take() : undefined;
    this.#queryIndex++;
    return rest;
  }

  #take(): Uint8Array {
    if (this.#queryIndex > 0) this.#frame.varint(2, this.#queryIndex);
    const message = this.#frame.finish();
    this.#frame = new ProtoWriter();
    const head = new ProtoWriter().raw(message.length).finish();
    const frame = new Uint8Array(head.length + 4 + message.length);
    frame.set(head);
    new DataView(frame.buffer).setUint32(head.length, crc32c(message));
    frame.set(message, head.length + 4);
    return frame;
  }
}

function xorOf(columns: SampleColumns, from: number, end: number): Uint8Array {
  const chunk = new XorChunk();
  for (let i = from; i < end; i++) {
    if (columns.kinds[i] === SampleKind.STALE) chunk.appendBits(columns.timesMs[i]!, STALE_HIGH, STALE_LOW);
    else chunk.append(columns.timesMs[i]!, columns.values[i]!);
  }
  return chunk.finish();
}
