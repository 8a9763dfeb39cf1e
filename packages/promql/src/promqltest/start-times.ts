/**
 * Start timestamp lines: `metric@st <offsets>`, or `@st <offsets>` for all series of the block that have no line of their own.
 *
 * Each offset is a signed duration relative to the sample's time: `-30s`, `-30sxN` (N+1 times), `-30s-1mxN` (N+1 values, each
 * a minute less), `_` and `_xN` none, `*` and `*xN` the last one again.
 */
import { type Labels, parseDuration } from "@dmon/model";
import { Cursor, scriptError } from "./cursor.ts";
import { takeMetric } from "./metric.ts";

/** ms relative to the sample; undefined where the sample has no start time. */
export type StartOffset = number | undefined;

export interface StartLine {
  /** Undefined for the default line. */
  readonly labels: Labels | undefined;
  readonly offsets: readonly StartOffset[];
}

const DURATION = /[+-]?(?:\d+(?:ms|[ywdhms])|0(?!\d))+/y;
const COUNT = /\d+/y;
/** The selector's strings may hold anything, spaces too. */
const START_LINE = /^[^\s{]*(?:\{(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`|[^"'`}])*\})?@st[ \t]/;

export function isStartLine(line: string): boolean {
  return START_LINE.test(line.trim());
}

/** @throws {DmonError} `bad_script` */
export function parseStartLine(line: string): StartLine {
  const cursor = new Cursor(line.trim());
  const labels = cursor.startsWith("@") ? undefined : takeMetric(cursor);
  cursor.expect("@st", "a start timestamp line");
  const offsets: StartOffset[] = [];
  for (;;) {
    cursor.skipSpaces();
    if (cursor.done) return { labels, offsets };
    takeItem(cursor, offsets);
    if (!cursor.done && !/[ \t]/.test(cursor.text[cursor.at]!)) throw bad(cursor);
  }
}

function takeItem(cursor: Cursor, out: StartOffset[]): void {
  if (cursor.take("_")) {
    const count = takeCount(cursor) ?? 1;
    if (count === 0) throw scriptError('"_" needs a count of 1 or more');
    for (let i = 0; i < count; i++) out.push(undefined);
    return;
  }
  let offsetMs = cursor.take("*") ? (out.findLast((offset) => offset !== undefined) ?? 0) : takeDuration(cursor);
  const hasStep = /[+-]/.test(cursor.text[cursor.at] ?? "");
  const stepMs = hasStep ? takeDuration(cursor) : 0;
  const times = takeCount(cursor);
  if (hasStep && times === undefined) throw scriptError(`expected "x" and a count before ${cursor.describeRest()}`);
  const count = (times ?? 0) + 1;
  for (let i = 0; i < count; i++, offsetMs += stepMs) out.push(offsetMs);
}

function takeDuration(cursor: Cursor): number {
  const text = cursor.match(DURATION);
  if (text === undefined) throw bad(cursor);
  const unsigned = parseDuration(text.replace(/^[+-]/, ""));
  return text.startsWith("-") ? -unsigned : unsigned;
}

function takeCount(cursor: Cursor): number | undefined {
  if (!cursor.take("x")) return undefined;
  const text = cursor.match(COUNT);
  if (text === undefined) throw bad(cursor);
  return Number(text);
}

function bad(cursor: Cursor) {
  return scriptError(`bad start timestamp before ${cursor.describeRest()}`);
}
