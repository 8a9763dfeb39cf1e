/** An expression as JSON, in the shape of Prometheus' `/api/v1/parse_query`. Durations and times are milliseconds. */
import { formatPlainFloat } from "@dmon/model";
import { type Aggregate, type AtModifier, type Binary, chainOf, type Expr, type VectorSelector } from "../ast.ts";
import { functionSignature } from "../functions/signatures.ts";

export type JsonNode = { readonly [key: string]: unknown };

export function exprToJson(expr: Expr): JsonNode {
  switch (expr.type) {
    case "number":
      return { type: "numberLiteral", val: formatPlainFloat(expr.value) };
    case "string":
      return { type: "stringLiteral", val: expr.value };
    case "vectorSelector":
      return { type: "vectorSelector", ...selector(expr) };
    case "matrixSelector":
      return { type: "matrixSelector", ...selector(expr.selector), range: expr.rangeMs };
    case "subquery":
      return {
        type: "subquery",
        expr: exprToJson(expr.expr),
        range: expr.rangeMs,
        offset: expr.offset.ms,
        step: expr.stepMs,
        ...atJson(expr.at),
      };
    case "call":
      return { type: "call", func: functionJson(expr.func), args: expr.args.map(exprToJson) };
    case "aggregate":
      return aggregateJson(expr);
    case "unary":
      return { type: "unaryExpr", op: expr.op, expr: exprToJson(expr.expr) };
    case "binary": {
      const chain = chainOf(expr);
      return chain.reduce((left, one) => binaryJson(one, left), exprToJson(chain[0]!.left));
    }
    case "paren":
      return { type: "parenExpr", expr: exprToJson(expr.expr) };
  }
}

function aggregateJson(expr: Aggregate): JsonNode {
  return {
    type: "aggregation",
    op: expr.op,
    expr: exprToJson(expr.expr),
    param: expr.param === undefined ? null : exprToJson(expr.param),
    grouping: expr.grouping,
    without: expr.without,
  };
}

function binaryJson(expr: Binary, left: JsonNode): JsonNode {
  const { matching } = expr;
  return {
    type: "binaryExpr",
    op: expr.op,
    lhs: left,
    rhs: exprToJson(expr.right),
    matching:
      matching === undefined
        ? null
        : {
            card: matching.card,
            labels: matching.labels,
            on: matching.on,
            include: matching.include,
            ...(matching.fillLeft === undefined && matching.fillRight === undefined
              ? {}
              : { fillValues: { lhs: matching.fillLeft ?? null, rhs: matching.fillRight ?? null } }),
          },
    bool: expr.returnBool,
  };
}

function functionJson(name: string): JsonNode {
  const signature = functionSignature(name);
  return {
    name,
    argTypes: signature?.args ?? [],
    variadic: signature?.variadic ?? 0,
    returnType: signature?.returns ?? "none",
  };
}

function selector(expr: VectorSelector): JsonNode {
  return {
    name: expr.name,
    offset: expr.offset.ms,
    matchers: expr.matchers.map(({ name, value, type }) => ({ name, value, type })),
    // Named only where they hold: readers older than these modifiers do not know the fields.
    ...(expr.extended === "anchored" ? { anchored: true } : {}),
    ...(expr.extended === "smoothed" ? { smoothed: true } : {}),
    ...atJson(expr.at),
  };
}

function atJson(at: AtModifier | undefined): JsonNode {
  return {
    timestamp: at?.at === "time" ? at.atMs : null,
    startOrEnd: at === undefined || at.at === "time" ? null : at.at,
  };
}
