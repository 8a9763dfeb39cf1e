/** Reads the parameters of Prometheus' HTTP API, with Prometheus' texts where they are wrong. */
import { DmonError, isDmonError, parseDuration } from "@dmon/model";

export function badParameter(name: string, what: string): DmonError {
  return new DmonError("bad_parameter", `invalid parameter "${name}": ${what}`);
}

/** Prometheus' own far ends of time, as text and as we keep them, ms. */
export const MIN_TIME_MS = -8_640_000_000_000_000;
export const MAX_TIME_MS = 8_640_000_000_000_000;
const FAR_TIMES: Readonly<Record<string, number>> = {
  "-292273086-05-16T16:47:06Z": MIN_TIME_MS,
  "292277025-08-18T07:12:54.999999999Z": MAX_TIME_MS,
};

const FLOAT = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const RFC3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/;

/** A Unix time in seconds, or RFC 3339; ms. Undefined where it is neither. */
export function parseTime(text: string): number | undefined {
  if (FLOAT.test(text)) return clampTime(Math.round(Number(text) * 1000));
  const far = FAR_TIMES[text];
  if (far !== undefined) return far;
  if (!RFC3339.test(text)) return undefined;
  const atMs = Date.parse(text);
  return Number.isNaN(atMs) ? undefined : atMs;
}

function clampTime(atMs: number): number {
  return Math.min(MAX_TIME_MS, Math.max(MIN_TIME_MS, atMs));
}

/** @returns `otherwiseMs` where the parameter is not given */
export function timeParam(params: URLSearchParams, name: string, otherwiseMs: number): number {
  const text = params.get(name);
  if (text === null || text === "") return otherwiseMs;
  const atMs = parseTime(text);
  if (atMs === undefined) {
    throw badParameter(name, `invalid time value for '${name}': cannot parse "${text}" to a valid timestamp`);
  }
  return atMs;
}

/** As {@link timeParam}, but the parameter must be there. */
export function requiredTime(params: URLSearchParams, name: string): number {
  const text = params.get(name) ?? "";
  const atMs = parseTime(text);
  if (atMs === undefined) throw badParameter(name, `cannot parse "${text}" to a valid timestamp`);
  return atMs;
}

/** Seconds as a number, or `15s`; ms. */
export function durationParam(params: URLSearchParams, name: string): number {
  const text = params.get(name) ?? "";
  if (FLOAT.test(text)) return Math.round(Number(text) * 1000);
  try {
    return parseDuration(text);
  } catch (error) {
    if (!isDmonError(error, "bad_duration")) throw error;
    throw badParameter(name, `cannot parse "${text}" to a valid duration`);
  }
}

export function optionalDuration(params: URLSearchParams, name: string): number | undefined {
  return params.get(name) ? durationParam(params, name) : undefined;
}

/** A count ≥ 0; 0 where it is not given, which means no limit. */
export function limitParam(params: URLSearchParams, name = "limit"): number {
  const text = params.get(name);
  if (text === null || text === "") return 0;
  if (!/^[+-]?\d+$/.test(text)) throw badParameter(name, `strconv.Atoi: parsing "${text}": invalid syntax`);
  const value = Number(text);
  if (value < 0) throw badParameter(name, "limit must be non-negative");
  return value;
}

/** An error about a query's text as one about the parameter that held it; others as they are. */
export function parameterError(name: string, error: unknown): unknown {
  return isDmonError(error, "bad_query") || isDmonError(error, "bad_regex") ? badParameter(name, error.message) : error;
}
