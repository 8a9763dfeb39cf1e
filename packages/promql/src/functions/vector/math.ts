/** Functions of each value by itself, and those with scalar arguments beside it. Histograms are left out. */
import type { Call } from "../../ast.ts";
import type { Evaluation } from "../../engine/evaluation.ts";
import { ABSENT, FLOAT, type Series, type SeriesSink } from "../../engine/series.ts";
import { goLog, goLog2, goLog10, goMax, goMin } from "../go-math.ts";
import type { VectorFunction } from "./types.ts";

const PLAIN: Readonly<Record<string, (value: number) => number>> = {
  abs: Math.abs,
  acos: Math.acos,
  acosh: Math.acosh,
  asin: Math.asin,
  asinh: Math.asinh,
  atan: Math.atan,
  atanh: Math.atanh,
  ceil: Math.ceil,
  cos: Math.cos,
  cosh: Math.cosh,
  deg: (value) => (value * 180) / Math.PI,
  exp: Math.exp,
  floor: Math.floor,
  ln: goLog,
  log10: goLog10,
  log2: goLog2,
  rad: (value) => (value * Math.PI) / 180,
  sgn: (value) => (value < 0 ? -1 : value > 0 ? 1 : value),
  sin: Math.sin,
  sinh: Math.sinh,
  sqrt: Math.sqrt,
  tan: Math.tan,
  tanh: Math.tanh,
};

/** Value and step to value; what it refuses by answering undefined is left out. */
type StepFunction = (value: number, step: number) => number;

function* mapFloats(
  evaluation: Evaluation,
  call: Call,
  sink: SeriesSink,
  compute: StepFunction,
  isDropped?: (step: number) => boolean,
) {
  const [vector] = call.args as [Call["args"][number]];
  const { push, finish } = evaluation.droppingNames(vector, sink);
  yield* evaluation.vector(vector, (series) => {
    if (mapSeries(series, compute, isDropped)) push(series);
  });
  finish();
}

/** @returns whether a float is left */
function mapSeries(series: Series, compute: StepFunction, isDropped?: (step: number) => boolean): boolean {
  const { kinds, values } = series;
  let some = false;
  for (let step = 0; step < kinds.length; step++) {
    if (kinds[step] === FLOAT && !isDropped?.(step)) {
      values[step] = compute(values[step]!, step);
      some = true;
    } else kinds[step] = ABSENT;
  }
  series.histograms = undefined;
  return some;
}

function plain(compute: (value: number) => number): VectorFunction {
  return (evaluation, call, sink) => mapFloats(evaluation, call, sink, compute);
}

function* clamp(evaluation: Evaluation, call: Call, sink: SeriesSink) {
  const low = yield* evaluation.scalar(call.args[1]!);
  const high = yield* evaluation.scalar(call.args[2]!);
  const compute = (value: number, step: number) => goMax(low[step]!, goMin(high[step]!, value));
  yield* mapFloats(evaluation, call, sink, compute, (step) => high[step]! < low[step]!);
}

function* clampMax(evaluation: Evaluation, call: Call, sink: SeriesSink) {
  const high = yield* evaluation.scalar(call.args[1]!);
  yield* mapFloats(evaluation, call, sink, (value, step) => goMax(Number.NEGATIVE_INFINITY, goMin(high[step]!, value)));
}

function* clampMin(evaluation: Evaluation, call: Call, sink: SeriesSink) {
  const low = yield* evaluation.scalar(call.args[1]!);
  yield* mapFloats(evaluation, call, sink, (value, step) => goMax(low[step]!, goMin(Number.POSITIVE_INFINITY, value)));
}

/** To the nearest multiple; halves go up. */
function* round(evaluation: Evaluation, call: Call, sink: SeriesSink) {
  const [, nearestArg] = call.args;
  const nearest = nearestArg === undefined ? undefined : yield* evaluation.scalar(nearestArg);
  yield* mapFloats(evaluation, call, sink, (value, step) => {
    // By the inverse, because 1 / 0.1 is exact and 0.1 is not.
    const inverse = 1 / (nearest?.[step] ?? 1);
    return Math.floor(value * inverse + 0.5) / inverse;
  });
}

export const MATH_FUNCTIONS: Readonly<Record<string, VectorFunction>> = {
  ...Object.fromEntries(Object.entries(PLAIN).map(([name, compute]) => [name, plain(compute)])),
  clamp,
  clamp_max: clampMax,
  clamp_min: clampMin,
  round,
};
