/**
 * The type checker: what each expression yields, and whether its parts fit. Reports the first error that Prometheus would
 * report, with its text. Source: `checkAST` of Prometheus 3.14, described by its error messages.
 */
import { METRIC_NAME } from "@dmon/model";
import {
  type Aggregate,
  type Binary,
  type Call,
  chainOf,
  type Expr,
  type Span,
  type ValueType,
  type VectorMatching,
  type VectorSelector,
} from "../ast.ts";
import { functionSignature } from "../functions/signatures.ts";
import { matcherPredicate } from "../matcher.ts";
import { parseError } from "./parse-error.ts";
import { goQuote } from "./tokens.ts";

const DOCUMENTED: Readonly<Record<ValueType, string>> = {
  none: "none",
  scalar: "scalar",
  string: "string",
  vector: "instant vector",
  matrix: "range vector",
};

const COMPARISONS: ReadonlySet<string> = new Set(["==", "!=", ">", "<", ">=", "<="]);
const SET_OPERATORS: ReadonlySet<string> = new Set(["and", "or", "unless"]);

function isComparison(op: string): boolean {
  return COMPARISONS.has(op);
}

export function isSetOperator(op: string): boolean {
  return SET_OPERATORS.has(op);
}

/** The type of an expression's value. */
export function typeOf(expr: Expr): ValueType {
  switch (expr.type) {
    case "number":
      return "scalar";
    case "string":
      return "string";
    case "vectorSelector":
    case "aggregate":
      return "vector";
    case "matrixSelector":
    case "subquery":
      return "matrix";
    case "call":
      return functionSignature(expr.func)?.returns ?? "none";
    case "unary":
    case "paren":
      return typeOf(expr.expr);
    case "binary":
      return typeOfBinary(expr);
  }
}

/** Asked again at each operator of a chain. */
const binaryTypes = new WeakMap<Binary, ValueType>();

function typeOfBinary(expr: Binary): ValueType {
  const known = binaryTypes.get(expr);
  if (known !== undefined) return known;
  const chain = chainOf(expr);
  let type = typeOf(chain[0]!.left);
  for (const one of chain) {
    type = type === "scalar" && typeOf(one.right) === "scalar" ? "scalar" : "vector";
    binaryTypes.set(one, type);
  }
  return type;
}

/**
 * @returns the expression with its vector matching settled (none where a side is a scalar, many-to-many for set operators)
 * @throws {DmonError} `bad_query`
 */
export function checkTypes(query: string, expr: Expr): Expr {
  return new Checker(query).check(expr);
}

class Checker {
  readonly #query: string;

  constructor(query: string) {
    this.#query = query;
  }

  #fail(span: Span, message: string): never {
    throw parseError(this.#query, span, message);
  }

  check(expr: Expr): Expr {
    switch (expr.type) {
      case "aggregate":
        return this.#aggregate(expr);
      case "binary":
        return this.#chain(expr);
      case "call":
        return this.#call(expr);
      case "paren":
        return { ...expr, expr: this.check(expr.expr) };
      case "unary": {
        const inner = this.check(expr.expr);
        const type = typeOf(inner);
        if (type !== "scalar" && type !== "vector") {
          const got = goQuote(DOCUMENTED[type]);
          this.#fail(
            expr.span,
            `unary expression only allowed on expressions of type scalar or instant vector, got ${got}`,
          );
        }
        return { ...expr, expr: inner };
      }
      case "subquery": {
        const inner = this.check(expr.expr);
        const type = typeOf(inner);
        if (type !== "vector") {
          this.#fail(expr.span, `subquery is only allowed on instant vector, got ${type} instead`);
        }
        return { ...expr, expr: inner };
      }
      case "matrixSelector":
        this.#selector(expr.selector);
        return expr;
      case "vectorSelector":
        this.#selector(expr);
        return expr;
      default:
        return expr;
    }
  }

  #expect(expr: Expr, wanted: ValueType, context: string): Expr {
    const checked = this.check(expr);
    const type = typeOf(checked);
    if (type !== wanted) {
      this.#fail(expr.span, `expected type ${DOCUMENTED[wanted]} in ${context}, got ${DOCUMENTED[type]}`);
    }
    return checked;
  }

  #aggregate(expr: Aggregate): Expr {
    const inner = this.#expect(expr.expr, "vector", "aggregation expression");
    if (expr.param === undefined) return { ...expr, expr: inner };
    const wanted = expr.op === "count_values" ? "string" : "scalar";
    return { ...expr, expr: inner, param: this.#expect(expr.param, wanted, "aggregation parameter") };
  }

  #chain(expr: Binary): Expr {
    const chain = chainOf(expr);
    let left = this.check(chain[0]!.left);
    let leftType = typeOf(left);
    for (const one of chain) {
      const right = this.check(one.right);
      const rightType = typeOf(right);
      left = this.#binary(one, left, leftType, right, rightType);
      leftType = leftType === "scalar" && rightType === "scalar" ? "scalar" : "vector";
    }
    return left;
  }

  #binary(expr: Binary, left: Expr, leftType: ValueType, right: Expr, rightType: ValueType): Expr {
    const { op, returnBool } = expr;
    if (returnBool && !isComparison(op)) {
      this.#fail(this.#operatorSpan(expr), "bool modifier can only be used on comparison operators");
    }
    if (isComparison(op) && !returnBool && leftType === "scalar" && rightType === "scalar") {
      this.#fail(this.#operatorSpan(expr), "comparisons between scalars must use BOOL modifier");
    }
    const matching = this.#settledMatching(expr);
    for (const [side, type] of [
      [left, leftType],
      [right, rightType],
    ] as const) {
      if (type !== "scalar" && type !== "vector") {
        this.#fail(side.span, "binary expression must contain only scalar and instant vector types");
      }
    }
    const bothVectors = leftType === "vector" && rightType === "vector";
    if (!bothVectors) this.#refuseMatching(expr, matching);
    else if (isSetOperator(op)) this.#refuseGrouping(expr, matching);
    if (!bothVectors && isSetOperator(op)) {
      this.#fail(expr.span, `set operator ${goQuote(op)} not allowed in binary scalar expression`);
    }
    return { ...expr, left, right, matching: bothVectors ? matching : undefined };
  }

  #settledMatching(expr: Binary): VectorMatching | undefined {
    const { matching } = expr;
    if (matching === undefined) return undefined;
    const twice = matching.on ? matching.labels.find((label) => matching.include.includes(label)) : undefined;
    if (twice !== undefined) {
      this.#fail(this.#operatorSpan(expr), `label ${goQuote(twice)} must not occur in ON and GROUP clause at once`);
    }
    return isSetOperator(expr.op) && matching.card === "one-to-one" ? { ...matching, card: "many-to-many" } : matching;
  }

  #refuseMatching(expr: Binary, matching: VectorMatching | undefined): void {
    if (matching === undefined) return;
    if (matching.labels.length > 0) this.#fail(expr.span, "vector matching only allowed between instant vectors");
    if (matching.fillLeft !== undefined || matching.fillRight !== undefined) {
      this.#fail(expr.span, "filling in missing series only allowed between instant vectors");
    }
  }

  #refuseGrouping(expr: Binary, matching: VectorMatching | undefined): void {
    if (matching === undefined) return;
    if (matching.card === "one-to-many" || matching.card === "many-to-one") {
      this.#fail(expr.span, `no grouping allowed for ${goQuote(expr.op)} operation`);
    }
    if (matching.fillLeft !== undefined || matching.fillRight !== undefined) {
      this.#fail(expr.span, "filling in missing series not allowed for set operators");
    }
  }

  /** Where the operator stands, without the white space around it. */
  #operatorSpan(expr: Binary): Span {
    let start = expr.left.span.end;
    while (" \t\r\n".includes(this.#query[start] ?? "x")) start++;
    return { start, end: expr.right.span.start };
  }

  #call(expr: Call): Expr {
    const signature = functionSignature(expr.func)!;
    const { name, args: types, variadic } = signature;
    const got = expr.args.length;
    if (variadic === 0) {
      if (got !== types.length) {
        this.#fail(expr.span, `expected ${types.length} argument(s) in call to ${goQuote(name)}, got ${got}`);
      }
    } else {
      const least = types.length - 1;
      if (got < least) {
        this.#fail(expr.span, `expected at least ${least} argument(s) in call to ${goQuote(name)}, got ${got}`);
      }
      if (variadic > 0 && got > least + variadic) {
        this.#fail(
          expr.span,
          `expected at most ${least + variadic} argument(s) in call to ${goQuote(name)}, got ${got}`,
        );
      }
    }
    const written = name === "info" && got > 1 ? this.#infoArguments(expr) : expr.args;
    const args = written.map((arg, i) => {
      const wanted = types[Math.min(i, types.length - 1)]!;
      return this.#expect(arg, wanted, `call to function ${goQuote(name)}`);
    });
    return { ...expr, args };
  }

  /** The second argument of `info()` is a bare `{…}`. */
  #infoArguments(expr: Call): readonly Expr[] {
    const [series, labels] = expr.args as [Expr, Expr];
    if (typeOf(labels) !== "vector") {
      const got = DOCUMENTED[typeOf(labels)];
      this.#fail(expr.span, `expected type instant vector in call to function "info", got ${got}`);
    }
    if (labels.type !== "vectorSelector") this.#fail(labels.span, "expected label selectors only");
    if (labels.name !== "") {
      this.#fail(labels.span, "expected label selectors only, got vector selector instead");
    }
    return [series, { ...labels, labelsOnly: true }];
  }

  #selector(selector: VectorSelector): void {
    if (selector.name !== "") {
      const other = selector.matchers.slice(0, -1).find((matcher) => matcher.name === METRIC_NAME);
      if (other !== undefined) {
        this.#fail(
          selector.span,
          `metric name must not be set twice: ${goQuote(selector.name)} or ${goQuote(other.value)}`,
        );
      }
      return;
    }
    if (selector.labelsOnly) return;
    if (!selector.matchers.some((matcher) => !matcherPredicate(matcher)(""))) {
      this.#fail(selector.span, "vector selector must contain at least one non-empty matcher");
    }
  }
}
