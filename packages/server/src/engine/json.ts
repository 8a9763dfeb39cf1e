/**
 * Writes query results as Prometheus' JSON, in pieces of about 64 KiB, so that no answer is ever one huge string.
 */
import { type FloatHistogram, formatPlainFloat, type Labels, type MatrixSeries, type QueryValue } from "@dmon/model";
import { histogramToJson } from "@dmon/promql";
import { JsonBytes } from "./json-bytes.ts";

const PIECE_CHARS = 64 * 1024;

/** Upper bound of what {@link queryValueJson} will write, bytes, known before anything is written. */
export function estimateJsonBytes(value: QueryValue): number {
  if (value.type === "vector") return value.samples.length * 200;
  if (value.type !== "matrix") return 100;
  return value.series.reduce((sum, series) => sum + 200 + series.timesMs.length * 34, 0);
}

// At each yield it is empty, so all answers share it.
const bytes = new JsonBytes();

/** The `data` object: `{"resultType":…,"result":…}`, with `extra` (already JSON, such as `,"stats":{…}`) before its end. */
export function* queryValueJson(value: QueryValue, extra = ""): Generator<string | Uint8Array> {
  yield `{"resultType":"${value.type}","result":`;
  // Prometheus writes a scalar without an exponent, unlike all other values.
  if (value.type === "scalar") yield `[${seconds(value.atMs)},"${formatPlainFloat(value.value)}"]`;
  else if (value.type === "string") yield `[${seconds(value.atMs)},${JSON.stringify(value.value)}]`;
  else {
    try {
      yield* value.type === "vector" ? vectorJson(value) : matrixJson(value);
    } finally {
      bytes.clear();
    }
  }
  yield `${extra}}`;
}

function* vectorJson(value: QueryValue & { type: "vector" }): Generator<Uint8Array> {
  bytes.text("[");
  let before = "";
  for (const { labels, atMs, value: one, histogram } of value.samples) {
    const metric = `${before}{"metric":${labelsJson(labels)},`;
    before = "},";
    if (histogram === undefined) {
      bytes.text(`${metric}"value":`);
      bytes.point(atMs, one);
    } else bytes.text(`${metric}"histogram":${histogramPoint(atMs, histogram)}`);
    if (bytes.isFull) yield bytes.take();
  }
  bytes.text(before === "" ? "]" : "}]");
  yield bytes.take();
}

function* matrixJson(value: QueryValue & { type: "matrix" }): Generator<Uint8Array> {
  bytes.text("[");
  let before = "";
  for (const series of value.series) {
    bytes.text(`${before}{"metric":${labelsJson(series.labels)}`);
    before = "},";
    yield* series.histograms === undefined ? floatPoints(series) : mixedPoints(series);
    if (bytes.isFull) yield bytes.take();
  }
  bytes.text(before === "" ? "]" : "}]");
  yield bytes.take();
}

function* floatPoints({ timesMs, values }: MatrixSeries): Generator<Uint8Array> {
  if (timesMs.length === 0) return;
  bytes.text(',"values":[');
  for (let at = 0; ; ) {
    at = bytes.points(timesMs, values, at);
    if (at === timesMs.length) break;
    yield bytes.take();
  }
  bytes.text("]");
}

function* mixedPoints({ timesMs, values, histograms }: MatrixSeries): Generator<Uint8Array> {
  let isFirst = true;
  for (let i = 0; i < timesMs.length; i++) {
    if (histograms?.[i] !== undefined) continue;
    bytes.text(isFirst ? ',"values":[' : ",");
    bytes.point(timesMs[i]!, values[i]!);
    isFirst = false;
    if (bytes.isFull) yield bytes.take();
  }
  if (!isFirst) bytes.text("]");
  isFirst = true;
  for (let i = 0; i < timesMs.length; i++) {
    const histogram = histograms?.[i];
    if (histogram === undefined) continue;
    bytes.text(`${isFirst ? ',"histograms":[' : ","}${histogramPoint(timesMs[i]!, histogram)}`);
    isFirst = false;
    if (bytes.isFull) yield bytes.take();
  }
  if (!isFirst) bytes.text("]");
}

function histogramPoint(atMs: number, histogram: FloatHistogram): string {
  return `[${seconds(atMs)},${JSON.stringify(histogramToJson(histogram))}]`;
}

export function labelsJson(labels: Labels): string {
  const { pairs } = labels;
  let out = "{";
  for (let i = 0; i < pairs.length; i += 2) {
    out += `${i === 0 ? "" : ","}${JSON.stringify(pairs[i])}:${JSON.stringify(pairs[i + 1])}`;
  }
  return `${out}}`;
}

/** Milliseconds as seconds with at most three decimals, as Prometheus writes times. */
export function seconds(atMs: number): string {
  return String(atMs / 1000);
}

/** A JSON array of texts or of label sets, in pieces. */
export function* arrayJson<T>(items: readonly T[], write: (item: T) => string): Generator<string> {
  let piece = "[";
  for (let i = 0; i < items.length; i++) {
    piece += `${i === 0 ? "" : ","}${write(items[i]!)}`;
    if (piece.length >= PIECE_CHARS) {
      yield piece;
      piece = "";
    }
  }
  yield `${piece}]`;
}
