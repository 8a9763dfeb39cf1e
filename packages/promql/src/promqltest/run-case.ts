/** Runs one `eval` with all its repeats against an engine. */
import {
  type InstantQuery,
  messageOf,
  type QueryResult,
  type RangeQuery,
  runToEnd,
  type Slices,
  type VectorSample,
} from "@dmon/model";
import { compareValue, compareVector, type Difference } from "./compare.ts";
import type { EvalCommand, Expectations, MessagePattern, TimeRange } from "./eval-command.ts";
import { answersAlikeInRange, type InstantVariant, pinnedVariants } from "./repeats.ts";

/** What answers the queries of a script. */
export interface ScriptEngine {
  instant(query: InstantQuery): Slices<QueryResult>;
  range(query: RangeQuery): Slices<QueryResult>;
}

/** @property form the query as it was run, where it is a repeat of the case */
export interface CaseProblem extends Difference {
  readonly form: string;
}

const REPEAT_STEP_MS = 60_000;

/** @returns undefined where the case and all its repeats are as expected, else the first difference */
export function runCase(command: EvalCommand, engine: ScriptEngine): CaseProblem | undefined {
  const { when, query, expected } = command;
  if (!("atMs" in when)) {
    const outcome = attempt(() => runToEnd(engine.range({ query, ...when })));
    return labelled("range query", check(outcome, expected, when));
  }
  const first = runInstant({ query, atMs: when.atMs }, expected, engine);
  if (first !== undefined) return first;
  const variants = attempt(() => pinnedVariants(query, when.atMs));
  // A query that cannot be parsed has no variants; where it was expected to fail, it did.
  if (!variants.ok) return expected.fail ? undefined : { form: "repeats", expected: query, got: variants.error };
  for (const variant of variants.value) {
    const problem = runInstant(variant, expected, engine);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function runInstant(variant: InstantVariant, expected: Expectations, engine: ScriptEngine): CaseProblem | undefined {
  const outcome = attempt(() => runToEnd(engine.instant(variant)));
  const problem = check(outcome, expected, expected.rangeVector);
  if (problem !== undefined) return labelled(`instant query at ${variant.atMs} ms: ${variant.query}`, problem);
  const rangeMakesSense = expected.rangeVector === undefined && expected.text === undefined;
  if (!outcome.ok || !rangeMakesSense || !answersAlikeInRange(variant.query)) return undefined;
  const form = `middle step of a range query around ${variant.atMs} ms: ${variant.query}`;
  return labelled(form, checkMiddleStep(variant, outcome.value, expected, engine));
}

function checkMiddleStep(
  { query, atMs }: InstantVariant,
  instant: QueryResult,
  expected: Expectations,
  engine: ScriptEngine,
): Difference | undefined {
  const range = { startMs: atMs - REPEAT_STEP_MS, endMs: atMs + REPEAT_STEP_MS, stepMs: REPEAT_STEP_MS };
  const outcome = attempt(() => runToEnd(engine.range({ query, ...range })));
  if (!outcome.ok) return { expected: "a result", got: outcome.error };
  // Range queries are always sorted by labels.
  if (expected.ordered) return undefined;
  const samples = samplesAt(outcome.value, atMs);
  if (instant.value.type !== "scalar") return compareVector(samples, expected);
  const value = samples[0]?.value;
  if (value === undefined) return { expected: "a scalar", got: "no point" };
  return compareValue({ type: "scalar", atMs, value }, expected, undefined);
}

function samplesAt({ value }: QueryResult, atMs: number): VectorSample[] {
  if (value.type !== "matrix") return [];
  return value.series.flatMap(({ labels, timesMs, values, histograms }) => {
    const at = timesMs.indexOf(atMs);
    return at < 0 ? [] : [{ labels, atMs, value: values[at]!, histogram: histograms?.[at] }];
  });
}

type Outcome<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: string };

function attempt<T>(run: () => T): Outcome<T> {
  try {
    return { ok: true, value: run() };
  } catch (error) {
    return { ok: false, error: messageOf(error) };
  }
}

function check(
  outcome: Outcome<QueryResult>,
  expected: Expectations,
  range: TimeRange | undefined,
): Difference | undefined {
  if (!outcome.ok) {
    if (expected.fail === undefined) return { expected: "a result", got: `error: ${outcome.error}` };
    const unmet = expected.fail.find((pattern) => !pattern.matches(outcome.error));
    return unmet && { expected: `error ${unmet.text}`, got: `error: ${outcome.error}` };
  }
  if (expected.fail !== undefined) return { expected: "an error", got: "a result" };
  return (
    checkAnnotations("warning", outcome.value.warnings, expected.warnings) ??
    checkAnnotations("info", outcome.value.infos, expected.infos) ??
    compareValue(outcome.value.value, expected, range)
  );
}

function checkAnnotations(
  kind: string,
  got: readonly string[],
  expected: readonly MessagePattern[] | undefined,
): Difference | undefined {
  if (expected === undefined) return undefined;
  const unmet = expected.find((pattern) => !got.some((message) => pattern.matches(message)));
  if (unmet !== undefined) {
    return { expected: `${kind} ${unmet.text}`.trim(), got: got.length === 0 ? `no ${kind}` : got.join("; ") };
  }
  const extra = got.find((message) => !expected.some((pattern) => pattern.matches(message)));
  return extra === undefined ? undefined : { expected: `no such ${kind}`, got: extra };
}

function labelled(form: string, difference: Difference | undefined): CaseProblem | undefined {
  return difference && { ...difference, form };
}
