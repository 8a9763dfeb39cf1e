/**
 * Variables of dashboards: what they can be, and their place in queries (`$job`, `${job}`, `[[job]]`).
 *
 * Several values become an alternation for `=~`; values are escaped for a quoted string.
 */
import type { DashboardVariable } from "@dmon/model";

export type VariableValues = Readonly<Record<string, readonly string[]>>;

export const ALL = "$__all";

export interface LabelValuesQuery {
  readonly label: string;
  readonly match: string | undefined;
}

/** `label_values(metric{…}, label)` and `label_values(label)`; undefined for anything else. */
export function parseLabelValues(query: string): LabelValuesQuery | undefined {
  const inner = /^\s*label_values\(([\s\S]*)\)\s*$/.exec(query)?.[1];
  if (inner === undefined) return undefined;
  const comma = inner.lastIndexOf(",");
  const isInsideBraces = comma !== -1 && inner.indexOf("}", comma) !== -1;
  if (comma === -1 || isInsideBraces) return { label: inner.trim(), match: undefined };
  return { label: inner.slice(comma + 1).trim(), match: inner.slice(0, comma).trim() };
}

/** Grafana's `regex`: what it does not match is left out; its first group is the value. */
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
        return match === null ? [] : [match[1] ?? value];
      }),
    ),
  ];
}

/** @param values chosen; a variable that is not in it is left as it is written */
export function substitute(text: string, values: VariableValues, variables: readonly DashboardVariable[]): string {
  return text.replaceAll(
    /\$\{(\w+)(?::\w+)?\}|\[\[(\w+)\]\]|\$(\w+)/g,
    (whole, braced?: string, square?: string, plain?: string) => {
      const name = braced ?? square ?? plain ?? "";
      const chosen = values[name];
      if (chosen === undefined) return whole;
      return written(
        chosen,
        variables.find((one) => one.name === name),
      );
    },
  );
}

function written(chosen: readonly string[], variable: DashboardVariable | undefined): string {
  if (chosen.includes(ALL)) return variable?.allValue ?? ".*";
  if (chosen.length === 1 && variable?.multi !== true)
    return chosen[0]!.replaceAll("\\", "\\\\").replaceAll('"', '\\"');
  const escaped = chosen.map((value) => value.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\\\$&").replaceAll('"', '\\"'));
  return escaped.length === 1 ? escaped[0]! : `(${escaped.join("|")})`;
}
