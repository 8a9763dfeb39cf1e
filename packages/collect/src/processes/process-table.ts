/** The live list of processes: what `GET /api/v1/host/processes` and `dmon top` show. */
import { TICKS_PER_SECOND } from "./system-constants.ts";
import type { TrackedProcess } from "./tracked-process.ts";

export interface ProcessRow {
  readonly pid: number;
  readonly ppid: number;
  /** Name of the effective user's real user id; the number where it has no name; "" where unknown (kernel threads). */
  readonly user: string;
  readonly name: string;
  /** Arguments joined by spaces, at most 512 characters; "" for kernel threads. */
  readonly commandLine: string;
  /** As in ps(1): R, S, D, Z, T, I, … */
  readonly state: string;
  /** Cores used since the pass before: 1 is one core fully used. */
  readonly cpuRatio: number;
  /** User and system time since the process began. */
  readonly cpuSeconds: number;
  readonly residentBytes: number;
  /** Share of the host's memory, 0–1. */
  readonly memoryRatio: number;
  readonly virtualBytes: number;
  readonly swapBytes: number;
  /** From and to storage, averaged over some seconds. */
  readonly readBytesPerSecond: number;
  readonly writeBytesPerSecond: number;
  readonly threads: number;
  /** Null where this program may not look. */
  readonly openFiles: number | null;
  readonly nice: number;
  /** Milliseconds since the epoch. */
  readonly startMs: number;
  readonly group: string;
  /** Path of its cgroup. */
  readonly cgroup: string;
  /** Name of the container or service it runs in; "" where it is in none. */
  readonly container: string;
  readonly kernel: boolean;
}

export interface ProcessTable {
  /** Milliseconds since the epoch; 0 before the first pass. */
  readonly atMs: number;
  readonly processes: readonly ProcessRow[];
}

export interface RowContext {
  readonly pageBytes: number;
  readonly bootSeconds: number;
  readonly memoryPages: number;
  userName(uid: number): string;
  containerOf(cgroup: string): string;
}

export function processRow(process: TrackedProcess, context: RowContext): ProcessRow {
  const { pageBytes, bootSeconds, memoryPages } = context;
  return {
    pid: process.pid,
    ppid: process.ppid,
    user: context.userName(process.uid),
    name: process.name,
    commandLine: process.commandLine,
    state: String.fromCharCode(process.state),
    cpuRatio: process.cpuRatio,
    cpuSeconds: process.cpuTicks / TICKS_PER_SECOND,
    residentBytes: process.residentPages * pageBytes,
    memoryRatio: process.residentPages / memoryPages,
    virtualBytes: process.virtualBytes,
    swapBytes: process.swapBytes,
    readBytesPerSecond: process.readRate,
    writeBytesPerSecond: process.writeRate,
    threads: process.threads,
    openFiles: Number.isNaN(process.openFiles) ? null : process.openFiles,
    nice: process.nice,
    startMs: Math.round((bootSeconds + process.startTicks / TICKS_PER_SECOND) * 1000),
    group: process.group,
    cgroup: process.cgroup,
    container: context.containerOf(process.cgroup),
    kernel: process.isKernelThread,
  };
}
