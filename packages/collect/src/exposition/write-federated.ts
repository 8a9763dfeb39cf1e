/**
 * Single samples for another server's `/federate`: text 0.0.4, or protobuf where the reader asks for it. Only protobuf can say a
 * native histogram, always with floating counts; in text they are left out. Everything else is untyped: nobody knows any more what it was.
 *
 * Sources: prometheus `web/federate.go` (and what 3.5 answers); prometheus/client_model `metrics.proto`.
 */
import { type BucketSpan, type FloatHistogram, formatExpositionFloat } from "@dmon/model";
import { ProtoWriter } from "../bytes/proto-writer.ts";
import { escapeLabelName, escapeMetricName, headerName, samplePrefix } from "./write-names.ts";
import type { EscapingScheme, FederationFormat } from "./write-negotiate.ts";

export interface FederatedSample {
  readonly name: string;
  /** Flat pairs, without the metric's name, in the order in which they are written. */
  readonly labels: readonly string[];
  readonly atMs: number;
  /** Not read where there is a histogram. */
  readonly value: number;
  readonly histogram: FloatHistogram | undefined;
}

/** @param samples those of one name one after the other */
export function writeFederated(
  samples: Iterable<FederatedSample>,
  { format, escaping }: FederationFormat,
): Generator<string | Uint8Array> {
  return format === "text" ? writeText(samples, escaping) : writeProtobuf(samples, escaping);
}

function* writeText(samples: Iterable<FederatedSample>, escaping: EscapingScheme): Generator<string> {
  let last: string | undefined;
  for (const { name, labels, atMs, value, histogram } of samples) {
    if (histogram !== undefined) continue;
    const escaped = escapeMetricName(name, escaping);
    const header = name === last ? "" : `# TYPE ${headerName(escaped)} untyped\n`;
    last = name;
    yield `${header}${samplePrefix(escaped, labels, escaping)}${formatExpositionFloat(value)} ${atMs}\n`;
  }
}

const UNTYPED = 3;
const HISTOGRAM = 4;
const GAUGE_HISTOGRAM = 5;

function* writeProtobuf(samples: Iterable<FederatedSample>, escaping: EscapingScheme): Generator<Uint8Array> {
  let family: ProtoWriter | undefined;
  let last: FederatedSample | undefined;
  for (const sample of samples) {
    // A family holds one kind of value; a name that has several comes in several families.
    if (family === undefined || sample.name !== last?.name || typeOf(sample) !== typeOf(last)) {
      if (family !== undefined) yield delimited(family);
      family = new ProtoWriter().string(1, escapeMetricName(sample.name, escaping)).varint(3, typeOf(sample));
    }
    family.message(4, (metric) => writeMetric(metric, sample, escaping));
    last = sample;
  }
  if (family !== undefined) yield delimited(family);
}

function typeOf({ histogram }: FederatedSample): number {
  if (histogram === undefined) return UNTYPED;
  return histogram.counterResetHint === "gauge" ? GAUGE_HISTOGRAM : HISTOGRAM;
}

function delimited(family: ProtoWriter): Uint8Array {
  const bytes = family.finish();
  return Buffer.concat([new ProtoWriter().raw(bytes.length).finish(), bytes]);
}

function writeMetric(metric: ProtoWriter, sample: FederatedSample, escaping: EscapingScheme): void {
  const { labels, value, histogram, atMs } = sample;
  for (let i = 0; i < labels.length; i += 2) {
    metric.message(1, (pair) => pair.string(1, escapeLabelName(labels[i]!, escaping)).string(2, labels[i + 1]!));
  }
  if (histogram === undefined) metric.message(5, (untyped) => untyped.double(1, value));
  metric.varint(6, atMs);
  if (histogram !== undefined) metric.message(7, (inner) => writeHistogram(inner, histogram));
}

function writeHistogram(writer: ProtoWriter, histogram: FloatHistogram): void {
  writer.double(2, histogram.sum).double(4, histogram.count).sint(5, histogram.schema);
  writer.double(6, histogram.zeroThreshold).double(8, histogram.zeroCount);
  writeSide(writer, 9, 11, histogram.negativeSpans, histogram.negativeBuckets);
  writeSide(writer, 12, 14, histogram.positiveSpans, histogram.positiveBuckets);
}

function writeSide(
  writer: ProtoWriter,
  spanField: number,
  countField: number,
  spans: readonly BucketSpan[],
  counts: ArrayLike<number>,
): void {
  for (const { offset, length } of spans) writer.message(spanField, (span) => span.sint(1, offset).varint(2, length));
  for (let i = 0; i < counts.length; i++) writer.double(countField, counts[i]!);
}
