/** Decodes an OTLP `ExportMetricsServiceRequest` in protobuf. Field numbers are those of `metrics/v1/metrics.proto`. */
import { ProtoReader } from "../bytes/proto-reader.ts";
import {
  type Attributes,
  type ExponentialBuckets,
  type ExponentialPoint,
  type HistogramPoint,
  NO_RECORDED_VALUE,
  type NumberPoint,
  type OtlpData,
  type OtlpExemplar,
  type OtlpMetric,
  type OtlpResource,
  type OtlpScope,
  type SummaryPoint,
  TEMPORALITIES,
} from "./otlp-model.ts";

/** Nesting of attribute values; a deeper one is a hostile message. */
const MAX_DEPTH = 32;

/** @throws {DmonError} `bad_protobuf` */
export function decodeOtlpProtobuf(body: Uint8Array): readonly OtlpResource[] {
  const resources: OtlpResource[] = [];
  const reader = new ProtoReader(body);
  fields(reader, (field) => {
    if (field !== 1) return false;
    resources.push(nested(reader, resource));
    return true;
  });
  return resources;
}

/** Calls `on` for each field of the message entered; what it does not take (false) is skipped. */
function fields(reader: ProtoReader, on: (field: number, wire: number) => boolean): void {
  while (reader.more) {
    const tag = reader.varint();
    if (!on(tag >>> 3, tag & 7)) reader.skip(tag & 7);
  }
}

function nested<T>(reader: ProtoReader, read: (reader: ProtoReader) => T): T {
  const outer = reader.enter();
  const value = read(reader);
  reader.leave(outer);
  return value;
}

function resource(reader: ProtoReader): OtlpResource {
  let attributes: Attributes = [];
  const scopes: OtlpScope[] = [];
  fields(reader, (field) => {
    if (field === 1) attributes = nested(reader, (inner) => attributesIn(inner, 1));
    else if (field === 2) scopes.push(nested(reader, scopeMetrics));
    else return false;
    return true;
  });
  return { attributes, scopes };
}

function scopeMetrics(reader: ProtoReader): OtlpScope {
  let name = "";
  let version = "";
  let schemaUrl = "";
  const attributes: [string, string][] = [];
  const metrics: OtlpMetric[] = [];
  fields(reader, (field) => {
    if (field === 1) {
      nested(reader, (inner) =>
        fields(inner, (part) => {
          if (part === 1) name = inner.string();
          else if (part === 2) version = inner.string();
          else if (part === 3) attributes.push(nested(inner, keyValue));
          else return false;
          return true;
        }),
      );
    } else if (field === 2) metrics.push(nested(reader, metric));
    else if (field === 3) schemaUrl = reader.string();
    else return false;
    return true;
  });
  return { name, version, schemaUrl, attributes, metrics };
}

function metric(reader: ProtoReader): OtlpMetric {
  let name = "";
  let description = "";
  let unit = "";
  let data: OtlpData = { kind: "empty" };
  fields(reader, (field) => {
    if (field === 1) name = reader.string();
    else if (field === 2) description = reader.string();
    else if (field === 3) unit = reader.string();
    else if (field === 5)
      data = { kind: "gauge", points: nested(reader, (inner) => aggregate(inner, numberPoint)).points };
    else if (field === 7) data = { kind: "sum", ...nested(reader, (inner) => aggregate(inner, numberPoint)) };
    else if (field === 9) data = { kind: "histogram", ...nested(reader, (inner) => aggregate(inner, histogramPoint)) };
    else if (field === 10)
      data = { kind: "exponential", ...nested(reader, (inner) => aggregate(inner, exponentialPoint)) };
    else if (field === 11)
      data = { kind: "summary", points: nested(reader, (inner) => aggregate(inner, summaryPoint)).points };
    else return false;
    return true;
  });
  return { name, description, unit, data };
}

function aggregate<T>(reader: ProtoReader, read: (reader: ProtoReader) => T) {
  const points: T[] = [];
  let temporality = 0;
  let monotonic = false;
  fields(reader, (field) => {
    if (field === 1) points.push(nested(reader, read));
    else if (field === 2) temporality = reader.varint();
    else if (field === 3) monotonic = reader.varint() !== 0;
    else return false;
    return true;
  });
  return { points, temporality: TEMPORALITIES[temporality] ?? "unspecified", monotonic } as const;
}

const startOf = (ms: number) => (ms === 0 ? Number.NaN : ms);

function numberPoint(reader: ProtoReader): NumberPoint {
  const attributes: [string, string][] = [];
  const exemplars: OtlpExemplar[] = [];
  let [startMs, atMs, value, flags] = [Number.NaN, 0, 0, 0];
  fields(reader, (field) => {
    if (field === 7) attributes.push(nested(reader, keyValue));
    else if (field === 2) startMs = startOf(reader.nanosToMs());
    else if (field === 3) atMs = reader.nanosToMs();
    else if (field === 4) value = reader.double();
    else if (field === 6) value = reader.sfixed64();
    else if (field === 5) exemplars.push(nested(reader, exemplar));
    else if (field === 8) flags = reader.varint();
    else return false;
    return true;
  });
  return { attributes, startMs, atMs, value, exemplars, noValue: (flags & NO_RECORDED_VALUE) !== 0 };
}

function histogramPoint(reader: ProtoReader): HistogramPoint {
  const attributes: [string, string][] = [];
  const exemplars: OtlpExemplar[] = [];
  const bucketCounts: number[] = [];
  const bounds: number[] = [];
  let [startMs, atMs, count, sum, flags] = [Number.NaN, 0, 0, Number.NaN, 0];
  fields(reader, (field, wire) => {
    if (field === 9) attributes.push(nested(reader, keyValue));
    else if (field === 2) startMs = startOf(reader.nanosToMs());
    else if (field === 3) atMs = reader.nanosToMs();
    else if (field === 4) count = reader.fixed64();
    else if (field === 5) sum = reader.double();
    else if (field === 6) reader.repeated(wire, reader.fixed64, bucketCounts);
    else if (field === 7) reader.repeated(wire, reader.double, bounds);
    else if (field === 8) exemplars.push(nested(reader, exemplar));
    else if (field === 10) flags = reader.varint();
    else return false;
    return true;
  });
  const noValue = (flags & NO_RECORDED_VALUE) !== 0;
  return { attributes, startMs, atMs, count, sum, bucketCounts, bounds, exemplars, noValue };
}

function exponentialPoint(reader: ProtoReader): ExponentialPoint {
  const attributes: [string, string][] = [];
  const exemplars: OtlpExemplar[] = [];
  let [startMs, atMs, count, sum, scale, zeroCount, zeroThreshold, flags] = [Number.NaN, 0, 0, Number.NaN, 0, 0, 0, 0];
  let positive: ExponentialBuckets = { offset: 0, counts: [] };
  let negative: ExponentialBuckets = { offset: 0, counts: [] };
  fields(reader, (field) => {
    if (field === 1) attributes.push(nested(reader, keyValue));
    else if (field === 2) startMs = startOf(reader.nanosToMs());
    else if (field === 3) atMs = reader.nanosToMs();
    else if (field === 4) count = reader.fixed64();
    else if (field === 5) sum = reader.double();
    else if (field === 6) scale = reader.sint();
    else if (field === 7) zeroCount = reader.fixed64();
    else if (field === 8) positive = nested(reader, buckets);
    else if (field === 9) negative = nested(reader, buckets);
    else if (field === 10) flags = reader.varint();
    else if (field === 11) exemplars.push(nested(reader, exemplar));
    else if (field === 14) zeroThreshold = reader.double();
    else return false;
    return true;
  });
  const noValue = (flags & NO_RECORDED_VALUE) !== 0;
  return {
    attributes,
    startMs,
    atMs,
    count,
    sum,
    scale,
    zeroCount,
    zeroThreshold,
    positive,
    negative,
    exemplars,
    noValue,
  };
}

function buckets(reader: ProtoReader): ExponentialBuckets {
  let offset = 0;
  const counts: number[] = [];
  fields(reader, (field, wire) => {
    if (field === 1) offset = reader.sint();
    else if (field === 2) reader.repeated(wire, reader.varint, counts);
    else return false;
    return true;
  });
  return { offset, counts };
}

function summaryPoint(reader: ProtoReader): SummaryPoint {
  const attributes: [string, string][] = [];
  const quantiles: { quantile: number; value: number }[] = [];
  let [startMs, atMs, count, sum, flags] = [Number.NaN, 0, 0, 0, 0];
  fields(reader, (field) => {
    if (field === 7) attributes.push(nested(reader, keyValue));
    else if (field === 2) startMs = startOf(reader.nanosToMs());
    else if (field === 3) atMs = reader.nanosToMs();
    else if (field === 4) count = reader.fixed64();
    else if (field === 5) sum = reader.double();
    else if (field === 6) quantiles.push(nested(reader, quantileValue));
    else if (field === 8) flags = reader.varint();
    else return false;
    return true;
  });
  return {
    attributes,
    startMs,
    atMs,
    count,
    sum,
    quantiles,
    exemplars: [],
    noValue: (flags & NO_RECORDED_VALUE) !== 0,
  };
}

function quantileValue(reader: ProtoReader): { quantile: number; value: number } {
  let quantile = 0;
  let value = 0;
  fields(reader, (field) => {
    if (field === 1) quantile = reader.double();
    else if (field === 2) value = reader.double();
    else return false;
    return true;
  });
  return { quantile, value };
}

function exemplar(reader: ProtoReader): OtlpExemplar {
  const attributes: [string, string][] = [];
  let value = 0;
  let atMs = 0;
  fields(reader, (field) => {
    if (field === 7) attributes.push(nested(reader, keyValue));
    else if (field === 2) atMs = reader.nanosToMs();
    else if (field === 3) value = reader.double();
    else if (field === 6) value = reader.sfixed64();
    else if (field === 4 || field === 5) {
      const length = reader.varint();
      const at = reader.take(length);
      const hex = Buffer.from(reader.bytes.subarray(at, at + length)).toString("hex");
      if (hex !== "") attributes.push([field === 4 ? "span_id" : "trace_id", hex]);
    } else return false;
    return true;
  });
  return { attributes, value, atMs };
}

function attributesIn(reader: ProtoReader, at: number): Attributes {
  const attributes: [string, string][] = [];
  fields(reader, (field) => {
    if (field !== at) return false;
    attributes.push(nested(reader, keyValue));
    return true;
  });
  return attributes;
}

function keyValue(reader: ProtoReader): [string, string] {
  const [key, value] = keyAndValue(reader, 0);
  return [key, typeof value === "string" ? value : JSON.stringify(value)];
}

type Value = string | number | boolean | null | Value[] | { [key: string]: Value };

function keyAndValue(reader: ProtoReader, depth: number): [string, Value] {
  let key = "";
  let value: Value = "";
  fields(reader, (field) => {
    if (field === 1) key = reader.string();
    else if (field === 2) value = nested(reader, (inner) => anyValue(inner, depth));
    else return false;
    return true;
  });
  return [key, value];
}

function anyValue(reader: ProtoReader, depth: number): Value {
  let value: Value = "";
  fields(reader, (field) => {
    if (depth > MAX_DEPTH) return false;
    if (field === 1) value = reader.string();
    else if (field === 2) value = reader.varint() !== 0;
    else if (field === 3) value = reader.int();
    else if (field === 4) value = reader.double();
    else if (field === 5) value = nested(reader, (inner) => list(inner, (item) => anyValue(item, depth + 1)));
    else if (field === 6) {
      value = Object.fromEntries(nested(reader, (inner) => list(inner, (item) => keyAndValue(item, depth + 1))));
    } else if (field === 7) {
      const length = reader.varint();
      const at = reader.take(length);
      value = Buffer.from(reader.bytes.subarray(at, at + length)).toString("base64");
    } else return false;
    return true;
  });
  return value;
}

function list<T>(reader: ProtoReader, read: (reader: ProtoReader) => T): T[] {
  const items: T[] = [];
  fields(reader, (field) => {
    if (field !== 1) return false;
    items.push(nested(reader, read));
    return true;
  });
  return items;
}
