/** Aggregations that pick series as they are: `topk`, `bottomk`, `limitk`, `limit_ratio`. */
import { formatFloat, type Slices } from "@dmon/model";
import type { Aggregate } from "../ast.ts";
import { queryFailed } from "./context.ts";
import type { Evaluation } from "./evaluation.ts";
import { Grouping } from "./grouping.ts";
import { Heap } from "./heap.ts";
import { labelHashShare } from "./label-hash.ts";
import { rangeOfParam } from "./param-range.ts";
import { ABSENT, FLOAT, HISTOGRAM, type Series, type SeriesSink } from "./series.ts";

/** A series of the input, and 1 at the steps at which it was picked; undefined while there is none. */
interface Candidate {
  readonly series: Series;
  picked: Uint8Array | undefined;
}

export function* selectSeries(evaluation: Evaluation, expr: Aggregate, sink: SeriesSink): Slices<void> {
  const { context, grid } = evaluation;
  const param = yield* evaluation.scalar(expr.param!);
  const grouping = new Grouping<Candidate[]>(expr.grouping, expr.without);
  const all: Candidate[] = [];
  yield* evaluation.vector(expr.expr, (series) => {
    evaluation.keep(series);
    const candidate: Candidate = { series, picked: undefined };
    all.push(candidate);
    grouping.of(series.labels, () => []).push(candidate);
  });
  evaluation.releaseAll(all.map(({ series }) => series));
  if (!checkParam(evaluation, expr, param)) return;
  let order: readonly Candidate[] = all;
  for (const { group } of grouping.groups()) {
    for (let step = 0; step < grid.count; step++) {
      const picked = pick(evaluation, expr, group, step, param[step]!);
      for (const candidate of picked) {
        candidate.picked ??= new Uint8Array(grid.count);
        candidate.picked[step] = 1;
      }
      // An instant query shows the highest, or lowest, first.
      if (grid.stepMs === 0) order = order === all ? picked : [...order, ...picked];
      if (context.spend(group.length)) yield;
    }
  }
  for (const { series, picked } of order) {
    if (picked === undefined) continue;
    for (let step = 0; step < grid.count; step++) if (picked[step] === 0) series.clear(step);
    series.kept = false;
    if (series.isPresent) sink(series);
    if (context.spend(grid.count)) yield;
  }
}

/** @returns false where nothing can be picked at any step */
function checkParam(evaluation: Evaluation, expr: Aggregate, param: Float64Array): boolean {
  const { notes } = evaluation.context;
  const { min, max, hasNaN } = rangeOfParam(param);
  if (expr.op === "limit_ratio") {
    if (min === 0 && max === 0) return false;
    if (hasNaN) throw queryFailed("Ratio value is NaN");
    if (max > 1) notes.invalidRatio(max, 1, expr.param!.span);
    if (min < -1) notes.invalidRatio(min, -1, expr.param!.span);
    return true;
  }
  if (max < 1) return false;
  if (hasNaN) throw queryFailed("Parameter value is NaN");
  if (min <= -(2 ** 63)) throw queryFailed(`Scalar value ${formatFloat(min)} underflows int64`);
  if (max >= 2 ** 63) throw queryFailed(`Scalar value ${formatFloat(max)} overflows int64`);
  return true;
}

function pick(
  evaluation: Evaluation,
  expr: Aggregate,
  group: readonly Candidate[],
  step: number,
  param: number,
): readonly Candidate[] {
  switch (expr.op) {
    case "limitk":
      return group.filter(({ series }) => series.kinds[step] !== ABSENT).slice(0, Math.max(0, Math.trunc(param)));
    case "limit_ratio": {
      const ratio = Math.max(-1, Math.min(1, param));
      return group.filter(({ series }) => series.kinds[step] !== ABSENT && isSampled(ratio, series));
    }
    default:
      return pickExtremes(evaluation, expr, group, step, Math.trunc(param));
  }
}

/** A positive ratio takes series whose hash lies in the lower part, a negative one those of the upper part. */
function isSampled(ratio: number, series: Series): boolean {
  const share = labelHashShare(series.labels);
  return ratio >= 0 ? share < ratio : share >= 1 + ratio;
}

function pickExtremes(
  evaluation: Evaluation,
  expr: Aggregate,
  group: readonly Candidate[],
  step: number,
  k: number,
): readonly Candidate[] {
  if (k < 1) return [];
  const sign = expr.op === "topk" ? 1 : -1;
  const valueAt = (candidate: Candidate) => candidate.series.values[step]!;
  // The weakest comes first: NaN, then the lowest (for bottomk the highest).
  const isWeaker = (a: number, b: number) => Number.isNaN(a) || sign * a < sign * b;
  const heap = new Heap<Candidate>((a, b) => isWeaker(valueAt(a), valueAt(b)));
  for (const candidate of group) {
    const kind = candidate.series.kinds[step];
    if (kind === HISTOGRAM) evaluation.context.notes.ignoredInAggregation(expr.op, expr.span);
    if (kind !== FLOAT) continue;
    if (heap.items.length < k) heap.push(candidate);
    else {
      const weakest = valueAt(heap.items[0]!);
      const value = valueAt(candidate);
      if (sign * weakest < sign * value || (Number.isNaN(weakest) && !Number.isNaN(value))) {
        heap.replaceFirst(candidate);
      }
    }
  }
  if (evaluation.grid.stepMs !== 0) return heap.items;
  return heap.items.sort((a, b) => strongestFirst(valueAt(a), valueAt(b), sign));
}

function strongestFirst(a: number, b: number, sign: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return a === b ? 0 : sign * a > sign * b ? -1 : 1;
}
