/** `/api/v1/annotations`: what happened when, as marks on every chart. */
import { DmonError, type NewAnnotation, type Slices } from "@dmon/model";
import { z } from "zod";
import type { EngineContext } from "../context.ts";
import { MAX_TIME_MS, MIN_TIME_MS, timeParam } from "../params.ts";
import { type EngineReply, type EngineRequest, successReply } from "../reply.ts";
import { jsonBody } from "./body.ts";

const instant = z.number().int().min(0).max(MAX_TIME_MS);
const schema = z
  .strictObject({
    atMs: instant.optional(),
    endMs: instant.optional(),
    text: z.string().trim().min(1).max(4096),
    tags: z.array(z.string().min(1).max(128)).max(32).default([]),
    source: z.string().min(1).max(64).default("user"),
  })
  .refine(({ atMs, endMs }) => endMs === undefined || atMs === undefined || endMs >= atMs, "endMs lies before atMs");

export function* listAnnotations(context: EngineContext, { params }: EngineRequest): Slices<EngineReply> {
  const startMs = timeParam(params, "start", MIN_TIME_MS);
  const endMs = timeParam(params, "end", MAX_TIME_MS);
  return successReply([JSON.stringify(context.annotations.list(startMs, endMs))]);
}

export function* addAnnotation(context: EngineContext, request: EngineRequest): Slices<EngineReply> {
  return successReply([JSON.stringify(context.annotations.add(readAnnotation(context, request)))]);
}

/** Puts another in its place, whole. */
export function* replaceAnnotation(context: EngineContext, request: EngineRequest): Slices<EngineReply> {
  const id = idOf(request);
  const replaced = context.annotations.replace(id, readAnnotation(context, request));
  if (replaced === undefined) throw missing(id);
  return successReply([JSON.stringify(replaced)]);
}

export function* removeAnnotation(context: EngineContext, request: EngineRequest): Slices<EngineReply> {
  const id = idOf(request);
  if (!context.annotations.remove(id)) throw missing(id);
  return successReply(["null"]);
}

function readAnnotation(context: EngineContext, { body }: EngineRequest): NewAnnotation {
  const { atMs = context.clock.nowMs(), endMs, ...rest } = jsonBody(body, schema);
  return { atMs, ...rest, ...(endMs === undefined ? {} : { endMs }) };
}

function idOf({ path }: EngineRequest): string {
  const id = path.slice(path.lastIndexOf("/") + 1);
  if (!/^\d{1,15}$/.test(id)) throw missing(id);
  return id;
}

function missing(id: string): DmonError {
  return new DmonError("not_found", `there is no annotation ${JSON.stringify(id)}`);
}
