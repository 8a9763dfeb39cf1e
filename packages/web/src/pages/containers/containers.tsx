/** Containers and services: what each takes now, and its charts. */
import type { ContainerList } from "@dmon/model";
import { useMemo, useState } from "react";
import { DataTable, type TableColumn } from "../../table/data-table.tsx";
import { formatValue } from "../../units/units.ts";
import { HostListPage, useShownHost } from "../host-lists/host-list-page.tsx";
import { numberColumn } from "../host-lists/number-column.ts";
import { type GroupRow, useGroups, useHostList } from "../host-lists/use-host-lists.ts";
import { ContainerCharts } from "./container-charts.tsx";

interface Row {
  readonly name: string;
  readonly image: string | null;
  readonly kind: string | null;
  readonly cpu: number | null;
  readonly memory: number | null;
  readonly memoryLimit: number | null;
  readonly throttled: number | null;
  readonly read: number | null;
  readonly written: number | null;
  readonly processes: number | null;
  readonly oomKills: number | null;
}

const QUERIES = {
  cpu: 'sum by (name) (rate(container_cpu_usage_seconds_total{$s,name!=""}[15s]))',
  memory: 'sum by (name) (container_memory_working_set_bytes{$s,name!=""})',
  throttled: 'sum by (name) (rate(container_cpu_cfs_throttled_seconds_total{$s,name!=""}[15s]))',
  read: 'sum by (name) (rate(container_fs_reads_bytes_total{$s,name!=""}[15s]))',
  written: 'sum by (name) (rate(container_fs_writes_bytes_total{$s,name!=""}[15s]))',
  processes: 'sum by (name) (container_processes{$s,name!=""})',
  oomKills: 'sum by (name) (container_oom_events_total{$s,name!=""})',
};

export function Containers() {
  const host = useShownHost();
  const [filter, setFilter] = useState("");
  const list = useHostList<ContainerList>("host/containers", host.isHere);
  const asksSeries = host.instances !== undefined && (!host.isHere || list.data === null);
  const groups = useGroups("containers", "name", QUERIES, host.scope, host.atMs, asksSeries);
  const rows = useMemo(
    () => (asksSeries ? groups.data?.map(fromGroup) : list.data?.rows.map(fromList)),
    [asksSeries, groups.data, list.data],
  );
  const wanted = filter.trim().toLowerCase();
  const shown = useMemo(
    () => (rows ?? []).filter(({ name, image }) => `${name} ${image ?? ""}`.toLowerCase().includes(wanted)),
    [rows, wanted],
  );
  const columns = useMemo(() => columnsFor(shown), [shown]);

  return (
    <HostListPage
      host={host}
      title="Containers"
      filter={filter}
      onFilter={setFilter}
      placeholder="Filter by name or image"
      count={rows === undefined ? undefined : countOf(rows.length)}
      error={asksSeries ? groups.error : list.error}
      isLoading={rows === undefined}
    >
      {rows !== undefined && (
        <DataTable
          label="Containers"
          columns={columns}
          rows={shown}
          keyOf={(row) => row.name}
          sortedBy="cpu"
          expand={(row) => <ContainerCharts name={row.name} />}
          empty={wanted === "" ? "No container or service was found on this host." : "Nothing matches the filter."}
        />
      )}
    </HostListPage>
  );
}

function countOf(count: number): string {
  return count === 1 ? "1 container or service" : `${count} containers and services`;
}

function fromList(row: ContainerList["rows"][number]): Row {
  return {
    name: row.name,
    image: row.image,
    kind: row.kind,
    cpu: row.cpuCores,
    memory: row.memoryBytes,
    memoryLimit: row.memoryLimitBytes,
    throttled: row.throttledRatio,
    read: row.readBytesPerSecond,
    written: row.writeBytesPerSecond,
    processes: row.processCount,
    oomKills: row.oomKillCount,
  };
}

function fromGroup({ name, values }: GroupRow): Row {
  const { cpu = null, memory = null, throttled = null, read = null, written = null } = values;
  const { processes = null, oomKills = null } = values;
  return {
    name,
    image: null,
    kind: null,
    cpu,
    memory,
    memoryLimit: null,
    throttled,
    read,
    written,
    processes,
    oomKills,
  };
}

function columnsFor(rows: readonly Row[]): readonly TableColumn<Row>[] {
  const number = (
    id: "throttled" | "read" | "written" | "processes" | "oomKills",
    title: string,
    unit: string,
  ): TableColumn<Row> => ({ ...numberColumn(id, title, unit, (row) => row[id]), minor: true });
  const cpuPeak = Math.max(1e-9, ...rows.map((row) => row.cpu ?? 0));
  const memoryPeak = Math.max(1, ...rows.map((row) => row.memory ?? 0));
  const hasImages = rows.some((row) => row.image !== null);
  return [
    { id: "name", title: "Name", value: (row) => row.name },
    ...(hasImages ? [{ id: "image", title: "Image", minor: true, value: (row: Row) => row.image ?? row.kind }] : []),
    {
      ...numberColumn("cpu", "CPU", "percentunit", (row) => row.cpu),
      help: "100 % is one core",
      share: (row) => (row.cpu ?? 0) / cpuPeak,
    },
    {
      ...numberColumn("memory", "Memory", "bytes", (row) => row.memory),
      text: (row) =>
        row.memoryLimit === null
          ? formatValue(row.memory, "bytes")
          : `${formatValue(row.memory, "bytes")} of ${formatValue(row.memoryLimit, "bytes")}`,
      share: (row) => (row.memory ?? 0) / (row.memoryLimit ?? memoryPeak),
    },
    {
      ...number("throttled", "Throttled", "percentunit"),
      help: "Share of the time in which its CPU limit held it back",
    },
    number("read", "Read", "binBps"),
    number("written", "Written", "binBps"),
    number("processes", "Processes", "none"),
    { ...number("oomKills", "OOM kills", "none"), help: "Processes killed because its memory limit was reached" },
  ];
}
