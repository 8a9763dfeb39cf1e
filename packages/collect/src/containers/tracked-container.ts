/** One container or service from the walk that finds it to the reading that finds it gone. */
import type { BatchWriter, Host } from "../collector.ts";
import { asciiText } from "../host/bytes.ts";
import { StatLine } from "../processes/stat-line.ts";
import { TICKS_PER_SECOND } from "../processes/system-constants.ts";
import type { CgroupIdentity } from "./cgroup-path.ts";
import type { CgroupReader } from "./cgroup-usage.ts";
import type { ContainerNames } from "./container-names.ts";
import type { ContainerNetwork } from "./container-network.ts";
import type { ContainerSeries } from "./container-series.ts";

/** Counters of which the list shows rates. */
interface Totals {
  cpuSeconds: number;
  throttledSeconds: number;
  readBytes: number;
  writeBytes: number;
  receivedBytes: number;
  sentBytes: number;
  cpuWaiting: number;
  memoryWaiting: number;
  ioWaiting: number;
}

const ZEROS: Totals = {
  cpuSeconds: 0,
  throttledSeconds: 0,
  readBytes: 0,
  writeBytes: 0,
  receivedBytes: 0,
  sentBytes: 0,
  cpuWaiting: 0,
  memoryWaiting: 0,
  ioWaiting: 0,
};

/** The kernel adds up `memory.stat` anew at each reading. */
const MEMORY_EVERY_MS = 5000;
const LIMITS_EVERY_MS = 60_000;
/** Less CPU time than this since the last reading, and what else it did is not looked at… */
const HARDLY_RAN_SECONDS = 0.002;
/** …for at most so many passes, or rounds. */
const MAX_ACTIVITY_SKIPPED = 5;
/** Where nothing ran at all, only others can have changed anything: by taking memory back, say. */
const MAX_STILL_SKIPPED = 30;
const MAX_MEMORY_SKIPPED = 5;

const stat = new StatLine();

export class TrackedContainer {
  /** Of the cgroup, below the root of its hierarchy. */
  readonly path: string;
  readonly identity: CgroupIdentity;
  readonly reader: CgroupReader;
  readonly network: ContainerNetwork;
  /** Undefined until its names are known or known to be unknown; there are no series of it before. */
  names: ContainerNames | undefined;
  series: ContainerSeries | undefined;
  startMs = Number.NaN;
  /** Monotonic ms at which to look again for a network of its own. */
  networkDueMs = Number.NEGATIVE_INFINITY;
  /** Share of a round, 0–1, by which its slower readings come later than others'. */
  readonly #place: number;
  #memoryDueMs = Number.NEGATIVE_INFINITY;
  #limitsDueMs = Number.NEGATIVE_INFINITY;
  /** CPU seconds at the last reading of what it does, and of its memory, and how often these were left out since. */
  #cpuAtActivity = Number.NaN;
  #activitySkipped = 0;
  #cpuAtMemory = Number.NaN;
  #memorySkipped = 0;
  /** Per second, over the last pass. */
  readonly rates: Totals = { ...ZEROS };
  readonly #before: Totals = { ...ZEROS };
  #hasRates = false;
  #periods = Number.NaN;
  #throttledSeconds = Number.NaN;
  /** Nothing was read at the last reading but that it did not run: all is as it was. */
  #isStill = false;
  #readAtMs = Number.NaN;

  constructor(path: string, identity: CgroupIdentity, reader: CgroupReader, network: ContainerNetwork, place: number) {
    this.path = path;
    this.identity = identity;
    this.reader = reader;
    this.network = network;
    this.#place = place;
  }

  /**
   * Reads what is due. What hardly ran changed nothing worth a reading, so an idle service costs one small file a pass.
   *
   * @returns false where the cgroup is gone
   */
  read(nowMs: number): boolean {
    const { reader } = this;
    if (!reader.readCpu()) return false;
    const { cpuSeconds, periods, throttledSeconds } = reader.usage;
    // Under version 2 the file of its CPU time tells of its throttling too.
    const isThrottledAsBefore =
      Object.is(periods, this.#periods) && Object.is(throttledSeconds, this.#throttledSeconds);
    this.#periods = periods;
    this.#throttledSeconds = throttledSeconds;
    this.#isStill = isThrottledAsBefore && cpuSeconds === this.#before.cpuSeconds;
    if (nowMs >= this.#limitsDueMs) {
      this.#isStill = false;
      this.#limitsDueMs = nowMs + this.#pause(LIMITS_EVERY_MS, this.#limitsDueMs);
      reader.readLimits();
    }
    if (nowMs >= this.#memoryDueMs) {
      this.#memoryDueMs = nowMs + this.#pause(MEMORY_EVERY_MS, this.#memoryDueMs);
      if (cpuSeconds !== this.#cpuAtMemory || ++this.#memorySkipped > MAX_MEMORY_SKIPPED) {
        this.#cpuAtMemory = cpuSeconds;
        this.#memorySkipped = 0;
        this.#activitySkipped = MAX_STILL_SKIPPED;
        this.#isStill = false;
        reader.readMemory();
      }
    }
    const ranSeconds = cpuSeconds - this.#cpuAtActivity;
    const mostSkipped = ranSeconds === 0 ? MAX_STILL_SKIPPED : MAX_ACTIVITY_SKIPPED;
    if (!(ranSeconds < HARDLY_RAN_SECONDS) || ++this.#activitySkipped > mostSkipped) {
      this.#cpuAtActivity = cpuSeconds;
      this.#activitySkipped = 0;
      this.#isStill = false;
      reader.readActivity();
      if (this.network.isOpen) this.network.read();
    }
    if (!this.#isStill) this.#takeRates(nowMs);
    else if (this.#hasRates) this.#clearRates();
    this.#readAtMs = nowMs;
    return true;
  }

  /** After the first reading each container gets a place of its own in the round. */
  #pause(everyMs: number, dueMs: number): number {
    return dueMs === Number.NEGATIVE_INFINITY ? everyMs * this.#place : everyMs;
  }

  write(batch: BatchWriter, deviceName: (device: string) => string): void {
    const { series } = this;
    if (series === undefined) return;
    if (this.#isStill) series.writeUsageAgain(batch, this.reader.usage);
    else series.writeUsage(batch, this.reader.usage);
    series.writeStartTime(batch, this.startMs);
    for (const [device, io] of this.reader.usage.io) series.writeDevice(batch, deviceName(device), io);
    if (!this.network.isOpen) return;
    for (const [name, traffic] of this.network.traffic) series.writeInterface(batch, name, traffic);
  }

  close(): void {
    this.reader.close();
    this.network.close();
    this.series?.release();
  }

  #takeRates(nowMs: number): void {
    const { usage } = this.reader;
    const now: Totals = { ...ZEROS };
    now.cpuSeconds = usage.cpuSeconds || 0;
    now.throttledSeconds = usage.throttledSeconds || 0;
    now.cpuWaiting = usage.cpuPressure.some || 0;
    now.memoryWaiting = usage.memoryPressure.some || 0;
    now.ioWaiting = usage.ioPressure.some || 0;
    for (const io of usage.io.values()) {
      now.readBytes += io.readBytes;
      now.writeBytes += io.writeBytes;
    }
    for (const traffic of this.network.traffic.values()) {
      now.receivedBytes += traffic.receivedBytes;
      now.sentBytes += traffic.sentBytes;
    }
    const seconds = (nowMs - this.#readAtMs) / 1000;
    for (const key of Object.keys(now) as (keyof Totals)[]) {
      this.rates[key] = seconds > 0 ? Math.max(0, now[key] - this.#before[key]) / seconds : 0;
      this.#before[key] = now[key];
    }
    this.#hasRates = true;
  }

  #clearRates(): void {
    Object.assign(this.rates, ZEROS);
    this.#hasRates = false;
  }
}

/** Processes of a cgroup, or, where they all sit in one below it (as Podman does), of that. Absolute folder. */
export function processesOf(host: Host, folder: string): number[] {
  for (const place of [folder, `${folder}/container`, `${folder}/init.scope`]) {
    const bytes = readOrNothing(host, `${place}/cgroup.procs`);
    const pids =
      bytes === undefined
        ? []
        : asciiText(bytes)
            .split("\n")
            .map(Number)
            .filter((pid) => pid > 0);
    if (pids.length > 0) return pids;
  }
  return [];
}

/** When a process began, ms since the epoch; NaN where it is gone. */
export function processStartMs(host: Host, pid: number, bootSeconds: number): number {
  const bytes = readOrNothing(host, host.procPath(`${pid}/stat`));
  if (bytes === undefined || !stat.parse(bytes)) return Number.NaN;
  return Math.round((bootSeconds + stat.startTicks / TICKS_PER_SECOND) * 1000);
}

function readOrNothing(host: Host, path: string): Uint8Array | undefined {
  try {
    return host.readOnce(path);
  } catch {
    return undefined;
  }
}
