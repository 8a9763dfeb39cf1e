/** Binary operators: vector with scalar here, vector with vector by matching, set operators. */
import type { Slices } from "@dmon/model";
import type { Binary } from "../ast.ts";
import { isSetOperator, typeOf } from "../parser/check.ts";
import type { Evaluation } from "./evaluation.ts";
import { evalMatching } from "./matching.ts";
import { arithmeticOf, changesMetric, comparisonOf } from "./operators.ts";
import { floatOperand, operandAt, SampleOperator } from "./sample-operators.ts";
import { ABSENT, type Series, type SeriesSink } from "./series.ts";
import { evalSetOperator } from "./set-operators.ts";

export function* evalBinary(evaluation: Evaluation, expr: Binary, sink: SeriesSink): Slices<void> {
  const leftIsVector = typeOf(expr.left) === "vector";
  if (leftIsVector && typeOf(expr.right) === "vector") {
    if (isSetOperator(expr.op)) yield* evalSetOperator(evaluation, expr, sink);
    else yield* evalMatching(evaluation, expr, sink);
    return;
  }
  const [vector, scalar] = leftIsVector ? [expr.left, expr.right] : [expr.right, expr.left];
  const scalars = yield* evaluation.scalar(scalar);
  const operator = new SampleOperator(expr.op, evaluation.context.notes, expr.span, evaluation.grid.count);
  let place = 0;
  const changesMeaning = changesMetric(expr.op) || expr.returnBool;
  const { push, finish } = changesMeaning ? evaluation.droppingNames(vector, sink) : { push: sink, finish: () => {} };
  yield* evaluation.vector(vector, (series) => {
    if (series.histograms === undefined) floatsWithScalar(expr, series, scalars, !leftIsVector);
    else withScalar(expr, operator, series, place, scalars, !leftIsVector);
    place++;
    if (series.isPresent) push(series);
  });
  operator.finish();
  finish();
}

/** The common case: columns of floats, in place. */
function floatsWithScalar(expr: Binary, series: Series, scalars: Float64Array, scalarFirst: boolean): void {
  const { kinds, values } = series;
  const { op, returnBool } = expr;
  const compute = arithmeticOf(op);
  if (compute !== undefined) {
    for (let step = 0; step < kinds.length; step++) {
      if (kinds[step] === ABSENT) continue;
      const value = values[step]!;
      values[step] = scalarFirst ? compute(scalars[step]!, value) : compute(value, scalars[step]!);
    }
    return;
  }
  const compare = comparisonOf(op);
  for (let step = 0; step < kinds.length; step++) {
    if (kinds[step] === ABSENT) continue;
    const value = values[step]!;
    const holds = scalarFirst ? compare?.(scalars[step]!, value) : compare?.(value, scalars[step]!);
    if (returnBool && holds !== undefined) values[step] = holds ? 1 : 0;
    else if (!holds) kinds[step] = ABSENT;
  }
}

/** Where the series has histograms. */
function withScalar(
  { op, returnBool }: Binary,
  operator: SampleOperator,
  series: Series,
  place: number,
  scalars: Float64Array,
  scalarFirst: boolean,
): void {
  const { kinds } = series;
  for (let step = 0; step < kinds.length; step++) {
    if (kinds[step] === ABSENT) continue;
    const own = operandAt(series, step);
    const scalar = floatOperand(scalars[step]!);
    const outcome = scalarFirst ? operator.apply(scalar, own, step, place) : operator.apply(own, scalar, step, place);
    if (!outcome.fits || (!outcome.keep && !returnBool)) series.clear(step);
    else if (returnBool) {
      series.clear(step);
      series.setFloat(step, outcome.keep ? 1 : 0);
    } else if (outcome.histogram !== undefined) series.setHistogram(step, outcome.histogram);
    // A comparison keeps the vector's own value, also where the scalar stands first.
    else series.setFloat(step, comparisonOf(op) === undefined ? outcome.value : own.value);
  }
}
