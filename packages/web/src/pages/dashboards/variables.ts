/**
 * Variables of dashboards: what they can be, and their place in queries (`$job`, `${job}`, `[[job]]`, `${job:csv}`).
 *
 * Several values become an alternation for `=~`; values are escaped for a quoted string.
 */
import type { DashboardVariable } from "@dmon/model";

export type VariableValues = Readonly<Record<string, readonly string[]>>;

export const ALL = "$__all";
const REFERENCE = /\$\{(\w+)(?::(\w+))?\}|\[\[(\w+)(?::(\w+))?\]\]|\$(\w+)/g;

/** What a variable's query asks for. */
export type VariableQuery =
  | { readonly kind: "values"; readonly label: string; readonly match: string | undefined }
  | { readonly kind: "names"; readonly match: string | undefined }
  | { readonly kind: "metrics"; readonly pattern: string }
  | { readonly kind: "result"; readonly promql: string };

/** `label_values(metric{…}, label)`, `label_names()`, `metrics(regex)`, `query_result(promql)`; undefined for anything else. */
export function parseVariableQuery(query: string): VariableQuery | undefined {
  const [, name, written = ""] =
    /^\s*(label_values|label_names|metrics|query_result)\(([\s\S]*)\)\s*$/.exec(query) ?? [];
  const inner = written.trim();
  if (name === undefined) return undefined;
  if (name === "label_names") return { kind: "names", match: inner === "" ? undefined : inner };
  if (name === "metrics") return { kind: "metrics", pattern: inner };
  if (name === "query_result") return { kind: "result", promql: inner };
  const comma = inner.lastIndexOf(",");
  const isInsideBraces = comma !== -1 && inner.indexOf("}", comma) !== -1;
  if (comma === -1 || isInsideBraces) return { kind: "values", label: inner, match: undefined };
  return { kind: "values", label: inner.slice(comma + 1).trim(), match: inner.slice(0, comma).trim() };
}

/** Grafana's `regex`: what it does not match is left out; its first group, or the one named `value`, is the value. */
export function applyRegex(values: readonly string[], regex: string | undefined): readonly string[] {
  if (regex === undefined) return values;
  const body = /^\/(.*)\/[a-z]*$/s.exec(regex)?.[1] ?? regex;
  let pattern: RegExp;
  try {
    pattern = new RegExp(body);
  } catch {
    return values;
  }
  return [
    ...new Set(
      values.flatMap((value) => {
        const match = pattern.exec(value);
        return match === null ? [] : [match.groups?.value ?? match[1] ?? value];
      }),
    ),
  ];
}

/** In a query. @param values chosen; a variable that is not in it is left as it is written */
export function substitute(text: string, values: VariableValues, variables: readonly DashboardVariable[]): string {
  return replaced(text, values, (chosen, name, format) => {
    const variable = variables.find((one) => one.name === name);
    if (chosen.includes(ALL)) return variable?.allValue ?? ".*";
    if (format === "raw" || format === "csv") return chosen.join(",");
    if (format === "pipe") return chosen.join("|");
    if (format === "text") return shown(chosen, variable);
    if (chosen.length === 1 && variable?.multi !== true && variable?.includeAll !== true && format !== "regex")
      return chosen[0]!.replaceAll("\\", "\\\\").replaceAll('"', '\\"');
    const escaped = chosen.map((value) => value.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\\\$&").replaceAll('"', '\\"'));
    return escaped.length === 1 ? escaped[0]! : `(${escaped.join("|")})`;
  });
}

/** In a title: as people read it. */
export function substituteText(text: string, values: VariableValues, variables: readonly DashboardVariable[]): string {
  return replaced(text, values, (chosen, name) =>
    shown(
      chosen,
      variables.find((one) => one.name === name),
    ),
  );
}

function replaced(
  text: string,
  values: VariableValues,
  write: (chosen: readonly string[], name: string, format: string | undefined) => string,
): string {
  return text.replaceAll(
    REFERENCE,
    (whole, braced?: string, format?: string, square?: string, squareFormat?: string, plain?: string) => {
      const name = braced ?? square ?? plain ?? "";
      const chosen = values[name];
      return chosen === undefined ? whole : write(chosen, name, format ?? squareFormat);
    },
  );
}

function shown(chosen: readonly string[], variable: DashboardVariable | undefined): string {
  return chosen.includes(ALL) ? "All" : chosen.map((value) => variable?.texts?.[value] ?? value).join(", ");
}
