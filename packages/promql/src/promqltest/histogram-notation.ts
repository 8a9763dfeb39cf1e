/**
 * Native histograms in test notation: `{{schema:1 sum:-0.3 count:3.1 z_bucket:7.1 buckets:[5 10 7] offset:-2}}`.
 *
 * Source: prometheus `docs/configuration/unit_testing_rules.md`.
 */
import { type CounterResetHint, type FloatHistogram, parseGoFloat } from "@dmon/model";
import { type Cursor, scriptError } from "./cursor.ts";

export interface NotedHistogram {
  readonly histogram: FloatHistogram;
  /** True where `counter_reset_hint` was written: only then a comparison looks at it. */
  readonly hintGiven: boolean;
}

const KEY = /[a-z_]+/y;
const NUMBER = /[^\s\]}]+/y;
const HINT = /[a-z_]+/y;
const HINTS: readonly string[] = ["unknown", "reset", "not_reset", "gauge"] satisfies CounterResetHint[];
const SCALAR_KEYS = new Set(["schema", "sum", "count", "z_bucket", "z_bucket_w", "offset", "n_offset"]);
const LIST_KEYS = new Set(["buckets", "n_buckets", "custom_values"]);

/**
 * The histogram at the cursor, which moves behind it; undefined where none begins here.
 *
 * @throws {DmonError} `bad_script`
 */
export function takeHistogram(cursor: Cursor): NotedHistogram | undefined {
  if (!cursor.take("{{")) return undefined;
  const numbers = new Map<string, number>();
  const lists = new Map<string, number[]>();
  let hint: string | undefined;
  for (;;) {
    cursor.skipSpaces();
    if (cursor.take("}}")) break;
    const key = cursor.match(KEY);
    if (key === undefined) throw scriptError(`bad histogram descriptor before ${cursor.describeRest()}`);
    if (numbers.has(key) || lists.has(key) || (key === "counter_reset_hint" && hint !== undefined)) {
      throw scriptError(`duplicate key "${key}" in histogram`);
    }
    cursor.skipSpaces();
    cursor.expect(":", "a histogram");
    cursor.skipSpaces();
    if (SCALAR_KEYS.has(key)) numbers.set(key, takeNumber(cursor));
    else if (LIST_KEYS.has(key)) lists.set(key, takeList(cursor));
    else if (key === "counter_reset_hint") hint = takeHint(cursor);
    else throw scriptError(`bad histogram descriptor "${key}"`);
  }
  return { histogram: build(numbers, lists, hint), hintGiven: hint !== undefined };
}

function build(numbers: Map<string, number>, lists: Map<string, number[]>, hint: string | undefined): FloatHistogram {
  const positiveBuckets = lists.get("buckets") ?? [];
  const negativeBuckets = lists.get("n_buckets") ?? [];
  const spans = (offset: string, length: number) =>
    length === 0 ? [] : [{ offset: numbers.get(offset) ?? 0, length }];
  return {
    schema: numbers.get("schema") ?? 0,
    counterResetHint: (hint ?? "unknown") as CounterResetHint,
    zeroThreshold: numbers.get("z_bucket_w") ?? 0,
    zeroCount: numbers.get("z_bucket") ?? 0,
    count: numbers.get("count") ?? 0,
    sum: numbers.get("sum") ?? 0,
    positiveSpans: spans("offset", positiveBuckets.length),
    positiveBuckets,
    negativeSpans: spans("n_offset", negativeBuckets.length),
    negativeBuckets,
    customValues: lists.get("custom_values") ?? [],
  };
}

function takeNumber(cursor: Cursor): number {
  const text = cursor.match(NUMBER);
  const value = text === undefined ? undefined : parseGoFloat(text);
  if (value === undefined) throw scriptError(`expected a number in a histogram, got ${JSON.stringify(text ?? "")}`);
  return value;
}

function takeList(cursor: Cursor): number[] {
  cursor.expect("[", "a histogram");
  const values: number[] = [];
  for (;;) {
    cursor.skipSpaces();
    if (cursor.take("]")) return values;
    values.push(takeNumber(cursor));
  }
}

function takeHint(cursor: Cursor): string {
  const hint = cursor.match(HINT) ?? "";
  if (!HINTS.includes(hint)) throw scriptError(`bad counter_reset_hint "${hint}"; one of ${HINTS.join(", ")}`);
  return hint;
}
