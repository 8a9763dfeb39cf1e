/** One process from the pass that first meets it to the pass that finds it gone. */
import type { HostFile } from "../collector.ts";
import { asciiText, bytesEqual } from "../host/bytes.ts";
import type { IoDetails, StatusDetails } from "./details.ts";
import type { StatLine } from "./stat-line.ts";

/** Counters since the pass before; added to the group's at once. */
export interface Increase {
  userTicks: number;
  systemTicks: number;
  minorFaults: number;
  majorFaults: number;
  readBytes: number;
  writeBytes: number;
  voluntarySwitches: number;
  nonvoluntarySwitches: number;
}

export function noIncrease(): Increase {
  return {
    userTicks: 0,
    systemTicks: 0,
    minorFaults: 0,
    majorFaults: 0,
    readBytes: 0,
    writeBytes: 0,
    voluntarySwitches: 0,
    nonvoluntarySwitches: 0,
  };
}

export class TrackedProcess implements StatusDetails, IoDetails {
  readonly pid: number;
  readonly statFile: HostFile;
  readonly schedstatFile: HostFile;
  /** With the pid, what tells a process from a later one of the same number. */
  startTicks = Number.NaN;
  /** The listing of `/proc` that showed it last. */
  seenInListing = 0;

  state = 0;
  ppid = 0;
  isKernelThread = false;
  nice = 0;
  threads = 0;
  virtualBytes = 0;
  residentPages = 0;
  userTicks = 0;
  systemTicks = 0;
  minorFaults = 0;
  majorFaults = 0;
  /** Monotonic ms of the last reading of `stat`. */
  statAtMs = 0;
  /** Reads in a row in which no CPU time was used. */
  idleReads = 0;
  /** Nanoseconds that the first thread ran, when `schedstat` last let us read `stat`. */
  runNs = Number.NaN;
  /** Passes in a row in which it ran too little to read `stat`. */
  statSkipped = 0;
  /** Cores used between the last two readings. */
  cpuRatio = 0;

  /** NaN until read. */
  uid = Number.NaN;
  swapBytes = 0;
  voluntarySwitches = 0;
  nonvoluntarySwitches = 0;
  readBytes = 0;
  writeBytes = 0;
  /** Per second, between the last two readings of the details. */
  readRate = 0;
  writeRate = 0;
  /** NaN where not known. */
  openFiles = Number.NaN;
  openFilesLimit = Number.NaN;
  /** Monotonic ms. */
  detailsAtMs = Number.NaN;
  detailsDueMs = 0;
  /** CPU time at the last reading of the details. */
  detailsCpuTicks = Number.NaN;
  /** {@link runNs} then. */
  detailsRunNs = Number.NaN;
  detailsSkipped = 0;
  /** How often the details were read. */
  detailReads = 0;
  /** The kernel let us not read `io`: another user's process. */
  ioDenied = false;

  commandLine = "";
  cgroup = "/";
  /** The group's name; derived anew when the process renames itself. */
  group = "";
  /** Something was read of it in this pass; where not, its {@link increase} is nothing and all else is as it was. */
  isChanged = false;
  hasEnded = false;
  readonly increase = noIncrease();

  #name: Uint8Array = new Uint8Array(0);

  constructor(pid: number, statFile: HostFile, schedstatFile: HostFile) {
    this.pid = pid;
    this.statFile = statFile;
    this.schedstatFile = schedstatFile;
  }

  closeFiles(): void {
    this.statFile.close();
    this.schedstatFile.close();
  }

  /** The name in `stat`, as it was at the last reading. */
  get name(): string {
    return asciiText(this.#name);
  }

  /** Takes over the name. @returns whether it is another one than before */
  takeName({ bytes, nameStart, nameEnd }: StatLine): boolean {
    if (bytesEqual(bytes, nameStart, nameEnd, this.#name)) return false;
    this.#name = bytes.slice(nameStart, nameEnd);
    return true;
  }

  get cpuTicks(): number {
    return this.userTicks + this.systemTicks;
  }
}
