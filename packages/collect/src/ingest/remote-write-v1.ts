/**
 * Remote write 1.0: a `prometheus.WriteRequest`, read straight into an appender.
 *
 * The label fields of a series stand first in its message and are the same bytes in every request, so they find the series; a
 * guess from the order of the last request saves the hash as well. Everything that Prometheus lets pass is let pass: series
 * without a name or with a label twice are skipped and counted, the rest of the request is kept.
 * Source: the remote write 1.0 specification; prometheus `prompb/remote.proto`, `types.proto`.
 */
import { type Appender, AppendOutcome, type Exemplar, Labels, type MetricType, type SeriesRef } from "@dmon/model";
import { viewOf } from "../bytes/byte-table.ts";
import { BYTES, corrupt, FIXED64, ProtoReader, VARINT } from "../bytes/proto-reader.ts";
import { validTextOf } from "../bytes/text.ts";
import { INVALID, type SeriesCache, UNRESOLVED } from "./series-cache.ts";
import { isStaleAt, readWrittenHistogram } from "./write-histogram.ts";
import { outcomeText, WriteResult } from "./write-result.ts";
import { checkLabels, isShortExemplar } from "./written-labels.ts";

const TIMESERIES_TAG = (1 << 3) | BYTES;
const METADATA_TAG = (3 << 3) | BYTES;
const LABEL_TAG = (1 << 3) | BYTES;
const SAMPLE_TAG = (2 << 3) | BYTES;
const EXEMPLAR_TAG = (3 << 3) | BYTES;
const HISTOGRAM_TAG = (4 << 3) | BYTES;
const VALUE_TAG = (1 << 3) | FIXED64;
const TIME_TAG = (2 << 3) | VARINT;

export const METRIC_TYPES: readonly MetricType[] = [
  "unknown",
  "counter",
  "gauge",
  "histogram",
  "gaugehistogram",
  "summary",
  "info",
  "stateset",
];

/**
 * Appends a request. The caller commits.
 *
 * @param body the decoded message
 * @throws {DmonError} `bad_protobuf`: what stood before the fault may have been appended
 */
export function appendWriteRequest(body: Uint8Array, cache: SeriesCache, appender: Appender): WriteResult {
  cache.trim();
  return new V1Request(body, cache, appender).run();
}

class V1Request {
  readonly #reader: ProtoReader;
  readonly #cache: SeriesCache;
  readonly #appender: Appender;
  readonly #result = new WriteResult();
  /** Entry of the series before. */
  #previous = -1;

  constructor(body: Uint8Array, cache: SeriesCache, appender: Appender) {
    this.#reader = new ProtoReader(body);
    this.#cache = cache;
    this.#appender = appender;
  }

  run(): WriteResult {
    const reader = this.#reader;
    while (reader.more) {
      const tag = reader.varint();
      if (tag === TIMESERIES_TAG) {
        const outer = reader.enter();
        this.#timeSeries();
        reader.leave(outer);
      } else if (tag === METADATA_TAG) {
        const outer = reader.enter();
        this.#metadata();
        reader.leave(outer);
      } else reader.skipField(tag);
    }
    return this.#result;
  }

  #timeSeries(): void {
    const reader = this.#reader;
    const { bytes, view } = reader;
    const { table } = this.#cache;
    const start = reader.at;
    const { end } = reader;
    const guess = this.#previous < 0 ? -1 : table.after(this.#previous);
    let entry = guess;
    let after = guess < 0 ? -1 : table.matchAt(guess, view, start);
    if (after < 0 || after > end || (after < end && bytes[after] === LABEL_TAG)) {
      while (reader.at < end && bytes[reader.at] === LABEL_TAG) {
        reader.at++;
        reader.take(reader.varint());
      }
      after = reader.at;
      entry = table.findOrAdd(view, start, after);
      if (this.#previous >= 0) table.follow(this.#previous, entry);
    }
    reader.at = after;
    if (!this.#isOrdered(after)) {
      this.#unordered(start, end);
      return;
    }
    this.#previous = entry;
    let ref = this.#cache.ref(entry);
    if (ref === UNRESOLVED) ref = this.#resolve(entry, bytes, start, after);
    this.#points(ref);
  }

  /** True where no label field stands behind other fields. */
  #isOrdered(from: number): boolean {
    const reader = this.#reader;
    reader.at = from;
    let ordered = true;
    while (reader.at < reader.end) {
      const tag = reader.varint();
      if (tag === LABEL_TAG) ordered = false;
      reader.skip(tag & 7);
    }
    reader.at = from;
    return ordered;
  }

  /** A message whose labels are not in one piece at its beginning: they are put together first. */
  #unordered(start: number, end: number): void {
    const reader = this.#reader;
    const labels = new Uint8Array(end - start);
    let length = 0;
    reader.at = start;
    while (reader.more) {
      const from = reader.at;
      const tag = reader.varint();
      reader.skip(tag & 7);
      if (tag !== LABEL_TAG) continue;
      labels.set(reader.bytes.subarray(from, reader.at), length);
      length += reader.at - from;
    }
    const entry = this.#cache.table.findOrAdd(viewOf(labels), 0, length);
    let ref = this.#cache.ref(entry);
    if (ref === UNRESOLVED) ref = this.#resolve(entry, labels, 0, length);
    reader.at = start;
    this.#points(ref);
  }

  /** @returns the ref, INVALID, or UNRESOLVED where a limit forbids the series */
  #resolve(entry: number, bytes: Uint8Array, start: number, end: number): SeriesRef {
    const checked = checkLabels(readLabels(bytes, start, end));
    const ref = checked.ok ? (this.#appender.resolve(checked.labels) ?? UNRESOLVED) : INVALID;
    if (ref !== UNRESOLVED) this.#cache.setRef(entry, ref);
    return ref;
  }

  #points(ref: SeriesRef): void {
    const reader = this.#reader;
    if (ref === INVALID) {
      this.#result.invalidSeries++;
      return;
    }
    while (reader.at < reader.end) {
      const tag = reader.varint();
      if (tag === SAMPLE_TAG) {
        const outer = reader.enter();
        this.#sample(ref);
        reader.leave(outer);
      } else if (tag === HISTOGRAM_TAG) {
        const outer = reader.enter();
        this.#histogram(ref);
        reader.leave(outer);
      } else if (tag === EXEMPLAR_TAG) {
        const outer = reader.enter();
        this.#exemplar(ref);
        reader.leave(outer);
      } else reader.skip(tag & 7);
    }
  }

  #sample(ref: SeriesRef): void {
    const reader = this.#reader;
    let value = 0;
    let valueAt = -1;
    let atMs = 0;
    while (reader.at < reader.end) {
      const tag = reader.varint();
      if (tag === VALUE_TAG) {
        valueAt = reader.at;
        value = reader.double();
      } else if (tag === TIME_TAG) atMs = reader.int();
      else reader.skip(tag & 7);
    }
    let outcome: AppendOutcome = AppendOutcome.LIMIT;
    if (ref !== UNRESOLVED) {
      const stale = Number.isNaN(value) && isStaleAt(reader.view, valueAt);
      outcome = stale ? this.#appender.appendStale(ref, atMs) : this.#appender.appendFloat(ref, atMs, value);
    }
    if (outcome <= AppendOutcome.DUPLICATE) this.#result.samples++;
    this.#count(ref, outcome, atMs, value);
  }

  #histogram(ref: SeriesRef): void {
    const { histogram, atMs, stale, error } = readWrittenHistogram(this.#reader);
    if (error !== "") {
      this.#result.addError(error);
      return;
    }
    let outcome: AppendOutcome = AppendOutcome.LIMIT;
    if (ref !== UNRESOLVED) {
      outcome = stale ? this.#appender.appendStale(ref, atMs) : this.#appender.appendHistogram(ref, atMs, histogram);
    }
    if (outcome <= AppendOutcome.DUPLICATE) this.#result.histograms++;
    this.#count(ref, outcome, atMs, stale ? Number.NaN : "histogram");
  }

  /** Exemplars are best effort: one that is refused is no error of the request. */
  #exemplar(ref: SeriesRef): void {
    const exemplar = readExemplar(this.#reader);
    if (ref === UNRESOLVED || exemplar === undefined) return;
    if (this.#appender.appendExemplar(ref, exemplar) <= AppendOutcome.DUPLICATE) this.#result.exemplars++;
  }

  #count(ref: SeriesRef, outcome: AppendOutcome, atMs: number, value: number | "histogram"): void {
    this.#result.outcomes[outcome] = this.#result.outcomes[outcome]! + 1;
    if (outcome > AppendOutcome.DUPLICATE && this.#result.errors.length === 0) {
      const newest = ref === UNRESOLVED ? undefined : this.#appender.newest(ref);
      this.#result.addError(outcomeText({ outcome, atMs, value, newest }));
    }
  }

  #metadata(): void {
    const reader = this.#reader;
    let type = 0;
    let metric = "";
    let help = "";
    let unit = "";
    while (reader.more) {
      const tag = reader.varint();
      const field = tag >>> 3;
      if (field === 1) type = reader.varint();
      else if (field === 2) metric = reader.string();
      else if (field === 4) help = reader.string();
      else if (field === 5) unit = reader.string();
      else reader.skip(tag & 7);
    }
    if (metric !== "") this.#appender.setMetadata(metric, { type: METRIC_TYPES[type] ?? "unknown", help, unit });
  }
}

/** Names and values of label fields, as they stand; undefined where one is not UTF-8. */
function readLabels(bytes: Uint8Array, start: number, end: number): [string, string][] | undefined {
  const reader = new ProtoReader(bytes);
  reader.at = start;
  reader.end = end;
  const pairs: [string, string][] = [];
  while (reader.more) {
    if (reader.varint() !== LABEL_TAG) throw corrupt();
    const outer = reader.enter();
    const pair = readLabel(reader);
    reader.leave(outer);
    if (pair === undefined) return undefined;
    pairs.push(pair);
  }
  return pairs;
}

function readLabel(reader: ProtoReader): [string, string] | undefined {
  let name: string | undefined = "";
  let value: string | undefined = "";
  while (reader.more) {
    const tag = reader.varint();
    if (tag === LABEL_TAG || tag === SAMPLE_TAG) {
      const length = reader.varint();
      const at = reader.take(length);
      const text = validTextOf(reader.bytes, at, at + length);
      if (tag === LABEL_TAG) name = text;
      else value = text;
    } else reader.skip(tag & 7);
  }
  return name === undefined || value === undefined ? undefined : [name, value];
}

function readExemplar(reader: ProtoReader): Exemplar | undefined {
  const pairs: [string, string][] = [];
  let value = 0;
  let atMs = 0;
  let valid = true;
  while (reader.more) {
    const tag = reader.varint();
    if (tag === LABEL_TAG) {
      const outer = reader.enter();
      const pair = readLabel(reader);
      reader.leave(outer);
      if (pair === undefined) valid = false;
      else pairs.push(pair);
    } else if (tag === ((2 << 3) | FIXED64)) value = reader.double();
    else if (tag === ((3 << 3) | VARINT)) atMs = reader.int();
    else reader.skip(tag & 7);
  }
  return valid && isShortExemplar(pairs) ? { labels: Labels.from(pairs), value, atMs } : undefined;
}
