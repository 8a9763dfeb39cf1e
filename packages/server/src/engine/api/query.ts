/** `/api/v1/query` and `/api/v1/query_range`, as Prometheus answers them. */
import { DmonError, isDmonError, type QueryResult, type QueryValue, type Slices } from "@dmon/model";
import type { EngineContext } from "../context.ts";
import { estimateJsonBytes, queryValueJson } from "../json.ts";
import {
  badParameter,
  durationOf,
  durationParam,
  limitParam,
  optionalDuration,
  parameterError,
  requiredTime,
  timeParam,
} from "../params.ts";
import type { QueryOrigin } from "../query-log.ts";
import { queryStats } from "../query-stats.ts";
import { type EngineReply, type EngineRequest, successReply } from "../reply.ts";

const MAX_POINTS = 11_000;

export function* instantQuery(context: EngineContext, request: EngineRequest): Slices<EngineReply> {
  const { params, signal } = request;
  const limit = limitParam(params);
  const atMs = timeParam(params, "time", context.clock.nowMs());
  const options = queryOptions(context, params);
  try {
    const query = params.get("query") ?? "";
    const result = yield* context.queryLog.logged(
      context.queries.instant({ query, atMs, ...options, signal }),
      { query, startMs: atMs, endMs: atMs, stepMs: 0 },
      originOf(request),
    );
    return queryReply(context, result, limit, params);
  } catch (error) {
    throw parameterError("query", error);
  }
}

export function* rangeQuery(context: EngineContext, request: EngineRequest): Slices<EngineReply> {
  const { params, signal } = request;
  const limit = limitParam(params);
  const startMs = requiredTime(params, "start");
  const endMs = requiredTime(params, "end");
  if (endMs < startMs) throw badParameter("end", "end timestamp must not be before start time");
  const stepMs = durationParam(params, "step");
  if (stepMs <= 0) {
    throw badParameter(
      "step",
      "zero or negative query resolution step widths are not accepted. Try a positive integer",
    );
  }
  // Whole steps, as Prometheus counts: 11,000 and a half are let pass.
  if (Math.floor((endMs - startMs) / stepMs) > MAX_POINTS) {
    throw new DmonError(
      "bad_parameter",
      "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)",
    );
  }
  const query = params.get("query") ?? "";
  const options = queryOptions(context, params);
  try {
    const result = yield* context.queryLog.logged(
      context.queries.range({ query, startMs, endMs, stepMs, ...options, signal }),
      { query, startMs, endMs, stepMs },
      originOf(request),
    );
    return queryReply(context, result, limit, params);
  } catch (error) {
    throw parameterError("query", error);
  }
}

function originOf({ clientIp, method, path }: EngineRequest): QueryOrigin {
  return { httpRequest: { clientIP: clientIp, method, path } };
}

interface Options {
  readonly timeoutMs: number;
  readonly lookbackMs?: number;
}

function queryOptions({ config }: EngineContext, params: URLSearchParams): Options {
  const timeoutMs = Math.min(optionalDuration(params, "timeout") ?? config.query.timeout, config.query.timeout);
  const lookbackMs = lookbackOf(params.get("lookback_delta") ?? "");
  if (timeoutMs <= 0) throw badParameter("query", "context deadline exceeded");
  return { timeoutMs, lookbackMs: lookbackMs > 0 ? lookbackMs : config.query.lookback };
}

/** 0 where it is not given. @throws {DmonError} `bad_parameter` */
function lookbackOf(text: string): number {
  if (text === "") return 0;
  try {
    return durationOf(text);
  } catch (error) {
    if (!isDmonError(error, "bad_duration")) throw error;
    throw new DmonError("bad_parameter", `error parsing lookback delta duration: ${error.message}`, { cause: error });
  }
}

function queryReply(context: EngineContext, result: QueryResult, limit: number, params: URLSearchParams): EngineReply {
  const { value, truncated } = truncate(result.value, limit);
  const estimate = estimateJsonBytes(value);
  if (estimate > context.config.query.max_response) {
    throw new DmonError(
      "query_too_large",
      `the answer would take about ${Math.round(estimate / 1e6)} MB, more than query.max_response allows; ask for fewer series or a larger step`,
    );
  }
  const warnings = truncated ? [...result.warnings, "results truncated due to limit"] : result.warnings;
  const stats = params.get("stats") ? `,"stats":${JSON.stringify(queryStats(result))}` : "";
  return successReply(queryValueJson(value, stats), { warnings, infos: result.infos });
}

function truncate(value: QueryValue, limit: number): { value: QueryValue; truncated: boolean } {
  if (limit > 0 && value.type === "vector" && value.samples.length > limit) {
    return { value: { ...value, samples: value.samples.slice(0, limit) }, truncated: true };
  }
  if (limit > 0 && value.type === "matrix" && value.series.length > limit) {
    return { value: { ...value, series: value.series.slice(0, limit) }, truncated: true };
  }
  return { value, truncated: false };
}
