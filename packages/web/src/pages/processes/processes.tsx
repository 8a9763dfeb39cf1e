/** Which process? The live list of this host, or programs of any host and time; each opens into its charts. */
import type { ProcessList, ProcessRow } from "@dmon/model";
import { useMemo, useState } from "react";
import { DataTable, type TableColumn } from "../../table/data-table.tsx";
import { useNowMs } from "../../time/use-now.ts";
import { formatAge } from "../../units/units.ts";
import { HostListPage, useShownHost } from "../host-lists/host-list-page.tsx";
import classes from "../host-lists/host-lists.module.css";
import { numberColumn } from "../host-lists/number-column.ts";
import { type GroupRow, useGroups, useHostList } from "../host-lists/use-host-lists.ts";
import { ProgramCharts } from "./program-charts.tsx";

const QUERIES = {
  cpu: "sum by (groupname) (rate(namedprocess_namegroup_cpu_seconds_total{$s}[15s]))",
  memory: 'sum by (groupname) (namedprocess_namegroup_memory_bytes{$s,memtype="resident"})',
  count: "sum by (groupname) (namedprocess_namegroup_num_procs{$s})",
  threads: "sum by (groupname) (namedprocess_namegroup_num_threads{$s})",
  read: "sum by (groupname) (rate(namedprocess_namegroup_read_bytes_total{$s}[15s]))",
  written: "sum by (groupname) (rate(namedprocess_namegroup_write_bytes_total{$s}[15s]))",
  files: "sum by (groupname) (namedprocess_namegroup_open_filedesc{$s})",
};

export function Processes() {
  const host = useShownHost();
  const [filter, setFilter] = useState("");
  const [wantsPrograms, setWantsPrograms] = useState(false);
  const list = useHostList<ProcessList>("host/processes", host.isHere && !wantsPrograms);
  const hasList = host.isHere && list.data !== null;
  const showsPrograms = wantsPrograms || !hasList;
  const asksSeries = host.instances !== undefined && showsPrograms;
  const groups = useGroups("programs", "groupname", QUERIES, host.scope, host.atMs, asksSeries);
  const total = showsPrograms ? groups.data?.length : list.data?.totalCount;

  return (
    <HostListPage
      host={host}
      title="Processes"
      filter={filter}
      onFilter={setFilter}
      placeholder="Filter by name, command, user or number"
      tools={
        hasList && (
          <label>
            <input type="checkbox" checked={wantsPrograms} onChange={(e) => setWantsPrograms(e.target.checked)} />
            Together by program
          </label>
        )
      }
      count={total === undefined ? undefined : `${total.toLocaleString()} ${showsPrograms ? "programs" : "processes"}`}
      error={showsPrograms ? groups.error : list.error}
      isLoading={total === undefined}
    >
      {showsPrograms
        ? groups.data !== undefined && <Programs rows={groups.data} filter={filter} />
        : list.data && <ProcessTable rows={list.data.rows} filter={filter} />}
    </HostListPage>
  );
}

function Programs({ rows, filter }: { readonly rows: readonly GroupRow[]; readonly filter: string }) {
  const wanted = filter.trim().toLowerCase();
  const shown = useMemo(() => rows.filter((row) => row.name.toLowerCase().includes(wanted)), [rows, wanted]);
  const peaks = useMemo(() => ({ cpu: peakOf(shown, "cpu"), memory: peakOf(shown, "memory") }), [shown]);
  const columns = useMemo<readonly TableColumn<GroupRow>[]>(() => {
    const number = (id: string, title: string, unit: string, minor = false): TableColumn<GroupRow> => ({
      ...numberColumn(id, title, unit, ({ values }) => values[id]),
      minor,
    });
    const bar = (id: "cpu" | "memory", title: string, unit: string): TableColumn<GroupRow> => ({
      ...number(id, title, unit),
      share: (row) => (row.values[id] ?? 0) / peaks[id],
    });
    return [
      { id: "name", title: "Program", value: (row) => row.name },
      { ...bar("cpu", "CPU", "percentunit"), help: "100 % is one core" },
      bar("memory", "Memory", "bytes"),
      number("read", "Read", "binBps", true),
      number("written", "Written", "binBps", true),
      number("count", "Processes", "none"),
      number("threads", "Threads", "none", true),
      number("files", "Open files", "none", true),
    ];
  }, [peaks]);
  return (
    <DataTable
      label="Programs"
      columns={columns}
      rows={shown}
      keyOf={(row) => row.name}
      sortedBy="cpu"
      expand={(row) => <ProgramCharts group={row.name} />}
      empty={
        wanted === ""
          ? "No program was recorded here. The process collector may be switched off."
          : "No program matches the filter."
      }
    />
  );
}

function peakOf(rows: readonly GroupRow[], column: string): number {
  return Math.max(1e-9, ...rows.map((row) => row.values[column] ?? 0));
}

function ProcessTable({ rows, filter }: { readonly rows: readonly ProcessRow[]; readonly filter: string }) {
  const nowMs = useNowMs();
  const wanted = filter.trim().toLowerCase();
  const shown = useMemo(() => rows.filter((row) => matches(row, wanted)), [rows, wanted]);
  const peaks = useMemo(
    () => ({
      cpu: Math.max(1e-9, ...shown.map((row) => row.cpuCores)),
      memory: Math.max(1, ...shown.map((row) => row.residentBytes)),
    }),
    [shown],
  );
  const columns = useMemo<readonly TableColumn<ProcessRow>[]>(
    () => [
      { id: "name", title: "Process", value: (row) => row.name },
      { id: "pid", title: "PID", numeric: true, value: (row) => row.pid },
      {
        ...numberColumn("cpu", "CPU", "percentunit", (row) => row.cpuCores),
        help: "100 % is one core",
        share: (row) => row.cpuCores / peaks.cpu,
      },
      {
        ...numberColumn("memory", "Memory", "bytes", (row) => row.residentBytes),
        help: "Resident memory, shared pages included",
        share: (row) => row.residentBytes / peaks.memory,
      },
      { ...numberColumn("read", "Read", "binBps", (row) => row.readBytesPerSecond), minor: true },
      { ...numberColumn("written", "Written", "binBps", (row) => row.writeBytesPerSecond), minor: true },
      { id: "threads", title: "Threads", numeric: true, minor: true, spare: true, value: (row) => row.threadCount },
      { id: "files", title: "Files", numeric: true, minor: true, spare: true, value: (row) => row.openFileCount },
      { id: "user", title: "User", minor: true, value: (row) => row.user },
      { id: "state", title: "State", minor: true, value: (row) => row.state, text: (row) => stateWord(row.state) },
      {
        id: "age",
        title: "Age",
        numeric: true,
        minor: true,
        value: (row) => -row.startedAtMs,
        text: (row) => formatAge(Math.max(0, nowMs - row.startedAtMs)),
      },
      { id: "command", title: "Command", minor: true, wide: true, value: (row) => row.command },
    ],
    [peaks, nowMs],
  );
  return (
    <DataTable
      label="Processes"
      columns={columns}
      rows={shown}
      keyOf={(row) => `${row.pid} ${row.startedAtMs}`}
      sortedBy="cpu"
      expand={(row) => (
        <>
          <p className={classes.command}>
            <code>{row.command}</code>
          </p>
          <ProgramCharts group={row.group} count={rows.filter((one) => one.group === row.group).length} />
        </>
      )}
      empty="No process matches the filter."
    />
  );
}

function matches(row: ProcessRow, wanted: string): boolean {
  if (wanted === "") return true;
  const fields = [row.name, row.command, row.user ?? "", String(row.pid), row.container ?? ""];
  return fields.some((field) => field.toLowerCase().includes(wanted));
}

const STATES: Readonly<Record<string, string>> = {
  R: "running",
  S: "sleeping",
  D: "blocked",
  Z: "zombie",
  T: "stopped",
  t: "traced",
  I: "idle",
};

function stateWord(letter: string): string {
  return STATES[letter] ?? letter;
}
