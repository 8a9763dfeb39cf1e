/** `label_replace` and `label_join`. */
import { isDmonError, type Labels, METRIC_NAME, type Slices } from "@dmon/model";
import type { RE2JS } from "re2js";
import type { Call, Expr } from "../../ast.ts";
import { queryFailed } from "../../engine/context.ts";
import type { Evaluation } from "../../engine/evaluation.ts";
import { SeriesMerger } from "../../engine/merge.ts";
import type { SeriesSink } from "../../engine/series.ts";
import { compileRegex } from "../../matcher.ts";
import type { VectorFunction } from "./types.ts";

function* labelReplace(evaluation: Evaluation, call: Call, sink: SeriesSink): Slices<void> {
  const [vector, ...texts] = call.args as [Expr, Expr, Expr, Expr, Expr];
  const [target, template, source, expression] = texts.map((text) => evaluation.text(text)) as [
    string,
    string,
    string,
    string,
  ];
  const pattern = compile(expression);
  requireName(target, "destination", "label_replace");
  yield* relabel(evaluation, vector, target, sink, (labels) => {
    const matcher = pattern.matcher(labels.get(source));
    if (!matcher.matches()) return undefined;
    return expandTemplate(template, (name) => {
      const index = GROUP_NUMBER.test(name) ? Number(name) : pattern.namedGroups()[name];
      return index === undefined || index > matcher.groupCount() ? "" : (matcher.group(index) ?? "");
    });
  });
}

function* labelJoin(evaluation: Evaluation, call: Call, sink: SeriesSink): Slices<void> {
  const [vector, ...texts] = call.args as [Expr, ...Expr[]];
  const [target = "", separator = "", ...sources] = texts.map((text) => evaluation.text(text));
  for (const source of sources) requireName(source, "source", "label_join");
  requireName(target, "destination", "label_join");
  yield* relabel(evaluation, vector, target, sink, (labels) =>
    sources.map((source) => labels.get(source)).join(separator),
  );
}

/** @param newValue the new value of `target`; undefined leaves the series as it is */
function* relabel(
  evaluation: Evaluation,
  vector: Expr,
  target: string,
  sink: SeriesSink,
  newValue: (labels: Labels) => string | undefined,
): Slices<void> {
  const merger = new SeriesMerger(evaluation);
  yield* evaluation.vector(vector, (series) => {
    const value = newValue(series.labels);
    if (value !== undefined) {
      series.labels = series.labels.with(target, value);
      // A name that was just set is meant to stay.
      if (target === METRIC_NAME) series.dropName = false;
    }
    merger.add(series);
  });
  merger.flush(sink);
}

function compile(expression: string): RE2JS {
  try {
    return compileRegex(expression, `^(?s:${expression})$`);
  } catch (error) {
    if (isDmonError(error)) throw queryFailed(`invalid regular expression in label_replace(): ${expression}`);
    throw error;
  }
}

/** Any text may name a label, but for none at all and for what was not UTF-8 (which stands as U+FFFD). */
function requireName(name: string, role: string, func: string): void {
  if (name === "" || name.includes("\uFFFD")) throw queryFailed(`invalid ${role} label name in ${func}(): ${name}`);
}

/**
 * Go's `Regexp.Expand`: `$1`, `${1}`, `$name`, `${name}`, `$$`. A bare name is as long as it can be (`$1x` is `${1x}`); what
 * is no reference stays as it is.
 */
function expandTemplate(template: string, group: (name: string) => string): string {
  if (!template.includes("$")) return template;
  return template.replace(REFERENCE, (whole, bare: string | undefined, braced: string | undefined) =>
    whole === "$$" ? "$" : group(bare ?? braced ?? ""),
  );
}

/** Go reads no leading zeros. */
const GROUP_NUMBER = /^(?:0|[1-9]\d{0,8})$/;
const REFERENCE = /\$\$|\$([\p{L}\p{Nd}_]+)|\$\{([\p{L}\p{Nd}_]+)\}/gu;

export const LABEL_FUNCTIONS: Readonly<Record<string, VectorFunction>> = {
  label_join: labelJoin,
  label_replace: labelReplace,
};
