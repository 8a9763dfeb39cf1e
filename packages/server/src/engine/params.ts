/** Reads the parameters of Prometheus' HTTP API, with Prometheus' texts where they are wrong. */
import { DmonError, isDmonError, parseDuration, parseGoFloat } from "@dmon/model";

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

const RFC3339 = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:[.,]\d+)?(?:Z|[+-](\d{2}):(\d{2}))$/;

/** A Unix time in seconds, or RFC 3339; ms. Undefined where it is neither. */
export function parseTime(text: string): number | undefined {
  const seconds = finiteOf(text);
  if (seconds !== undefined) return clampTime(timeOfSeconds(seconds));
  return FAR_TIMES[text] ?? parseRfc3339(text);
}

/** As Prometheus: the fraction is rounded to milliseconds, apart from the whole so that nothing of it is lost. */
function timeOfSeconds(seconds: number): number {
  const whole = Math.trunc(seconds);
  const fraction = seconds - whole;
  return whole * 1000 + Math.sign(fraction) * Math.round(Math.abs(fraction) * 1000);
}

/** `Date.parse` takes the 30th of February and the 24th hour for the day after. */
function parseRfc3339(text: string): number | undefined {
  const parts = RFC3339.exec(text);
  if (parts === null) return undefined;
  const [year, month, day, hour, minute, second, zoneHour = 0, zoneMinute = 0] = parts
    .slice(1)
    .map((part) => Number(part ?? 0));
  const lastDay = new Date(Date.UTC(2000 + (year! % 400), month!, 0)).getUTCDate();
  const isValid =
    month! >= 1 && month! <= 12 && day! >= 1 && day! <= lastDay && hour! < 24 && minute! < 60 && second! < 60;
  if (!isValid || zoneHour >= 24 || zoneMinute >= 60) return undefined;
  const atMs = Date.parse(text.replace(",", "."));
  return Number.isNaN(atMs) ? undefined : atMs;
}

/** A number in Go's notation that is neither NaN nor infinite, and that does not overflow to infinity. */
function finiteOf(text: string): number | undefined {
  const value = parseGoFloat(DIGIT_GROUPS.test(text) ? text.replaceAll("_", "") : text);
  return value === undefined || !Number.isFinite(value) ? undefined : value;
}

/** Go lets underscores stand between digits. */
const DIGIT_GROUPS = /^[^_]*\d(?:_\d+)+[^_]*$/;

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

/** Seconds as a number, or `15s`; ms, a fraction of one cut off. */
export function durationParam(params: URLSearchParams, name: string): number {
  const text = params.get(name) ?? "";
  try {
    return durationOf(text);
  } catch (error) {
    if (!isDmonError(error, "bad_duration")) throw error;
    throw badParameter(name, error.message);
  }
}

/** @throws {DmonError} `bad_duration` in Prometheus' words */
export function durationOf(text: string): number {
  const seconds = parseGoFloat(text);
  if (seconds === undefined || Number.isNaN(seconds)) {
    try {
      return parseDuration(text);
    } catch (cause) {
      if (!isDmonError(cause, "bad_duration")) throw cause;
      throw new DmonError("bad_duration", `cannot parse "${text}" to a valid duration`, { cause });
    }
  }
  if (Math.abs(seconds) * 1e9 > MAX_NANOSECONDS) {
    throw new DmonError("bad_duration", `cannot parse "${text}" to a valid duration. It overflows int64`);
  }
  return Math.trunc(Math.trunc(seconds * 1e9) / 1e6);
}

const MAX_NANOSECONDS = 2 ** 63;

export function optionalDuration(params: URLSearchParams, name: string): number | undefined {
  return params.get(name) ? durationParam(params, name) : undefined;
}

/** A count ≥ 0; 0 where it is not given, which means no limit. */
export function limitParam(params: URLSearchParams, name = "limit"): number {
  const text = params.get(name);
  if (text === null || text === "") return 0;
  const value = parseInteger(text);
  if (typeof value === "string") throw badParameter(name, `strconv.Atoi: parsing ${JSON.stringify(text)}: ${value}`);
  if (value < 0) throw badParameter(name, "limit must be non-negative");
  return value;
}

/** A decimal 64-bit integer, or what Go's strconv says is wrong with it. */
export function parseInteger(text: string): number | string {
  if (!/^[+-]?\d+$/.test(text)) return "invalid syntax";
  return Math.abs(Number(text)) >= 2 ** 63 ? "value out of range" : Number(text);
}

/** An error about a query's text as one about the parameter that held it; others as they are. */
export function parameterError(name: string, error: unknown): unknown {
  return isDmonError(error, "bad_query") || isDmonError(error, "bad_regex") ? badParameter(name, error.message) : error;
}

/** An error about a query's text that does not name the parameter, as some of Prometheus' endpoints answer; others as they are. */
export function unnamedParameterError(error: unknown): unknown {
  return isDmonError(error, "bad_query") || isDmonError(error, "bad_regex")
    ? new DmonError("bad_parameter", error.message, { cause: error })
    : error;
}

/**
 * The parameters of a query string or a form, as Go reads them: a pair with a semicolon or a broken escape is left out, where
 * `URLSearchParams` would keep it.
 */
export function parseForm(text: string): URLSearchParams {
  if (!text.includes(";") && !BROKEN_ESCAPE.test(text)) return new URLSearchParams(text);
  return new URLSearchParams(
    text
      .split("&")
      .filter((pair) => !pair.includes(";") && !BROKEN_ESCAPE.test(pair))
      .join("&"),
  );
}

const BROKEN_ESCAPE = /%(?![0-9a-fA-F]{2})/;
