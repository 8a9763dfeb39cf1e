/**
 * One native histogram as one of Prometheus' chunks of float histograms. Chunks of several would be smaller, and their readers
 * need no more than this.
 *
 * Only written here, for remote read.
 * Source: prometheus `tsdb/chunkenc/float_histogram.go`, `histogram_meta.go`.
 */
import { type BucketSpan, type CounterResetHint, CUSTOM_BUCKETS_SCHEMA, type FloatHistogram } from "@dmon/model";
import { BitWriter } from "./bit-writer.ts";

/** Chunk encoding of remote read. */
export const FLOAT_HISTOGRAM_ENCODING = 3;

/** The third byte of the header. */
const RESET_HEADERS: Readonly<Record<CounterResetHint, number>> = {
  unknown: 0,
  not_reset: 0x40,
  reset: 0x80,
  gauge: 0xc0,
};

export function histogramChunk(atMs: number, histogram: FloatHistogram): Uint8Array {
  const out = new BitWriter(3);
  out.setHeader(1, 1);
  out.setHeader(2, RESET_HEADERS[histogram.counterResetHint]);
  writeLayout(out, histogram);
  out.varbitInt(atMs);
  out.double(histogram.count);
  out.double(histogram.zeroCount);
  out.double(histogram.sum);
  for (const count of histogram.positiveBuckets) out.double(count);
  for (const count of histogram.negativeBuckets) out.double(count);
  return out.finish();
}

function writeLayout(out: BitWriter, histogram: FloatHistogram): void {
  const { schema, zeroThreshold, positiveSpans, negativeSpans, customValues } = histogram;
  // Powers of two have a short form, which readers do not ask for.
  out.write(zeroThreshold === 0 ? 0 : 0xff, 8);
  if (zeroThreshold !== 0) out.double(zeroThreshold);
  out.varbitInt(schema);
  writeSpans(out, positiveSpans);
  writeSpans(out, negativeSpans);
  if (schema !== CUSTOM_BUCKETS_SCHEMA) return;
  out.varbitUint(customValues.length);
  for (const bound of customValues) {
    // Thousandths have a short form too; 0 says that the bound stands here whole.
    out.varbitUint(0);
    out.double(bound);
  }
}

function writeSpans(out: BitWriter, spans: readonly BucketSpan[]): void {
  out.varbitUint(spans.length);
  for (const { offset, length } of spans) {
    out.varbitUint(length);
    out.varbitInt(offset);
  }
}
