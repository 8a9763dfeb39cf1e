/** What one cgroup uses, the same whichever version of cgroups says it. NaN: not said. Sums over the cgroup and all below it. */
import type { IoByDevice, PressureTotals } from "./cgroup-files.ts";

export class CgroupUsage {
  // Seconds since the cgroup began.
  cpuSeconds = Number.NaN;
  userSeconds = Number.NaN;
  systemSeconds = Number.NaN;
  throttledSeconds = Number.NaN;
  /** Periods of the CPU limit that passed, and those in which it was hit. */
  periods = Number.NaN;
  throttledPeriods = Number.NaN;

  memoryBytes = Number.NaN;
  peakBytes = Number.NaN;
  anonymousBytes = Number.NaN;
  cacheBytes = Number.NaN;
  mappedBytes = Number.NaN;
  kernelBytes = Number.NaN;
  swapBytes = Number.NaN;
  activeFileBytes = Number.NaN;
  inactiveFileBytes = Number.NaN;
  pageFaults = Number.NaN;
  majorPageFaults = Number.NaN;
  /** How often memory ran into the limit, and how many tasks were killed for it. */
  limitHits = Number.NaN;
  oomKills = Number.NaN;

  tasks = Number.NaN;

  // Limits: Infinity where there is none.
  memoryLimit = Number.NaN;
  memoryReservation = Number.NaN;
  swapLimit = Number.NaN;
  tasksLimit = Number.NaN;
  /** µs of CPU time a period, and the period; Infinity where unlimited. */
  cpuQuota = Number.NaN;
  cpuPeriod = Number.NaN;
  cpuShares = Number.NaN;

  readonly cpuPressure: PressureTotals = { some: Number.NaN, full: Number.NaN };
  readonly memoryPressure: PressureTotals = { some: Number.NaN, full: Number.NaN };
  readonly ioPressure: PressureTotals = { some: Number.NaN, full: Number.NaN };
  readonly io: IoByDevice = new Map();

  /** Memory that cannot be taken back without pain: what the OOM killer goes by, as cAdvisor and the kubelet see it. */
  get workingSetBytes(): number {
    return Math.max(0, this.memoryBytes - this.inactiveFileBytes);
  }
}

/** Reads one cgroup, part by part: they cost different amounts and change at different paces. */
export interface CgroupReader {
  readonly usage: CgroupUsage;
  /**
   * CPU time: one small file, which also tells whether anything in the cgroup ran at all.
   *
   * @returns false where the cgroup is gone
   * @throws {DmonError} `host_read`, as do the others
   */
  readCpu(): boolean;
  /** What a running cgroup changes all the time: memory in use, events, tasks, I/O, pressure. */
  readActivity(): void;
  /** What memory is made of. */
  readMemory(): void;
  readLimits(): void;
  close(): void;
}
