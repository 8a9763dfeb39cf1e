/**
 * Remote write 2.0: an `io.prometheus.write.v2.Request`, read straight into an appender.
 *
 * Labels are numbers of symbols of the request. Symbols are interned by their bytes over requests, so that a series is found by
 * a row of small numbers. A request is written as far as it can be; the answer names what could not.
 * Source: the remote write 2.0 specification; prometheus `prompb/io/prometheus/write/v2/types.proto`.
 */
import { type Appender, AppendOutcome, type Exemplar, Labels, type SeriesRef } from "@dmon/model";
import { ByteTable } from "../bytes/byte-table.ts";
import { BYTES, FIXED64, ProtoReader, VARINT } from "../bytes/proto-reader.ts";
import { validTextOf } from "../bytes/text.ts";
import { METRIC_TYPES } from "./remote-write-v1.ts";
import { INVALID, type SeriesCache, UNRESOLVED } from "./series-cache.ts";
import { isStaleAt, readWrittenHistogram } from "./write-histogram.ts";
import { outcomeText, printPairs, WriteResult } from "./write-result.ts";
import { checkLabels, isShortExemplar } from "./written-labels.ts";

const SYMBOL_TAG = (4 << 3) | BYTES;
const TIMESERIES_TAG = (5 << 3) | BYTES;
const SAMPLES_TAG = (2 << 3) | BYTES;
const HISTOGRAMS_TAG = (3 << 3) | BYTES;
const EXEMPLARS_TAG = (4 << 3) | BYTES;
const METADATA_TAG = (5 << 3) | BYTES;
const CREATED_TAG = (6 << 3) | VARINT;
const VALUE_TAG = (1 << 3) | FIXED64;
const TIME_TAG = (2 << 3) | VARINT;
const START_TAG = (3 << 3) | VARINT;

/** Interned symbols take at most so many bytes before they are forgotten. */
const MAX_SYMBOL_BYTES = 64 * 1024 * 1024;

/** Symbols of all requests, and the series known by rows of them. */
export class V2Cache {
  readonly series: SeriesCache;
  readonly symbols = new ByteTable();
  /** What was last said of each series' family: type and unit, help; as interned numbers. */
  #said = new Uint32Array(2048);

  constructor(series: SeriesCache) {
    this.series = series;
  }

  /** To be called between requests: rows of symbols mean nothing without the symbols. */
  trim(): void {
    if (this.series.trim()) this.#said.fill(0);
    if (this.symbols.sizeBytes > MAX_SYMBOL_BYTES) this.clear();
  }

  clear(): void {
    this.symbols.clear();
    this.series.clear();
    this.#said.fill(0);
  }

  /** Remembers what was said of a series. @returns false where it was the same before */
  isNews(entry: number, type: number, help: number, unit: number): boolean {
    const at = entry * 2;
    if (at >= this.#said.length) {
      const said = new Uint32Array(Math.max(at + 2, this.#said.length * 2));
      said.set(this.#said);
      this.#said = said;
    }
    const first = (unit * 8 + type + 1) >>> 0;
    if (this.#said[at] === first && this.#said[at + 1] === help) return false;
    this.#said[at] = first;
    this.#said[at + 1] = help;
    return true;
  }
}

/**
 * Appends a request. The caller commits.
 *
 * @param body the decoded message
 * @throws {DmonError} `bad_protobuf`: what stood before the fault may have been appended
 */
export function appendWriteRequestV2(body: Uint8Array, cache: V2Cache, appender: Appender): WriteResult {
  cache.trim();
  return new V2Request(body, cache, appender).run();
}

class V2Request {
  readonly #reader: ProtoReader;
  readonly #cache: V2Cache;
  readonly #appender: Appender;
  readonly #result = new WriteResult();
  /** Interned number of each symbol of the request. */
  #symbols = new Uint32Array(1024);
  #symbolCount = 0;
  /** The row of a series' labels: symbols of the request, and the same interned. */
  #row = new Uint32Array(64);
  #rowLength = 0;
  #key = new DataView(new ArrayBuffer(256));
  #previous = -1;

  constructor(body: Uint8Array, cache: V2Cache, appender: Appender) {
    this.#reader = new ProtoReader(body);
    this.#cache = cache;
    this.#appender = appender;
  }

  run(): WriteResult {
    const reader = this.#reader;
    this.#readSymbols();
    reader.at = 0;
    while (reader.more) {
      const tag = reader.varint();
      if (tag === TIMESERIES_TAG) {
        const outer = reader.enter();
        this.#timeSeries();
        reader.leave(outer);
      } else reader.skip(tag & 7);
    }
    return this.#result;
  }

  /** Symbols may stand anywhere in the message, so they are read in a pass of their own. */
  #readSymbols(): void {
    const reader = this.#reader;
    const { symbols } = this.#cache;
    let previous = -1;
    while (reader.more) {
      const tag = reader.varint();
      if (tag !== SYMBOL_TAG) {
        reader.skipField(tag);
        continue;
      }
      const length = reader.varint();
      const at = reader.take(length);
      let id = previous < 0 ? -1 : symbols.after(previous);
      if (id < 0 || symbols.matchAt(id, reader.view, at) !== at + length) {
        id = symbols.findOrAdd(reader.view, at, at + length);
        if (previous >= 0) symbols.follow(previous, id);
      }
      previous = id;
      if (this.#symbolCount === this.#symbols.length) this.#symbols = doubled(this.#symbols);
      this.#symbols[this.#symbolCount++] = id;
    }
  }

  #timeSeries(): void {
    const reader = this.#reader;
    const start = reader.at;
    this.#rowLength = 0;
    let startMs = Number.NaN;
    let metadataAt = -1;
    // Labels and the start time may stand behind the samples, so fields are looked over first.
    while (reader.at < reader.end) {
      const tag = reader.varint();
      if (tag >>> 3 === 1) this.#readRow(tag & 7);
      else if (tag === CREATED_TAG) startMs = reader.int() || Number.NaN;
      else {
        if (tag === METADATA_TAG) metadataAt = reader.at;
        reader.skip(tag & 7);
      }
    }
    reader.at = start;
    const entry = this.#entry();
    if (entry < 0) return;
    let ref = this.#cache.series.ref(entry);
    if (ref === UNRESOLVED) ref = this.#resolve(entry);
    if (ref === INVALID) return;
    this.#points(ref, startMs);
    if (metadataAt >= 0) this.#metadata(metadataAt);
  }

  #readRow(wire: number): void {
    const reader = this.#reader;
    if (wire === VARINT) {
      this.#pushRef(reader.varint());
      return;
    }
    const outer = reader.enter();
    while (reader.at < reader.end) this.#pushRef(reader.varint());
    reader.leave(outer);
  }

  #pushRef(symbol: number): void {
    if (this.#rowLength === this.#row.length) {
      this.#row = doubled(this.#row);
      this.#key = new DataView(new ArrayBuffer(this.#row.length * 4));
    }
    // A number too large for 32 bits is out of range in any table.
    this.#row[this.#rowLength++] = Math.min(symbol, 0xffff_ffff);
  }

  /** @returns the entry of the row in the cache, or -1 where it is refused */
  #entry(): number {
    const row = this.#row;
    const length = this.#rowLength;
    if (length % 2 !== 0) {
      this.#refuse(`invalid labelRefs length ${length}`);
      return -1;
    }
    for (let i = 0; i < length; i++) {
      const symbol = row[i]!;
      if (symbol >= this.#symbolCount) {
        const at = i - (i % 2);
        this.#refuse(
          `labelRefs ${row[at]} (name) = ${row[at + 1]} (value) outside of symbols table (size ${this.#symbolCount})`,
        );
        return -1;
      }
      this.#key.setUint32(i * 4, this.#symbols[symbol]!, true);
    }
    const { table } = this.#cache.series;
    const end = length * 4;
    let entry = this.#previous < 0 ? -1 : table.after(this.#previous);
    if (entry < 0 || table.matchAt(entry, this.#key, 0) !== end) {
      entry = table.findOrAdd(this.#key, 0, end);
      if (this.#previous >= 0) table.follow(this.#previous, entry);
    }
    this.#previous = entry;
    return entry;
  }

  #refuse(error: string): void {
    this.#result.invalidSeries++;
    this.#result.addError(error);
  }

  #resolve(entry: number): SeriesRef {
    const checked = checkLabels(this.#pairs(this.#row, this.#rowLength));
    if (!checked.ok) {
      this.#refuse(checked.error);
      return INVALID;
    }
    const ref = this.#appender.resolve(checked.labels) ?? UNRESOLVED;
    if (ref !== UNRESOLVED) this.#cache.series.setRef(entry, ref);
    return ref;
  }

  #pairs(row: Uint32Array, length: number): [string, string][] | undefined {
    const pairs: [string, string][] = [];
    for (let i = 0; i < length; i += 2) {
      const name = this.#symbolText(row[i]!);
      const value = this.#symbolText(row[i + 1]!);
      if (name === undefined || value === undefined) return undefined;
      pairs.push([name, value]);
    }
    return pairs;
  }

  #symbolText(symbol: number): string | undefined {
    return symbol < this.#symbolCount ? validTextOf(this.#cache.symbols.bytesOf(this.#symbols[symbol]!)) : undefined;
  }

  #points(ref: SeriesRef, startMs: number): void {
    const reader = this.#reader;
    while (reader.at < reader.end) {
      const tag = reader.varint();
      if (tag === SAMPLES_TAG) {
        const outer = reader.enter();
        this.#sample(ref, startMs);
        reader.leave(outer);
      } else if (tag === HISTOGRAMS_TAG) {
        const outer = reader.enter();
        this.#histogram(ref, startMs);
        reader.leave(outer);
      } else if (tag === EXEMPLARS_TAG) {
        const outer = reader.enter();
        this.#exemplar(ref);
        reader.leave(outer);
      } else reader.skip(tag & 7);
    }
  }

  #sample(ref: SeriesRef, seriesStartMs: number): void {
    const reader = this.#reader;
    let value = 0;
    let valueAt = -1;
    let atMs = 0;
    let startMs = seriesStartMs;
    while (reader.at < reader.end) {
      const tag = reader.varint();
      if (tag === VALUE_TAG) {
        valueAt = reader.at;
        value = reader.double();
      } else if (tag === TIME_TAG) atMs = reader.int();
      else if (tag === START_TAG) startMs = reader.int() || seriesStartMs;
      else reader.skip(tag & 7);
    }
    let outcome: AppendOutcome = AppendOutcome.LIMIT;
    if (ref !== UNRESOLVED) {
      const stale = Number.isNaN(value) && isStaleAt(reader.view, valueAt);
      outcome = stale ? this.#appender.appendStale(ref, atMs) : this.#appender.appendFloat(ref, atMs, value, startMs);
    }
    if (outcome <= AppendOutcome.DUPLICATE) this.#result.samples++;
    this.#count(ref, outcome, atMs, value);
  }

  #histogram(ref: SeriesRef, seriesStartMs: number): void {
    const { histogram, atMs, startMs, stale, error } = readWrittenHistogram(this.#reader);
    if (error !== "") {
      this.#result.addError(`${error} for series ${this.#seriesText()}`);
      return;
    }
    let outcome: AppendOutcome = AppendOutcome.LIMIT;
    if (ref !== UNRESOLVED) {
      outcome = stale
        ? this.#appender.appendStale(ref, atMs)
        : this.#appender.appendHistogram(ref, atMs, histogram, Number.isNaN(startMs) ? seriesStartMs : startMs);
    }
    if (outcome <= AppendOutcome.DUPLICATE) this.#result.histograms++;
    this.#count(ref, outcome, atMs, stale ? Number.NaN : "histogram");
  }

  #exemplar(ref: SeriesRef): void {
    const reader = this.#reader;
    const row: number[] = [];
    let value = 0;
    let atMs = 0;
    while (reader.more) {
      const tag = reader.varint();
      if (tag >>> 3 === 1) reader.repeated(tag & 7, reader.varint, row);
      else if (tag === ((2 << 3) | FIXED64)) value = reader.double();
      else if (tag === ((3 << 3) | VARINT)) atMs = reader.int();
      else reader.skip(tag & 7);
    }
    const pairs = row.length % 2 === 0 ? this.#pairs(Uint32Array.from(row), row.length) : undefined;
    if (pairs === undefined) {
      this.#result.addError(`invalid exemplar labelRefs for series ${this.#seriesText()}`);
      return;
    }
    if (ref === UNRESOLVED || !isShortExemplar(pairs)) return;
    const exemplar: Exemplar = { labels: Labels.from(pairs), value, atMs };
    const outcome = this.#appender.appendExemplar(ref, exemplar);
    if (outcome <= AppendOutcome.DUPLICATE) this.#result.exemplars++;
    else this.#result.addError(`out of order exemplar for series ${this.#seriesText()}`);
  }

  #metadata(at: number): void {
    const reader = this.#reader;
    reader.at = at;
    const outer = reader.enter();
    let type = 0;
    let help = 0;
    let unit = 0;
    while (reader.more) {
      const tag = reader.varint();
      const field = tag >>> 3;
      if (field === 1) type = reader.varint();
      else if (field === 3) help = reader.varint();
      else if (field === 4) unit = reader.varint();
      else reader.skip(tag & 7);
    }
    reader.leave(outer);
    if (type === 0 && help === 0 && unit === 0) return;
    this.#setMetadata(type, help, unit);
  }

  /** Metadata comes with every series of every request, so what was said before is told by its numbers. */
  #setMetadata(type: number, help: number, unit: number): void {
    const inRange = help < this.#symbolCount && unit < this.#symbolCount;
    if (inRange && !this.#cache.isNews(this.#previous, type, this.#symbols[help]!, this.#symbols[unit]!)) return;
    const [helpText, unitText] = [help, unit].map((symbol) => this.#symbolText(symbol));
    if (helpText === undefined || unitText === undefined) {
      this.#result.addError(`invalid metadata refs for series ${this.#seriesText()}`);
      return;
    }
    const name = this.#pairs(this.#row, this.#rowLength)?.find(([label]) => label === "__name__")?.[1] ?? "";
    const metricType = METRIC_TYPES[type] ?? "unknown";
    this.#appender.setMetadata(familyOf(name, metricType), { type: metricType, help: helpText, unit: unitText });
  }

  #count(ref: SeriesRef, outcome: AppendOutcome, atMs: number, value: number | "histogram"): void {
    this.#result.outcomes[outcome] = this.#result.outcomes[outcome]! + 1;
    if (outcome > AppendOutcome.DUPLICATE) {
      const newest = ref === UNRESOLVED ? undefined : this.#appender.newest(ref);
      this.#result.addError(`${outcomeText({ outcome, atMs, value, newest })} for series ${this.#seriesText()}`);
    }
  }

  #seriesText(): string {
    return printPairs([...(this.#pairs(this.#row, this.#rowLength) ?? [])].sort(([a], [b]) => (a < b ? -1 : 1)));
  }
}

/** 2.0 sends metadata with each series; it belongs to the family that the series is part of. */
function familyOf(name: string, type: string): string {
  if (type === "histogram") return name.replace(/_(?:bucket|count|sum)$/, "");
  return type === "summary" ? name.replace(/_(?:count|sum)$/, "") : name;
}

function doubled(from: Uint32Array): Uint32Array<ArrayBuffer> {
  const to = new Uint32Array(from.length * 2);
  to.set(from);
  return to;
}
