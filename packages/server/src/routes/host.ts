/** `/api/v1/host*`: the machine that this program runs on, its processes and its containers. */
import { uptime } from "node:os";
import type { ContainerRow as CollectedContainer, ProcessRow as CollectedProcess } from "@dmon/collect";
import type { ContainerList, ContainerRow, HostInfo, ProcessList, ProcessRow } from "@dmon/model";
import type { FastifyInstance } from "fastify";
import type { LocalCollection } from "../collect/local.ts";

export interface HostOptions {
  readonly local: LocalCollection;
  readonly version: string;
  readonly startedAtMs: number;
}

/** Most processes one answer holds; those that cost most are kept. */
const MAX_ROWS = 500;

export function registerHost(app: FastifyInstance, { local, version, startedAtMs }: HostOptions): void {
  app.get("/api/v1/host", () => {
    const nowMs = Date.now();
    const data: HostInfo = {
      job: "node",
      instance: local.instance,
      version,
      intervalMs: local.ticker.intervalMs,
      nowMs,
      startedAtMs,
      bootedAtMs: Math.round(nowMs - uptime() * 1000),
    };
    return { status: "success", data };
  });
  app.get("/api/v1/host/processes", () => {
    const { atMs, processes } = local.processes();
    const rows = [...processes].sort(byCost).slice(0, MAX_ROWS).map(processRow);
    return { status: "success", data: { atMs, totalCount: processes.length, rows } satisfies ProcessList };
  });
  app.get("/api/v1/host/containers", () => {
    const { atMs, containers } = local.containers();
    return { status: "success", data: { atMs, rows: containers.map(containerRow) } satisfies ContainerList };
  });
}

function byCost(a: CollectedProcess, b: CollectedProcess): number {
  return b.cpuRatio - a.cpuRatio || b.residentBytes - a.residentBytes;
}

function processRow(row: CollectedProcess): ProcessRow {
  return {
    pid: row.pid,
    parentPid: row.ppid,
    // Some runtimes name their first thread, and with it the process, after what it is in them.
    name: row.name.endsWith("MainThread") ? row.group : row.name,
    command: row.commandLine === "" ? `[${row.name}]` : row.commandLine,
    user: row.user === "" ? null : row.user,
    state: row.state,
    cpuCores: row.cpuRatio,
    residentBytes: row.residentBytes,
    readBytesPerSecond: row.readBytesPerSecond,
    writeBytesPerSecond: row.writeBytesPerSecond,
    threadCount: row.threads,
    openFileCount: row.openFiles,
    startedAtMs: row.startMs,
    group: row.group,
    container: row.container === "" ? null : row.container,
  };
}

const KINDS: Readonly<Record<string, ContainerRow["kind"]>> = {
  docker: "docker",
  podman: "podman",
  systemd: "systemd",
};

function containerRow(row: CollectedContainer): ContainerRow {
  return {
    id: row.id,
    name: row.name,
    image: row.image === "" ? null : row.image,
    kind: row.pod !== "" ? "kubernetes" : (KINDS[row.runtime] ?? "other"),
    cpuCores: row.cpuRatio ?? 0,
    throttledRatio: row.cpuLimit === null ? null : row.throttledRatio,
    memoryBytes: row.workingSetBytes ?? row.memoryBytes ?? 0,
    memoryLimitBytes: row.memoryLimitBytes,
    readBytesPerSecond: row.readBytesPerSecond,
    writeBytesPerSecond: row.writeBytesPerSecond,
    processCount: row.tasks,
    oomKillCount: row.oomKills,
    startedAtMs: row.startMs,
  };
}
