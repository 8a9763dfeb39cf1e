/** Checks the labels of a written series. Runs once for each series that the receiver has not seen. */
import { Labels, METRIC_NAME } from "@dmon/model";
import { printPairs } from "./write-result.ts";

export type CheckedLabels =
  | { readonly ok: true; readonly labels: Labels }
  | { readonly ok: false; readonly error: string };

/** @param pairs as they were sent, in any order; undefined where a text was not UTF-8 */
export function checkLabels(pairs: readonly (readonly [string, string])[] | undefined): CheckedLabels {
  if (pairs === undefined) return { ok: false, error: "invalid metric name or labels, got text that is not UTF-8" };
  const sorted = [...pairs].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  const named = pairs.some(([name, value]) => name === METRIC_NAME && value !== "");
  if (!named || pairs.some(([name]) => name === "")) {
    return { ok: false, error: `invalid metric name or labels, got ${printPairs(sorted)}` };
  }
  const twice = sorted.find(([name], i) => i > 0 && name === sorted[i - 1]![0]);
  if (twice !== undefined) {
    const error = `invalid labels for series, labels ${printPairs(sorted)}, duplicated label ${twice[0]}`;
    return { ok: false, error };
  }
  return { ok: true, labels: Labels.from(pairs) };
}

/** OpenMetrics lets an exemplar's labels have 128 characters in all; longer ones are left out, as in Prometheus. */
export function isShortExemplar(pairs: readonly (readonly [string, string])[]): boolean {
  let length = 0;
  for (const [name, value] of pairs) length += [...name].length + [...value].length;
  return length <= 128;
}
