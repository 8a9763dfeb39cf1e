/**
 * The `eval` command: a query, and what is expected of it.
 *
 *     eval[_fail|_warn|_info|_ordered] instant [at <time>] <query>
 *     eval[_fail|_warn|_info] range from <time> to <time> step <step> <query>
 *       expect ordered|fail|warn|no_warn|info|no_info [msg:<text>|regex:<pattern>]
 *       expect string <quoted>
 *       expect range vector from <time> to <time> step <step>
 *       <number>, or series lines
 */
import { DmonError, type Labels, messageOf, parseDuration, parseGoFloat } from "@dmon/model";
import { RE2JS } from "re2js";
import { Cursor, scriptError } from "./cursor.ts";
import type { ScriptLines } from "./lines.ts";
import { takeQuoted } from "./quoted.ts";
import { parseSeriesLine, type SequenceValue } from "./series-line.ts";

/** A text that a message must equal, or a pattern that must be found in it. */
export interface MessagePattern {
  /** As written, for the report. */
  readonly text: string;
  matches(message: string): boolean;
}

export interface ExpectedSeries {
  readonly labels: Labels;
  /** Place among the expected lines, from 0. */
  readonly position: number;
  readonly values: readonly SequenceValue[];
}

/** Times of a range query or of an expected range vector, ms, both ends inclusive. */
export interface TimeRange {
  readonly startMs: number;
  readonly endMs: number;
  readonly stepMs: number;
}

export interface Expectations {
  readonly ordered: boolean;
  /** Undefined: must succeed. Else the error must match all of these (none: any error). */
  readonly fail: readonly MessagePattern[] | undefined;
  /** Undefined: whatever. Empty: none may come. Else each must be met, and all that come must meet one. */
  readonly warnings: readonly MessagePattern[] | undefined;
  readonly infos: readonly MessagePattern[] | undefined;
  readonly text: string | undefined;
  readonly scalar: number | undefined;
  readonly rangeVector: TimeRange | undefined;
  readonly series: readonly ExpectedSeries[];
}

export interface EvalCommand {
  readonly kind: "eval";
  readonly line: number;
  readonly query: string;
  /** An instant in ms, or a range. */
  readonly when: { readonly atMs: number } | TimeRange;
  readonly expected: Expectations;
}

const INSTANT = /^eval(?:_(fail|warn|ordered|info))?\s+instant\s+(?:at\s+(\S+)\s+)?(.+)$/;
const RANGE = /^eval(?:_(fail|warn|info))?\s+range\s+from\s+(\S+)\s+to\s+(\S+)\s+step\s+(\S+)\s+(.+)$/;
const EXPECT = /^expect\s+(ordered|fail|warn|no_warn|info|no_info)(?:\s+(regex|msg):(.+))?$/;
const RANGE_VECTOR = /^expect range vector\s+from\s+(\S+)\s+to\s+(\S+)\s+step\s+(\S+)$/;

/** @param line the first line of an `eval` block, of which `lines` gives the rest */
export function parseEval(line: string, lines: ScriptLines): EvalCommand {
  const number = lines.number;
  const instant = INSTANT.exec(line);
  const range = RANGE.exec(line);
  if (range !== null) {
    const [, mode, from, to, step, query] = range;
    const when = timeRange(from!, to!, step!);
    return { kind: "eval", line: number, query: query!, when, expected: parseExpectations(mode, false, lines) };
  }
  if (instant !== null) {
    const [, mode, at, query] = instant;
    const when = { atMs: parseDuration(at ?? "0") };
    return { kind: "eval", line: number, query: query!, when, expected: parseExpectations(mode, true, lines) };
  }
  throw scriptError(
    "invalid eval command; write eval instant at <time> <query>, or eval range from <time> to <time> step <step> <query>",
  );
}

function timeRange(from: string, to: string, step: string): TimeRange {
  const range = { startMs: parseDuration(from), endMs: parseDuration(to), stepMs: parseDuration(step) };
  if (range.endMs < range.startMs) throw scriptError(`the end (${to}) is before the start (${from})`);
  return range;
}

/** Gathers the lines of a block; `finish` gives what they say together. */
class Draft {
  readonly patterns = new Map<string, MessagePattern[]>();
  readonly series: ExpectedSeries[] = [];
  text: string | undefined;
  scalar: number | undefined;
  rangeVector: TimeRange | undefined;

  add(kind: string, ...patterns: MessagePattern[]): void {
    this.patterns.set(kind, [...(this.patterns.get(kind) ?? []), ...patterns]);
  }

  finish(): Expectations {
    const { patterns } = this;
    if ((patterns.get("fail")?.length ?? 0) > 1) throw scriptError("multiple expect fail lines are not allowed");
    return {
      ordered: patterns.has("ordered"),
      fail: patterns.get("fail"),
      warnings: this.#annotations("warn"),
      infos: this.#annotations("info"),
      text: this.text,
      scalar: this.scalar,
      rangeVector: this.rangeVector,
      series: this.series,
    };
  }

  #annotations(kind: "warn" | "info"): readonly MessagePattern[] | undefined {
    if (!this.patterns.has(`no_${kind}`)) return this.patterns.get(kind);
    if (this.patterns.has(kind)) throw scriptError(`${kind} and no_${kind} cannot be used together`);
    return [];
  }
}

function parseExpectations(mode: string | undefined, instant: boolean, lines: ScriptLines): Expectations {
  const draft = new Draft();
  if (mode === "fail") draft.add(mode);
  else if (mode !== undefined) draft.add(mode, ANYTHING);
  for (let line = lines.nextOfBlock(); line !== undefined; line = lines.nextOfBlock()) {
    if (parseExpectation(line, mode, draft)) continue;
    const scalar = goNumber(line);
    if (scalar !== undefined) {
      draft.scalar = scalar;
      continue;
    }
    const { labels, values } = parseSeriesLine(line);
    if (instant && values.length > 1 && draft.rangeVector === undefined) {
      throw scriptError("an instant query has one value a series; for a range vector write expect range vector first");
    }
    draft.series.push({ labels, position: draft.series.length, values });
  }
  return draft.finish();
}

/** @returns false where the line is not about expectations but a value */
function parseExpectation(line: string, mode: string | undefined, draft: Draft): boolean {
  if (mode === "fail" && line.startsWith("expected_fail_message")) {
    draft.add("fail", exactly(line.slice("expected_fail_message".length).trim()));
  } else if (mode === "fail" && line.startsWith("expected_fail_regexp")) {
    draft.add("fail", pattern(line.slice("expected_fail_regexp".length).trim()));
  } else if (line.startsWith("expect range vector")) {
    const [matched, from, to, step] = RANGE_VECTOR.exec(line) ?? [];
    if (matched === undefined) throw scriptError(`invalid range vector definition ${JSON.stringify(line)}`);
    draft.rangeVector = timeRange(from!, to!, step!);
  } else if (line.startsWith("expect string")) draft.text = expectedText(line);
  else if (/^expect(?: |$)/.test(line)) parseExpect(line, draft);
  else return false;
  return true;
}

function parseExpect(line: string, draft: Draft): void {
  const [matched, kind, form, text] = EXPECT.exec(line) ?? [];
  if (matched === undefined) throw scriptError(`invalid expect statement ${JSON.stringify(line)}`);
  if (form === undefined) draft.add(kind!, ANYTHING);
  else draft.add(kind!, form === "msg" ? exactly(text!.trim()) : pattern(text!.trim()));
}

function expectedText(line: string): string {
  const cursor = new Cursor(line, "expect string".length);
  cursor.skipSpaces();
  const text = takeQuoted(cursor);
  if (text === undefined || !cursor.done) throw scriptError("expect string needs a quoted string literal");
  return text;
}

const ANYTHING: MessagePattern = { text: "", matches: () => true };

function exactly(text: string): MessagePattern {
  return { text, matches: (message) => message === text };
}

function pattern(text: string): MessagePattern {
  try {
    const compiled = RE2JS.compile(text);
    return { text: `/${text}/`, matches: (message) => compiled.matcher(message).find() };
  } catch (error) {
    throw new DmonError("bad_script", `invalid regular expression ${text}: ${messageOf(error)}`, { cause: error });
  }
}

/** A number as Go reads it with base 0: decimal or hexadecimal integers, and floats. */
function goNumber(text: string): number | undefined {
  const integer = /^([+-]?)(0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+)$/.exec(text);
  if (integer !== null) return (integer[1] === "-" ? -1 : 1) * Number(integer[2]);
  return parseGoFloat(text);
}
