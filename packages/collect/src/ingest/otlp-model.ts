/**
 * OTLP metrics after decoding, whichever encoding they came in. Times in ms; attribute values as text.
 *
 * Source: opentelemetry-proto `metrics/v1/metrics.proto`, `common/v1/common.proto`.
 */
export type Attributes = readonly (readonly [name: string, value: string])[];

export type Temporality = "unspecified" | "delta" | "cumulative";

export interface OtlpResource {
  readonly attributes: Attributes;
  readonly scopes: readonly OtlpScope[];
}

export interface OtlpScope {
  readonly name: string;
  readonly version: string;
  readonly schemaUrl: string;
  readonly attributes: Attributes;
  readonly metrics: readonly OtlpMetric[];
}

export interface OtlpMetric {
  readonly name: string;
  readonly description: string;
  readonly unit: string;
  readonly data: OtlpData;
}

export type OtlpData =
  | { readonly kind: "gauge"; readonly points: readonly NumberPoint[] }
  | {
      readonly kind: "sum";
      readonly points: readonly NumberPoint[];
      readonly temporality: Temporality;
      readonly monotonic: boolean;
    }
  | { readonly kind: "histogram"; readonly points: readonly HistogramPoint[]; readonly temporality: Temporality }
  | { readonly kind: "exponential"; readonly points: readonly ExponentialPoint[]; readonly temporality: Temporality }
  | { readonly kind: "summary"; readonly points: readonly SummaryPoint[] }
  | { readonly kind: "empty" };

interface Point {
  readonly attributes: Attributes;
  /** NaN where unknown. */
  readonly startMs: number;
  readonly atMs: number;
  /** The series ended here. */
  readonly noValue: boolean;
  readonly exemplars: readonly OtlpExemplar[];
}

export interface NumberPoint extends Point {
  readonly value: number;
}

export interface HistogramPoint extends Point {
  readonly count: number;
  /** NaN where it was not sent. */
  readonly sum: number;
  /** One more than bounds, not cumulative; or both empty. */
  readonly bucketCounts: readonly number[];
  readonly bounds: readonly number[];
}

export interface ExponentialBuckets {
  readonly offset: number;
  readonly counts: readonly number[];
}

export interface ExponentialPoint extends Point {
  readonly count: number;
  readonly sum: number;
  readonly scale: number;
  readonly zeroCount: number;
  readonly zeroThreshold: number;
  readonly positive: ExponentialBuckets;
  readonly negative: ExponentialBuckets;
}

export interface SummaryPoint extends Point {
  readonly count: number;
  readonly sum: number;
  readonly quantiles: readonly { readonly quantile: number; readonly value: number }[];
}

export interface OtlpExemplar {
  readonly attributes: Attributes;
  readonly value: number;
  readonly atMs: number;
}

export const TEMPORALITIES: readonly Temporality[] = ["unspecified", "delta", "cumulative"];
/** `DATA_POINT_FLAGS_NO_RECORDED_VALUE_MASK`. */
export const NO_RECORDED_VALUE = 1;
