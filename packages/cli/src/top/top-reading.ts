/** What the live view shows: the newest reading of the machine, and what it was like before. */
import { hostname } from "node:os";
import type { ContainerRow, ProcessRow } from "@dmon/collect";
import { type FamiliesView, Interval } from "../snapshot/families-view.ts";
import { HostReader } from "../snapshot/host-reader.ts";
import {
  cpuSection,
  diskSection,
  hostSection,
  loadSection,
  memorySection,
  networkSection,
  pressureSection,
} from "../snapshot/sections.ts";
import type {
  CpuSection,
  DiskSection,
  HostSection,
  LoadSection,
  MemorySection,
  NetworkSection,
  PressureSection,
} from "../snapshot/snapshot-types.ts";
import { History } from "./history.ts";

export interface TopReading {
  /** Milliseconds since the epoch. */
  readonly atMs: number;
  readonly host: HostSection;
  readonly cpu: CpuSection | null;
  readonly memory: MemorySection | null;
  readonly disk: DiskSection | null;
  readonly network: NetworkSection | null;
  readonly load: LoadSection | null;
  readonly pressure: PressureSection | null;
  readonly processes: readonly ProcessRow[];
  readonly containers: readonly ContainerRow[];
}

/** As many values as the widest terminal shows. */
const HISTORY_LENGTH = 300;

export class TopHistory {
  readonly cpu = new History(HISTORY_LENGTH);
  readonly memory = new History(HISTORY_LENGTH);
  readonly received = new History(HISTORY_LENGTH);
  readonly sent = new History(HISTORY_LENGTH);
  readonly read = new History(HISTORY_LENGTH);
  readonly written = new History(HISTORY_LENGTH);

  push({ cpu, memory, disk, network }: TopReading): void {
    this.cpu.push(cpu?.usedRatio ?? Number.NaN);
    this.memory.push(memory?.usedRatio ?? Number.NaN);
    const interfaces = network?.interfaces.filter(({ name }) => name !== "lo") ?? [];
    this.received.push(sum(interfaces.map((one) => one.receivedBytesPerSecond)));
    this.sent.push(sum(interfaces.map((one) => one.sentBytesPerSecond)));
    this.read.push(sum(disk?.devices.map((one) => one.readBytesPerSecond) ?? []));
    this.written.push(sum(disk?.devices.map((one) => one.writtenBytesPerSecond) ?? []));
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** Collectors that the live view needs. */
const COLLECTORS: ReadonlySet<string> = new Set([
  "containers",
  "cpu",
  "diskstats",
  "filesystem",
  "loadavg",
  "meminfo",
  "netdev",
  "os",
  "pressure",
  "processgroups",
  "stat",
  "systeminformation",
  "uname",
]);

/** Reads the machine again and again; rates are taken between one reading and the next. */
export class TopSource {
  readonly #reader = new HostReader((collector) => COLLECTORS.has(collector));
  #before: FamiliesView;

  constructor() {
    this.#before = this.#reader.read();
  }

  read(): TopReading {
    const after = this.#reader.read();
    const interval = new Interval(this.#before, after);
    this.#before = after;
    const nowMs = Date.now();
    const host = hostSection(after, nowMs);
    return {
      atMs: nowMs,
      host: host.hostname === "" ? { ...host, hostname: hostname() } : host,
      cpu: cpuSection(interval),
      memory: memorySection(after),
      disk: diskSection(interval),
      network: networkSection(interval),
      load: loadSection(after),
      pressure: pressureSection(interval),
      processes: this.#reader.processes().processes,
      containers: this.#reader.containers().containers,
    };
  }

  close(): void {
    this.#reader.close();
  }
}
