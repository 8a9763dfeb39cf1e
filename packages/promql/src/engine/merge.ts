/**
 * Series whose labels became equal: one series, as long as they do not meet at a step.
 */
import { METRIC_NAME } from "@dmon/model";
import { type Binary, chainOf, type Expr } from "../ast.ts";
import { queryFailed } from "./context.ts";
import type { Evaluation } from "./evaluation.ts";
import { ABSENT, type Series, type SeriesSink } from "./series.ts";

/** Collects series by their labels. */
export class SeriesMerger {
  readonly #evaluation: Evaluation;
  readonly #byLabels = new Map<string, Series>();

  constructor(evaluation: Evaluation) {
    this.#evaluation = evaluation;
  }

  /**
   * Takes a series, keeping its columns.
   *
   * @throws {DmonError} `query_failed` where two with the same labels have a sample at the same step
   */
  add(series: Series): void {
    const { key } = series.labels;
    const known = this.#byLabels.get(key);
    if (known === undefined) {
      this.#evaluation.keep(series);
      this.#byLabels.set(key, series);
    } else mergeInto(known, series);
  }

  /** Pushes what was collected, in the order in which labels were first seen. */
  flush(sink: SeriesSink): void {
    this.#evaluation.context.release(this.#byLabels.size * this.#evaluation.grid.count);
    for (const series of this.#byLabels.values()) {
      series.kept = false;
      sink(series);
    }
  }
}

/** @throws {DmonError} `query_failed` */
export function mergeInto(into: Series, from: Series): void {
  const { kinds } = from;
  for (let step = 0; step < kinds.length; step++) {
    if (kinds[step] === ABSENT) continue;
    if (into.kinds[step] !== ABSENT) throw queryFailed("vector cannot contain metrics with the same labelset");
    into.copyStep(from, step);
  }
}

/** Whether two series of an expression may have equal labels once their metric's names are gone. */
export function mayCollide(expr: Expr): boolean {
  switch (expr.type) {
    case "vectorSelector":
      return !expr.matchers.some(({ name, type, value }) => name === METRIC_NAME && type === "=" && value !== "");
    case "matrixSelector":
      return mayCollide(expr.selector);
    case "paren":
    case "unary":
    case "subquery":
      return mayCollide(expr.expr);
    case "aggregate":
      return expr.param !== undefined || expr.grouping.includes(METRIC_NAME);
    case "call":
      return expr.func.startsWith("label_") || expr.args.some(mayCollide);
    case "binary":
      return mayChainCollide(expr);
    default:
      return false;
  }
}

/** Asked again at each operator of a chain. */
const collisions = new WeakMap<Expr, boolean>();

function mayChainCollide(expr: Binary): boolean {
  const known = collisions.get(expr);
  if (known !== undefined) return known;
  const chain = chainOf(expr);
  let may = mayCollide(chain[0]!.left);
  for (const one of chain) {
    may = may || one.op === "or" || mayCollide(one.right);
    collisions.set(one, may);
  }
  return may;
}
