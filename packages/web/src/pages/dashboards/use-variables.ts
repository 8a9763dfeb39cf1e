/** The variables of a dashboard with their options and what is chosen; kept in the address as `var-<name>`. */
import type { ApiQueryData, DashboardVariable } from "@dmon/model";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo } from "react";
import { ask } from "../../api/batch.ts";
import { call } from "../../api/client.ts";
import { live } from "../../api/live.ts";
import { seriesName } from "../../charts/series-name.ts";
import { ALL, applyRegex, parseVariableQuery, substitute, type VariableValues } from "./variables.ts";

export interface ResolvedVariable {
  readonly variable: DashboardVariable;
  readonly options: readonly string[];
  /** May be `ALL`. */
  readonly chosen: readonly string[];
  /** Why its options are not known. */
  readonly problem: string | undefined;
}

export interface DashboardVariables {
  readonly resolved: readonly ResolvedVariable[];
  /** For queries: where all are chosen, all of them, unless the variable says what stands for all. */
  readonly values: VariableValues;
  readonly isReady: boolean;
  readonly error: unknown;
  choose(name: string, values: readonly string[]): void;
}

/** More than these are not written out where all are chosen: any value will do. */
const MAX_WRITTEN_OUT = 500;

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
    const { options, problem } = await optionsOf(variable, values, variables, signal);
    const chosen = chosenOf(variable, options, asked[variable.name]);
    resolved.push({ variable, options, chosen, problem });
    const writesAll = variable.allValue === undefined && options.length > 0 && options.length <= MAX_WRITTEN_OUT;
    values[variable.name] = chosen.includes(ALL) && writesAll ? options : chosen;
  }
  return { resolved, values };
}

interface Options {
  readonly options: readonly string[];
  readonly problem: string | undefined;
}

async function optionsOf(
  variable: DashboardVariable,
  values: VariableValues,
  variables: readonly DashboardVariable[],
  signal: AbortSignal,
): Promise<Options> {
  const { query, values: fixed = [], regex } = variable;
  if (query === undefined) return { options: fixed, problem: undefined };
  const parsed = parseVariableQuery(query);
  if (parsed === undefined) return { options: fixed, problem: `"${query}" is no query for the values of a variable.` };
  const put = (text: string) => substitute(text, values, variables);
  const matching = (match: string | undefined) => (match === undefined ? {} : { "match[]": put(match) });
  switch (parsed.kind) {
    case "values": {
      const path = `label/${encodeURIComponent(put(parsed.label))}/values`;
      const found = await call<string[]>(path, { params: matching(parsed.match), signal });
      return { options: applyRegex(found, regex), problem: undefined };
    }
    case "names": {
      const found = await call<string[]>("labels", { params: matching(parsed.match), signal });
      return { options: applyRegex(found, regex), problem: undefined };
    }
    case "metrics": {
      const found = await call<string[]>("label/__name__/values", { signal });
      return {
        options: applyRegex(applyRegex(found, `/^(?<value>.*(?:${put(parsed.pattern)}).*)$/`), regex),
        problem: undefined,
      };
    }
    case "result": {
      const answer = await ask({ query: put(parsed.promql).replaceAll(/\$__(rate_)?interval\b/g, "1m") }, signal);
      return { options: applyRegex(writtenResult(answer), regex), problem: undefined };
    }
  }
}

/** One text a series, `metric{label="value"} 1 1700000000000`, which the variable's regex takes apart. */
function writtenResult(answer: ApiQueryData): string[] {
  if (answer.resultType !== "vector") return [];
  return answer.result.map(
    ({ metric, value }) => `${seriesName(metric)} ${value?.[1] ?? ""} ${Math.round(live.nowMs)}`,
  );
}

function chosenOf(
  { current, free, includeAll }: DashboardVariable,
  options: readonly string[],
  asked: readonly string[] | undefined,
): readonly string[] {
  const preset = typeof current === "string" ? [current] : (current ?? []);
  if (free) return asked ?? (preset.length > 0 ? preset : [""]);
  const known = asked?.filter((value) => value === ALL || options.includes(value)) ?? [];
  if (known.length > 0) return known;
  const valid = preset.filter((value) => options.includes(value));
  if (valid.length > 0) return valid;
  if (includeAll) return [ALL];
  return options.length > 0 ? [options[0]!] : [""];
}
