/** What callers want to know of an expression before it runs. */
import type { Matcher } from "@dmon/model";
import { type Expr, walkExpr } from "./ast.ts";
import { typeOf } from "./parser/check.ts";

export function resultTypeOf(expr: Expr): "scalar" | "string" | "vector" | "matrix" {
  const type = typeOf(expr);
  return type === "none" ? "vector" : type;
}

/** The matchers of every selector, in the order in which they are written. */
export function selectorsOf(expr: Expr): readonly (readonly Matcher[])[] {
  const found: (readonly Matcher[])[] = [];
  walkExpr(expr, (node) => {
    if (node.type === "vectorSelector") found.push(node.matchers);
  });
  return found;
}
