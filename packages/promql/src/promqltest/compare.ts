/** Compares what a query gave with what the script expects. A difference is text, for a person; undefined is agreement. */
import {
  compareLabels,
  type FloatHistogram,
  formatFloat,
  type Labels,
  type MatrixSeries,
  type QueryValue,
  type VectorSample,
} from "@dmon/model";
import { formatTestHistogram } from "../histogram/index.ts";
import type { Expectations, ExpectedSeries, TimeRange } from "./eval-command.ts";
import { nearlyEqual, nearlyEqualHistograms } from "./nearly-equal.ts";
import type { SequenceValue } from "./series-line.ts";

/** What was expected and what came instead, one line each. */
export interface Difference {
  readonly expected: string;
  readonly got: string;
}

/** @param range times of the expected values where the result is a matrix */
export function compareValue(
  value: QueryValue,
  expected: Expectations,
  range: TimeRange | undefined,
): Difference | undefined {
  switch (value.type) {
    case "scalar":
      if (expected.scalar === undefined)
        return { expected: describe(expected), got: `scalar ${formatFloat(value.value)}` };
      if (nearlyEqual(expected.scalar, value.value)) return undefined;
      return { expected: formatFloat(expected.scalar), got: formatFloat(value.value) };
    case "string": {
      const text = expected.text ?? "";
      return text === value.value ? undefined : { expected: JSON.stringify(text), got: JSON.stringify(value.value) };
    }
    case "vector":
      return compareVector(value.samples, expected);
    case "matrix":
      return compareMatrix(value.series, expected, range);
  }
}

export function compareVector(samples: readonly VectorSample[], expected: Expectations): Difference | undefined {
  if (expected.scalar !== undefined) return { expected: describe(expected), got: `vector of ${samples.length}` };
  const seen = new Set<string>();
  for (const [position, sample] of samples.entries()) {
    const series = findSeries(expected, sample.labels);
    const got = `${sample.labels} ${formatValue(sample.value, sample.histogram)}`;
    if (series === undefined) return { expected: describe(expected), got: `unexpected ${got}` };
    if (expected.ordered && series.position !== position) {
      return { expected: `${sample.labels} at position ${series.position + 1}`, got: `at position ${position + 1}` };
    }
    const value = series.values[0] ?? { kind: "omitted" };
    if (!sameValue(value, sample.value, sample.histogram)) {
      return { expected: `${sample.labels} ${formatSequenceValue(value)}`, got };
    }
    seen.add(sample.labels.key);
  }
  return missing(expected, seen);
}

function compareMatrix(
  matrix: readonly MatrixSeries[],
  expected: Expectations,
  range: TimeRange | undefined,
): Difference | undefined {
  if (expected.ordered || expected.scalar !== undefined || range === undefined) {
    return { expected: describe(expected), got: `matrix of ${matrix.length} series` };
  }
  const unsorted = matrix.findIndex((series, i) => i > 0 && compareLabels(matrix[i - 1]!.labels, series.labels) > 0);
  if (unsorted > 0) return { expected: "series sorted by labels", got: `${matrix[unsorted]!.labels} out of order` };
  const seen = new Set<string>();
  for (const series of matrix) {
    const wanted = findSeries(expected, series.labels);
    const got = `${series.labels} ${formatPoints(series)}`;
    if (wanted === undefined) return { expected: describe(expected), got: `unexpected ${got}` };
    if (!samePoints(wanted, series, range)) return { expected: formatExpected(wanted, range), got };
    seen.add(series.labels.key);
  }
  return missing(expected, seen);
}

function samePoints(wanted: ExpectedSeries, series: MatrixSeries, range: TimeRange): boolean {
  let at = 0;
  for (const [i, value] of wanted.values.entries()) {
    if (value.kind === "omitted") continue;
    const timeMs = range.startMs + i * range.stepMs;
    if (timeMs > range.endMs || series.timesMs[at] !== timeMs) return false;
    if (!sameValue(value, series.values[at]!, series.histograms?.[at])) return false;
    at++;
  }
  return at === series.timesMs.length;
}

function sameValue(expected: SequenceValue, value: number, histogram: FloatHistogram | undefined): boolean {
  if (expected.kind === "histogram") {
    return histogram !== undefined && nearlyEqualHistograms(expected.histogram, histogram, expected.hintGiven);
  }
  return expected.kind === "float" && histogram === undefined && nearlyEqual(expected.value, value);
}

/** Of a series that is expected twice the last line counts. */
function findSeries(expected: Expectations, labels: Labels): ExpectedSeries | undefined {
  return expected.series.findLast((series) => series.labels.equals(labels));
}

function missing(expected: Expectations, seen: ReadonlySet<string>): Difference | undefined {
  const absent = expected.series.find((series) => !seen.has(series.labels.key));
  return (
    absent && {
      expected: `${absent.labels} ${absent.values.map(formatSequenceValue).join(" ")}`,
      got: "no such series",
    }
  );
}

function describe({ scalar, text, series }: Expectations): string {
  if (scalar !== undefined) return `scalar ${formatFloat(scalar)}`;
  if (text !== undefined) return JSON.stringify(text);
  return series.length === 0 ? "nothing" : series.map((one) => String(one.labels)).join(", ");
}

function formatSequenceValue(value: SequenceValue): string {
  switch (value.kind) {
    case "omitted":
      return "_";
    case "stale":
      return "stale";
    case "float":
      return formatFloat(value.value);
    case "histogram":
      return formatTestHistogram(value.histogram);
  }
}

function formatValue(value: number, histogram: FloatHistogram | undefined): string {
  return histogram === undefined ? formatFloat(value) : formatTestHistogram(histogram);
}

function formatExpected({ labels, values }: ExpectedSeries, range: TimeRange): string {
  const points = values.flatMap((value, i) =>
    value.kind === "omitted" ? [] : [`${formatSequenceValue(value)} @${range.startMs + i * range.stepMs}`],
  );
  return `${labels} ${points.join(" ")}`;
}

function formatPoints({ timesMs, values, histograms }: MatrixSeries): string {
  return Array.from(timesMs, (timeMs, i) => `${formatValue(values[i]!, histograms?.[i])} @${timeMs}`).join(" ");
}
