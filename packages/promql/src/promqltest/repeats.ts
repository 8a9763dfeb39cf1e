/**
 * The repeats of an instant case: the same query with `@` on all selectors, evaluated at other times, must answer the same.
 *
 * Source: prometheus `promql/promqltest/test.go`.
 */
import type { AtModifier, Expr } from "../ast.ts";
import { parseExpr } from "../parser/parse.ts";
import { formatExpr } from "../printer/print.ts";

export interface InstantVariant {
  readonly query: string;
  readonly atMs: number;
}

/** Functions whose result depends on the time of evaluation even where all their arguments do not. */
const TIME_DEPENDENT = new Set([
  "days_in_month",
  "day_of_month",
  "day_of_week",
  "day_of_year",
  "hour",
  "minute",
  "month",
  "year",
  "predict_linear",
  "time",
  "timestamp",
  "start",
  "end",
  "range",
  "step",
]);

/** Queries that a range query resolves differently, so that it is no repeat of the instant one. */
const QUERY_CONTEXT = /(?:start|end|range|step)\(\)/;

/** True where the middle step of a range query must answer as the instant query does. */
export function answersAlikeInRange(query: string): boolean {
  return !QUERY_CONTEXT.test(query);
}

/** The other forms in which an instant query must answer the same; none where the time of evaluation matters. */
export function pinnedVariants(query: string, atMs: number): InstantVariant[] {
  const expr = parseExpr(query, { experimentalFunctions: true });
  const pinning = new Pinning(atMs);
  const pinned = formatExpr(pinning.pin(expr));
  if (pinning.timeDependent) return [];
  const times = atMs === 0 ? [-1000, 0, 1000] : [-10 * atMs, 0, Math.trunc(atMs / 5), atMs, 10 * atMs];
  return times.map((time) => ({ query: pinned, atMs: time }));
}

class Pinning {
  timeDependent = false;
  readonly #at: AtModifier;

  constructor(atMs: number) {
    this.#at = { at: "time", atMs };
  }

  /** The expression with all selectors at the time; within a subquery only the subquery is, so its content stays. */
  pin(expr: Expr): Expr {
    switch (expr.type) {
      case "vectorSelector":
        return expr.at?.at === "time" ? expr : { ...expr, at: this.#at };
      case "matrixSelector": {
        const selector = this.pin(expr.selector);
        return selector.type === "vectorSelector" ? { ...expr, selector } : expr;
      }
      case "subquery":
        return expr.at?.at === "time" ? expr : { ...expr, at: this.#at };
      case "call":
        if (TIME_DEPENDENT.has(expr.func)) this.timeDependent = true;
        return { ...expr, args: expr.args.map((arg) => this.pin(arg)) };
      case "aggregate":
        return { ...expr, param: expr.param && this.pin(expr.param), expr: this.pin(expr.expr) };
      case "binary":
        return { ...expr, left: this.pin(expr.left), right: this.pin(expr.right) };
      case "unary":
      case "paren":
        return { ...expr, expr: this.pin(expr.expr) };
      default:
        return expr;
    }
  }
}
