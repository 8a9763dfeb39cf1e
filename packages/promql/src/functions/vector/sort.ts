/**
 * `sort`, `sort_desc` by value, `sort_by_label`, `sort_by_label_desc` by labels in natural order.
 *
 * Only the result of an instant query has an order; that of a range query is always sorted by labels, and a warning says so.
 */
import { compareLabels, type Labels, type Slices } from "@dmon/model";
import type { Call, Expr } from "../../ast.ts";
import type { Evaluation } from "../../engine/evaluation.ts";
import { ABSENT, FLOAT, type Series, type SeriesSink } from "../../engine/series.ts";
import { compareNatural } from "./natural-order.ts";
import type { VectorFunction } from "./types.ts";

type Order = (a: Series, b: Series) => number;

function* sorted(evaluation: Evaluation, call: Call, order: Order, sink: SeriesSink): Slices<void> {
  const [vector] = call.args as [Expr];
  if (evaluation.grid.stepMs > 0) {
    evaluation.context.notes.sortIneffective(call.span);
    yield* evaluation.vector(vector, sink);
    return;
  }
  const all = yield* evaluation.collect(vector);
  all.sort(order);
  evaluation.releaseAll(all);
  for (const series of all) {
    series.kept = false;
    sink(series);
  }
}

/** Histograms have no order and are left out. */
function byValue(direction: 1 | -1): VectorFunction {
  const order: Order = (a, b) => compareValues(a.values[0]!, b.values[0]!, direction);
  return (evaluation, call, sink) =>
    sorted(evaluation, call, order, (series) => {
      const { kinds } = series;
      for (let step = 0; step < kinds.length; step++) if (kinds[step] !== FLOAT) kinds[step] = ABSENT;
      series.histograms = undefined;
      if (series.isPresent) sink(series);
    });
}

/** NaN comes last in both directions. */
function compareValues(a: number, b: number, direction: 1 | -1): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return a === b ? 0 : a < b ? -direction : direction;
}

function byLabel(direction: 1 | -1): VectorFunction {
  return (evaluation, call, sink) => {
    const names = call.args.slice(1).map((name) => evaluation.text(name));
    return sorted(evaluation, call, (a, b) => direction * compareByNames(a.labels, b.labels, names), sink);
  };
}

/** Where all named labels are equal, the whole label sets decide. */
function compareByNames(a: Labels, b: Labels, names: readonly string[]): number {
  for (const name of names) {
    const order = compareNatural(a.get(name), b.get(name));
    if (order !== 0) return order;
  }
  return compareLabels(a, b);
}

export const SORT_FUNCTIONS: Readonly<Record<string, VectorFunction>> = {
  sort: byValue(1),
  sort_by_label: byLabel(1),
  sort_by_label_desc: byLabel(-1),
  sort_desc: byValue(-1),
};
