/**
 * The syntax tree of PromQL, as of Prometheus 3.14.
 *
 * Trees are immutable; {@link mapExpr} makes changed copies. Positions are half-open offsets into the query in UTF-16 code
 * units (messages turn them into Prometheus' line and byte column). Durations are milliseconds.
 */
import type { Matcher } from "@dmon/model";

export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Types of values. `matrix` is a range vector, `vector` an instant vector. */
export type ValueType = "none" | "scalar" | "string" | "vector" | "matrix";

export type AggregateOp =
  | "sum"
  | "avg"
  | "count"
  | "min"
  | "max"
  | "group"
  | "stddev"
  | "stdvar"
  | "topk"
  | "bottomk"
  | "count_values"
  | "quantile"
  | "limitk"
  | "limit_ratio";

type SetOp = "and" | "or" | "unless";
type ComparisonOp = "==" | "!=" | ">" | "<" | ">=" | "<=";
type ArithmeticOp = "+" | "-" | "*" | "/" | "%" | "^" | "atan2";
/** Keep or drop buckets of native histograms: `</` below a value, `>/` above it. */
type TrimOp = "</" | ">/";
export type BinaryOp = SetOp | ComparisonOp | ArithmeticOp | TrimOp;

export type MatchCardinality = "one-to-one" | "many-to-one" | "one-to-many" | "many-to-many";

export interface VectorMatching {
  readonly card: MatchCardinality;
  /** Labels of `on` or `ignoring`. */
  readonly labels: readonly string[];
  /** True for `on`. */
  readonly on: boolean;
  /** Labels of `group_left(…)` or `group_right(…)`. */
  readonly include: readonly string[];
  /** Stands in for a missing sample of the left side, respectively of the right side. */
  readonly fillLeft: number | undefined;
  readonly fillRight: number | undefined;
}

/** `@`: a fixed time in ms, or the start or end of the whole query. */
export type AtModifier =
  | { readonly at: "time"; readonly atMs: number }
  | { readonly at: "start" }
  | { readonly at: "end" };

/** Arithmetic over durations, known only when the query's step and range are. Numbers are seconds. */
export type DurationExpr =
  | {
      readonly type: "durationLiteral";
      readonly seconds: number;
      /** Written with units (`5m`), not as a number. */
      readonly withUnits: boolean;
      readonly span: Span;
    }
  | { readonly type: "durationCall"; readonly func: "step" | "range"; readonly span: Span }
  | {
      readonly type: "durationChoice";
      readonly func: "min_of" | "max_of";
      readonly left: DurationExpr;
      readonly right: DurationExpr;
      readonly span: Span;
    }
  | { readonly type: "durationNegation"; readonly operand: DurationExpr; readonly span: Span }
  | { readonly type: "durationParen"; readonly inner: DurationExpr; readonly span: Span }
  | {
      readonly type: "durationBinary";
      readonly op: "+" | "-" | "*" | "/" | "%" | "^";
      readonly left: DurationExpr;
      readonly right: DurationExpr;
      readonly span: Span;
    };

/** How far back a selector or subquery is moved; `expr` where it is written as arithmetic, and then `ms` is 0 until resolved. */
export interface Offset {
  readonly ms: number;
  readonly expr: DurationExpr | undefined;
}

export type ExtendedMode = "anchored" | "smoothed";

export interface NumberLiteral {
  readonly type: "number";
  readonly value: number;
  /** Written as a duration (`5m`), and printed so. */
  readonly isDuration: boolean;
  readonly span: Span;
}

interface StringLiteral {
  readonly type: "string";
  readonly value: string;
  readonly span: Span;
}

export interface VectorSelector {
  readonly type: "vectorSelector";
  /** The name before or quoted within the braces; "" where the name is given by a matcher or not at all. */
  readonly name: string;
  /** As written, the name's own matcher last. */
  readonly matchers: readonly Matcher[];
  readonly offset: Offset;
  readonly at: AtModifier | undefined;
  readonly extended: ExtendedMode | undefined;
  /** Second argument of `info()`: selects labels, and may lack a non-empty matcher. */
  readonly labelsOnly: boolean;
  readonly span: Span;
}

export interface MatrixSelector {
  readonly type: "matrixSelector";
  /** Carries offset, `@` and extended mode of the whole. */
  readonly selector: VectorSelector;
  readonly rangeMs: number;
  readonly rangeExpr: DurationExpr | undefined;
  readonly span: Span;
}

export interface Subquery {
  readonly type: "subquery";
  readonly expr: Expr;
  readonly rangeMs: number;
  readonly rangeExpr: DurationExpr | undefined;
  /** 0: the engine's default resolution. */
  readonly stepMs: number;
  readonly stepExpr: DurationExpr | undefined;
  readonly offset: Offset;
  readonly at: AtModifier | undefined;
  readonly span: Span;
}

export interface Call {
  readonly type: "call";
  readonly func: string;
  readonly args: readonly Expr[];
  readonly span: Span;
}

export interface Aggregate {
  readonly type: "aggregate";
  readonly op: AggregateOp;
  readonly expr: Expr;
  /** First argument of `topk`, `bottomk`, `quantile`, `count_values`, `limitk`, `limit_ratio`. */
  readonly param: Expr | undefined;
  readonly grouping: readonly string[];
  readonly without: boolean;
  readonly span: Span;
}

interface Unary {
  readonly type: "unary";
  readonly op: "+" | "-";
  readonly expr: Expr;
  readonly span: Span;
}

export interface Binary {
  readonly type: "binary";
  readonly op: BinaryOp;
  readonly left: Expr;
  readonly right: Expr;
  /** Undefined where a side is a scalar. */
  readonly matching: VectorMatching | undefined;
  readonly returnBool: boolean;
  readonly span: Span;
}

interface Paren {
  readonly type: "paren";
  readonly expr: Expr;
  readonly span: Span;
}

export type Expr =
  | NumberLiteral
  | StringLiteral
  | VectorSelector
  | MatrixSelector
  | Subquery
  | Call
  | Aggregate
  | Unary
  | Binary
  | Paren;

/**
 * The operators of a chain such as `a + b + c`, innermost (`a + b`) first. They alone nest without bound, a level an operator,
 * so whoever walks trees goes along them in a loop: the stack is for what is nested within parentheses.
 */
export function chainOf(expr: Binary): readonly Binary[] {
  const chain: Binary[] = [expr];
  for (let left = expr.left; left.type === "binary"; left = left.left) chain.push(left);
  return chain.reverse();
}

/** Direct subexpressions, in the order in which they are written (a matrix selector's selector is one of them). */
export function childrenOf(expr: Expr): readonly Expr[] {
  switch (expr.type) {
    case "matrixSelector":
      return [expr.selector];
    case "subquery":
    case "unary":
    case "paren":
      return [expr.expr];
    case "call":
      return expr.args;
    case "aggregate":
      return expr.param === undefined ? [expr.expr] : [expr.param, expr.expr];
    case "binary":
      return [expr.left, expr.right];
    default:
      return [];
  }
}

/**
 * A copy in which every node has been through `change`, children first. A matrix selector's selector is passed too, and must
 * stay a vector selector.
 */
export function mapExpr(expr: Expr, change: (expr: Expr) => Expr): Expr {
  switch (expr.type) {
    case "matrixSelector": {
      const selector = change(expr.selector);
      return change(selector.type === "vectorSelector" ? { ...expr, selector } : expr);
    }
    case "subquery":
    case "unary":
    case "paren":
      return change({ ...expr, expr: mapExpr(expr.expr, change) });
    case "call":
      return change({ ...expr, args: expr.args.map((arg) => mapExpr(arg, change)) });
    case "aggregate":
      return change({
        ...expr,
        param: expr.param === undefined ? undefined : mapExpr(expr.param, change),
        expr: mapExpr(expr.expr, change),
      });
    case "binary": {
      const chain = chainOf(expr);
      let left = mapExpr(chain[0]!.left, change);
      for (const one of chain) left = change({ ...one, left, right: mapExpr(one.right, change) });
      return left;
    }
    default:
      return change(expr);
  }
}

/** Calls `visit` for every node, parents first. */
export function walkExpr(expr: Expr, visit: (expr: Expr) => void): void {
  const waiting = [expr];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    visit(node);
    const children = childrenOf(node);
    for (let i = children.length - 1; i >= 0; i--) waiting.push(children[i]!);
  }
}

/** The expression without the parentheses around it. */
export function unwrapParens(expr: Expr): Expr {
  let inner = expr;
  while (inner.type === "paren") inner = inner.expr;
  return inner;
}
