/** The handler of each of the engine's routes: one line each. */
import type { EngineContext } from "../context.ts";
import type { EngineHandler } from "../reply.ts";
import { formatQuery, parseQuery } from "./expressions.ts";
import { exemplars, labelNames, labelValues, metadata, series } from "./names.ts";
import { instantQuery, rangeQuery } from "./query.ts";
import type { EngineRouteName } from "./routes.ts";

export const HANDLERS: Readonly<Record<EngineRouteName, EngineHandler<EngineContext>>> = {
  query: instantQuery,
  query_range: rangeQuery,
  query_exemplars: exemplars,
  format_query: formatQuery,
  parse_query: parseQuery,
  series,
  labels: labelNames,
  label_values: labelValues,
  metadata,
};
