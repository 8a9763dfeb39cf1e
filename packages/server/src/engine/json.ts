/**
 * Writes query results as Prometheus' JSON, in pieces of about 64 KiB, so that no answer is ever one huge string.
 */
import { formatJsonFloat, formatPlainFloat, type Labels, type QueryValue } from "@dmon/model";
import { histogramToJson } from "@dmon/promql";

const PIECE_CHARS = 64 * 1024;

/** Upper bound of what {@link queryValueJson} will write, bytes, known before anything is written. */
export function estimateJsonBytes(value: QueryValue): number {
  if (value.type === "vector") return value.samples.length * 200;
  if (value.type !== "matrix") return 100;
  return value.series.reduce((sum, series) => sum + 200 + series.timesMs.length * 34, 0);
}

/** The `data` object: `{"resultType":…,"result":…}`, with `extra` (already JSON, such as `,"stats":{…}`) before its end. */
export function* queryValueJson(value: QueryValue, extra = ""): Generator<string> {
  yield `{"resultType":"${value.type}","result":`;
  // Prometheus writes a scalar without an exponent, unlike all other values.
  if (value.type === "scalar") yield `[${seconds(value.atMs)},"${formatPlainFloat(value.value)}"]`;
  else if (value.type === "string") yield `[${seconds(value.atMs)},${JSON.stringify(value.value)}]`;
  else yield* value.type === "vector" ? vectorJson(value) : matrixJson(value);
  yield `${extra}}`;
}

function* vectorJson(value: QueryValue & { type: "vector" }): Generator<string> {
  let piece = "[";
  let first = true;
  for (const sample of value.samples) {
    const point =
      sample.histogram === undefined
        ? `"value":[${seconds(sample.atMs)},"${formatJsonFloat(sample.value)}"]`
        : `"histogram":[${seconds(sample.atMs)},${JSON.stringify(histogramToJson(sample.histogram))}]`;
    piece += `${first ? "" : ","}{"metric":${labelsJson(sample.labels)},${point}}`;
    first = false;
    if (piece.length >= PIECE_CHARS) {
      yield piece;
      piece = "";
    }
  }
  yield `${piece}]`;
}

function* matrixJson(value: QueryValue & { type: "matrix" }): Generator<string> {
  let piece = "[";
  let firstSeries = true;
  for (const { labels, timesMs, values, histograms } of value.series) {
    piece += `${firstSeries ? "" : ","}{"metric":${labelsJson(labels)}`;
    firstSeries = false;
    let first = true;
    for (let i = 0; i < timesMs.length; i++) {
      if (histograms?.[i] !== undefined) continue;
      piece += `${first ? ',"values":[' : ","}[${seconds(timesMs[i]!)},"${formatJsonFloat(values[i]!)}"]`;
      first = false;
      if (piece.length >= PIECE_CHARS) {
        yield piece;
        piece = "";
      }
    }
    if (!first) piece += "]";
    if (histograms !== undefined) {
      const points: string[] = [];
      for (let i = 0; i < timesMs.length; i++) {
        const histogram = histograms[i];
        if (histogram !== undefined)
          points.push(`[${seconds(timesMs[i]!)},${JSON.stringify(histogramToJson(histogram))}]`);
      }
      if (points.length > 0) piece += `,"histograms":[${points.join(",")}]`;
    }
    piece += "}";
  }
  yield `${piece}]`;
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
