/**
 * Series lines of test scripts and rule unit tests: a metric and a sequence of values.
 *
 * `a` one value; `axN` N+1 times `a`; `a+bxN` and `a-bxN` N+1 values, by repeated addition; `_` no sample, `_xN` N times;
 * `stale` a staleness marker; histograms `{{…}}` in place of `a` and `b`. `a` and `b` are decimal numbers, `Inf` or `NaN`.
 */
import { type FloatHistogram, type Labels, parseGoFloat } from "@dmon/model";
import { addHistograms, subtractHistograms } from "../histogram/index.ts";
import { Cursor, scriptError } from "./cursor.ts";
import { type NotedHistogram, takeHistogram } from "./histogram-notation.ts";
import { takeMetric } from "./metric.ts";

export type SequenceValue =
  | { readonly kind: "omitted" }
  | { readonly kind: "stale" }
  | { readonly kind: "float"; readonly value: number }
  | { readonly kind: "histogram"; readonly histogram: FloatHistogram; readonly hintGiven: boolean };

export interface SeriesLine {
  readonly labels: Labels;
  readonly values: readonly SequenceValue[];
}

const OMITTED: SequenceValue = { kind: "omitted" };
const NUMBER = /[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[iI][nN][fF]|[nN][aA][nN])/y;
const SIGN = /[+-]/y;
const COUNT = /\d+/y;
/** More values than any script means to write; a typing error must not fill the memory. */
const MAX_REPEATS = 10_000_000;

/** @throws {DmonError} `bad_script` */
export function parseSeriesLine(line: string): SeriesLine {
  const cursor = new Cursor(line);
  cursor.skipSpaces();
  const labels = takeMetric(cursor);
  if (!cursor.done && !/[ \t]/.test(cursor.text[cursor.at]!)) {
    throw scriptError(`unexpected ${cursor.describeRest()} after the metric`);
  }
  const values: SequenceValue[] = [];
  for (;;) {
    cursor.skipSpaces();
    if (cursor.done) return { labels, values };
    takeItem(cursor, values);
    if (!cursor.done && !/[ \t]/.test(cursor.text[cursor.at]!)) {
      throw scriptError(`unexpected ${cursor.describeRest()} in a sequence of values`);
    }
  }
}

function takeItem(cursor: Cursor, out: SequenceValue[]): void {
  if (cursor.take("_")) repeat(out, takeTimes(cursor) ?? 1, () => OMITTED);
  else if (cursor.take("stale")) repeat(out, (takeTimes(cursor) ?? 0) + 1, () => ({ kind: "stale" }));
  else {
    const histogram = takeHistogram(cursor);
    if (histogram === undefined) takeFloats(cursor, out);
    else takeHistograms(cursor, histogram, out);
  }
}

function takeFloats(cursor: Cursor, out: SequenceValue[]): void {
  const first = takeNumber(cursor);
  const step = /[+-]/.test(cursor.text[cursor.at] ?? "") ? takeNumber(cursor) : 0;
  const times = takeTimes(cursor);
  if (times === undefined && step !== 0) throw scriptError(`expected "x" and a count before ${cursor.describeRest()}`);
  let value = first;
  repeat(out, (times ?? 0) + 1, () => {
    const here: SequenceValue = { kind: "float", value };
    value += step;
    return here;
  });
}

function takeHistograms(cursor: Cursor, first: NotedHistogram, out: SequenceValue[]): void {
  const sign = cursor.match(SIGN);
  const step = sign === undefined ? undefined : takeHistogram(cursor);
  if (sign !== undefined && step === undefined) throw scriptError(`expected a histogram after "${sign}"`);
  const times = takeTimes(cursor);
  let histogram = first.histogram;
  let steps = 0;
  repeat(out, (times ?? 0) + 1, () => {
    if (steps++ > 0 && step !== undefined) histogram = next(histogram, step.histogram, sign === "-");
    return { kind: "histogram", histogram, hintGiven: first.hintGiven };
  });
}

function next(histogram: FloatHistogram, step: FloatHistogram, negative: boolean): FloatHistogram {
  if (histogram.schema > step.schema) {
    throw scriptError(`error combining histograms: cannot merge from schema ${step.schema} to ${histogram.schema}`);
  }
  const { histogram: sum } = (negative ? subtractHistograms : addHistograms)(histogram, step);
  if (sum === undefined) throw scriptError("error combining histograms: exponential and custom buckets do not mix");
  return sum;
}

/** The count behind `x`; undefined where no `x` stands here. */
function takeTimes(cursor: Cursor): number | undefined {
  if (!cursor.take("x")) return undefined;
  const text = cursor.match(COUNT);
  const times = Number(text);
  if (text === undefined || times > MAX_REPEATS)
    throw scriptError(`bad repetition count before ${cursor.describeRest()}`);
  return times;
}

function takeNumber(cursor: Cursor): number {
  const text = cursor.match(NUMBER);
  const value = text === undefined ? undefined : parseGoFloat(text);
  if (value === undefined) throw scriptError(`expected a value before ${cursor.describeRest()}`);
  return value;
}

function repeat(out: SequenceValue[], count: number, make: () => SequenceValue): void {
  for (let i = 0; i < count; i++) out.push(make());
}
