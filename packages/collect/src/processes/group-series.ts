/** The series of one process group: `namedprocess_namegroup_*{groupname}`, names and meanings as in process-exporter 0.8. */
import type { BatchWriter, CollectorRegistry, Family, Slot } from "../collector.ts";
import { TICKS_PER_SECOND } from "./system-constants.ts";
import { type Increase, noIncrease, type TrackedProcess } from "./tracked-process.ts";

/** States as process-exporter names them, in the order of {@link GroupTotals.states}. */
const STATES = ["Running", "Sleeping", "Waiting", "Zombie", "Other"] as const;
/** By character code of the kernel's state. */
const STATE_OF = new Uint8Array(128).fill(STATES.indexOf("Other"));
for (const [i, letter] of [..."RSDZ"].entries()) STATE_OF[letter.charCodeAt(0)] = i;

/** What a group is at one instant: the sum over its processes. */
export class GroupTotals {
  processes = 0;
  threads = 0;
  residentPages = 0;
  virtualBytes = 0;
  swapBytes = 0;
  openFiles = 0;
  worstOpenFilesRatio = 0;
  oldestStartTicks = Number.POSITIVE_INFINITY;
  readonly states = new Float64Array(STATES.length);

  /** Adds another group's. */
  merge(other: GroupTotals): void {
    this.processes += other.processes;
    this.threads += other.threads;
    this.residentPages += other.residentPages;
    this.virtualBytes += other.virtualBytes;
    this.swapBytes += other.swapBytes;
    this.openFiles += other.openFiles;
    if (other.worstOpenFilesRatio > this.worstOpenFilesRatio) this.worstOpenFilesRatio = other.worstOpenFilesRatio;
    if (other.oldestStartTicks < this.oldestStartTicks) this.oldestStartTicks = other.oldestStartTicks;
    for (let i = 0; i < STATES.length; i++) this.states[i]! += other.states[i]!;
  }

  clear(): void {
    this.processes = this.threads = this.residentPages = this.virtualBytes = this.swapBytes = this.openFiles = 0;
    this.worstOpenFilesRatio = 0;
    this.oldestStartTicks = Number.POSITIVE_INFINITY;
    this.states.fill(0);
  }

  add(process: TrackedProcess): void {
    this.processes++;
    this.threads += process.threads;
    this.residentPages += process.residentPages;
    this.virtualBytes += process.virtualBytes;
    this.swapBytes += process.swapBytes;
    if (process.openFiles > 0) {
      this.openFiles += process.openFiles;
      const ratio = process.openFiles / process.openFilesLimit;
      if (ratio > this.worstOpenFilesRatio) this.worstOpenFilesRatio = ratio;
    }
    if (process.startTicks < this.oldestStartTicks) this.oldestStartTicks = process.startTicks;
    this.states[STATE_OF[process.state]!]! += 1;
  }
}

/** Adds what was used since the pass before to what was used since we look. */
export function addIncrease(to: Increase, from: Increase): void {
  to.userTicks += from.userTicks;
  to.systemTicks += from.systemTicks;
  to.minorFaults += from.minorFaults;
  to.majorFaults += from.majorFaults;
  to.readBytes += from.readBytes;
  to.writeBytes += from.writeBytes;
  to.voluntarySwitches += from.voluntarySwitches;
  to.nonvoluntarySwitches += from.nonvoluntarySwitches;
}

export class GroupFamilies {
  readonly cpu: Family;
  readonly memory: Family;
  readonly contextSwitches: Family;
  readonly states: Family;
  readonly numProcs: Family;
  readonly numThreads: Family;
  readonly readBytes: Family;
  readonly writeBytes: Family;
  readonly openFiles: Family;
  readonly worstRatio: Family;
  readonly majorFaults: Family;
  readonly minorFaults: Family;
  readonly startTime: Family;

  constructor(registry: CollectorRegistry) {
    const name = (suffix: string) => `namedprocess_namegroup_${suffix}`;
    const gauge = (suffix: string, help: string, ...labels: string[]) =>
      registry.family(name(suffix), help, "gauge", ["groupname", ...labels]);
    const counter = (suffix: string, help: string, ...labels: string[]) =>
      registry.family(name(suffix), help, "counter", ["groupname", ...labels]);
    this.cpu = counter("cpu_seconds_total", "Cpu user usage in seconds", "mode");
    this.memory = gauge("memory_bytes", "number of bytes of memory in use", "memtype");
    this.contextSwitches = counter("context_switches_total", "Context switches", "ctxswitchtype");
    this.states = gauge(
      "states",
      "Number of processes in states Running, Sleeping, Waiting, Zombie, or Other",
      "state",
    );
    this.numProcs = gauge("num_procs", "number of processes in this group");
    this.numThreads = gauge("num_threads", "Number of threads");
    this.readBytes = counter("read_bytes_total", "number of bytes read by this group");
    this.writeBytes = counter("write_bytes_total", "number of bytes written by this group");
    this.openFiles = gauge("open_filedesc", "number of open file descriptors for this group");
    this.worstRatio = gauge(
      "worst_fd_ratio",
      "the worst (closest to 1) ratio between open fds and max fds among all procs in this group",
    );
    this.majorFaults = counter("major_page_faults_total", "Major page faults");
    this.minorFaults = counter("minor_page_faults_total", "Minor page faults");
    this.startTime = gauge(
      "oldest_start_time_seconds",
      "start time in seconds since 1970/01/01 of oldest process in group",
    );
  }
}

/** What turns the kernel's units into those of the series. */
export interface HostUnits {
  readonly pageBytes: number;
  /** Seconds since the epoch. */
  readonly bootSeconds: number;
}

/** A group that has series of its own. Counters begin at nothing when it gets them. */
export class GroupSeries {
  readonly used = noIncrease();
  readonly #units: HostUnits;
  /** Slots with the family they are released to. */
  readonly #owned: (readonly [Family, Slot])[] = [];
  readonly #slots: Readonly<
    Record<keyof Increase | keyof Omit<GroupTotals, "states" | "clear" | "add" | "merge">, Slot>
  >;
  readonly #states: readonly Slot[];

  constructor(group: string, families: GroupFamilies, units: HostUnits) {
    this.#units = units;
    const slot = (family: Family, ...labels: string[]): Slot => {
      const made = family.slot(group, ...labels);
      this.#owned.push([family, made]);
      return made;
    };
    this.#slots = {
      userTicks: slot(families.cpu, "user"),
      systemTicks: slot(families.cpu, "system"),
      residentPages: slot(families.memory, "resident"),
      virtualBytes: slot(families.memory, "virtual"),
      swapBytes: slot(families.memory, "swapped"),
      voluntarySwitches: slot(families.contextSwitches, "voluntary"),
      nonvoluntarySwitches: slot(families.contextSwitches, "nonvoluntary"),
      processes: slot(families.numProcs),
      threads: slot(families.numThreads),
      readBytes: slot(families.readBytes),
      writeBytes: slot(families.writeBytes),
      openFiles: slot(families.openFiles),
      worstOpenFilesRatio: slot(families.worstRatio),
      majorFaults: slot(families.majorFaults),
      minorFaults: slot(families.minorFaults),
      oldestStartTicks: slot(families.startTime),
    };
    this.#states = STATES.map((state) => slot(families.states, state));
  }

  write(batch: BatchWriter, totals: GroupTotals): void {
    const slots = this.#slots;
    const { used } = this;
    batch.set(slots.userTicks, used.userTicks / TICKS_PER_SECOND);
    batch.set(slots.systemTicks, used.systemTicks / TICKS_PER_SECOND);
    batch.set(slots.residentPages, totals.residentPages * this.#units.pageBytes);
    batch.set(slots.virtualBytes, totals.virtualBytes);
    batch.set(slots.swapBytes, totals.swapBytes);
    batch.set(slots.voluntarySwitches, used.voluntarySwitches);
    batch.set(slots.nonvoluntarySwitches, used.nonvoluntarySwitches);
    batch.set(slots.processes, totals.processes);
    batch.set(slots.threads, totals.threads);
    batch.set(slots.readBytes, used.readBytes);
    batch.set(slots.writeBytes, used.writeBytes);
    batch.set(slots.openFiles, totals.openFiles);
    batch.set(slots.worstOpenFilesRatio, totals.worstOpenFilesRatio);
    batch.set(slots.majorFaults, used.majorFaults);
    batch.set(slots.minorFaults, used.minorFaults);
    const seconds = Math.floor(this.#units.bootSeconds + totals.oldestStartTicks / TICKS_PER_SECOND);
    batch.set(slots.oldestStartTicks, totals.processes > 0 ? seconds : 0);
    for (let i = 0; i < STATES.length; i++) batch.set(this.#states[i]!, totals.states[i]!);
  }

  release(): void {
    for (const [family, slot] of this.#owned) family.release(slot);
  }
}
