/**
 * Native histograms: docs/formats/chunk.md, "Histograms".
 *
 * Neighbours nearly always share their layout (schema, spans, bounds), so a run of one layout is written as its layout once
 * and then as columns: count, sum, zero count, each bucket.
 */
import type { BucketSpan, CounterResetHint, FloatHistogram } from "@dmon/model";
import { type ByteReader, ByteWriter, CorruptBytes } from "./bytes.ts";
import { decodeColumn, encodeColumn } from "./column.ts";

const HINTS: readonly CounterResetHint[] = ["unknown", "reset", "not_reset", "gauge"];

type Layout = Pick<
  FloatHistogram,
  "schema" | "counterResetHint" | "zeroThreshold" | "positiveSpans" | "negativeSpans" | "customValues"
>;

/** Appends `histograms` (≥ 1); the reader knows their number. */
export function encodeHistograms(out: ByteWriter, histograms: readonly FloatHistogram[]): void {
  const layout = new ByteWriter(64);
  const next = new ByteWriter(64);
  for (let at = 0; at < histograms.length; ) {
    writeLayout(layout.reset(), histograms[at]!);
    let end = at + 1;
    for (; end < histograms.length; end++) {
      writeLayout(next.reset(), histograms[end]!);
      if (!sameBytes(layout, next)) break;
    }
    out.varint(end - at);
    out.bytes(layout.buffer.subarray(0, layout.length));
    writeColumns(out, histograms.slice(at, end));
    at = end;
  }
}

export function decodeHistograms(input: ByteReader, count: number): FloatHistogram[] {
  const histograms: FloatHistogram[] = [];
  while (histograms.length < count) {
    const length = input.varint();
    if (length === 0 || histograms.length + length > count) throw new CorruptBytes("run of histograms");
    readColumns(input, readLayout(input), length, histograms);
  }
  return histograms;
}

function sameBytes(a: ByteWriter, b: ByteWriter): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a.buffer[i] !== b.buffer[i]) return false;
  return true;
}

function writeLayout(out: ByteWriter, layout: Layout): void {
  out.zigzag(layout.schema);
  out.u8(HINTS.indexOf(layout.counterResetHint));
  out.f64(layout.zeroThreshold);
  writeSpans(out, layout.positiveSpans);
  writeSpans(out, layout.negativeSpans);
  out.varint(layout.customValues.length);
  for (const bound of layout.customValues) out.f64(bound);
}

function readLayout(input: ByteReader): Layout {
  const schema = input.zigzag();
  const counterResetHint = HINTS[input.u8()];
  if (counterResetHint === undefined) throw new CorruptBytes("reset hint");
  const zeroThreshold = input.f64();
  const positiveSpans = readSpans(input);
  const negativeSpans = readSpans(input);
  const customValues = Array.from({ length: input.count(8) }, () => input.f64());
  return { schema, counterResetHint, zeroThreshold, positiveSpans, negativeSpans, customValues };
}

function writeSpans(out: ByteWriter, spans: readonly BucketSpan[]): void {
  out.varint(spans.length);
  for (const { offset, length } of spans) {
    out.zigzag(offset);
    out.varint(length);
  }
}

function readSpans(input: ByteReader): BucketSpan[] {
  return Array.from({ length: input.count(2) }, () => ({ offset: input.zigzag(), length: input.varint() }));
}

function bucketCount(spans: readonly BucketSpan[]): number {
  return spans.reduce((sum, { length }) => sum + length, 0);
}

function writeColumns(out: ByteWriter, run: readonly FloatHistogram[]): void {
  const column = new Float64Array(run.length);
  const write = (value: (histogram: FloatHistogram) => number): void => {
    for (let i = 0; i < run.length; i++) column[i] = value(run[i]!);
    encodeColumn(out, column, run.length);
  };
  write(({ count }) => count);
  write(({ sum }) => sum);
  write(({ zeroCount }) => zeroCount);
  const [first] = run;
  for (let b = 0; b < bucketCount(first!.positiveSpans); b++) write(({ positiveBuckets }) => positiveBuckets[b]!);
  for (let b = 0; b < bucketCount(first!.negativeSpans); b++) write(({ negativeBuckets }) => negativeBuckets[b]!);
}

function readColumns(input: ByteReader, layout: Layout, length: number, into: FloatHistogram[]): void {
  const read = (): Float64Array => {
    const column = new Float64Array(length);
    decodeColumn(input, length, column, 0);
    return column;
  };
  const readAll = (spans: readonly BucketSpan[]): Float64Array[] => {
    const count = bucketCount(spans);
    // A column takes two bytes at least, so a length that lies is found before memory is asked for.
    if (count * 2 > input.remaining) throw new CorruptBytes("buckets");
    return Array.from({ length: count }, read);
  };
  const counts = read();
  const sums = read();
  const zeroCounts = read();
  const positive = readAll(layout.positiveSpans);
  const negative = readAll(layout.negativeSpans);
  for (let i = 0; i < length; i++) {
    into.push({
      ...layout,
      count: counts[i]!,
      sum: sums[i]!,
      zeroCount: zeroCounts[i]!,
      positiveBuckets: positive.map((column) => column[i]!),
      negativeBuckets: negative.map((column) => column[i]!),
    });
  }
}
