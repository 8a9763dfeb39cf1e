/**
 * One expression over one grid: the walk down the tree.
 *
 * Vectors flow as series pushed into sinks; scalars are columns. A subquery is an evaluation of its own over its own grid.
 */
import { bug, type Labels, type Slices } from "@dmon/model";
import { type Binary, chainOf, type Expr, unwrapParens } from "../ast.ts";
import { multiplyHistogram } from "../histogram/index.ts";
import { typeOf } from "../parser/check.ts";
import { evalAggregate } from "./aggregate.ts";
import { evalBinary } from "./binary.ts";
import { evalCall, evalScalarCall } from "./call.ts";
import type { QueryContext } from "./context.ts";
import { type Grid, timeAt } from "./grid.ts";
import { mayCollide, SeriesMerger } from "./merge.ts";
import { scalarOperation } from "./operators.ts";
import { evalInstantSelector } from "./selector.ts";
import { FLOAT, HISTOGRAM, type Series, SeriesBuffer, type SeriesSink, withoutMetadata } from "./series.ts";

/** Operators of a chain that are evaluated in one go. */
const MAX_CHAIN = 50;

export class Evaluation {
  readonly context: QueryContext;
  readonly grid: Grid;
  /** Series of the first operators of a long chain; each is asked for once. */
  readonly #collected = new Map<Expr, readonly Series[]>();

  /** @throws {DmonError} `query_too_large` where not even one series would fit */
  constructor(context: QueryContext, grid: Grid) {
    context.touch(grid.count);
    this.context = context;
    this.grid = grid;
  }

  /** The same query over other instants. */
  over(grid: Grid): Evaluation {
    return new Evaluation(this.context, grid);
  }

  buffer(): SeriesBuffer {
    return new SeriesBuffer(this.grid.count);
  }

  timeAt(step: number): number {
    return timeAt(this.grid, step);
  }

  /** Pushes all series of an instant vector. */
  *vector(expr: Expr, sink: SeriesSink): Slices<void> {
    // Without an instant nothing is looked at, and nothing is said of it.
    if (this.grid.count === 0) return;
    const collected = this.#collected.get(expr);
    if (collected !== undefined) {
      this.#collected.delete(expr);
      this.releaseAll(collected);
      for (const series of collected) {
        series.kept = false;
        sink(series);
      }
      return;
    }
    if (this.grid.count > 1 && this.context.invariant.has(expr)) {
      yield* this.#once(expr, sink);
      return;
    }
    switch (expr.type) {
      case "vectorSelector":
        return yield* evalInstantSelector(this, expr, sink);
      case "paren":
        return yield* this.vector(expr.expr, sink);
      case "unary":
        return yield* this.#unary(expr.op, expr.expr, sink);
      case "aggregate":
        return yield* evalAggregate(this, expr, sink);
      case "binary":
        return yield* this.#chain(expr, sink);
      case "call":
        return yield* evalCall(this, expr, sink);
      default:
        return bug(`${expr.type} is not an instant vector`);
    }
  }

  /** Operators call one another's sinks, so a long chain is taken in parts, and what each part gives is kept for the next. */
  *#chain(expr: Binary, sink: SeriesSink): Slices<void> {
    const parts: Binary[] = [];
    let length = 0;
    const isPart = (left: Expr): left is Binary =>
      left.type === "binary" &&
      typeOf(left) === "vector" &&
      !this.#collected.has(left) &&
      !(this.grid.count > 1 && this.context.invariant.has(left));
    for (let left = expr.left; isPart(left); left = left.left) if (++length % MAX_CHAIN === 0) parts.push(left);
    for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
      const series = yield* this.collect(part);
      this.#collected.set(part, series);
      if (this.context.spend(series.length * this.grid.count * MAX_CHAIN)) yield;
    }
    yield* evalBinary(this, expr, sink);
  }

  /** A scalar, a value a step. The column is the caller's. */
  *scalar(expr: Expr): Slices<Float64Array> {
    const { count } = this.grid;
    switch (expr.type) {
      case "number":
        return new Float64Array(count).fill(expr.value);
      case "paren":
        return yield* this.scalar(expr.expr);
      case "unary": {
        const values = yield* this.scalar(expr.expr);
        if (expr.op === "-") for (let i = 0; i < count; i++) values[i] = -values[i]!;
        return values;
      }
      case "binary": {
        const chain = chainOf(expr);
        const left = yield* this.scalar(chain[0]!.left);
        for (const one of chain) {
          const right = yield* this.scalar(one.right);
          const compute = scalarOperation(one.op);
          for (let i = 0; i < count; i++) left[i] = compute(left[i]!, right[i]!);
          if (this.context.spend(count)) yield;
        }
        return left;
      }
      case "call":
        return yield* evalScalarCall(this, expr);
      default:
        return bug(`${expr.type} is not a scalar`);
    }
  }

  /** All series of a vector, with columns of their own; counted against the limit until {@link releaseAll}. */
  *collect(expr: Expr): Slices<Series[]> {
    const all: Series[] = [];
    yield* this.vector(expr, (series) => {
      this.keep(series);
      all.push(series);
    });
    return all;
  }

  /** Keeps a series' columns and counts their samples. */
  keep(series: Series): void {
    series.kept = true;
    this.context.hold(this.grid.count);
  }

  releaseAll(series: readonly Series[]): void {
    this.context.release(series.length * this.grid.count);
  }

  /**
   * For operations that change what the values mean: the metric's name goes, at once or (delayed) when the query ends.
   *
   * @param strip takes off what is dropped at once
   * @param of whose series are pushed
   * @returns a sink to push into, and what to call when all are pushed
   */
  droppingNames(
    from: Expr,
    sink: SeriesSink,
    strip: (labels: Labels) => Labels = withoutMetadata,
    of?: Expr,
  ): { readonly push: SeriesSink; readonly finish: () => void } {
    if (this.context.limits.delayedNameRemoval) {
      const push = (series: Series) => {
        series.dropName = true;
        sink(series);
      };
      return { push, finish: () => {} };
    }
    if (!mayCollide(from)) {
      const isUnread = of !== undefined && this.context.unreadNames.has(of);
      const push = (series: Series) => {
        // Notes about histograms name the metric.
        if (!isUnread || series.histograms !== undefined) series.labels = strip(series.labels);
        sink(series);
      };
      return { push, finish: () => {} };
    }
    const merger = new SeriesMerger(this);
    const push = (series: Series) => {
      series.labels = strip(series.labels);
      merger.add(series);
    };
    return { push, finish: () => merger.flush(sink) };
  }

  /** The string of a literal. */
  text(expr: Expr): string {
    const inner = unwrapParens(expr);
    return inner.type === "string" ? inner.value : bug("expected a string literal");
  }

  /** Evaluates what gives the same at every step at the first, and repeats it. */
  *#once(expr: Expr, sink: SeriesSink): Slices<void> {
    const first = this.over({ startMs: this.grid.startMs, stepMs: 0, count: 1 });
    const buffer = this.buffer();
    yield* first.vector(expr, (one) => sink(repeat(one, buffer.next(one.labels))));
  }

  *#unary(op: "+" | "-", expr: Expr, sink: SeriesSink): Slices<void> {
    if (op === "+") {
      yield* this.vector(expr, sink);
      return;
    }
    const { push, finish } = this.droppingNames(expr, sink);
    yield* this.vector(expr, (series) => {
      negate(series);
      push(series);
    });
    finish();
  }
}

function repeat(one: Series, out: Series): Series {
  out.dropName = one.dropName;
  const kind = one.kinds[0]!;
  out.kinds.fill(kind);
  if (kind === FLOAT) out.values.fill(one.values[0]!);
  if (kind === HISTOGRAM) out.histograms = new Array(out.kinds.length).fill(one.histograms![0]);
  return out;
}

function negate({ kinds, values, histograms }: Series): void {
  for (let i = 0; i < kinds.length; i++) {
    if (kinds[i] === FLOAT) values[i] = -values[i]!;
    else if (kinds[i] === HISTOGRAM) histograms![i] = multiplyHistogram(histograms![i]!, -1);
  }
}
