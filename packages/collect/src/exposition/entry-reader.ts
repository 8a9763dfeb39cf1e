/**
 * Reads one entry (a sample, a metadata line, a comment) of the two text formats, checking everything.
 *
 * This is the thorough path: it makes strings and runs once for each line that a target has not said before. Lines that were
 * seen are recognised by their bytes in `scrape-parser.ts`. Errors are worded as Prometheus words them.
 */
import { type Labels, METRIC_NAME, type MetricType } from "@dmon/model";
import { FloatReader } from "../bytes/float-reader.ts";
import { quoteBytes, textOf, validTextOf } from "../bytes/text.ts";
import { writtenLabels } from "./blank-labels.ts";
import { unescapeText } from "./plain-series.ts";
import { badExposition, type Lexer, type Token } from "./tokens.ts";

export interface ReadExemplar {
  readonly labels: Labels;
  readonly value: number;
  /** NaN where the line gave none. */
  readonly atMs: number;
}

export type Entry =
  | {
      readonly kind: "series";
      /** Offset after the metric's name or its closing brace. */
      readonly seriesEnd: number;
      readonly labels: Labels;
      readonly value: number;
      /** Milliseconds; NaN where the line gave none. */
      readonly timeMs: number;
      readonly exemplar: ReadExemplar | undefined;
    }
  | { readonly kind: "type"; readonly metric: string; readonly type: MetricType }
  | { readonly kind: "help" | "unit"; readonly metric: string; readonly text: string }
  | { readonly kind: "comment" | "blank" | "eof" };

export type TextFormat = "text" | "openmetrics";

const TEXT_TYPES: Readonly<Record<string, MetricType>> = {
  counter: "counter",
  gauge: "gauge",
  histogram: "histogram",
  summary: "summary",
  untyped: "unknown",
};
const OPENMETRICS_TYPES: Readonly<Record<string, MetricType>> = {
  counter: "counter",
  gauge: "gauge",
  histogram: "histogram",
  gaugehistogram: "gaugehistogram",
  summary: "summary",
  info: "info",
  stateset: "stateset",
  unknown: "unknown",
};

const floats = new FloatReader();

/**
 * Reads the entry at the lexer's place.
 *
 * @throws {DmonError} `bad_exposition`
 */
export function readEntry(lexer: Lexer, format: TextFormat): Entry {
  const lineStart = lexer.at;
  const token = lexer.next();
  switch (token) {
    case "EOF":
      if (format === "openmetrics") throw noEof();
      return { kind: "eof" };
    case "EOFWORD":
      if (lexer.next() !== "EOF") throw badExposition("unexpected data after # EOF");
      return { kind: "eof" };
    case "LINEBREAK":
      return { kind: "blank" };
    case "COMMENT":
      expectLineBreak(lexer, "expected linebreak after comment", lineStart);
      return { kind: "comment" };
    case "HELP":
    case "TYPE":
    case "UNIT":
      return readMetadata(lexer, format, token, lineStart);
    case "BOPEN":
    case "MNAME":
      return readSeries(lexer, format, token, lineStart);
    default:
      throw lexer.unexpected("expected a valid start token", token, lineStart);
  }
}

function readMetadata(lexer: Lexer, format: TextFormat, word: "HELP" | "TYPE" | "UNIT", lineStart: number): Entry {
  const nameToken = lexer.next();
  if (nameToken !== "MNAME") throw lexer.unexpected(`expected metric name after ${word}`, nameToken, lineStart);
  const metric = unquoted(lexer);
  const textToken = lexer.next();
  if (format === "text") {
    if (textToken !== "TEXT" && textToken !== "LINEBREAK") throw badExposition(`expected text in ${word}`);
  } else if (textToken !== "TEXT") throw badExposition(`expected text in ${word}`);
  const raw =
    textToken === "LINEBREAK"
      ? new Uint8Array()
      : lexer.bytes.subarray(lexer.start + 1, format === "text" ? lexer.at : lexer.at - 1);
  if (format === "text" && textToken === "TEXT") {
    expectLineBreak(lexer, "expected linebreak after metadata", lineStart);
  }
  const text = validTextOf(raw);
  if (text === undefined) throw badExposition(`help text ${quoteBytes(raw)} is not a valid utf8 string`);
  if (word === "TYPE") {
    const type = (format === "text" ? TEXT_TYPES : OPENMETRICS_TYPES)[text];
    if (type === undefined) throw badExposition(`invalid metric type ${quoteBytes(raw)}`);
    return { kind: "type", metric, type };
  }
  if (word === "UNIT") {
    if (text !== "" && !(metric.endsWith(`_${text}`) && metric.length > text.length + 1)) {
      throw badExposition(`unit ${quoteBytes(raw)} not a suffix of metric ${JSON.stringify(metric)}`);
    }
    return { kind: "unit", metric, text };
  }
  return { kind: "help", metric, text: unescapeText(text) };
}

function readSeries(lexer: Lexer, format: TextFormat, first: "BOPEN" | "MNAME", lineStart: number): Entry {
  const pairs: [string, string][] = [];
  let token: Token = first;
  if (first === "MNAME") {
    pairs.push([METRIC_NAME, textOf(lexer.bytes, lexer.start, lexer.at)]);
    token = "EOF";
  }
  let seriesEnd = lexer.at;
  if (first === "MNAME") token = lexer.next();
  if (token === "BOPEN") {
    readLabels(lexer, format, pairs, lineStart, first === "BOPEN", false);
    seriesEnd = lexer.at;
    token = lexer.next();
  }
  if (pairs[0]?.[0] !== METRIC_NAME) {
    throw badExposition(`metric name not set while parsing: ${quoteBytes(lexer.bytes.subarray(lineStart, lexer.at))}`);
  }
  const value = floatToken(lexer, format, token, "expected value after metric", lineStart);
  let timeMs = Number.NaN;
  let exemplar: ReadExemplar | undefined;
  token = lexer.next();
  if (token === "TIMESTAMP") {
    timeMs = timestampToken(lexer, format, "", lineStart);
    token = lexer.next();
    if (token === "COMMENT") exemplar = readExemplar(lexer, lineStart);
    else if (token !== "LINEBREAK")
      throw endOrUnexpected(lexer, "expected next entry after timestamp", token, lineStart);
  } else if (token === "COMMENT") exemplar = readExemplar(lexer, lineStart);
  else if (token !== "LINEBREAK") throw endOrUnexpected(lexer, "expected timestamp or new record", token, lineStart);
  return { kind: "series", seriesEnd, labels: uniqueLabels(pairs), value, timeMs, exemplar };
}

/**
 * Reads an exemplar whose `# {` has been taken, up to and with the line's end.
 *
 * @throws {DmonError} `bad_exposition`
 */
export function readExemplar(lexer: Lexer, lineStart: number): ReadExemplar {
  const pairs: [string, string][] = [];
  readLabels(lexer, "openmetrics", pairs, lineStart, false, true);
  const value = floatToken(lexer, "openmetrics", lexer.next(), "expected value after exemplar labels", lineStart);
  let atMs = Number.NaN;
  let token = lexer.next();
  if (token === "TIMESTAMP") {
    atMs = timestampToken(lexer, "openmetrics", "exemplar ", lineStart);
    token = lexer.next();
    if (token !== "LINEBREAK") {
      throw endOrUnexpected(lexer, "expected next entry after exemplar timestamp", token, lineStart);
    }
  } else if (token !== "LINEBREAK") throw endOrUnexpected(lexer, "expected timestamp or comment", token, lineStart);
  return { labels: uniqueLabels(pairs), value, atMs };
}

/** Reads labels up to and with the closing brace; a quoted string alone is the metric's name where `mayName`. */
function readLabels(
  lexer: Lexer,
  format: TextFormat,
  pairs: [string, string][],
  lineStart: number,
  mayName: boolean,
  inExemplar: boolean,
): void {
  let token = lexer.next();
  for (;;) {
    if (token === "BCLOSE") return;
    if (token !== "LNAME" && token !== "QSTRING") throw lexer.unexpected("expected label name", token, lineStart);
    const quoted = token === "QSTRING";
    const name = unquoted(lexer);
    token = lexer.next();
    if (quoted && !inExemplar && (token === "COMMA" || token === "BCLOSE")) {
      if (!mayName || pairs[0]?.[0] === METRIC_NAME) {
        throw badExposition(
          `metric name already set while parsing: ${quoteBytes(lexer.bytes.subarray(lineStart, lexer.at))}`,
        );
      }
      pairs.unshift([METRIC_NAME, name]);
      if (token === "BCLOSE") return;
      token = lexer.next();
      continue;
    }
    if (token !== "EQUAL") throw lexer.unexpected("expected equal", token, lineStart);
    token = lexer.next();
    if (token !== "LVALUE") throw lexer.unexpected("expected label value", token, lineStart);
    const value = validTextOf(lexer.bytes, lexer.start + 1, lexer.at - 1);
    if (value === undefined) {
      throw badExposition(`invalid UTF-8 label value: ${quoteBytes(lexer.bytes.subarray(lexer.start, lexer.at))}`);
    }
    pairs.push([name, unescapeText(value)]);
    token = lexer.next();
    if (token === "COMMA") token = lexer.next();
    else if (format === "openmetrics" && token !== "BCLOSE") {
      throw lexer.unexpected("expected comma or brace close", token, lineStart);
    }
  }
}

function floatToken(lexer: Lexer, format: TextFormat, token: Token, expected: string, lineStart: number): number {
  if (token !== "VALUE") throw lexer.unexpected(expected, token, lineStart);
  return float(lexer, lexer.start + (format === "openmetrics" ? 1 : 0), lineStart);
}

function float(lexer: Lexer, start: number, lineStart: number): number {
  const value = floats.read(lexer.bytes, start, lexer.at);
  // A tab ends the reader's token but not OpenMetrics'.
  if (floats.fault === "" && floats.end === lexer.at) return value;
  const line = quoteBytes(lexer.bytes.subarray(lineStart, lexer.at));
  if (floats.fault === "unsupported") throw badExposition(`unsupported character in float while parsing: ${line}`);
  const text = quoteBytes(lexer.bytes.subarray(start, lexer.at));
  const what = floats.fault === "range" ? "value out of range" : "invalid syntax";
  throw badExposition(`strconv.ParseFloat: parsing ${text}: ${what} while parsing: ${line}`);
}

function timestampToken(lexer: Lexer, format: TextFormat, what: string, lineStart: number): number {
  if (format === "text") {
    const text = textOf(lexer.bytes, lexer.start, lexer.at);
    if (Number(text) <= Number.MAX_SAFE_INTEGER) return Number(text);
    const line = quoteBytes(lexer.bytes.subarray(lineStart, lexer.at));
    throw badExposition(`strconv.ParseInt: parsing "${text}": value out of range while parsing: ${line}`);
  }
  const seconds = float(lexer, lexer.start + 1, lineStart);
  if (Number.isFinite(seconds)) return Math.trunc(seconds * 1000);
  const shown = Number.isNaN(seconds) ? "NaN" : seconds > 0 ? "+Inf" : "-Inf";
  throw badExposition(`invalid ${what}timestamp ${shown}`);
}

function expectLineBreak(lexer: Lexer, expected: string, lineStart: number): void {
  const token = lexer.next();
  if (token !== "LINEBREAK") throw lexer.unexpected(expected, token, lineStart);
}

function endOrUnexpected(lexer: Lexer, expected: string, token: Token, lineStart: number) {
  return token === "EOF" ? noEof() : lexer.unexpected(expected, token, lineStart);
}

function noEof() {
  return badExposition("data does not end with # EOF");
}

function unquoted(lexer: Lexer): string {
  const quoted = lexer.bytes[lexer.start] === 0x22;
  const bytes = lexer.bytes.subarray(lexer.start + (quoted ? 1 : 0), lexer.at - (quoted ? 1 : 0));
  const text = validTextOf(bytes);
  if (text === undefined) throw badExposition(`invalid UTF-8 name: ${quoteBytes(bytes)}`);
  return quoted ? unescapeText(text) : text;
}

/** @throws {DmonError} `bad_exposition` where a name stands twice */
function uniqueLabels(pairs: readonly [string, string][]): Labels {
  const seen = new Set<string>();
  for (const [name] of pairs) {
    if (seen.has(name)) throw badExposition(`label name ${JSON.stringify(name)} is not unique: invalid sample`);
    seen.add(name);
  }
  return writtenLabels(pairs);
}
