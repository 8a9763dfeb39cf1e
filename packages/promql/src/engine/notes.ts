/**
 * Warnings and infos of one query, with the texts and positions of Prometheus' annotations.
 *
 * The same text is kept once; of several places the last is named, as there.
 * Source: prometheus `util/annotations`.
 */
import { formatExpositionFloat } from "@dmon/model";
import type { Span } from "../ast.ts";
import { goPrecision } from "../go-format.ts";
import { lineAndColumn } from "../parser/parse-error.ts";
import { goQuote } from "../parser/tokens.ts";

export type HistogramOperation = "addition" | "subtraction" | "aggregation";

interface Note {
  readonly text: string;
  span: Span;
  /** Appended to the text in the answer; two notes that differ only here are one. */
  details: MonotonicityDetails | undefined;
}

interface MonotonicityDetails {
  minBucket: number;
  maxBucket: number;
  maxDifference: number;
  count: number;
  fromMs: number;
  toMs: number;
}

export class Notes {
  readonly #notes = new Map<string, Note>();

  /** Texts that name no place: what the storage said. */
  readonly #plain = new Set<string>();

  get isEmpty(): boolean {
    return this.#notes.size === 0 && this.#plain.size === 0;
  }

  #add(text: string, span: Span, details?: MonotonicityDetails): void {
    const known = this.#notes.get(text);
    if (known === undefined) {
      this.#notes.set(text, { text, span, details });
      return;
    }
    known.span = span;
    if (details !== undefined && known.details !== undefined) mergeDetails(known.details, details);
  }

  warn(text: string, span: Span): void {
    this.#add(`PromQL warning: ${text}`, span);
  }

  info(text: string, span: Span): void {
    this.#add(`PromQL info: ${text}`, span);
  }

  storageWarning(text: string): void {
    this.#plain.add(`w${text}`);
  }

  storageInfo(text: string): void {
    this.#plain.add(`i${text}`);
  }

  invalidQuantile(quantile: number, span: Span): void {
    this.warn(`quantile value should be between 0 and 1, got ${formatExpositionFloat(quantile)}`, span);
  }

  invalidRatio(ratio: number, cappedTo: number, span: Span): void {
    const got = formatExpositionFloat(ratio);
    this.warn(
      `ratio value should be between -1 and 1, got ${got}, capping to ${formatExpositionFloat(cappedTo)}`,
      span,
    );
  }

  badBucketLabel(metric: string, label: string, span: Span): void {
    const text = `bucket label "le" is missing or has a malformed value of ${goQuote(label)}`;
    this.warn(text + forMetric(metric), span);
  }

  mixedFloatsAndHistograms(metric: string, span: Span): void {
    this.warn(`encountered a mix of histograms and floats for metric name ${goQuote(metric)}`, span);
  }

  mixedInAggregation(span: Span): void {
    this.warn("encountered a mix of histograms and floats for aggregation", span);
  }

  mixedClassicAndNative(metric: string, span: Span): void {
    this.warn(`vector contains a mix of classic and native histograms${forMetric(metric)}`, span);
  }

  notCounter(metric: string, span: Span): void {
    this.warn(`this native histogram metric is not a counter: ${goQuote(metric)}`, span);
  }

  notGauge(metric: string, span: Span): void {
    this.warn(`this native histogram metric is not a gauge: ${goQuote(metric)}`, span);
  }

  mixedExponentialAndCustom(metric: string, span: Span): void {
    const text = "vector contains a mix of histograms with exponential and custom buckets schemas for metric name";
    this.warn(`${text} ${goQuote(metric)}`, span);
  }

  possibleNonCounter(metric: string, span: Span): void {
    const text = "metric might not be a counter, name does not end in _total/_sum/_count/_bucket:";
    this.info(`${text} ${goQuote(metric)}`, span);
  }

  possibleNonCounterType(metric: string, type: string, span: Span): void {
    const text = 'metric might not be a counter, __type__ label is not set to "counter" or "histogram"';
    this.info(`${text}, got ${goQuote(type)}: ${goQuote(metric)}`, span);
  }

  startTimeOverlap(metric: string, span: Span): void {
    this.warn(`start timestamps overlap with earlier samples for metric name ${goQuote(metric)}`, span);
  }

  incompatibleTypes(left: string, operator: string, right: string, span: Span): void {
    const op = goQuote(operator);
    this.info(`incompatible sample types encountered for binary operator ${op}: ${left} ${operator} ${right}`, span);
  }

  incompatibleBuckets(operator: string, span: Span): void {
    this.warn(`incompatible bucket layout encountered for binary operator ${operator}`, span);
  }

  ignoredInAggregation(aggregation: string, span: Span): void {
    this.info(`ignored histogram in ${aggregation} aggregation`, span);
  }

  ignoredInMixedRange(metric: string, span: Span): void {
    const text = "ignored histograms in a range containing both floats and histograms for metric name";
    this.info(`${text} ${goQuote(metric)}`, span);
  }

  quantileNaN(kind: "result" | "skew", metric: string, span: Span): void {
    const outcome = kind === "result" ? "result is NaN" : "result is skewed higher";
    this.info(`input to histogram_quantile has NaN observations, ${outcome}${forMetric(metric)}`, span);
  }

  fractionNaN(metric: string, span: Span): void {
    const text = "input to histogram_fraction has NaN observations, which are excluded from all fractions";
    this.info(text + forMetric(metric), span);
  }

  counterResetCollision(operation: HistogramOperation, span: Span): void {
    this.warn(`conflicting counter resets during histogram ${operation}`, span);
  }

  mismatchedCustomBuckets(operation: HistogramOperation, span: Span): void {
    this.info(`mismatched custom buckets were reconciled during ${operation}`, span);
  }

  sortIneffective(span: Span): void {
    this.warn("sort is ineffective for range queries since results are always ordered by labels", span);
  }

  /** A classic histogram whose buckets were not cumulative at `atMs`. */
  forcedMonotonicity(
    metric: string,
    span: Span,
    fix: {
      readonly atMs: number;
      readonly minBucket: number;
      readonly maxBucket: number;
      readonly maxDifference: number;
    },
  ): void {
    const { atMs, minBucket, maxBucket, maxDifference } = fix;
    const text =
      "PromQL info: input to histogram_quantile needed to be fixed for monotonicity (see " +
      `https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile)${forMetric(metric)}`;
    this.#add(text, span, { minBucket, maxBucket, maxDifference, count: 1, fromMs: atMs, toMs: atMs });
  }

  warnings(query: string): readonly string[] {
    return this.#texts(query, "PromQL warning", "w");
  }

  infos(query: string): readonly string[] {
    return this.#texts(query, "PromQL info", "i");
  }

  #texts(query: string, prefix: string, plainMark: string): readonly string[] {
    const out: string[] = [];
    for (const note of this.#notes.values()) {
      if (!note.text.startsWith(prefix)) continue;
      out.push(`${note.text}${detailText(note.details)} (${lineAndColumn(query, note.span.start)})`);
    }
    for (const text of this.#plain) if (text.startsWith(plainMark)) out.push(text.slice(1));
    return out;
  }
}

function forMetric(metric: string): string {
  return metric === "" ? "" : ` for metric name ${goQuote(metric)}`;
}

function mergeDetails(into: MonotonicityDetails, other: MonotonicityDetails): void {
  into.minBucket = Math.min(into.minBucket, other.minBucket);
  into.maxBucket = Math.max(into.maxBucket, other.maxBucket);
  into.maxDifference = Math.max(into.maxDifference, other.maxDifference);
  into.fromMs = Math.min(into.fromMs, other.fromMs);
  into.toMs = Math.max(into.toMs, other.toMs);
  into.count += other.count;
}

function detailText(details: MonotonicityDetails | undefined): string {
  if (details === undefined) return "";
  const { minBucket, maxBucket, maxDifference, count, fromMs, toMs } = details;
  const buckets = `from buckets ${formatExpositionFloat(minBucket)} to ${formatExpositionFloat(maxBucket)}`;
  const times = `from ${rfc3339(fromMs)} to ${rfc3339(toMs)}`;
  return `, ${buckets}, with a max diff of ${goPrecision(maxDifference, 2)}, over ${count} samples ${times}`;
}

function rfc3339(atMs: number): string {
  return new Date(Math.floor(atMs / 1000) * 1000).toISOString().replace(".000Z", "Z");
}
