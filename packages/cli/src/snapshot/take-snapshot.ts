/** Takes one reading: two passes over the collectors that the wanted sections need, some time apart. */
import { setTimeout as pause } from "node:timers/promises";
import type { ContainerTable, ProcessRow, ProcessTable } from "@dmon/collect";
import { type FamiliesView, Interval } from "./families-view.ts";
import { HostReader } from "./host-reader.ts";
import {
  cpuSection,
  diskSection,
  hostSection,
  loadSection,
  memorySection,
  networkSection,
  pressureSection,
} from "./sections.ts";
import {
  type ContainerReading,
  type ProcessSection,
  type SectionName,
  SNAPSHOT_VERSION,
  type Snapshot,
  type SnapshotError,
} from "./snapshot-types.ts";

/** Which collectors a section is made of. */
const SOURCES: Readonly<Record<SectionName, readonly string[]>> = {
  host: ["uname", "os", "stat", "systeminformation"],
  cpu: ["cpu", "systeminformation"],
  memory: ["meminfo", "systeminformation"],
  disk: ["filesystem", "diskstats", "systeminformation"],
  network: ["netdev", "netclass", "systeminformation"],
  load: ["loadavg", "systeminformation"],
  pressure: ["pressure"],
  processes: ["processgroups", "containers"],
  containers: ["containers"],
};

/** File systems and runtimes that do not answer within this time are left out. */
const SETTLE_MS = 3000;
const TOP_PROCESSES = 15;

export async function takeSnapshot(sections: readonly SectionName[], intervalMs: number): Promise<Snapshot> {
  const wanted = new Set(sections.flatMap((section) => SOURCES[section]));
  const reader = new HostReader((collector) => wanted.has(collector));
  try {
    // The first pass starts what runs beside the passes; then two that frame the interval.
    reader.read();
    await reader.settled(SETTLE_MS);
    const before = reader.read();
    await reader.settled(SETTLE_MS);
    await pause(intervalMs);
    const interval = new Interval(before, reader.read());
    return {
      version: SNAPSHOT_VERSION,
      takenAt: new Date().toISOString(),
      intervalSeconds: Number(interval.seconds.toFixed(3)),
      errors: sections.flatMap((section) => errorsOf(reader, section)),
      ...readSections(sections, interval, reader),
    };
  } finally {
    reader.close();
  }
}

function readSections(sections: readonly SectionName[], interval: Interval, reader: HostReader): Partial<Snapshot> {
  const view: FamiliesView = interval.after;
  const read: { readonly [Name in SectionName]: () => Snapshot[Name] } = {
    host: () => hostSection(view, Date.now()),
    cpu: () => cpuSection(interval),
    memory: () => memorySection(view),
    disk: () => diskSection(interval),
    network: () => networkSection(interval),
    load: () => loadSection(view),
    pressure: () => pressureSection(interval),
    processes: () => processSection(reader.processes()),
    containers: () => containerSection(reader.containers()),
  };
  return Object.fromEntries(sections.map((section) => [section, read[section]()]));
}

function errorsOf(reader: HostReader, section: SectionName): SnapshotError[] {
  return reader
    .status()
    .filter(({ name, state }) => state === "failed" && SOURCES[section].includes(name))
    .map(({ name, error }) => ({ section, source: name, message: error }));
}

function processSection({ processes }: ProcessTable): ProcessSection | null {
  if (processes.length === 0) return null;
  const heaviest = [...processes].sort((a, b) => b.cpuRatio - a.cpuRatio || b.residentBytes - a.residentBytes);
  return {
    total: processes.length,
    running: processes.filter(({ state }) => state === "R").length,
    threads: processes.reduce((sum, { threads }) => sum + threads, 0),
    top: heaviest.slice(0, TOP_PROCESSES).map(processReading),
  };
}

function processReading(row: ProcessRow): ProcessSection["top"][number] {
  const { pid, name, user, commandLine, state, cpuRatio, residentBytes, memoryRatio, threads, container } = row;
  const startedAt = new Date(row.startMs).toISOString();
  return { pid, name, user, commandLine, state, cpuRatio, residentBytes, memoryRatio, threads, startedAt, container };
}

function containerSection({ atMs, containers }: ContainerTable): ContainerReading[] | null {
  if (atMs === 0) return null;
  return containers
    .map(({ name, kind, runtime, image, cpuRatio, workingSetBytes, memoryLimitBytes, tasks, startMs }) => ({
      name,
      kind,
      runtime,
      image,
      cpuRatio,
      workingSetBytes,
      memoryLimitBytes,
      tasks,
      startedAt: startMs === null ? null : new Date(startMs).toISOString(),
    }))
    .sort((a, b) => (a.kind === b.kind ? (a.name < b.name ? -1 : 1) : a.kind < b.kind ? -1 : 1));
}
