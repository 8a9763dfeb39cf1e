/**
 * The handler of each of the engine's routes: one line each. Loaded when first asked for, so that a program that only collects
 * carries neither the query language nor the schemas.
 */
import type { EngineContext } from "../context.ts";
import type { EngineHandler } from "../reply.ts";
import type { EngineRouteName } from "./routes.ts";

type Handler = EngineHandler<EngineContext>;

export const HANDLERS: Readonly<Record<EngineRouteName, () => Promise<Handler>>> = {
  query: async () => (await import("./query.ts")).instantQuery,
  query_range: async () => (await import("./query.ts")).rangeQuery,
  query_exemplars: async () => (await import("./names.ts")).exemplars,
  format_query: async () => (await import("./expressions.ts")).formatQuery,
  parse_query: async () => (await import("./expressions.ts")).parseQuery,
  series: async () => (await import("./names.ts")).series,
  labels: async () => (await import("./names.ts")).labelNames,
  label_values: async () => (await import("./names.ts")).labelValues,
  metadata: async () => (await import("./names.ts")).metadata,
  rules: async () => (await import("./rules.ts")).rules,
  alerts: async () => (await import("./rules.ts")).alerts,
  tsdb_status: async () => (await import("./tsdb-status.ts")).tsdbStatus,
  federate: async () => (await import("./federate.ts")).federate,
  read: async () => (await import("./remote-read.ts")).remoteRead,
  batch: async () => (await import("./batch.ts")).batchQuery,
  changes: async () => (await import("./changes.ts")).changes,
  annotations: async () => (await import("./annotations.ts")).listAnnotations,
  add_annotation: async () => (await import("./annotations.ts")).addAnnotation,
  replace_annotation: async () => (await import("./annotations.ts")).replaceAnnotation,
  remove_annotation: async () => (await import("./annotations.ts")).removeAnnotation,
  delete_series: async () => (await import("./admin.ts")).deleteSeries,
  clean_tombstones: async () => (await import("./admin.ts")).cleanTombstones,
};
