/** An expression over several lines, as `promtool promql format` and `/api/v1/format_query` give it. */
import { chainOf, type Expr } from "../ast.ts";
import { aggregateHead, operatorText, subquerySuffix } from "./parts.ts";
import { formatExpr } from "./print.ts";

const DEFAULT_WIDTH = 100;
/** Each operator of a chain stands a level further in than the one behind it: what is deeper stays on one line. */
const MAX_LEVEL = 1000;

/** @param width an expression whose one line is longer (in bytes of UTF-8) is broken up */
export function prettifyExpr(expr: Expr, width = DEFAULT_WIDTH): string {
  return pretty(expr, 0, width);
}

function pretty(expr: Expr, level: number, width: number): string {
  const indent = "  ".repeat(level);
  const line = formatExpr(expr);
  if (level > MAX_LEVEL || (expr.type === "binary" && chainOf(expr).length > MAX_LEVEL)) return indent + line;
  if (expr.type === "unary") return `${indent}${expr.op}${pretty(expr.expr, level, width).trim()}`;
  if (new TextEncoder().encode(line).length <= width) return expr.type === "subquery" ? line : indent + line;
  const inner = (child: Expr) => pretty(child, level + 1, width);
  switch (expr.type) {
    case "aggregate": {
      const param = expr.param === undefined ? "" : `${inner(expr.param)},\n`;
      return `${indent}${aggregateHead(expr)}(\n${param}${inner(expr.expr)}\n${indent})`;
    }
    case "binary":
      return `${inner(expr.left)}\n${indent}${operatorText(expr)}\n${inner(expr.right)}`;
    case "call":
      return `${indent}${expr.func}(\n${expr.args.map(inner).join(",\n")}\n${indent})`;
    case "paren":
      return `${indent}(\n${inner(expr.expr)}\n${indent})`;
    case "subquery":
      return pretty(expr.expr, level, width) + subquerySuffix(expr);
    default:
      return indent + line;
  }
}
