/**
 * What a process and its descendants have used so far, as the kernel accounts for it.
 *
 * CPU comes from `/proc/PID/task/TID/schedstat` (nanoseconds on a CPU, one file a thread; `stat` counts in ticks of 10 ms,
 * too coarse for a program that needs 2 ms a second), memory from `VmRSS` in `/proc/PID/status`. Threads that ended between
 * two readings are lost; the programs measured here keep theirs. Linux only.
 * Source: proc_pid_status(5), Documentation/scheduler/sched-stats.rst.
 */
import { readdirSync, readFileSync } from "node:fs";

export interface Usage {
  /** CPU time of all threads, seconds. */
  readonly cpuSeconds: number;
  /** Resident set, bytes, summed over the processes (pages that they share count twice). */
  readonly residentBytes: number;
  /** CPU seconds by thread, keyed `TID name`. */
  readonly threads: ReadonlyMap<string, number>;
}

export function usageOf(pid: number): Usage {
  let residentBytes = 0;
  const threads = new Map<string, number>();
  for (const member of familyOf(pid)) {
    residentBytes += residentOf(member);
    for (const tid of listed(`/proc/${member}/task`)) {
      const nanoseconds = Number(text(`/proc/${member}/task/${tid}/schedstat`).split(" ")[0]);
      threads.set(`${tid} ${text(`/proc/${member}/task/${tid}/comm`).trim()}`, nanoseconds / 1e9);
    }
  }
  const cpuSeconds = [...threads.values()].reduce((sum, seconds) => sum + seconds, 0);
  return { cpuSeconds, residentBytes, threads };
}

function residentOf(pid: number | string): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(text(`/proc/${pid}/status`))?.[1] ?? 0) * 1024;
}

/** The process and all its descendants. */
function familyOf(pid: number): readonly number[] {
  const family = [pid];
  for (const parent of family) {
    for (const tid of listed(`/proc/${parent}/task`)) {
      const children = text(`/proc/${parent}/task/${tid}/children`).trim();
      if (children !== "") family.push(...children.split(" ").map(Number));
    }
  }
  return family;
}

/** Entries of a folder; none where the process has just ended. */
function listed(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

function text(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}
