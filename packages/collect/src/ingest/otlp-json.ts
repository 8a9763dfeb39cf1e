/** Decodes an OTLP `ExportMetricsServiceRequest` in JSON: 64-bit integers may be texts, ids are hexadecimal. */
import { DmonError, messageOf } from "@dmon/model";
import {
  type Attributes,
  type ExponentialBuckets,
  NO_RECORDED_VALUE,
  type OtlpData,
  type OtlpExemplar,
  type OtlpMetric,
  type OtlpResource,
  type OtlpScope,
  TEMPORALITIES,
} from "./otlp-model.ts";

type Json = Readonly<Record<string, unknown>>;

/** @throws {DmonError} `bad_otlp` */
export function decodeOtlpJson(body: Uint8Array): readonly OtlpResource[] {
  let request: unknown;
  try {
    request = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch (cause) {
    throw new DmonError("bad_otlp", `the body is not JSON: ${messageOf(cause)}`, { cause });
  }
  return list(object(request, "request"), "resourceMetrics").map((each) => ({
    attributes: attributes(object(each.resource ?? {}, "resource")),
    scopes: list(each, "scopeMetrics").map(scope),
  }));
}

function scope(given: Json): OtlpScope {
  const about = object(given.scope ?? {}, "scope");
  return {
    name: text(about.name),
    version: text(about.version),
    schemaUrl: text(given.schemaUrl),
    attributes: attributes(about),
    metrics: list(given, "metrics").map(metric),
  };
}

function metric(given: Json): OtlpMetric {
  return { name: text(given.name), description: text(given.description), unit: text(given.unit), data: data(given) };
}

function data(given: Json): OtlpData {
  const part = (key: string) => (given[key] === undefined ? undefined : object(given[key], key));
  const gauge = part("gauge");
  if (gauge !== undefined) return { kind: "gauge", points: list(gauge, "dataPoints").map(numberPoint) };
  const sum = part("sum");
  if (sum !== undefined) {
    const points = list(sum, "dataPoints").map(numberPoint);
    return { kind: "sum", points, temporality: temporality(sum), monotonic: sum.isMonotonic === true };
  }
  const histogram = part("histogram");
  if (histogram !== undefined) {
    const points = list(histogram, "dataPoints").map((each) => ({
      ...point(each),
      count: number(each.count),
      sum: optional(each.sum),
      bucketCounts: numbers(each.bucketCounts),
      bounds: numbers(each.explicitBounds),
    }));
    return { kind: "histogram", points, temporality: temporality(histogram) };
  }
  const exponential = part("exponentialHistogram");
  if (exponential !== undefined) {
    const points = list(exponential, "dataPoints").map((each) => ({
      ...point(each),
      count: number(each.count),
      sum: optional(each.sum),
      scale: number(each.scale),
      zeroCount: number(each.zeroCount),
      zeroThreshold: number(each.zeroThreshold),
      positive: buckets(each.positive),
      negative: buckets(each.negative),
    }));
    return { kind: "exponential", points, temporality: temporality(exponential) };
  }
  const summary = part("summary");
  if (summary === undefined) return { kind: "empty" };
  const points = list(summary, "dataPoints").map((each) => ({
    ...point(each),
    count: number(each.count),
    sum: number(each.sum),
    quantiles: list(each, "quantileValues").map((one) => ({
      quantile: number(one.quantile),
      value: number(one.value),
    })),
  }));
  return { kind: "summary", points };
}

function point(given: Json) {
  const startMs = nanosToMs(given.startTimeUnixNano);
  return {
    attributes: attributes(given),
    startMs: startMs === 0 ? Number.NaN : startMs,
    atMs: nanosToMs(given.timeUnixNano),
    noValue: (number(given.flags) & NO_RECORDED_VALUE) !== 0,
    exemplars: list(given, "exemplars").map(exemplar),
  };
}

function numberPoint(given: Json) {
  return { ...point(given), value: number(given.asDouble ?? given.asInt) };
}

function exemplar(given: Json): OtlpExemplar {
  const ids: [string, string][] = [];
  if (text(given.spanId) !== "") ids.push(["span_id", text(given.spanId).toLowerCase()]);
  if (text(given.traceId) !== "") ids.push(["trace_id", text(given.traceId).toLowerCase()]);
  return {
    attributes: [...attributes(given, "filteredAttributes"), ...ids],
    value: number(given.asDouble ?? given.asInt),
    atMs: nanosToMs(given.timeUnixNano),
  };
}

function buckets(given: unknown): ExponentialBuckets {
  const each = object(given ?? {}, "buckets");
  return { offset: number(each.offset), counts: numbers(each.bucketCounts) };
}

function temporality(given: Json) {
  const value = given.aggregationTemporality;
  if (typeof value === "string")
    return value.endsWith("DELTA") ? "delta" : value.endsWith("CUMULATIVE") ? "cumulative" : "unspecified";
  return TEMPORALITIES[number(value)] ?? "unspecified";
}

function attributes(given: Json, key = "attributes"): Attributes {
  return list(given, key).map((each) => {
    const value = plain(object(each.value ?? {}, "value"));
    return [text(each.key), typeof value === "string" ? value : JSON.stringify(value)] as const;
  });
}

/** The value that an `AnyValue` stands for. */
function plain(given: Json): unknown {
  if (given.stringValue !== undefined) return text(given.stringValue);
  if (given.boolValue !== undefined) return given.boolValue === true;
  if (given.intValue !== undefined) return number(given.intValue);
  if (given.doubleValue !== undefined) return number(given.doubleValue);
  if (given.bytesValue !== undefined) return text(given.bytesValue);
  if (given.arrayValue !== undefined) return list(object(given.arrayValue, "arrayValue"), "values").map(plain);
  if (given.kvlistValue === undefined) return "";
  const entries = list(object(given.kvlistValue, "kvlistValue"), "values");
  return Object.fromEntries(entries.map((each) => [text(each.key), plain(object(each.value ?? {}, "value"))]));
}

function object(given: unknown, what: string): Json {
  if (typeof given !== "object" || given === null || Array.isArray(given)) throw bad(`${what} is not an object`);
  return given as Json;
}

function list(given: Json, key: string): Json[] {
  const items = given[key] ?? [];
  if (!Array.isArray(items)) throw bad(`${key} is not a list`);
  return items.map((each) => object(each, key));
}

function text(given: unknown): string {
  if (given === undefined || given === null) return "";
  if (typeof given !== "string") throw bad(`${JSON.stringify(given)} stands where a text is meant`);
  if (!given.isWellFormed()) throw bad("a text is not valid Unicode");
  return given;
}

function number(given: unknown): number {
  if (given === undefined || given === null) return 0;
  const value =
    typeof given === "string" ? (SPECIAL[given] ?? (given.trim() === "" ? undefined : Number(given))) : given;
  if (typeof value !== "number" || (Number.isNaN(value) && given !== "NaN")) {
    throw bad(`${JSON.stringify(given)} stands where a number is meant`);
  }
  return value;
}

const SPECIAL: Readonly<Record<string, number>> = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  "-Infinity": Number.NEGATIVE_INFINITY,
};

function numbers(given: unknown): number[] {
  if (given === undefined) return [];
  if (!Array.isArray(given)) throw bad("bucket counts or bounds are not a list");
  return given.map(number);
}

function optional(given: unknown): number {
  return given === undefined || given === null ? Number.NaN : number(given);
}

/** Exact for texts, which is how OTLP writes 64 bits; a JSON number has lost some already and is rounded. */
function nanosToMs(given: unknown): number {
  if (typeof given === "string" && /^\d+$/.test(given)) return Number(BigInt(given) / 1_000_000n);
  return Math.round(number(given) / 1e6);
}

function bad(message: string): DmonError {
  return new DmonError("bad_otlp", message);
}
