/**
 * Every path that the engine answers: one line each. The main thread reads this table to accept requests, the engine to find
 * the handler (`builtin.ts`), so it names handlers instead of importing them.
 */
import type { Access } from "../../security/guard.ts";
import { Priority } from "../scheduler.ts";

export interface EngineRoute {
  readonly name: string;
  /** `:name` stands for one segment. */
  readonly path: string;
  readonly methods: readonly ("GET" | "POST" | "PUT" | "DELETE")[];
  readonly priority: Priority;
  /** Largest body, bytes. */
  readonly bodyLimit: number;
  readonly access: Access;
  /** True for samples that come in: answered by `engine/write` after the commit that holds them, not by a handler. */
  readonly isWrite: boolean;
}

/** As in Go. */
const FORM_LIMIT = 10 * 1024 * 1024;

function ask<Name extends string>(name: Name, path: string, ...methods: readonly ("GET" | "POST")[]) {
  return {
    name,
    path,
    methods,
    priority: Priority.INTERACTIVE,
    bodyLimit: FORM_LIMIT,
    access: "read",
    isWrite: false,
  } as const;
}

function change<Name extends string>(name: Name, method: "POST" | "PUT" | "DELETE", path: string) {
  return {
    name,
    path,
    methods: [method],
    priority: Priority.INTERACTIVE,
    bodyLimit: FORM_LIMIT,
    access: "change",
    isWrite: false,
  } as const;
}

/** What Prometheus' admin API changes. */
function admin<Name extends string>(name: Name, path: string) {
  return {
    name,
    path,
    methods: ["POST", "PUT"],
    priority: Priority.EXPORT,
    bodyLimit: FORM_LIMIT,
    access: "privileged",
    isWrite: false,
  } as const;
}

const WRITE_LIMIT = 64 * 1024 * 1024;

/** Samples come in. */
function write<Name extends string, A extends "ingest" | "privileged">(name: Name, path: string, access: A) {
  return {
    name,
    path,
    methods: ["POST"],
    priority: Priority.INTERACTIVE,
    bodyLimit: WRITE_LIMIT,
    access,
    isWrite: true,
  } as const;
}

export const ENGINE_ROUTES = [
  ask("query", "/api/v1/query", "GET", "POST"),
  ask("query_range", "/api/v1/query_range", "GET", "POST"),
  ask("query_exemplars", "/api/v1/query_exemplars", "GET", "POST"),
  ask("format_query", "/api/v1/format_query", "GET", "POST"),
  ask("parse_query", "/api/v1/parse_query", "GET", "POST"),
  ask("series", "/api/v1/series", "GET", "POST"),
  ask("labels", "/api/v1/labels", "GET", "POST"),
  ask("label_values", "/api/v1/label/:name/values", "GET"),
  ask("metadata", "/api/v1/metadata", "GET"),
  ask("rules", "/api/v1/rules", "GET"),
  ask("alerts", "/api/v1/alerts", "GET"),
  ask("tsdb_status", "/api/v1/status/tsdb", "GET"),
  ask("federate", "/federate", "GET"),
  write("write", "/api/v1/write", "ingest"),
  write("otlp", "/api/v1/otlp/v1/metrics", "ingest"),
  write("import", "/api/v1/import", "privileged"),
  ask("read", "/api/v1/read", "POST"),
  ask("batch", "/api/v1/batch", "POST"),
  ask("changes", "/api/v1/analysis/changes", "POST"),
  ask("annotations", "/api/v1/annotations", "GET"),
  change("add_annotation", "POST", "/api/v1/annotations"),
  change("replace_annotation", "PUT", "/api/v1/annotations/:id"),
  change("remove_annotation", "DELETE", "/api/v1/annotations/:id"),
  admin("delete_series", "/api/v1/admin/tsdb/delete_series"),
  admin("clean_tombstones", "/api/v1/admin/tsdb/clean_tombstones"),
] as const satisfies readonly EngineRoute[];

/** Routes that a handler answers. */
export type EngineRouteName = Exclude<(typeof ENGINE_ROUTES)[number], { isWrite: true }>["name"];

/** The route of a request, or undefined. */
export function engineRouteOf(method: string, path: string): (typeof ENGINE_ROUTES)[number] | undefined {
  const given = path.split("/");
  return ENGINE_ROUTES.find((route) => {
    if (!route.methods.some((one) => one === method || (one === "GET" && method === "HEAD"))) return false;
    const wanted = route.path.split("/");
    return wanted.length === given.length && wanted.every((part, i) => part.startsWith(":") || part === given[i]);
  });
}
