/**
 * What is settled before a query runs: duration expressions become milliseconds, `start()` and its like numbers, `@ start()` a
 * time; arguments lose the parentheses around them, which notes do not name; subtrees that give the same at every step are
 * found.
 */
import { DmonError } from "@dmon/model";
import {
  chainOf,
  type DurationExpr,
  type Expr,
  mapExpr,
  type NumberLiteral,
  type Offset,
  unwrapParens,
  type VectorSelector,
  walkExpr,
} from "../ast.ts";
import { secondsToMs } from "../parser/literals.ts";
import { parseError } from "../parser/parse-error.ts";
import { METADATA_LABELS } from "./series.ts";

/** The whole query's time. */
export interface QueryTime {
  readonly startMs: number;
  readonly endMs: number;
  /** 0 for an instant query. */
  readonly stepMs: number;
}

/** Functions of nothing but the query's own time. */
const QUERY_TIME: Readonly<Record<string, (time: QueryTime) => number>> = {
  start: (time) => time.startMs / 1000,
  end: (time) => time.endMs / 1000,
  step: (time) => (time.startMs === time.endMs ? 0 : time.stepMs / 1000),
  range: (time) => (time.endMs - time.startMs) / 1000,
};

/** @throws {DmonError} `bad_query` where a duration comes out as not positive, or divides by zero */
export function resolveExpr(query: string, expr: Expr, time: QueryTime): Expr {
  const resolver = new Resolver(query, time);
  return mapExpr(expr, (node) => resolver.resolve(node));
}

class Resolver {
  readonly #query: string;
  readonly #time: QueryTime;

  constructor(query: string, time: QueryTime) {
    this.#query = query;
    this.#time = time;
  }

  resolve(node: Expr): Expr {
    switch (node.type) {
      case "vectorSelector":
        return this.#selector(node);
      case "matrixSelector": {
        if (node.rangeExpr === undefined) return node;
        return { ...node, rangeMs: this.#positive(node.rangeExpr), rangeExpr: undefined };
      }
      case "subquery": {
        const { rangeExpr, stepExpr } = node;
        return {
          ...node,
          rangeMs: rangeExpr === undefined ? node.rangeMs : this.#positive(rangeExpr),
          rangeExpr: undefined,
          stepMs: stepExpr === undefined ? node.stepMs : this.#positive(stepExpr),
          stepExpr: undefined,
          offset: this.#offset(node.offset),
          at: this.#at(node.at),
        };
      }
      case "call": {
        const value = node.args.length === 0 ? QUERY_TIME[node.func]?.(this.#time) : undefined;
        if (value === undefined) return { ...node, args: node.args.map(unwrapParens) };
        const literal: NumberLiteral = { type: "number", value, isDuration: false, span: node.span };
        return literal;
      }
      case "aggregate":
        return { ...node, param: node.param && unwrapParens(node.param), expr: unwrapParens(node.expr) };
      default:
        return node;
    }
  }

  #selector(node: VectorSelector): VectorSelector {
    return { ...node, offset: this.#offset(node.offset), at: this.#at(node.at) };
  }

  #at(at: VectorSelector["at"]): VectorSelector["at"] {
    if (at === undefined || at.at === "time") return at;
    return { at: "time", atMs: at.at === "start" ? this.#time.startMs : this.#time.endMs };
  }

  #offset(offset: Offset): Offset {
    return offset.expr === undefined ? offset : { ms: secondsToMs(this.#seconds(offset.expr)), expr: undefined };
  }

  #positive(expr: DurationExpr): number {
    const seconds = this.#seconds(expr);
    if (seconds <= 0) throw parseError(this.#query, expr.span, "duration must be greater than 0");
    return secondsToMs(seconds);
  }

  #seconds(expr: DurationExpr): number {
    const seconds = this.#value(expr);
    if (!(Math.abs(seconds) <= 2 ** 63 / 1e9)) throw parseError(this.#query, expr.span, "duration is out of range");
    return seconds;
  }

  #value(expr: DurationExpr): number {
    switch (expr.type) {
      case "durationLiteral":
        return expr.seconds;
      case "durationParen":
        return this.#value(expr.inner);
      case "durationNegation":
        return -this.#value(expr.operand);
      case "durationCall":
        return QUERY_TIME[expr.func]!(this.#time);
      case "durationChoice": {
        const left = this.#value(expr.left);
        const right = this.#value(expr.right);
        return expr.func === "min_of" ? Math.min(left, right) : Math.max(left, right);
      }
      case "durationBinary":
        return this.#binary(expr);
    }
  }

  #binary(expr: Extract<DurationExpr, { type: "durationBinary" }>): number {
    const left = this.#value(expr.left);
    const right = this.#value(expr.right);
    switch (expr.op) {
      case "+":
        return left + right;
      case "-":
        return left - right;
      case "*":
        return left * right;
      case "^":
        return left ** right;
      case "/":
        if (right === 0) throw parseError(this.#query, expr.span, "division by zero");
        return left / right;
      case "%":
        if (right === 0) throw parseError(this.#query, expr.span, "modulo by zero");
        return left % right;
    }
  }
}

/** Calls whose answer depends on the time of evaluation even where their arguments do not. */
const TIME_DEPENDENT: ReadonlySet<string> = new Set([
  "day_of_month",
  "day_of_week",
  "day_of_year",
  "days_in_month",
  "hour",
  "minute",
  "month",
  "predict_linear",
  "time",
  "timestamp",
  "year",
]);

/** The outermost subtrees that give the same at every step (because of `@`), without bare literals. */
export function findInvariant(expr: Expr): ReadonlySet<Expr> {
  const found = new Set<Expr>();
  if (isInvariant(expr, found) && expr.type !== "number" && expr.type !== "string") found.add(expr);
  return found;
}

function isInvariant(expr: Expr, found: Set<Expr>): boolean {
  switch (expr.type) {
    case "number":
    case "string":
      return true;
    case "vectorSelector":
      return expr.at !== undefined;
    case "matrixSelector":
      return expr.selector.at !== undefined;
    case "subquery": {
      // Its steps lie at other times than the query's: what is inside is judged for itself.
      if (isInvariant(expr.expr, found)) mark(expr.expr, found);
      return expr.at !== undefined;
    }
    case "paren":
    case "unary":
      return isInvariant(expr.expr, found);
    case "call":
      return allOrMark(expr.args, !TIME_DEPENDENT.has(expr.func), found);
    case "aggregate":
      return allOrMark(expr.param === undefined ? [expr.expr] : [expr.param, expr.expr], true, found);
    case "binary": {
      const chain = chainOf(expr);
      let left = chain[0]!.left;
      let isLeft = isInvariant(left, found);
      for (const one of chain) {
        const isRight = isInvariant(one.right, found);
        if (isLeft !== isRight) mark(isLeft ? left : one.right, found);
        isLeft = isLeft && isRight;
        left = one;
      }
      return isLeft;
    }
  }
}

/** Aggregations of which the result is made of series as they are, or of which the labels hold what was aggregated. */
const KEEPING_LABELS: ReadonlySet<string> = new Set(["topk", "bottomk", "limitk", "limit_ratio", "count_values"]);

/** Subtrees whose series are grouped by other labels than the metric's name at once: nobody sees whether they have one. */
export function findUnreadNames(expr: Expr): ReadonlySet<Expr> {
  const found = new Set<Expr>();
  walkExpr(expr, (node) => {
    if (node.type !== "aggregate" || node.without || KEEPING_LABELS.has(node.op)) return;
    if (!node.grouping.some((name) => METADATA_LABELS.has(name))) found.add(unwrapParens(node.expr));
  });
  return found;
}

/** True where all are invariant and may be taken together; otherwise those that are get marked. */
function allOrMark(parts: readonly Expr[], together: boolean, found: Set<Expr>): boolean {
  const invariant = parts.map((part) => isInvariant(part, found));
  if (together && invariant.every((one) => one)) return true;
  parts.forEach((part, i) => {
    if (invariant[i]) mark(part, found);
  });
  return false;
}

function mark(expr: Expr, found: Set<Expr>): void {
  if (expr.type !== "number" && expr.type !== "string") found.add(expr);
}

/** @throws {DmonError} `query_failed` where `anchored` or `smoothed` stands around something that cannot read such windows */
export function checkExtended(func: string, mode: "anchored" | "smoothed"): void {
  const allowed: readonly string[] = EXTENDED_FUNCTIONS[mode];
  if (allowed.includes(func)) return;
  throw new DmonError(
    "query_failed",
    `${mode} modifier can only be used with: ${allowed.join(", ")} - not with ${func}`,
  );
}

const EXTENDED_FUNCTIONS = {
  anchored: ["changes", "delta", "increase", "rate", "resets"],
  smoothed: ["delta", "increase", "rate"],
} as const satisfies Record<string, readonly string[]>;
