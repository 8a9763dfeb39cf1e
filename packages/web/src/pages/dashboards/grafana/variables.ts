/** Grafana's template variables. */
import type { DashboardVariable } from "@dmon/model";
import { asObject, type Json, list, objects, optional, text } from "./json.ts";

export interface ReadVariables {
  readonly variables: readonly DashboardVariable[];
  readonly notes: readonly string[];
}

/** What `auto` of an interval stands for; replaced by the chart, long enough for a rate. */
const AUTO = "$__rate_interval";

export function variablesOf(found: readonly Json[]): ReadVariables {
  const notes: string[] = [];
  const variables = found.flatMap((variable) => {
    const name = text(variable.name);
    const type = text(variable.type) ?? "query";
    // A data source is always this program.
    if (name === undefined || type === "datasource") return [];
    if (type === "adhoc" || type === "groupby" || type === "system") {
      notes.push(`The variable "${name}" (${type}) cannot be chosen here.`);
      return [];
    }
    return [variableOf(variable, name, type)];
  });
  return { variables, notes };
}

function variableOf(variable: Json, name: string, type: string): DashboardVariable {
  const current = asObject(variable.current).value;
  const known = (Array.isArray(current) ? current : [current]).filter(
    (one): one is string => typeof one === "string" && one !== "" && !one.startsWith("$__"),
  );
  const base = {
    name,
    ...optional("label", text(variable.label) || undefined),
    ...(variable.multi === true ? { multi: true } : {}),
    ...(variable.includeAll === true ? { includeAll: true } : {}),
    ...optional("allValue", text(variable.allValue) || undefined),
    ...optional("regex", text(variable.regex) || undefined),
    ...(variable.hide === 2 || variable.hide === "hideVariable" || type === "constant" ? { hidden: true } : {}),
    ...(known.length === 0 ? {} : { current: known.length === 1 ? known[0]! : known }),
  };
  const query = text(variable.query) ?? text(asObject(variable.query).query) ?? text(variable.definition) ?? "";
  if (type === "query") return { ...base, query };
  if (type === "constant") return { ...base, values: [query] };
  if (type === "textbox") return { ...base, free: true, current: known[0] ?? query };
  const options = query === "" ? optionsOf(variable) : query.split(/(?<!\\),/).map(optionOf);
  if (type === "interval" && variable.auto === true) options.unshift([AUTO, "auto"]);
  const texts = Object.fromEntries(options.filter(([value, words]) => value !== words));
  return {
    ...base,
    values: options.map(([value]) => value).filter((value) => value !== ""),
    ...(Object.keys(texts).length === 0 ? {} : { texts }),
  };
}

/** `a`, or `shown : a`. */
function optionOf(written: string): [value: string, text: string] {
  const [words = "", value = words] = written.replaceAll("\\,", ",").trim().split(" : ");
  return [value.trim(), words.trim()];
}

function optionsOf(variable: Json): [value: string, text: string][] {
  return objects(list(variable.options))
    .map((one): [string, string] => [text(one.value) ?? "", text(one.text) ?? text(one.value) ?? ""])
    .filter(([value]) => !value.startsWith("$__"));
}
