/** Query results as a person or a spreadsheet reads them: aligned table, CSV. */
import type { ApiHistogram, ApiQueryData } from "@dmon/model";

type Metric = Readonly<Record<string, string>>;

/** As PromQL writes a series. */
export function metricText(metric: Metric): string {
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
      return data.result.flatMap(({ metric, value, histogram }): Row[] => {
        if (value !== undefined) return [{ metric, at: value[0], value: value[1] }];
        return histogram === undefined ? [] : [{ metric, at: histogram[0], value: histogramText(histogram[1]) }];
      });
    case "matrix":
      return data.result.flatMap(({ metric, values = [], histograms = [] }) =>
        [
          ...values.map(([at, value]) => ({ metric, at, value })),
          ...histograms.map(([at, histogram]) => ({ metric, at, value: histogramText(histogram) })),
        ].sort((a, b) => a.at - b.at),
      );
    case "scalar":
    case "string":
      return [{ metric: {}, at: data.result[0], value: data.result[1] }];
  }
}

const LEFT = ["(", "[", "(", "["];
const RIGHT = ["]", ")", ")", "]"];

/** As Prometheus writes a native histogram: `{count:3, sum:2.5, (1,2]:3}`. */
function histogramText({ count, sum, buckets = [] }: ApiHistogram): string {
  const parts = buckets.map(([rule, lower, upper, n]) => `${LEFT[rule]}${lower},${upper}${RIGHT[rule]}:${n}`);
  return `{${[`count:${count}`, `sum:${sum}`, ...parts].join(", ")}}`;
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
