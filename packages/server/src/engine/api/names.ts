/** `/api/v1/series`, `labels`, `label/<name>/values`, `metadata`, `query_exemplars`: what there is to ask about. */
import { DmonError, type Matcher, type NameQuery, type Slices } from "@dmon/model";
import { parseExpr, parseSelector, selectorsOf } from "@dmon/promql";
import type { EngineContext } from "../context.ts";
import { arrayJson, labelsJson, seconds } from "../json.ts";
import {
  limitParam,
  MAX_TIME_MS,
  MIN_TIME_MS,
  parameterError,
  parseInteger,
  timeParam,
  unnamedParameterError,
} from "../params.ts";
import { type EngineReply, type EngineRequest, successReply } from "../reply.ts";

const TRUNCATED = "results truncated due to limit";

export function* series(context: EngineContext, { params }: EngineRequest): Slices<EngineReply> {
  if (params.getAll("match[]").length === 0) throw new DmonError("bad_parameter", "no match[] parameter provided");
  const found = yield* context.store.series(nameQuery(params, (error) => parameterError("match[]", error)));
  const { items, warnings } = cut(found, params);
  return successReply(arrayJson(items, labelsJson), { warnings });
}

export function* labelNames(context: EngineContext, { params }: EngineRequest): Slices<EngineReply> {
  const found = yield* context.store.labelNames(nameQuery(params, unnamedParameterError));
  const { items, warnings } = cut(found, params);
  return successReply(
    arrayJson(items, (name) => JSON.stringify(name)),
    { warnings },
  );
}

export function* labelValues(context: EngineContext, { path, params }: EngineRequest): Slices<EngineReply> {
  const name = labelNameOf(path);
  const found = yield* context.store.labelValues(name, nameQuery(params, unnamedParameterError));
  const { items, warnings } = cut(found, params);
  return successReply(
    arrayJson(items, (value) => JSON.stringify(value)),
    { warnings },
  );
}

export function* metadata(context: EngineContext, { params }: EngineRequest): Slices<EngineReply> {
  const metric = params.get("metric") ?? "";
  const limit = metadataLimit(params, "limit");
  const perMetric = metadataLimit(params, "limit_per_metric");
  const all = [...context.store.metadata(metric === "" ? undefined : metric)];
  const wanted = limit < 0 ? all : all.slice(0, limit);
  const data = Object.fromEntries(
    wanted.map(([name, entries]) => [
      name,
      (perMetric > 0 ? entries.slice(0, perMetric) : entries).map(({ type, unit, help }) => ({ type, unit, help })),
    ]),
  );
  return successReply([JSON.stringify(data)]);
}

export function* exemplars(context: EngineContext, { params }: EngineRequest): Slices<EngineReply> {
  const startMs = timeParam(params, "start", MIN_TIME_MS);
  const endMs = timeParam(params, "end", MAX_TIME_MS);
  if (endMs < startMs) throw new DmonError("bad_parameter", "end timestamp must not be before start timestamp");
  let matchers: readonly (readonly Matcher[])[];
  try {
    matchers = selectorsOf(parseExpr(params.get("query") ?? ""));
  } catch (error) {
    throw unnamedParameterError(error);
  }
  // Nothing can be asked for where nothing is selected: Prometheus says so by a status without a body.
  if (matchers.length === 0) return { status: 204, headers: {}, body: [] };
  const found = yield* context.store.exemplars({ matchers, startMs, endMs, limit: 0 });
  return successReply(
    arrayJson(found, (one) => {
      const points = one.exemplars.map(
        (exemplar) =>
          `{"labels":${labelsJson(exemplar.labels)},"value":"${exemplar.value}","timestamp":${seconds(exemplar.atMs)}}`,
      );
      return `{"seriesLabels":${labelsJson(one.labels)},"exemplars":[${points.join(",")}]}`;
    }),
  );
}

/** @param refusal what an error in a selector becomes; endpoints differ in whether they name the parameter */
function nameQuery(params: URLSearchParams, refusal: (error: unknown) => unknown): NameQuery {
  const limit = limitParam(params);
  const startMs = timeParam(params, "start", MIN_TIME_MS);
  const endMs = timeParam(params, "end", MAX_TIME_MS);
  const matchers = params.getAll("match[]").map((text) => {
    try {
      return parseSelector(text);
    } catch (error) {
      throw refusal(error);
    }
  });
  // One more than asked for tells whether something was cut off.
  return { matchers, startMs, endMs, limit: limit === 0 ? 0 : limit + 1 };
}

function cut<T>(found: readonly T[], params: URLSearchParams): { items: readonly T[]; warnings: readonly string[] } {
  const limit = limitParam(params);
  if (limit === 0 || found.length <= limit) return { items: found, warnings: [] };
  return { items: found.slice(0, limit), warnings: [TRUNCATED] };
}

function metadataLimit(params: URLSearchParams, name: string): number {
  const text = params.get(name);
  if (text === null || text === "") return -1;
  const value = parseInteger(text);
  if (typeof value === "string") throw new DmonError("bad_parameter", `${name} must be a number`);
  return value;
}

/** The name in `/api/v1/label/<name>/values`; `U__` names are unescaped as Prometheus does. */
function labelNameOf(path: string): string {
  const raw = decodeURIComponent(path.slice("/api/v1/label/".length, -"/values".length));
  const name = raw.startsWith("U__") ? unescapeName(raw) : raw;
  if (name === "") throw new DmonError("bad_parameter", `invalid label name: ""`);
  return name;
}

/** `U__a_2e_b` → `a.b`, `__` → `_`. A name that is not validly escaped stays as it is. */
export function unescapeName(escaped: string): string {
  const body = escaped.slice(3);
  let out = "";
  for (let i = 0; i < body.length; i++) {
    if (body[i] !== "_") {
      out += body[i];
      continue;
    }
    if (body[i + 1] === "_") {
      out += "_";
      i++;
      continue;
    }
    const code = /^_([0-9a-fA-F]{1,6})_/.exec(body.slice(i));
    if (code === null || Number.parseInt(code[1]!, 16) > 0x10ffff) return escaped;
    out += String.fromCodePoint(Number.parseInt(code[1]!, 16));
    i += code[0].length - 1;
  }
  return out;
}
