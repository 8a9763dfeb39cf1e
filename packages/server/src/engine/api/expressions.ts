/** `/api/v1/format_query` and `/api/v1/parse_query`: questions about text, answered without touching samples. */
import type { Slices } from "@dmon/model";
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
    throw parameterError("query", error);
  }
}
