/** Aggregations: series are grouped by labels and folded, one series at a time. */
import type { Slices } from "@dmon/model";
import type { Aggregate } from "../ast.ts";
import { type Accumulator, makeAccumulator } from "./accumulators.ts";
import { countValues } from "./count-values.ts";
import type { Evaluation } from "./evaluation.ts";
import { Grouping } from "./grouping.ts";
import { rangeOfParam } from "./param-range.ts";
import type { SeriesSink } from "./series.ts";
import { selectSeries } from "./top.ts";

export function* evalAggregate(evaluation: Evaluation, expr: Aggregate, sink: SeriesSink): Slices<void> {
  switch (expr.op) {
    case "topk":
    case "bottomk":
    case "limitk":
    case "limit_ratio":
      return yield* selectSeries(evaluation, expr, sink);
    case "count_values":
      return yield* countValues(evaluation, expr, sink);
    default:
      return yield* fold(evaluation, expr, sink);
  }
}

interface Group {
  readonly accumulator: Accumulator;
  dropName: boolean;
}

function* fold(evaluation: Evaluation, expr: Aggregate, sink: SeriesSink): Slices<void> {
  const { notes } = evaluation.context;
  const { count } = evaluation.grid;
  const param = expr.param === undefined ? undefined : yield* evaluation.scalar(expr.param);
  const grouping = new Grouping<Group>(expr.grouping, expr.without);
  const make = (): Group => {
    evaluation.context.hold(count);
    const accumulator = makeAccumulator(expr.op, count, { notes, span: expr.expr.span, param });
    return { accumulator, dropName: false };
  };
  yield* evaluation.vector(expr.expr, (series) => {
    const group = grouping.of(series.labels, make);
    // One series without its name is enough.
    if (series.dropName) group.dropName = true;
    group.accumulator.add(series);
  });
  if (param !== undefined) noteQuantiles(evaluation, expr, param);
  const buffer = evaluation.buffer();
  for (const { labels, group } of grouping.groups()) {
    const out = buffer.next(labels);
    out.dropName = group.dropName;
    group.accumulator.finish(out);
    evaluation.context.release(count);
    if (out.isPresent) sink(out);
    if (evaluation.context.spend(count)) yield;
  }
}

/** Warns of quantiles outside of 0…1: the highest, the lowest, NaN. */
function noteQuantiles(evaluation: Evaluation, expr: Aggregate, param: Float64Array): void {
  const { notes } = evaluation.context;
  const span = expr.param!.span;
  const { min, max, hasNaN } = rangeOfParam(param);
  if (hasNaN) notes.invalidQuantile(Number.NaN, span);
  if (max > 1) notes.invalidQuantile(max, span);
  if (min < 0) notes.invalidQuantile(min, span);
}
