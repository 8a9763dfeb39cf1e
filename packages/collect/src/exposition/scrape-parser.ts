/**
 * Reads a scrape in text format 0.0.4 or OpenMetrics 1.0 into columns, fast when the target says what it said before.
 *
 * Every series and every comment line is remembered by its bytes. A line that stands where it stood last time costs one
 * comparison of bytes and the reading of its number; no string is made. Lines not seen before go through `entry-reader.ts`,
 * which checks the whole grammar. A remembered line is equal to a checked one, so both ways accept the same language.
 */
import type { MetricType } from "@dmon/model";
import { ByteTable, viewOf } from "../bytes/byte-table.ts";
import { FloatReader } from "../bytes/float-reader.ts";
import { type Entry, type ReadExemplar, readEntry, readExemplar, type TextFormat } from "./entry-reader.ts";
import { normalizeFloatLabels } from "./float-labels.ts";
import { FreshSeries, type MetadataLine, type ParsedScrape } from "./parsed-scrape.ts";
import { isPlainSeries, plainLabels } from "./plain-series.ts";
import { type Lexer, OpenMetricsLexer, TextLexer } from "./tokens.ts";

/** What a table's entry stands for: a series, a comment line, or (from `COMMENT + 1` on) a TYPE line of `TYPES`. */
const SERIES = 0;
const COMMENT = 1;
const TYPES: readonly MetricType[] = [
  "unknown",
  "counter",
  "gauge",
  "histogram",
  "gaugehistogram",
  "summary",
  "info",
  "stateset",
];

export class ScrapeParser {
  readonly #format: TextFormat;
  readonly #table = new ByteTable();
  #kinds = new Uint8Array(64);
  /** Bytes of the exemplar that a series had last, with its reading. */
  readonly #exemplars = new Map<number, { bytes: Uint8Array; exemplar: ReadExemplar }>();
  readonly #floats = new FloatReader();
  /** Type of the family being read. */
  #type: MetricType = "unknown";
  /** The TYPE line that said so; -1 for one that is not remembered. */
  #typeLine = -1;
  /** Names of families of histograms, by their TYPE lines. */
  readonly #histogramNames = new Map<number, string>();

  constructor(format: TextFormat) {
    this.#format = format;
  }

  /** Lines remembered; where it grows far beyond a scrape's lines, a new parser should take over. */
  get remembered(): number {
    return this.#table.count;
  }

  get sizeBytes(): number {
    return this.#table.sizeBytes;
  }

  /**
   * Reads a whole body. `out` is overwritten; where this throws, `out.fresh` still names the entries that became known.
   *
   * @param continued the body goes on where the last one ended: its first samples belong to the family named there
   * @throws {DmonError} `bad_exposition`, worded as Prometheus words it
   */
  parse(body: Uint8Array, out: ParsedScrape, continued = false): void {
    out.clear();
    if (!continued) this.#type = "unknown";
    const openMetrics = this.#format === "openmetrics";
    // Prometheus' text parser does the same, so that a last line without line feed is read.
    const bytes = !openMetrics && body.length > 0 && body[body.length - 1] !== 0x0a ? withLineFeed(body) : body;
    const view = viewOf(bytes);
    const lexer = openMetrics ? new OpenMetricsLexer(bytes) : new TextLexer(bytes);
    const table = this.#table;
    const floats = this.#floats;
    const end = bytes.length;
    let previous = -1;
    let at = 0;
    for (;;) {
      let entry = previous < 0 ? (table.count > 0 ? 0 : -1) : table.after(previous);
      let after = entry < 0 ? -1 : table.matchAt(entry, view, at);
      // A guess that is only the beginning of what stands here (`a` of `ab 1`) is no match.
      if (after < 0 || (this.#kinds[entry] === SERIES && (after >= end || bytes[after] !== 0x20))) {
        after = at < end ? extentOf(bytes, at, end) : -1;
        entry = after < 0 ? -1 : table.find(view, at, after);
        if (entry < 0 && after >= 0 && isPlainSeries(bytes, at, after)) entry = this.#addPlain(view, at, after, out);
        if (entry >= 0 && previous >= 0) table.follow(previous, entry);
      }
      if (entry >= 0) {
        const kind = this.#kinds[entry]!;
        if (kind !== SERIES) {
          if (kind > COMMENT) {
            this.#type = TYPES[kind - COMMENT - 1]!;
            this.#typeLine = entry;
          }
          previous = entry;
          at = after;
          continue;
        }
        const value = floats.read(bytes, after + 1, end);
        const stop = floats.end;
        if (floats.fault === "" && stop < end && stop > after + 1) {
          const c = bytes[stop]!;
          if (c === 0x0a) {
            out.add(entry, value, Number.NaN);
            previous = entry;
            at = stop + 1;
            continue;
          }
          if (c === 0x20) {
            const next = openMetrics
              ? this.#rest(lexer, at, stop, entry, value, out)
              : timedEnd(bytes, stop + 1, entry, value, out);
            if (next > 0) {
              previous = entry;
              at = next;
              continue;
            }
          }
        }
      }
      lexer.at = at;
      lexer.state = "init";
      const read = readEntry(lexer, this.#format);
      if (read.kind === "eof") return;
      const added = this.#remember(read, bytes, view, at, lexer.at, out);
      if (added >= 0 && previous >= 0) table.follow(previous, added);
      if (added >= 0) previous = added;
      at = lexer.at;
    }
  }

  /** The rest of an OpenMetrics line whose series and value are read: a timestamp or an exemplar. @returns 0 where it is more */
  #rest(lexer: Lexer, lineStart: number, at: number, entry: number, value: number, out: ParsedScrape): number {
    const { bytes } = lexer;
    if (bytes[at + 1] !== 0x23) {
      const seconds = this.#floats.read(bytes, at + 1, bytes.length);
      const { end, fault } = this.#floats;
      if (fault !== "" || bytes[end] !== 0x0a || !Number.isFinite(seconds)) return 0;
      out.add(entry, value, Math.trunc(seconds * 1000));
      return end + 1;
    }
    if (bytes[at + 2] !== 0x20 || bytes[at + 3] !== 0x7b) return 0;
    const last = this.#exemplars.get(entry);
    if (last !== undefined && startsAt(bytes, at, last.bytes)) {
      out.addExemplar(last.exemplar);
      out.add(entry, value, Number.NaN);
      return at + last.bytes.length;
    }
    lexer.at = at + 4;
    lexer.state = "exemplar";
    const exemplar = readExemplar(lexer, lineStart);
    this.#exemplars.set(entry, { bytes: bytes.slice(at, lexer.at), exemplar });
    out.addExemplar(exemplar);
    out.add(entry, value, Number.NaN);
    return lexer.at;
  }

  /** Remembers a series that was just looked for and whose grammar was checked; its labels are made when someone wants them. */
  #addPlain(view: DataView, start: number, end: number, out: ParsedScrape): number {
    const table = this.#table;
    const entry = table.addMissed(view, start, end);
    const type = this.#type;
    this.#setKind(entry, SERIES);
    const make = () => normalizeFloatLabels(plainLabels(table.bytesOf(entry)), type);
    out.fresh.push(new FreshSeries(entry, make, this.#histogramName()));
    return entry;
  }

  #remember(read: Entry, bytes: Uint8Array, view: DataView, start: number, end: number, out: ParsedScrape): number {
    if (read.kind === "series") {
      const known = this.#table.count;
      const entry = this.#table.findOrAdd(view, start, read.seriesEnd);
      if (entry === known) {
        this.#setKind(entry, SERIES);
        const labels = normalizeFloatLabels(read.labels, this.#type);
        out.fresh.push(new FreshSeries(entry, () => labels, this.#histogramName()));
      }
      if (read.exemplar !== undefined) out.addExemplar(read.exemplar);
      out.add(entry, read.value, read.timeMs);
      return entry;
    }
    if (read.kind === "blank") return -1;
    if ("metric" in read) out.metadata.push(metadataOf(read));
    const entry = bytes[start] === 0x23 ? this.#table.findOrAdd(view, start, end) : -1;
    if (read.kind === "type") {
      this.#type = read.type;
      this.#typeLine = entry;
      if (read.type === "histogram") this.#histogramNames.set(entry, read.metric);
    }
    if (entry < 0) return -1;
    this.#setKind(entry, read.kind === "type" ? COMMENT + 1 + TYPES.indexOf(read.type) : COMMENT);
    return entry;
  }

  #histogramName(): string {
    return this.#type === "histogram" ? (this.#histogramNames.get(this.#typeLine) ?? "") : "";
  }

  #setKind(entry: number, kind: number): void {
    if (entry >= this.#kinds.length) {
      const kinds = new Uint8Array(this.#kinds.length * 2);
      kinds.set(this.#kinds);
      this.#kinds = kinds;
    }
    this.#kinds[entry] = kind;
  }
}

function metadataOf(read: Extract<Entry, { metric: string }>): MetadataLine {
  if (read.kind === "type") return { metric: read.metric, type: read.type };
  return read.kind === "help" ? { metric: read.metric, help: read.text } : { metric: read.metric, unit: read.text };
}

/**
 * Where the bytes that name the line end: a comment line with its line feed, a series with its name or closing brace.
 *
 * @returns -1 where the line is not in its common form
 */
function extentOf(bytes: Uint8Array, at: number, end: number): number {
  if (bytes[at] === 0x23) {
    const lineFeed = bytes.indexOf(0x0a, at);
    return lineFeed < 0 ? -1 : lineFeed + 1;
  }
  let i = at;
  for (; i < end; i++) {
    const c = bytes[i]!;
    if (c === 0x20) return i > at ? i : -1;
    if (c === 0x0a || c === 0x09) return -1;
    if (c === 0x7b) break;
  }
  let quoted = false;
  for (i++; i < end; i++) {
    const c = bytes[i]!;
    if (quoted) {
      if (c === 0x5c) i++;
      else if (c === 0x22) quoted = false;
    } else if (c === 0x22) quoted = true;
    else if (c === 0x7d) return i + 1 < end && bytes[i + 1] === 0x20 ? i + 1 : -1;
    else if (c === 0x0a) return -1;
  }
  return -1;
}

/** Takes a timestamp in whole milliseconds and the line's end. @returns the offset after it, or 0 where it is something else */
function timedEnd(bytes: Uint8Array, at: number, entry: number, value: number, out: ParsedScrape): number {
  let timeMs = 0;
  let i = at;
  for (; bytes[i]! >= 0x30 && bytes[i]! <= 0x39; i++) timeMs = timeMs * 10 + (bytes[i]! - 0x30);
  if (i === at || i - at > 15 || bytes[i] !== 0x0a) return 0;
  out.add(entry, value, timeMs);
  return i + 1;
}

function startsAt(bytes: Uint8Array, at: number, wanted: Uint8Array): boolean {
  if (at + wanted.length > bytes.length) return false;
  for (let i = 0; i < wanted.length; i++) if (bytes[at + i] !== wanted[i]) return false;
  return true;
}

function withLineFeed(body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(body.length + 1);
  bytes.set(body);
  bytes[body.length] = 0x0a;
  return bytes;
}
