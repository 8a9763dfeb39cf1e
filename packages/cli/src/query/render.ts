/** Query results as a person or a spreadsheet reads them: aligned table, CSV, or a plot made of characters. */
import type { ApiMatrixSeries, ApiQueryData } from "@dmon/model";

type Metric = Readonly<Record<string, string>>;

function metricText(metric: Metric): string {
  const { __name__: name = "", ...rest } = metric;
  const labels = Object.entries(rest).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  return labels.length === 0 ? name || "{}" : `${name}{${labels.join(", ")}}`;
}

interface Row {
  readonly metric: Metric;
  readonly at: number;
  readonly value: string;
}

function rowsOf(data: ApiQueryData): Row[] {
  switch (data.resultType) {
    case "vector":
      return data.result.map(({ metric, value }) => ({ metric, at: value[0], value: value[1] }));
    case "matrix":
      return data.result.flatMap(({ metric, values }) => values.map(([at, value]) => ({ metric, at, value })));
    case "scalar":
    case "string":
      return [{ metric: {}, at: data.result[0], value: data.result[1] }];
  }
}

/** One line a sample: labels as columns where they differ, the value last. */
export function tableText(data: ApiQueryData): string {
  const rows = rowsOf(data);
  if (rows.length === 0) return "no data\n";
  const withTime = data.resultType === "matrix";
  const names = [...new Set(rows.flatMap((row) => Object.keys(row.metric)))].sort();
  const header = [
    ...(withTime ? ["TIME"] : []),
    ...names.map((name) => (name === "__name__" ? "METRIC" : name.toUpperCase())),
    "VALUE",
  ];
  const cells = rows.map((row) => [
    ...(withTime ? [new Date(row.at * 1000).toISOString()] : []),
    ...names.map((name) => row.metric[name] ?? ""),
    row.value,
  ]);
  const widths = header.map((text, column) => Math.max(text.length, ...cells.map((line) => line[column]!.length)));
  const write = (line: readonly string[]): string =>
    line
      .map((text, column) =>
        column === line.length - 1 ? text.padStart(widths[column]!) : text.padEnd(widths[column]!),
      )
      .join("  ")
      .trimEnd();
  return `${[header, ...cells].map(write).join("\n")}\n`;
}

/** RFC 4180, one line a sample; times are RFC 3339 in UTC. */
export function csvText(data: ApiQueryData): string {
  const rows = rowsOf(data);
  const names = [...new Set(rows.flatMap((row) => Object.keys(row.metric)))].sort();
  const lines = [
    ["time", ...names, "value"],
    ...rows.map((row) => [
      new Date(row.at * 1000).toISOString(),
      ...names.map((name) => row.metric[name] ?? ""),
      row.value,
    ]),
  ];
  return lines.map((line) => `${line.map(csvCell).join(",")}\r\n`).join("");
}

function csvCell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

const SYMBOLS = "•+x*o#@%&=";

/** What the time axis shows, both ends inclusive. */
interface Span {
  readonly startMs: number;
  readonly endMs: number;
}

/**
 * A plot of at most ten series within `width` × `height` characters, axis labels included.
 *
 * @param span the whole time axis, which every point lies within
 */
export function plotText(series: readonly ApiMatrixSeries[], width: number, height: number, span: Span): string {
  const shown = series.slice(0, SYMBOLS.length);
  const points = shown.map(({ values }) =>
    values.map(([at, text]) => [at, Number(text)] as const).filter(([, value]) => Number.isFinite(value)),
  );
  const all = points.flat();
  if (all.length === 0) return "no data\n";
  const times = [span.startMs / 1000, span.endMs / 1000] as const;
  const [low, high] = extent(all.map(([, value]) => value));
  const top = high === low ? high + 1 : high;
  const labels = [top, (low + top) / 2, low].map((value) => shortNumber(value));
  const margin = Math.max(...labels.map((label) => label.length)) + 2;
  const columns = Math.max(10, width - margin);
  const grid = Array.from({ length: height }, () => Array.from({ length: columns }, () => " "));
  points.forEach((line, index) => {
    for (const [at, value] of line) {
      const x = times[1] === times[0] ? 0 : Math.round(((at - times[0]) / (times[1] - times[0])) * (columns - 1));
      const y = Math.round(((top - value) / (top - low)) * (height - 1));
      grid[y]![x] = SYMBOLS[index]!;
    }
  });
  const lines = grid.map((row, y) => {
    const label = y === 0 ? labels[0]! : y === height - 1 ? labels[2]! : y === Math.floor(height / 2) ? labels[1]! : "";
    return `${label.padStart(margin - 2)} │${row.join("")}`.trimEnd();
  });
  const from = new Date(times[0] * 1000).toISOString().slice(11, 19);
  const to = new Date(times[1] * 1000).toISOString().slice(11, 19);
  const axis = `${" ".repeat(margin - 1)}└${"─".repeat(columns - 1)}`;
  const feet = `${" ".repeat(margin)}${from}${to.padStart(Math.max(1, columns - from.length))}`;
  const legend = shown.map(({ metric }, index) => `  ${SYMBOLS[index]} ${metricText(metric)}`);
  const more = series.length > shown.length ? [`  … and ${series.length - shown.length} more series`] : [];
  return `${[...lines, axis, feet, ...legend, ...more].join("\n")}\n`;
}

function extent(values: readonly number[]): [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}

function shortNumber(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e15 || (size > 0 && size < 1e-3)) return value.toExponential(2);
  for (const [unit, scale] of [
    ["T", 1e12],
    ["G", 1e9],
    ["M", 1e6],
    ["k", 1e3],
  ] as const) {
    if (size >= scale) return `${(value / scale).toPrecision(3)}${unit}`;
  }
  return String(Number(value.toPrecision(3)));
}
