/** `/api/v1/format_query` and `/api/v1/parse_query`: questions about text, answered without touching samples. */
import { DmonError, type Slices } from "@dmon/model";
import { exprToJson, parseExpr, prettifyExpr } from "@dmon/promql";
import type { EngineContext } from "../context.ts";
import { parameterError } from "../params.ts";
import { type EngineReply, type EngineRequest, successReply } from "../reply.ts";

export function* formatQuery(_context: EngineContext, { params }: EngineRequest): Slices<EngineReply> {
  try {
    return successReply([JSON.stringify(prettifyExpr(parseExpr(params.get("query") ?? "")))]);
  } catch (error) {
    throw parameterError("query", error);
  }
}

export function* parseQuery(_context: EngineContext, { params }: EngineRequest): Slices<EngineReply> {
  try {
    return successReply([JSON.stringify(exprToJson(parseExpr(params.get("query") ?? "")))]);
  } catch (error) {
    // A tree has a level for each operator of a chain, and JSON is written by recursion.
    if (error instanceof RangeError) {
      const cause = new DmonError("bad_query", "the expression is a chain of too many operators to be shown as a tree");
      throw parameterError("query", cause);
    }
    throw parameterError("query", error);
  }
}
