/** `POST /api/v1/batch`: several queries in one request, each answered as `query` or `query_range` would. */
import type { BatchQuery, Slices } from "@dmon/model";
import { z } from "zod";
import { httpFailure } from "../../http-errors.ts";
import type { EngineContext } from "../context.ts";
import { type EngineReply, type EngineRequest, successReply } from "../reply.ts";
import { jsonBody } from "./body.ts";
import { instantQuery, rangeQuery } from "./query.ts";

const MAX_QUERIES = 64;

const querySchema = z.strictObject({
  query: z.string(),
  time: z.number().optional(),
  start: z.number().optional(),
  end: z.number().optional(),
  step: z.number().optional(),
});
const batchSchema = z.strictObject({ queries: z.array(querySchema).max(MAX_QUERIES) });

export function* batchQuery(context: EngineContext, request: EngineRequest): Slices<EngineReply> {
  const { queries } = jsonBody(request.body, batchSchema);
  const answers: string[] = [];
  for (const query of queries) {
    answers.push(yield* answerOne(context, request, query as BatchQuery));
    yield;
  }
  return successReply(join(answers));
}

function* answerOne(context: EngineContext, request: EngineRequest, query: BatchQuery): Slices<string> {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) params.set(name, String(value));
  try {
    const handler = query.step === undefined ? instantQuery : rangeQuery;
    const { body } = yield* handler(context, { ...request, params });
    let text = "";
    for (const piece of body) {
      text += typeof piece === "string" ? piece : Buffer.from(piece).toString("utf8");
      yield;
    }
    return text;
  } catch (error) {
    if (request.signal.aborted) throw error;
    return JSON.stringify(httpFailure(error).body);
  }
}

function* join(parts: readonly string[]): Generator<string> {
  yield "[";
  for (let i = 0; i < parts.length; i++) yield i === 0 ? parts[i]! : `,${parts[i]}`;
  yield "]";
}
