/** Reads a cgroup of version 2. Source: linux `Documentation/admin-guide/cgroup-v2.rst`. */
import type { Host, HostFile } from "../collector.ts";
import { asciiText, decimalOf } from "../host/bytes.ts";
import { KeyedFile, limitOf, type PressureTotals, parseCpuMax, parseIoStat, parsePressure } from "./cgroup-files.ts";
import { type CgroupReader, CgroupUsage } from "./cgroup-usage.ts";

const CPU_KEYS = ["usage_usec", "user_usec", "system_usec", "nr_periods", "nr_throttled", "throttled_usec"];
const MEMORY_KEYS = [
  "anon",
  "file",
  "kernel",
  "file_mapped",
  "active_file",
  "inactive_file",
  "pgfault",
  "pgmajfault",
] as const;
const EVENT_KEYS = ["max", "oom_kill"];

const cpuStat = new KeyedFile(CPU_KEYS);
const memoryStat = new KeyedFile(MEMORY_KEYS);
const memoryEvents = new KeyedFile(EVENT_KEYS);
const scratch = new Float64Array(MEMORY_KEYS.length);

/** `cpu.weight` 1…10000 as the shares of version 1, the way runc converts them. */
function sharesOf(weight: number): number {
  return Math.floor(2 + ((weight - 1) * 262_142) / 9999);
}

/** Read again and again; which of them there are depends on the controllers that are switched on for the cgroup. */
const KEPT_FILES = [
  "cpu.stat",
  "memory.current",
  "memory.events",
  "memory.swap.current",
  "memory.stat",
  "io.stat",
  "pids.current",
  "cpu.pressure",
  "memory.pressure",
  "io.pressure",
] as const;
type KeptFile = (typeof KEPT_FILES)[number];

export class CgroupV2 implements CgroupReader {
  readonly usage = new CgroupUsage();
  readonly #host: Host;
  readonly #folder: string;
  readonly #files = new Map<KeptFile, HostFile>();
  readonly #pressures: readonly (readonly [KeptFile, PressureTotals])[];

  /** @param folder absolute */
  constructor(host: Host, folder: string) {
    this.#host = host;
    this.#folder = folder;
    const { cpuPressure, memoryPressure, ioPressure } = this.usage;
    this.#pressures = [
      ["cpu.pressure", cpuPressure],
      ["memory.pressure", memoryPressure],
      ["io.pressure", ioPressure],
    ];
    this.#openFiles();
  }

  close(): void {
    for (const file of this.#files.values()) file.close();
  }

  #openFiles(): void {
    for (const name of KEPT_FILES) {
      const path = `${this.#folder}/${name}`;
      if (!this.#files.has(name) && this.#host.exists(path)) this.#files.set(name, this.#host.file(path));
    }
  }

  #read(name: KeptFile): Uint8Array | undefined {
    return this.#files.get(name)?.tryRead();
  }

  #number(name: KeptFile): number {
    const bytes = this.#read(name);
    return bytes === undefined ? Number.NaN : decimalOf(bytes);
  }

  readCpu(): boolean {
    const bytes = this.#read("cpu.stat");
    if (bytes === undefined) return false;
    const { usage } = this;
    scratch.fill(Number.NaN);
    cpuStat.parse(bytes, scratch);
    usage.cpuSeconds = scratch[0]! / 1e6;
    usage.userSeconds = scratch[1]! / 1e6;
    usage.systemSeconds = scratch[2]! / 1e6;
    usage.periods = scratch[3]!;
    usage.throttledPeriods = scratch[4]!;
    usage.throttledSeconds = scratch[5]! / 1e6;
    return true;
  }

  readActivity(): void {
    const { usage } = this;
    usage.memoryBytes = this.#number("memory.current");
    usage.swapBytes = this.#number("memory.swap.current");
    usage.tasks = this.#number("pids.current");
    const events = this.#read("memory.events");
    if (events !== undefined) {
      memoryEvents.parse(events, scratch.fill(Number.NaN));
      usage.limitHits = scratch[0]!;
      usage.oomKills = scratch[1]!;
    }
    const io = this.#read("io.stat");
    if (io !== undefined && io.length > 0) parseIoStat(asciiText(io), usage.io);
    for (const [name, totals] of this.#pressures) {
      const bytes = this.#read(name);
      if (bytes !== undefined) parsePressure(bytes, totals);
    }
  }

  readMemory(): void {
    const bytes = this.#read("memory.stat");
    if (bytes === undefined) return;
    const { usage } = this;
    memoryStat.parse(bytes, scratch.fill(Number.NaN));
    usage.anonymousBytes = scratch[0]!;
    usage.cacheBytes = scratch[1]!;
    usage.kernelBytes = scratch[2]!;
    usage.mappedBytes = scratch[3]!;
    usage.activeFileBytes = scratch[4]!;
    usage.inactiveFileBytes = scratch[5]!;
    usage.pageFaults = scratch[6]!;
    usage.majorPageFaults = scratch[7]!;
  }

  readLimits(): void {
    this.#openFiles();
    const { usage } = this;
    usage.peakBytes = this.#limit("memory.peak");
    usage.memoryLimit = this.#limit("memory.max");
    usage.memoryReservation = this.#limit("memory.low");
    usage.swapLimit = this.#limit("memory.swap.max");
    usage.tasksLimit = this.#limit("pids.max");
    usage.cpuShares = sharesOf(this.#limit("cpu.weight"));
    const cpuMax = this.#host.readOnce(`${this.#folder}/cpu.max`);
    if (cpuMax === undefined) return;
    const { quota, period } = parseCpuMax(cpuMax);
    usage.cpuQuota = quota;
    usage.cpuPeriod = period;
  }

  #limit(name: string): number {
    const bytes = this.#host.readOnce(`${this.#folder}/${name}`);
    return bytes === undefined ? Number.NaN : limitOf(bytes);
  }
}
