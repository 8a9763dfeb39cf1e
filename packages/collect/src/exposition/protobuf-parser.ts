/**
 * Reads a scrape in the delimited protobuf format: `io.prometheus.client.MetricFamily` messages, each after its length.
 *
 * The only format with native histograms and start times. Series are remembered by the bytes of their name and labels.
 * Source: prometheus/client_model `metrics.proto`, and the order in which Prometheus' protobuf parser yields samples.
 */
import { type BucketSpan, type FloatHistogram, Labels, METRIC_NAME, type MetricType } from "@dmon/model";
import { ByteTable, viewOf } from "../bytes/byte-table.ts";
import { BYTES, corrupt, ProtoReader } from "../bytes/proto-reader.ts";
import { withBlanksOf, writtenLabels } from "./blank-labels.ts";
import type { ReadExemplar } from "./entry-reader.ts";
import { formatOpenMetricsFloat } from "./float-labels.ts";
import { FreshSeries, type ParsedScrape } from "./parsed-scrape.ts";
import { badExposition } from "./tokens.ts";

export interface ProtobufOptions {
  /** Take native histograms; else histograms stay classic. */
  readonly nativeHistograms: boolean;
  /** Yield the classic series of a histogram that has a native one too. */
  readonly classicHistograms: boolean;
}

const TYPES: readonly MetricType[] = ["counter", "gauge", "summary", "unknown", "histogram", "gaugehistogram"];

/** What follows the name and labels in a series' remembered bytes: which of a family's series it is. */
const PLAIN = 0;
const SUM = 1;
const COUNT = 2;
const BUCKET = 3;
const QUANTILE = 4;
const SUFFIXES = ["", "_sum", "_count", "_bucket", ""];

interface Point {
  readonly upper: number;
  readonly count: number;
  readonly exemplar: ReadExemplar | undefined;
}

export class ProtobufParser {
  readonly #options: ProtobufOptions;
  readonly #table = new ByteTable();
  readonly #metadata = new Map<string, string>();
  #key = new Uint8Array(512);
  #keyView = viewOf(this.#key);
  #baseLength = 0;

  constructor(options: ProtobufOptions) {
    this.#options = options;
  }

  get remembered(): number {
    return this.#table.count;
  }

  /** @throws {DmonError} `bad_exposition`, `bad_protobuf` */
  parse(body: Uint8Array, out: ParsedScrape): void {
    out.clear();
    const reader = new ProtoReader(body);
    while (reader.more) {
      const outer = reader.enter();
      this.#family(reader, out);
      reader.leave(outer);
    }
  }

  #family(reader: ProtoReader, out: ParsedScrape): void {
    let name = "";
    let help = "";
    let unit = "";
    let type: MetricType = "counter";
    const metrics: number[] = [];
    while (reader.more) {
      const tag = reader.varint();
      const field = tag >>> 3;
      if (field === 1) name = reader.string();
      else if (field === 2) help = reader.string();
      else if (field === 3) type = TYPES[reader.varint()] ?? "unknown";
      else if (field === 4) {
        const outer = reader.enter();
        metrics.push(reader.at, reader.end);
        reader.leave(outer);
      } else if (field === 5) unit = reader.string();
      else reader.skip(tag & 7);
    }
    if (name === "") throw badExposition("metric name is empty");
    const said = `${type}\n${unit}\n${help}`;
    if (this.#metadata.get(name) !== said) {
      this.#metadata.set(name, said);
      out.metadata.push({ metric: name, type, help, unit });
    }
    const { at, end } = reader;
    const keyBase = this.#beginKey(name);
    for (let i = 0; i < metrics.length; i += 2) {
      reader.at = metrics[i]!;
      reader.end = metrics[i + 1]!;
      this.#metric(reader, name, keyBase, type, out);
    }
    reader.at = at;
    reader.end = end;
  }

  /** @param keyBase length of the family's name in the key */
  #metric(reader: ProtoReader, name: string, keyBase: number, type: MetricType, out: ParsedScrape): void {
    this.#baseLength = keyBase;
    let timeMs = Number.NaN;
    const start = reader.at;
    // The time stands after the values, so the message is passed over twice.
    while (reader.more) {
      const tag = reader.varint();
      if (tag >>> 3 === 1) {
        const from = reader.at;
        reader.skip(BYTES);
        this.#extendKey(reader.bytes, from, reader.at);
      } else if (tag >>> 3 === 6) timeMs = reader.int();
      else reader.skip(tag & 7);
    }
    reader.at = start;
    const emit = { name, type, bytes: reader.bytes, start, end: reader.end, timeMs, out };
    while (reader.more) {
      const tag = reader.varint();
      const field = tag >>> 3;
      if ((tag & 7) !== BYTES || field === 1) {
        reader.skip(tag & 7);
        continue;
      }
      const outer = reader.enter();
      if (field === 2 || field === 3 || field === 5) this.#simple(reader, emit);
      else if (field === 4) this.#summary(reader, emit);
      else if (field === 7) this.#histogram(reader, emit);
      reader.leave(outer);
    }
  }

  #simple(reader: ProtoReader, emit: Emit): void {
    let value = 0;
    let startMs = Number.NaN;
    let exemplar: ReadExemplar | undefined;
    while (reader.more) {
      const tag = reader.varint();
      const field = tag >>> 3;
      if (field === 1) value = reader.double();
      else if (field === 2) exemplar = readNested(reader, readExemplar);
      else if (field === 3) startMs = readNested(reader, timestampMs);
      else reader.skip(tag & 7);
    }
    this.#add(emit, PLAIN, 0, value, startMs, exemplar);
  }

  #summary(reader: ProtoReader, emit: Emit): void {
    let count = 0;
    let sum = 0;
    let startMs = Number.NaN;
    const quantiles: [number, number][] = [];
    while (reader.more) {
      const tag = reader.varint();
      const field = tag >>> 3;
      if (field === 1) count = reader.varint();
      else if (field === 2) sum = reader.double();
      else if (field === 3) quantiles.push(readNested(reader, twoDoubles));
      else if (field === 4) startMs = readNested(reader, timestampMs);
      else reader.skip(tag & 7);
    }
    this.#add(emit, COUNT, 0, count, startMs);
    this.#add(emit, SUM, 0, sum, startMs);
    for (const [quantile, value] of quantiles) this.#add(emit, QUANTILE, quantile, value, startMs);
  }

  #histogram(reader: ProtoReader, emit: Emit): void {
    const read = readHistogram(reader);
    const native = this.#options.nativeHistograms && read.native !== undefined;
    if (native) {
      const { out } = emit;
      for (const exemplar of [...read.exemplars, ...read.buckets.flatMap((each) => each.exemplar ?? [])]) {
        out.addExemplar(exemplar);
      }
      const histogram: FloatHistogram = {
        ...read.native!,
        counterResetHint: emit.type === "gaugehistogram" ? "gauge" : "unknown",
      };
      out.histograms.set(out.length, histogram);
      this.#add(emit, PLAIN, 0, Number.NaN, read.startMs);
    }
    if (native && !this.#options.classicHistograms) return;
    if (native && read.buckets.length === 0) return;
    this.#add(emit, COUNT, 0, read.count, read.startMs);
    this.#add(emit, SUM, 0, read.sum, read.startMs);
    for (const { upper, count, exemplar } of read.buckets)
      this.#add(emit, BUCKET, upper, count, read.startMs, exemplar);
    if (read.buckets.at(-1)?.upper !== Number.POSITIVE_INFINITY) {
      this.#add(emit, BUCKET, Number.POSITIVE_INFINITY, read.count, read.startMs);
    }
  }

  #add(emit: Emit, part: number, bound: number, value: number, startMs: number, exemplar?: ReadExemplar): void {
    const { out } = emit;
    const end = this.#baseLength + 9;
    this.#key[this.#baseLength] = part;
    this.#keyView.setFloat64(this.#baseLength + 1, bound, true);
    let entry = this.#table.find(this.#keyView, 0, end);
    if (entry < 0) {
      // Labels first: an entry without them would be taken for a known series at the next scrape.
      const labels = labelsOf(emit, part, bound);
      entry = this.#table.findOrAdd(this.#keyView, 0, end);
      out.fresh.push(new FreshSeries(entry, () => labels, emit.type === "histogram" ? emit.name : ""));
    }
    if (exemplar !== undefined) out.addExemplar(exemplar);
    if (!Number.isNaN(startMs)) out.startsMs.set(out.length, startMs);
    out.add(entry, value, emit.timeMs);
  }

  /** @returns the length of the key so far */
  #beginKey(name: string): number {
    this.#baseLength = 0;
    const bytes = Buffer.from(name, "utf8");
    this.#extendKey(bytes, 0, bytes.length);
    return this.#baseLength;
  }

  #extendKey(bytes: Uint8Array, start: number, end: number): void {
    const length = this.#baseLength + (end - start);
    // Room for the separator and for what `#add` appends.
    if (length + 10 > this.#key.length) {
      const key = new Uint8Array(2 * (length + 10));
      key.set(this.#key);
      this.#key = key;
      this.#keyView = viewOf(key);
    }
    const key = this.#key;
    for (let i = start, to = this.#baseLength; i < end; i++, to++) key[to] = bytes[i]!;
    key[length] = 0xff;
    this.#baseLength = length + 1;
  }
}

interface Emit {
  readonly name: string;
  /** The family's: counts of gauge histograms may fall without having been reset. */
  readonly type: MetricType;
  /** Where the metric's message stands; its labels are read where someone wants them. */
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  readonly timeMs: number;
  readonly out: ParsedScrape;
}

function labelsOf({ name, bytes, start, end }: Emit, part: number, bound: number): Labels {
  const pairs: [string, string][] = [[METRIC_NAME, name]];
  const reader = new ProtoReader(bytes.subarray(start, end));
  while (reader.more) {
    const tag = reader.varint();
    if (tag >>> 3 === 1) pairs.push(readNested(reader, labelPair));
    else reader.skip(tag & 7);
  }
  const labels = writtenLabels(pairs);
  if (new Set(pairs.map(([name]) => name)).size < pairs.length) {
    throw badExposition(`label name is not unique: invalid sample ${labels.toString()}`);
  }
  const named = labels.with(METRIC_NAME, labels.name + SUFFIXES[part]!);
  const own = part === BUCKET ? "le" : part === QUANTILE ? "quantile" : "";
  return withBlanksOf(labels, own === "" ? named : named.with(own, formatOpenMetricsFloat(bound)));
}

function readNested<T>(reader: ProtoReader, read: (reader: ProtoReader) => T): T {
  const outer = reader.enter();
  const value = read(reader);
  reader.leave(outer);
  return value;
}

function labelPair(reader: ProtoReader): [string, string] {
  let name = "";
  let value = "";
  while (reader.more) {
    const tag = reader.varint();
    if (tag >>> 3 === 1) name = reader.string();
    else if (tag >>> 3 === 2) value = reader.string();
    else reader.skip(tag & 7);
  }
  return [name, value];
}

function twoDoubles(reader: ProtoReader): [number, number] {
  const out: [number, number] = [0, 0];
  while (reader.more) {
    const tag = reader.varint();
    const field = tag >>> 3;
    if (field === 1 || field === 2) out[field - 1] = reader.double();
    else reader.skip(tag & 7);
  }
  return out;
}

function timestampMs(reader: ProtoReader): number {
  let seconds = 0;
  let nanos = 0;
  while (reader.more) {
    const tag = reader.varint();
    if (tag >>> 3 === 1) seconds = reader.int();
    else if (tag >>> 3 === 2) nanos = reader.int();
    else reader.skip(tag & 7);
  }
  return seconds * 1000 + Math.floor(nanos / 1e6);
}

function readExemplar(reader: ProtoReader): ReadExemplar {
  const pairs: [string, string][] = [];
  let value = 0;
  let atMs = Number.NaN;
  while (reader.more) {
    const tag = reader.varint();
    const field = tag >>> 3;
    if (field === 1) pairs.push(readNested(reader, labelPair));
    else if (field === 2) value = reader.double();
    else if (field === 3) atMs = readNested(reader, timestampMs);
    else reader.skip(tag & 7);
  }
  return { labels: Labels.from(pairs), value, atMs };
}

interface ReadHistogram {
  readonly count: number;
  readonly sum: number;
  readonly startMs: number;
  readonly buckets: readonly Point[];
  readonly exemplars: readonly ReadExemplar[];
  /** Undefined where the histogram is classic only. */
  readonly native: FloatHistogram | undefined;
}

function readHistogram(reader: ProtoReader): ReadHistogram {
  let [count, sum, zeroCount, zeroThreshold, schema] = [0, 0, 0, 0, 0];
  let startMs = Number.NaN;
  const buckets: Point[] = [];
  const exemplars: ReadExemplar[] = [];
  const spans: [BucketSpan[], BucketSpan[]] = [[], []];
  const deltas: [number[], number[]] = [[], []];
  const counts: [number[], number[]] = [[], []];
  while (reader.more) {
    const tag = reader.varint();
    const field = tag >>> 3;
    const wire = tag & 7;
    // Negative buckets have fields 9, 10, 11, positive ones 12, 13, 14.
    const side = field >= 12 ? 0 : 1;
    switch (field) {
      case 1:
        count = reader.varint();
        break;
      case 4:
        count = reader.double() || count;
        break;
      case 2:
        sum = reader.double();
        break;
      case 3:
        buckets.push(readNested(reader, readBucket));
        break;
      case 5:
        schema = reader.sint();
        break;
      case 6:
        zeroThreshold = reader.double();
        break;
      case 7:
        zeroCount = reader.varint();
        break;
      case 8:
        zeroCount = reader.double() || zeroCount;
        break;
      case 9:
      case 12:
        spans[side].push(readNested(reader, readSpan));
        break;
      case 10:
      case 13:
        reader.repeated(wire, reader.sint, deltas[side]);
        break;
      case 11:
      case 14:
        reader.repeated(wire, reader.double, counts[side]);
        break;
      case 15:
        startMs = readNested(reader, timestampMs);
        break;
      case 16:
        exemplars.push(readNested(reader, readExemplar));
        break;
      default:
        reader.skip(wire);
    }
  }
  const isNative = spans[0].length > 0 || spans[1].length > 0 || zeroThreshold > 0 || zeroCount > 0;
  const sides = [0, 1].map((side) => bucketCounts(spans[side]!, deltas[side]!, counts[side]!));
  const native: FloatHistogram | undefined = isNative
    ? {
        schema,
        counterResetHint: "unknown",
        zeroThreshold,
        zeroCount,
        count,
        sum,
        positiveSpans: spans[0],
        negativeSpans: spans[1],
        positiveBuckets: sides[0]!,
        negativeBuckets: sides[1]!,
        customValues: [],
      }
    : undefined;
  return { count, sum, startMs, buckets, exemplars, native };
}

function readBucket(reader: ProtoReader): Point {
  let count = 0;
  let upper = 0;
  let exemplar: ReadExemplar | undefined;
  while (reader.more) {
    const tag = reader.varint();
    const field = tag >>> 3;
    if (field === 1) count = reader.varint();
    else if (field === 2) upper = reader.double();
    else if (field === 3) exemplar = readNested(reader, readExemplar);
    else if (field === 4) count = reader.double() || count;
    else reader.skip(tag & 7);
  }
  return { upper, count, exemplar };
}

function readSpan(reader: ProtoReader): BucketSpan {
  let offset = 0;
  let length = 0;
  while (reader.more) {
    const tag = reader.varint();
    if (tag >>> 3 === 1) offset = reader.sint();
    else if (tag >>> 3 === 2) length = reader.varint();
    else reader.skip(tag & 7);
  }
  return { offset, length };
}

/**
 * Absolute counts of buckets that came as deltas or as they are.
 *
 * @throws {DmonError} `bad_protobuf` where the spans name another number of buckets
 */
function bucketCounts(spans: readonly BucketSpan[], deltas: readonly number[], counts: readonly number[]): number[] {
  let running = 0;
  const out = counts.length > 0 ? [...counts] : deltas.map((delta) => (running += delta));
  if (spans.reduce((sum, span) => sum + span.length, 0) !== out.length) throw corrupt();
  return out;
}
