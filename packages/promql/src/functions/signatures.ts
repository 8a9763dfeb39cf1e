/** Names, argument types and results of all functions. Source: Prometheus 3.14, `promql/parser/functions.go`. */
import type { ValueType } from "../ast.ts";

export interface FunctionSignature {
  readonly name: string;
  readonly args: readonly ValueType[];
  /** 0: exactly `args`; n > 0: the last is optional and may come up to n times; -1: any number of times. */
  readonly variadic: number;
  readonly returns: ValueType;
  /** Refused unless experimental functions are enabled. */
  readonly experimental: boolean;
}

const signatures = new Map<string, FunctionSignature>();

function define(
  names: string,
  args: readonly ValueType[],
  returns: ValueType,
  variadic = 0,
  experimental = false,
): void {
  for (const name of names.split(" ")) signatures.set(name, { name, args, variadic, returns, experimental });
}

function experimental(names: string, args: readonly ValueType[], returns: ValueType, variadic = 0): void {
  define(names, args, returns, variadic, true);
}

define(
  "abs absent acos acosh asin asinh atan atanh ceil cos cosh deg exp floor histogram_avg histogram_count histogram_stddev " +
    "histogram_stdvar histogram_sum ln log10 log2 rad sgn sin sinh sort sort_desc sqrt tan tanh timestamp",
  ["vector"],
  "vector",
);
define(
  "absent_over_time avg_over_time changes count_over_time delta deriv idelta increase irate last_over_time max_over_time " +
    "min_over_time present_over_time rate resets stddev_over_time stdvar_over_time sum_over_time",
  ["matrix"],
  "vector",
);
define("day_of_month day_of_week day_of_year days_in_month hour minute month year", ["vector"], "vector", 1);
define("clamp", ["vector", "scalar", "scalar"], "vector");
define("clamp_max clamp_min", ["vector", "scalar"], "vector");
define("histogram_fraction", ["scalar", "scalar", "vector"], "vector");
define("histogram_quantile", ["scalar", "vector"], "vector");
define("label_join", ["vector", "string", "string", "string"], "vector", -1);
define("label_replace", ["vector", "string", "string", "string", "string"], "vector");
define("pi time", [], "scalar");
define("predict_linear", ["matrix", "scalar"], "vector");
define("quantile_over_time", ["scalar", "matrix"], "vector");
define("round", ["vector", "scalar"], "vector", 1);
define("scalar", ["vector"], "scalar");
define("vector", ["scalar"], "vector");

experimental("double_exponential_smoothing", ["matrix", "scalar", "scalar"], "vector");
experimental("end range start step", [], "scalar");
experimental(
  "first_over_time mad_over_time ts_of_first_over_time ts_of_last_over_time ts_of_max_over_time ts_of_min_over_time",
  ["matrix"],
  "vector",
);
experimental("histogram_quantiles", ["vector", "string", "scalar", "scalar"], "vector", 9);
experimental("info", ["vector", "vector"], "vector", 1);
experimental("max_of min_of", ["scalar", "scalar"], "scalar");
experimental("sort_by_label sort_by_label_desc", ["vector", "string"], "vector", -1);
experimental("start_timestamp", ["vector"], "vector");

export function functionSignature(name: string): FunctionSignature | undefined {
  return signatures.get(name);
}

/** Sorted by name. */
export function allFunctionSignatures(): readonly FunctionSignature[] {
  return [...signatures.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}
