/**
 * Reads a cgroup of version 1: the same path in a tree a controller, and on hybrid hosts in the unified tree for pressure.
 *
 * Source: linux `Documentation/admin-guide/cgroup-v1/{cpuacct,memory,blkio-controller,pids}.rst`.
 */
import type { Host, HostFile } from "../collector.ts";
import { asciiText, decimalOf } from "../host/bytes.ts";
import { TICKS_PER_SECOND } from "../processes/system-constants.ts";
import { KeyedFile, limitOf, type PressureTotals, parseBlkio, parsePressure } from "./cgroup-files.ts";
import type { CgroupLayout, Controller } from "./cgroup-layout.ts";
import { type CgroupReader, CgroupUsage } from "./cgroup-usage.ts";

const MEMORY_KEYS = [
  "total_rss",
  "total_cache",
  "total_mapped_file",
  "total_swap",
  "total_active_file",
  "total_inactive_file",
  "total_pgfault",
  "total_pgmajfault",
] as const;

const cpuacctStat = new KeyedFile(["user", "system"]);
const cpuStat = new KeyedFile(["nr_periods", "nr_throttled", "throttled_time"]);
const memoryStat = new KeyedFile(MEMORY_KEYS);
const oomControl = new KeyedFile(["oom_kill"]);
const scratch = new Float64Array(MEMORY_KEYS.length);

/** "No limit" is the largest number of pages that fits; anything like it is none. */
const NO_LIMIT_FROM = 2 ** 62;

export class CgroupV1 implements CgroupReader {
  readonly usage = new CgroupUsage();
  readonly #host: Host;
  readonly #files: HostFile[] = [];
  readonly #folders: ReadonlyMap<Controller, string>;
  readonly #cpuUsage: HostFile | undefined;
  readonly #cpuModes: HostFile | undefined;
  readonly #throttling: HostFile | undefined;
  readonly #memory: HostFile | undefined;
  readonly #memoryStat: HostFile | undefined;
  readonly #failures: HostFile | undefined;
  readonly #oom: HostFile | undefined;
  readonly #kernel: HostFile | undefined;
  readonly #pids: HostFile | undefined;
  readonly #ioBytes: HostFile | undefined;
  readonly #ioCounts: HostFile | undefined;
  readonly #pressures: readonly (readonly [HostFile, PressureTotals])[];

  /** @param path of the cgroup below the roots of the hierarchies */
  constructor(host: Host, layout: CgroupLayout, path: string) {
    this.#host = host;
    const folders = new Map<Controller, string>();
    for (const [controller, root] of layout.controllers) {
      if (host.exists(root + path)) folders.set(controller, root + path);
    }
    this.#folders = folders;
    this.#cpuUsage = this.#open("cpuacct", "cpuacct.usage");
    this.#cpuModes = this.#open("cpuacct", "cpuacct.stat");
    this.#throttling = this.#open("cpu", "cpu.stat");
    this.#memory = this.#open("memory", "memory.usage_in_bytes");
    this.#memoryStat = this.#open("memory", "memory.stat");
    this.#failures = this.#open("memory", "memory.failcnt");
    this.#oom = this.#open("memory", "memory.oom_control");
    this.#kernel = this.#open("memory", "memory.kmem.usage_in_bytes");
    this.#pids = this.#open("pids", "pids.current");
    this.#ioBytes = this.#open("blkio", "blkio.throttle.io_service_bytes_recursive");
    this.#ioCounts = this.#open("blkio", "blkio.throttle.io_serviced_recursive");
    const unified = layout.unified === undefined ? "" : layout.unified + path;
    const hasPressure = unified !== "" && host.exists(`${unified}/cpu.pressure`);
    this.#pressures = hasPressure
      ? [
          [this.#keep(`${unified}/cpu.pressure`), this.usage.cpuPressure],
          [this.#keep(`${unified}/memory.pressure`), this.usage.memoryPressure],
          [this.#keep(`${unified}/io.pressure`), this.usage.ioPressure],
        ]
      : [];
  }

  readCpu(): boolean {
    if (this.#cpuUsage === undefined) return this.#exists();
    this.usage.cpuSeconds = numberIn(this.#cpuUsage) / 1e9;
    return !Number.isNaN(this.usage.cpuSeconds);
  }

  close(): void {
    for (const file of this.#files) file.close();
  }

  #exists(): boolean {
    for (const folder of this.#folders.values()) if (this.#host.exists(folder)) return true;
    return false;
  }

  readActivity(): void {
    const { usage } = this;
    if (keyed(this.#cpuModes, cpuacctStat)) {
      usage.userSeconds = scratch[0]! / TICKS_PER_SECOND;
      usage.systemSeconds = scratch[1]! / TICKS_PER_SECOND;
    }
    if (keyed(this.#throttling, cpuStat)) {
      usage.periods = scratch[0]!;
      usage.throttledPeriods = scratch[1]!;
      usage.throttledSeconds = scratch[2]! / 1e9;
    }
    usage.memoryBytes = numberIn(this.#memory);
    usage.limitHits = numberIn(this.#failures);
    if (keyed(this.#oom, oomControl)) usage.oomKills = scratch[0]!;
    usage.tasks = numberIn(this.#pids);
    const bytes = this.#ioBytes?.tryRead();
    if (bytes !== undefined) parseBlkio(asciiText(bytes), "readBytes", "writeBytes", usage.io);
    const counts = this.#ioCounts?.tryRead();
    if (counts !== undefined) parseBlkio(asciiText(counts), "reads", "writes", usage.io);
    for (const [file, totals] of this.#pressures) {
      const pressure = file.tryRead();
      if (pressure !== undefined) parsePressure(pressure, totals);
    }
  }

  readMemory(): void {
    const { usage } = this;
    usage.kernelBytes = numberIn(this.#kernel);
    if (!keyed(this.#memoryStat, memoryStat)) return;
    usage.anonymousBytes = scratch[0]!;
    usage.cacheBytes = scratch[1]!;
    usage.mappedBytes = scratch[2]!;
    usage.swapBytes = scratch[3]!;
    usage.activeFileBytes = scratch[4]!;
    usage.inactiveFileBytes = scratch[5]!;
    usage.pageFaults = scratch[6]!;
    usage.majorPageFaults = scratch[7]!;
  }

  readLimits(): void {
    const { usage } = this;
    usage.peakBytes = this.#limit("memory", "memory.max_usage_in_bytes");
    usage.memoryLimit = this.#limit("memory", "memory.limit_in_bytes");
    usage.memoryReservation = this.#limit("memory", "memory.soft_limit_in_bytes");
    usage.swapLimit = this.#limit("memory", "memory.memsw.limit_in_bytes");
    usage.tasksLimit = this.#limit("pids", "pids.max");
    const quota = this.#limit("cpu", "cpu.cfs_quota_us");
    usage.cpuQuota = quota < 0 ? Number.POSITIVE_INFINITY : quota;
    usage.cpuPeriod = this.#limit("cpu", "cpu.cfs_period_us");
    usage.cpuShares = this.#limit("cpu", "cpu.shares");
  }

  #limit(controller: Controller, name: string): number {
    const folder = this.#folders.get(controller);
    const bytes = folder === undefined ? undefined : this.#host.readOnce(`${folder}/${name}`);
    const limit = bytes === undefined ? Number.NaN : limitOf(bytes);
    return limit >= NO_LIMIT_FROM ? Number.POSITIVE_INFINITY : limit;
  }

  #open(controller: Controller, name: string): HostFile | undefined {
    const folder = this.#folders.get(controller);
    return folder === undefined || !this.#host.exists(`${folder}/${name}`)
      ? undefined
      : this.#keep(`${folder}/${name}`);
  }

  #keep(path: string): HostFile {
    const file = this.#host.file(path);
    this.#files.push(file);
    return file;
  }
}

function numberIn(file: HostFile | undefined): number {
  const bytes = file?.tryRead();
  return bytes === undefined ? Number.NaN : decimalOf(bytes);
}

/** Reads a file of keys into the scratch column. False where there is none. */
function keyed(file: HostFile | undefined, keys: KeyedFile): boolean {
  const bytes = file?.tryRead();
  if (bytes === undefined) return false;
  keys.parse(bytes, scratch.fill(Number.NaN));
  return true;
}
