/** The variables of a dashboard with their options and what is chosen; kept in the address as `var-<name>`. */
import type { DashboardVariable } from "@dmon/model";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo } from "react";
import { call } from "../../api/client.ts";
import { ALL, applyRegex, parseLabelValues, substitute, type VariableValues } from "./variables.ts";

export interface ResolvedVariable {
  readonly variable: DashboardVariable;
  readonly options: readonly string[];
}

export interface DashboardVariables {
  readonly resolved: readonly ResolvedVariable[];
  readonly values: VariableValues;
  readonly isReady: boolean;
  readonly error: unknown;
  choose(name: string, values: readonly string[]): void;
}

export function useVariables(variables: readonly DashboardVariable[]): DashboardVariables {
  const raw = useSearch({ strict: false }) as Readonly<Record<string, unknown>>;
  const navigate = useNavigate();
  const asked = useMemo(() => chosenIn(raw, variables), [raw, variables]);
  const query = useQuery({
    queryKey: ["variables", variables, asked],
    queryFn: ({ signal }) => resolve(variables, asked, signal),
    placeholderData: (before) => before,
    staleTime: 30_000,
  });
  return {
    resolved: query.data?.resolved ?? [],
    values: query.data?.values ?? {},
    isReady: query.data !== undefined,
    error: query.error,
    choose: (name, values) =>
      void navigate({
        to: ".",
        search: ((old: object) => ({ ...old, [`var-${name}`]: values.length === 1 ? values[0] : values })) as never,
        resetScroll: false,
      }),
  };
}

function chosenIn(raw: Readonly<Record<string, unknown>>, variables: readonly DashboardVariable[]): VariableValues {
  return Object.fromEntries(
    variables.flatMap(({ name }) => {
      const value = raw[`var-${name}`];
      if (typeof value === "string" || typeof value === "number") return [[name, [String(value)]]];
      return Array.isArray(value) ? [[name, value.map(String)]] : [];
    }),
  );
}

/** In order, because a variable's query may name those before it. */
async function resolve(variables: readonly DashboardVariable[], asked: VariableValues, signal: AbortSignal) {
  const resolved: ResolvedVariable[] = [];
  const values: Record<string, readonly string[]> = {};
  for (const variable of variables) {
    const options = await optionsOf(variable, values, variables, signal);
    resolved.push({ variable, options });
    values[variable.name] = chosen(variable, options, asked[variable.name]);
  }
  return { resolved, values };
}

async function optionsOf(
  variable: DashboardVariable,
  values: VariableValues,
  variables: readonly DashboardVariable[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  if (variable.query === undefined) return variable.values ?? [];
  const parsed = parseLabelValues(variable.query);
  if (parsed === undefined) return variable.values ?? [];
  const params = parsed.match === undefined ? {} : { "match[]": substitute(parsed.match, values, variables) };
  const found = await call<string[]>(`label/${encodeURIComponent(parsed.label)}/values`, { params, signal });
  return applyRegex(found, variable.regex);
}

function chosen(
  variable: DashboardVariable,
  options: readonly string[],
  asked: readonly string[] | undefined,
): readonly string[] {
  const known = asked?.filter((value) => value === ALL || options.includes(value)) ?? [];
  if (known.length > 0) return known;
  const { current } = variable;
  const preset = typeof current === "string" ? [current] : (current ?? []);
  const valid = preset.filter((value) => options.includes(value));
  if (valid.length > 0) return valid;
  if (variable.includeAll) return [ALL];
  return options.length > 0 ? [options[0]!] : [""];
}
