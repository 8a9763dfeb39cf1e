/** Selectors and subqueries as they take on `offset`, `@` and `anchored` or `smoothed`. */
import { type Matcher, METRIC_NAME } from "@dmon/model";
import type { AtModifier, DurationExpr, Expr, ExtendedMode, Offset, Span, Subquery, VectorSelector } from "../ast.ts";
import { durationValue } from "./duration.ts";
import { secondsToMs } from "./literals.ts";

export function selectorOf(name: string, matchers: readonly Matcher[], span: Span): VectorSelector {
  return {
    type: "vectorSelector",
    name,
    matchers: name === "" ? matchers : [...matchers, { type: "=", name: METRIC_NAME, value: name }],
    offset: { ms: 0, expr: undefined },
    at: undefined,
    extended: undefined,
    labelsOnly: false,
    span,
  };
}

/** What carries `offset` and `@` of an expression that may have them. */
export function modified(expr: Expr): VectorSelector | Subquery | undefined {
  if (expr.type === "matrixSelector") return expr.selector;
  return expr.type === "vectorSelector" || expr.type === "subquery" ? expr : undefined;
}

interface Modifiers {
  readonly offset?: Offset;
  readonly at?: AtModifier;
  readonly extended?: ExtendedMode;
}

export function modify(expr: Expr, modifiers: Modifiers, end: number): Expr {
  const span = { start: expr.span.start, end };
  switch (expr.type) {
    case "matrixSelector":
      return { ...expr, selector: { ...expr.selector, ...modifiers }, span };
    case "vectorSelector":
      return { ...expr, ...modifiers, span };
    case "subquery": {
      const { offset = expr.offset, at = expr.at } = modifiers;
      return { ...expr, offset, at, span };
    }
    default:
      return expr;
  }
}

export function durationOrExpr(expr: DurationExpr): Offset {
  const seconds = durationValue(expr);
  return seconds === undefined ? { ms: 0, expr } : { ms: secondsToMs(seconds), expr: undefined };
}
