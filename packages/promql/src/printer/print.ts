/** An expression as one line of text, as Prometheus prints it. Parsing the text gives the same expression. */
import { quoteLabelValue } from "@dmon/model";
import { chainOf, type Expr } from "../ast.ts";
import {
  aggregateHead,
  matrixSelectorText,
  numberText,
  operatorText,
  subquerySuffix,
  vectorSelectorText,
} from "./parts.ts";

export function formatExpr(expr: Expr): string {
  switch (expr.type) {
    case "number":
      return numberText(expr);
    case "string":
      return quoteLabelValue(expr.value);
    case "vectorSelector":
      return vectorSelectorText(expr);
    case "matrixSelector":
      return matrixSelectorText(expr);
    case "subquery":
      return formatExpr(expr.expr) + subquerySuffix(expr);
    case "call":
      return `${expr.func}(${expr.args.map(formatExpr).join(", ")})`;
    case "aggregate": {
      const param = expr.param === undefined ? "" : `${formatExpr(expr.param)}, `;
      return `${aggregateHead(expr)}(${param}${formatExpr(expr.expr)})`;
    }
    case "unary":
      return expr.op + formatExpr(expr.expr);
    case "binary": {
      const chain = chainOf(expr);
      return chain.reduce(
        (left, one) => `${left} ${operatorText(one)} ${formatExpr(one.right)}`,
        formatExpr(chain[0]!.left),
      );
    }
    case "paren":
      return `(${formatExpr(expr.expr)})`;
  }
}
