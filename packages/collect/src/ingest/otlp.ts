/**
 * Receives OTLP metrics: decodes, names as Prometheus does, appends.
 *
 * Resource attributes become `job`, `instance` and `target_info`; histograms classic series; exponential histograms native ones;
 * delta points are made cumulative. What cannot be stored is told and counted, the rest of the request is kept.
 * Source: the OpenTelemetry specification's Prometheus compatibility; Prometheus' OTLP receiver.
 */
import {
  type Appender,
  AppendOutcome,
  CUSTOM_BUCKETS_SCHEMA,
  DmonError,
  type FloatHistogram,
  Labels,
  MAX_EXPONENTIAL_SCHEMA,
  METRIC_NAME,
  type MetricType,
  MIN_EXPONENTIAL_SCHEMA,
  messageOf,
  type SeriesRef,
} from "@dmon/model";
import { ProtoWriter } from "../bytes/proto-writer.ts";
import { DeltaStreams, rescale } from "./otlp-cumulative.ts";
import { decodeOtlpJson } from "./otlp-json.ts";
import type {
  Attributes,
  ExponentialBuckets,
  ExponentialPoint,
  HistogramPoint,
  NumberPoint,
  OtlpExemplar,
  OtlpMetric,
  OtlpResource,
  OtlpScope,
  SummaryPoint,
} from "./otlp-model.ts";
import {
  type LabelNaming,
  labelNameOf,
  metadataUnit,
  metricName,
  type NamedKind,
  type TranslationStrategy,
} from "./otlp-names.ts";
import { decodeOtlpProtobuf } from "./otlp-protobuf.ts";
import { outcomeText, printPairs, WriteResult } from "./write-result.ts";

/** As the `otlp` section of prometheus.yml. */
export interface OtlpOptions {
  readonly strategy?: TranslationStrategy;
  /** Resource attributes that become labels of every series. */
  readonly promoteResourceAttributes?: readonly string[];
  /** All of them, except those named in `ignoreResourceAttributes`. */
  readonly promoteAllResourceAttributes?: boolean;
  readonly ignoreResourceAttributes?: readonly string[];
  /** Keep `service.name` and its kin in `target_info` too. */
  readonly keepIdentifyingResourceAttributes?: boolean;
  /** Labels `otel_scope_name` and so on. */
  readonly promoteScopeMetadata?: boolean;
  /** Histograms with explicit bounds become native ones with custom buckets. */
  readonly convertHistogramsToNhcb?: boolean;
  readonly labelNaming?: LabelNaming;
}

export type OtlpEncoding = "protobuf" | "json";

export interface OtlpAnswer {
  /** 400 where samples were refused or the body cannot be read; what cannot be said as series is no reason. */
  readonly status: 200 | 400;
  /** With 400 the text of a refusal, ending in a line feed; with 200 an `ExportMetricsServiceResponse` in the request's encoding. */
  readonly body: string | Uint8Array;
  readonly result: WriteResult;
}

const IDENTIFYING: ReadonlySet<string> = new Set(["service.name", "service.namespace", "service.instance.id"]);
/** Of exponential histograms that name none, as Prometheus assumes. */
const DEFAULT_ZERO_THRESHOLD = 1e-128;
/** OpenMetrics' limit on an exemplar's labels. */
const MAX_EXEMPLAR_CHARS = 128;

/** How a body is encoded, by its content type; undefined is to be answered with 415. */
export function otlpEncoding(contentType: string | undefined): OtlpEncoding | undefined {
  const media = (contentType ?? "").split(";")[0]!.trim().toLowerCase();
  if (media === "application/x-protobuf") return "protobuf";
  return media === "application/json" ? "json" : undefined;
}

export class OtlpReceiver {
  readonly #appender: Appender;
  #options: OtlpOptions;
  readonly #deltas = new DeltaStreams();

  constructor(appender: Appender, options: OtlpOptions = {}) {
    this.#appender = appender;
    this.#options = options;
  }

  /** For the requests that come; what was summed of deltas stays. */
  configure(options: OtlpOptions): void {
    this.#options = options;
  }

  /** Appends a body (unpacked); the caller commits and then answers. */
  receive(body: Uint8Array, encoding: OtlpEncoding): OtlpAnswer {
    const result = new WriteResult();
    try {
      const resources = encoding === "protobuf" ? decodeOtlpProtobuf(body) : decodeOtlpJson(body);
      for (const resource of resources)
        new ResourceRequest(resource, this.#options, this.#deltas, this.#appender, result).run();
    } catch (error) {
      if (!(error instanceof DmonError) || (error.code !== "bad_protobuf" && error.code !== "bad_otlp")) throw error;
      result.addError(messageOf(error));
    }
    if (result.errors.length > 0) return { status: 400, body: `${result.errors.join("\n")}\n`, result };
    return { status: 200, body: exportResponse(result, encoding), result };
  }
}

/** Points that cannot be series are told as the protocol means it: the rest was taken, and sending again would not help. */
function exportResponse({ faults, faultyPoints }: WriteResult, encoding: OtlpEncoding): string | Uint8Array {
  const errorMessage = faults.join("\n");
  if (encoding === "json") {
    return JSON.stringify(
      errorMessage === "" ? {} : { partialSuccess: { rejectedDataPoints: String(faultyPoints), errorMessage } },
    );
  }
  const writer = new ProtoWriter();
  if (errorMessage !== "") writer.message(1, (partial) => partial.varint(1, faultyPoints).string(2, errorMessage));
  return writer.finish();
}

class ResourceRequest {
  readonly #resource: OtlpResource;
  readonly #options: OtlpOptions;
  readonly #strategy: TranslationStrategy;
  readonly #deltas: DeltaStreams;
  readonly #appender: Appender;
  readonly #result: WriteResult;
  /** `job` and `instance`, where the resource names a service. */
  readonly #identity: Attributes;
  /** Resource attributes that become labels. */
  readonly #promoted: Attributes;
  #scopeLabels: Attributes = [];
  #newestMs = Number.NEGATIVE_INFINITY;

  constructor(
    resource: OtlpResource,
    options: OtlpOptions,
    deltas: DeltaStreams,
    appender: Appender,
    result: WriteResult,
  ) {
    this.#resource = resource;
    this.#options = options;
    this.#strategy = options.strategy ?? "UnderscoreEscapingWithSuffixes";
    this.#deltas = deltas;
    this.#appender = appender;
    this.#result = result;
    this.#identity = identityOf(resource.attributes);
    const all = options.promoteAllResourceAttributes === true;
    const named = new Set(all ? options.ignoreResourceAttributes : options.promoteResourceAttributes);
    this.#promoted = resource.attributes.filter(([name]) => named.has(name) !== all);
  }

  run(): void {
    for (const scope of this.#resource.scopes) {
      this.#scopeLabels = this.#options.promoteScopeMetadata && scope.name !== "" ? scopeLabels(scope) : [];
      for (const metric of scope.metrics) this.#metric(metric);
    }
    this.#targetInfo();
  }

  #metric(metric: OtlpMetric): void {
    const { data } = metric;
    if (data.kind === "empty") {
      this.#result.addFault(`empty data points: ${metric.name} is dropped`, 0);
      return;
    }
    const named = namedKind(data);
    const name = metricName(metric.name, metric.unit, named, this.#strategy);
    if (name === "") {
      this.#result.addFault("a metric has no name and is dropped", data.points.length);
      return;
    }
    this.#appender.setMetadata(name, {
      type: METADATA_TYPES[named],
      help: metric.description,
      unit: metadataUnit(metric.unit),
    });
    switch (data.kind) {
      case "gauge":
        for (const point of data.points) this.#number(name, point);
        return;
      case "sum":
        for (const point of data.points) {
          this.#cumulative(
            name,
            point,
            data.temporality,
            (key) => this.#deltas.number(key, point),
            (each) => this.#number(name, each),
          );
        }
        return;
      case "histogram":
        for (const point of data.points) {
          this.#cumulative(
            name,
            point,
            data.temporality,
            (key) => this.#deltas.histogram(key, point),
            (each) => this.#histogram(name, each),
          );
        }
        return;
      case "exponential":
        for (const point of data.points) {
          this.#cumulative(
            name,
            point,
            data.temporality,
            (key) => this.#deltas.exponential(key, point),
            (each) => this.#exponential(name, each),
          );
        }
        return;
      case "summary":
        for (const point of data.points) this.#summary(name, point);
    }
  }

  #cumulative<T extends { readonly attributes: Attributes; readonly noValue: boolean }>(
    name: string,
    point: T,
    temporality: string,
    sum: (key: string) => T | undefined,
    append: (point: T) => void,
  ): void {
    if (temporality === "unspecified") {
      this.#result.addFault(`invalid temporality and type combination for metric ${JSON.stringify(name)}`);
      return;
    }
    if (temporality === "cumulative" || point.noValue) {
      append(point);
      return;
    }
    const summed = sum(this.#labels(name, point.attributes).key);
    // Points that were counted already: a retry. They are there, so they count as accepted.
    if (summed === undefined) this.#result.outcomes[AppendOutcome.DUPLICATE]!++;
    else append(summed);
  }

  #number(name: string, point: NumberPoint): void {
    const ref = this.#float(this.#labels(name, point.attributes), point, point.value);
    this.#exemplars(ref, point.exemplars);
  }

  #histogram(name: string, point: HistogramPoint): void {
    if (point.bounds.length > 0 && point.bucketCounts.length !== point.bounds.length + 1) {
      this.#result.addFault(
        `${name}: ${point.bucketCounts.length} bucket counts do not fit ${point.bounds.length} explicit bounds`,
      );
      return;
    }
    const { attributes } = point;
    if (this.#options.convertHistogramsToNhcb === true) {
      this.#native(name, point, customHistogram(point));
      return;
    }
    if (!Number.isNaN(point.sum)) this.#float(this.#labels(`${name}_sum`, attributes), point, point.sum);
    this.#float(this.#labels(`${name}_count`, attributes), point, point.count);
    let running = 0;
    let lower = Number.NEGATIVE_INFINITY;
    for (const [i, bound] of [...point.bounds, Number.POSITIVE_INFINITY].entries()) {
      running += point.bucketCounts[i] ?? 0;
      const last = bound === Number.POSITIVE_INFINITY;
      const labels = this.#labels(`${name}_bucket`, attributes).with("le", last ? "+Inf" : plainFloat(bound));
      const ref = this.#float(labels, point, last ? point.count : running);
      const from = lower;
      this.#exemplars(
        ref,
        point.exemplars.filter(({ value }) => value > from && value <= bound),
      );
      lower = bound;
    }
  }

  #exponential(name: string, point: ExponentialPoint): void {
    if (point.scale < MIN_EXPONENTIAL_SCHEMA) {
      this.#result.addFault(
        `cannot convert exponential to native histogram. Scale must be >= ${MIN_EXPONENTIAL_SCHEMA}, was ${point.scale}`,
      );
      return;
    }
    this.#native(name, point, nativeHistogram(point));
  }

  #native(name: string, point: HistogramPoint | ExponentialPoint, value: FloatHistogram): void {
    this.#newestMs = Math.max(this.#newestMs, point.atMs);
    const labels = this.#labels(name, point.attributes);
    const ref = this.#resolve(labels);
    const outcome =
      ref === undefined
        ? AppendOutcome.LIMIT
        : point.noValue
          ? this.#appender.appendStale(ref, point.atMs)
          : this.#appender.appendHistogram(ref, point.atMs, value, point.startMs);
    if (outcome <= AppendOutcome.DUPLICATE) this.#result.histograms++;
    this.#count(ref, outcome, point.atMs, "histogram", labels);
    this.#exemplars(ref, point.exemplars);
  }

  #summary(name: string, point: SummaryPoint): void {
    const { attributes } = point;
    this.#float(this.#labels(`${name}_sum`, attributes), point, point.sum);
    this.#float(this.#labels(`${name}_count`, attributes), point, point.count);
    for (const { quantile, value } of point.quantiles) {
      this.#float(this.#labels(name, attributes).with("quantile", plainFloat(quantile)), point, value);
    }
  }

  /** One series a resource that tells of its other attributes. */
  #targetInfo(): void {
    if (this.#identity.length === 0 || this.#newestMs === Number.NEGATIVE_INFINITY) return;
    const keepAll = this.#options.keepIdentifyingResourceAttributes === true;
    const others = this.#resource.attributes.filter(([name]) => keepAll || !IDENTIFYING.has(name));
    if (others.length === 0) return;
    const name = "target_info";
    const labels = Labels.from([...this.#renamed(others), ...this.#identity, [METRIC_NAME, name]]);
    this.#appender.setMetadata(name, { type: "gauge", help: "Target metadata", unit: "" });
    const ref = this.#resolve(labels);
    const newest = ref === undefined ? undefined : this.#appender.newest(ref);
    // A request with older points than another had: the series says all that there is to say already.
    if (newest !== undefined && newest.atMs >= this.#newestMs) return;
    this.#float(labels, { atMs: this.#newestMs, startMs: Number.NaN, noValue: false }, 1);
  }

  #float(
    labels: Labels,
    point: { readonly atMs: number; readonly startMs: number; readonly noValue: boolean },
    value: number,
  ): SeriesRef | undefined {
    this.#newestMs = Math.max(this.#newestMs, point.atMs);
    const ref = this.#resolve(labels);
    const outcome =
      ref === undefined
        ? AppendOutcome.LIMIT
        : point.noValue
          ? this.#appender.appendStale(ref, point.atMs)
          : this.#appender.appendFloat(ref, point.atMs, value, point.startMs);
    if (outcome <= AppendOutcome.DUPLICATE) this.#result.samples++;
    this.#count(ref, outcome, point.atMs, point.noValue ? Number.NaN : value, labels);
    return ref;
  }

  #resolve(labels: Labels): SeriesRef | undefined {
    return this.#appender.resolve(labels);
  }

  #count(
    ref: SeriesRef | undefined,
    outcome: AppendOutcome,
    atMs: number,
    value: number | "histogram",
    labels: Labels,
  ): void {
    this.#result.outcomes[outcome] = this.#result.outcomes[outcome]! + 1;
    if (outcome > AppendOutcome.DUPLICATE) {
      const newest = ref === undefined ? undefined : this.#appender.newest(ref);
      this.#result.addError(`${outcomeText({ outcome, atMs, value, newest })} for series ${printPairs(labels)}`);
    }
  }

  #exemplars(ref: SeriesRef | undefined, exemplars: readonly OtlpExemplar[]): void {
    if (ref === undefined) return;
    for (const exemplar of exemplars) {
      const { value, atMs } = exemplar;
      const outcome = this.#appender.appendExemplar(ref, { labels: exemplarLabels(exemplar.attributes), value, atMs });
      if (outcome <= AppendOutcome.DUPLICATE) this.#result.exemplars++;
    }
  }

  #labels(name: string, attributes: Attributes): Labels {
    return Labels.from([
      ...this.#renamed(this.#promoted),
      ...this.#renamed(attributes),
      ...this.#renamed(this.#scopeLabels),
      ...this.#identity,
      [METRIC_NAME, name],
    ]);
  }

  /** Attributes as labels; values of names that become one are joined by `;`, in order of the attributes' names. */
  #renamed(attributes: Attributes): Map<string, string> {
    const out = new Map<string, string>();
    for (const [attribute, value] of [...attributes].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const name = labelNameOf(attribute, this.#strategy, this.#options.labelNaming);
      const known = out.get(name);
      // What has no letter or digit left says nothing as a name.
      if (/[^_]/.test(name)) out.set(name, known === undefined ? value : `${known};${value}`);
    }
    return out;
  }
}

function scopeLabels(scope: OtlpScope): Attributes {
  return [
    ["otel_scope_name", scope.name],
    ["otel_scope_version", scope.version],
    ["otel_scope_schema_url", scope.schemaUrl],
    ...scope.attributes.map(([name, value]) => [`otel_scope_${name}`, value] as const),
  ];
}

/** Ids always stay; the other attributes only where all of them fit OpenMetrics' limit. */
function exemplarLabels(attributes: Attributes): Labels {
  const chars = attributes.reduce((sum, [name, value]) => sum + [...name].length + [...value].length, 0);
  const isId = (name: string) => name === "trace_id" || name === "span_id";
  return Labels.from(chars <= MAX_EXEMPLAR_CHARS ? attributes : attributes.filter(([name]) => isId(name)));
}

const METADATA_TYPES: Readonly<Record<NamedKind, MetricType>> = {
  gauge: "gauge",
  updown: "gauge",
  counter: "counter",
  histogram: "histogram",
  summary: "summary",
};

function namedKind(data: Exclude<OtlpMetric["data"], { kind: "empty" }>): NamedKind {
  if (data.kind === "sum") return data.monotonic ? "counter" : "updown";
  return data.kind === "exponential" ? "histogram" : data.kind;
}

function identityOf(attributes: Attributes): Attributes {
  const given = new Map(attributes);
  const service = given.get("service.name") ?? "";
  const namespace = given.get("service.namespace") ?? "";
  const instance = given.get("service.instance.id") ?? "";
  const identity: [string, string][] = [];
  if (service !== "") identity.push(["job", namespace === "" ? service : `${namespace}/${service}`]);
  if (instance !== "") identity.push(["instance", instance]);
  return identity;
}

function nativeHistogram(point: ExponentialPoint): FloatHistogram {
  const by = Math.max(0, point.scale - MAX_EXPONENTIAL_SCHEMA);
  const positive = spansOf(rescale(point.positive, by));
  const negative = spansOf(rescale(point.negative, by));
  return {
    schema: point.scale - by,
    counterResetHint: "unknown",
    zeroThreshold: point.zeroThreshold === 0 ? DEFAULT_ZERO_THRESHOLD : point.zeroThreshold,
    zeroCount: point.zeroCount,
    count: point.count,
    sum: Number.isNaN(point.sum) ? 0 : point.sum,
    positiveSpans: positive.spans,
    negativeSpans: negative.spans,
    positiveBuckets: positive.counts,
    negativeBuckets: negative.counts,
    customValues: [],
  };
}

function customHistogram({ bounds, bucketCounts, count, sum }: HistogramPoint): FloatHistogram {
  return {
    schema: CUSTOM_BUCKETS_SCHEMA,
    counterResetHint: "unknown",
    zeroThreshold: 0,
    zeroCount: 0,
    count,
    sum: Number.isNaN(sum) ? 0 : sum,
    positiveSpans: bucketCounts.length === 0 ? [] : [{ offset: 0, length: bucketCounts.length }],
    negativeSpans: [],
    positiveBuckets: bucketCounts,
    negativeBuckets: [],
    customValues: bounds,
  };
}

/** OTLP names a bucket by its lower bound, Prometheus by its upper one: hence the one more. */
function spansOf({ offset, counts }: ExponentialBuckets) {
  return { spans: counts.length === 0 ? [] : [{ offset: offset + 1, length: counts.length }], counts };
}

/** Go's shortest `'f'` format: never an exponent. */
function plainFloat(value: number): string {
  const text = String(value);
  if (!text.includes("e")) return text;
  const [mantissa = "", exponent = "0"] = text.split("e");
  const negative = mantissa.startsWith("-");
  const [whole = "", fraction = ""] = mantissa.replace("-", "").split(".");
  const point = whole.length + Number(exponent);
  const digits = whole + fraction;
  const sign = negative ? "-" : "";
  if (point <= 0) return `${sign}0.${"0".repeat(-point)}${digits}`;
  return `${sign}${digits.padEnd(point, "0")}`;
}
