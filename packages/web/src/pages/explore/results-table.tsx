/** The queries' answers at one instant, as a table: a column a label, the value last; sorted, filtered, downloaded. */
import type { ApiVectorSample } from "@dmon/model";
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { ask } from "../../api/batch.ts";
import { histogramsOf, messageOfQueryError, parseApiNumber, vectorOf } from "../../api/client.ts";
import { download, fileName } from "../../charts/export.ts";
import { DataTable, type TableColumn } from "../../table/data-table.tsx";
import { formatValue } from "../../units/units.ts";
import classes from "./explore.module.css";

interface Row {
  readonly query: number;
  readonly metric: ApiVectorSample["metric"];
  readonly value: number;
  /** Of a native histogram, whose count is its `value`. */
  readonly sum?: number;
}

export interface ResultsTableProps {
  readonly queries: readonly string[];
  readonly unit: string;
  /** Undefined: now. */
  readonly atMs: number | undefined;
  /** Changes with each run. */
  readonly runId: number;
}

const MAX_LABELS = 12;

export function ResultsTable({ queries, unit, atMs, runId }: ResultsTableProps) {
  const [filter, setFilter] = useState("");
  const answer = useQuery({
    queryKey: ["table", queries, atMs ?? "now", runId],
    queryFn: async ({ signal }): Promise<readonly Row[]> => {
      const time = atMs === undefined ? {} : { time: atMs / 1000 };
      const answers = await Promise.all(queries.map((query) => ask({ query, ...time }, signal)));
      return answers.flatMap((data, query) => [
        ...vectorOf(data).map(({ metric, value }) => ({ query, metric, value: parseApiNumber(value[1]) })),
        ...histogramsOf(data).map(({ metric, histogram: [, { count, sum }] }) => ({
          query,
          metric,
          value: parseApiNumber(count),
          sum: parseApiNumber(sum),
        })),
      ]);
    },
  });
  const labels = useMemo(() => labelsOf(answer.data ?? []), [answer.data]);
  const wanted = filter.trim().toLowerCase();
  const rows = useMemo(
    () =>
      (answer.data ?? []).filter(
        ({ metric }) => Object.values(metric).some((v) => v.toLowerCase().includes(wanted)) || wanted === "",
      ),
    [answer.data, wanted],
  );
  const columns = useMemo<readonly TableColumn<Row>[]>(
    () => [
      ...(queries.length > 1
        ? [{ id: "query", title: "Query", value: (row: Row) => String.fromCharCode(65 + row.query) }]
        : []),
      ...labels.map((label) => ({
        id: `label ${label}`,
        title: label === "__name__" ? "metric" : label,
        value: (row: Row) => row.metric[label] ?? "",
      })),
      {
        id: "value",
        title: "Value",
        numeric: true,
        value: (row) => row.value,
        render: (row) =>
          row.sum === undefined ? (
            <span title={String(row.value)}>{formatValue(row.value, unit)}</span>
          ) : (
            <span title={`count ${row.value}, sum ${row.sum}`}>
              histogram: count {formatValue(row.value, "short")}, sum {formatValue(row.sum, unit)}
            </span>
          ),
      },
    ],
    [labels, queries.length, unit],
  );

  if (answer.isPending) return <p className={classes.hint}>Asking…</p>;
  if (answer.isError) {
    return (
      <pre className={classes.problem} role="alert">
        {messageOfQueryError(answer.error)}
      </pre>
    );
  }
  return (
    <>
      <div className={classes.tableTools}>
        <input
          type="search"
          aria-label="Filter the rows"
          placeholder="Filter"
          value={filter}
          onChange={(event) => setFilter(event.target.value)}
        />
        <span>{rows.length.toLocaleString()} rows</span>
        <button type="button" onClick={() => downloadCsv(labels, rows)}>
          Download CSV
        </button>
      </div>
      <DataTable
        label="Results"
        columns={columns}
        rows={rows}
        keyOf={(row) => `${row.query} ${JSON.stringify(row.metric)}`}
        sortedBy="value"
        empty="The query has no result at this time."
      />
    </>
  );
}

function labelsOf(rows: readonly Row[]): string[] {
  const found = new Set<string>();
  for (const { metric } of rows) for (const label of Object.keys(metric)) found.add(label);
  return [...found].slice(0, MAX_LABELS);
}

function downloadCsv(labels: readonly string[], rows: readonly Row[]): void {
  const quote = (text: string) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const lines = rows.map(({ metric, value }) =>
    [...labels.map((label) => quote(metric[label] ?? "")), value].join(","),
  );
  const text = `${[[...labels, "value"].join(","), ...lines].join("\n")}\n`;
  download(fileName("query", "csv"), new Blob([text], { type: "text/csv" }));
}
