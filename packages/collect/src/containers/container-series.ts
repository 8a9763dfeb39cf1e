/** Registers and writes the series of containers. A series is made when its value is first known. */
import type { BatchWriter, CollectorRegistry, Family, Slot } from "../collector.ts";
import type { DeviceIo } from "./cgroup-files.ts";
import type { CgroupUsage } from "./cgroup-usage.ts";
import { CONTAINER_METRICS } from "./container-metrics.ts";
import type { InterfaceTraffic } from "./container-network.ts";

/** What identifies a container in all its series; an empty value is no label. */
const IDENTITY = ["id", "name", "image", "namespace", "pod", "container"] as const;
export type ContainerIdentity = Readonly<Record<(typeof IDENTITY)[number], string>>;

const DEVICE_METRICS: readonly (readonly [name: string, help: string, field: keyof DeviceIo])[] = [
  ["fs_reads_bytes_total", "Cumulative count of bytes read", "readBytes"],
  ["fs_writes_bytes_total", "Cumulative count of bytes written", "writeBytes"],
  ["fs_reads_total", "Cumulative count of reads completed", "reads"],
  ["fs_writes_total", "Cumulative count of writes completed", "writes"],
];

const INTERFACE_METRICS: readonly (readonly [name: string, help: string, field: keyof InterfaceTraffic])[] = [
  ["network_receive_bytes_total", "Cumulative count of bytes received", "receivedBytes"],
  ["network_receive_packets_total", "Cumulative count of packets received", "receivedPackets"],
  ["network_receive_packets_dropped_total", "Cumulative count of packets dropped while receiving", "receiveDrops"],
  ["network_receive_errors_total", "Cumulative count of errors encountered while receiving", "receiveErrors"],
  ["network_transmit_bytes_total", "Cumulative count of bytes transmitted", "sentBytes"],
  ["network_transmit_packets_total", "Cumulative count of packets transmitted", "sentPackets"],
  ["network_transmit_packets_dropped_total", "Cumulative count of packets dropped while transmitting", "sendDrops"],
  ["network_transmit_errors_total", "Cumulative count of errors encountered while transmitting", "sendErrors"],
];

export class ContainerFamilies {
  readonly byMetric: readonly Family[];
  readonly byDeviceMetric: readonly Family[];
  readonly byInterfaceMetric: readonly Family[];
  readonly lastSeen: Family;
  readonly startTime: Family;

  constructor(registry: CollectorRegistry) {
    this.byMetric = CONTAINER_METRICS.map(({ name, help, type, labels = {} }) =>
      registry.family(name, help, type, [...IDENTITY, ...Object.keys(labels)]),
    );
    const counters = (metrics: readonly (readonly [string, string, string])[], label: string) =>
      metrics.map(([name, help]) => registry.family(`container_${name}`, help, "counter", [...IDENTITY, label]));
    this.byDeviceMetric = counters(DEVICE_METRICS, "device");
    this.byInterfaceMetric = counters(INTERFACE_METRICS, "interface");
    const gauge = (name: string, help: string) => registry.family(`container_${name}`, help, "gauge", IDENTITY);
    this.lastSeen = gauge("last_seen", "Last time a container was seen by the exporter");
    this.startTime = gauge("start_time_seconds", "Start time of the container since unix epoch in seconds.");
  }
}

const NO_SLOT = -1;

export class ContainerSeries {
  readonly #families: ContainerFamilies;
  readonly #identity: readonly string[];
  readonly #slots = new Int32Array(CONTAINER_METRICS.length).fill(NO_SLOT);
  /** By metric: what was said last; NaN where nothing was. */
  readonly #said = new Float64Array(CONTAINER_METRICS.length).fill(Number.NaN);
  #hasSaid = false;
  /** Slots by device or interface, aligned with their metrics. */
  readonly #parts = new Map<string, readonly Slot[]>();
  readonly #owned: (readonly [Family, Slot])[] = [];
  readonly #lastSeen: Slot;
  #startTime: Slot = NO_SLOT;

  constructor(families: ContainerFamilies, identity: ContainerIdentity) {
    this.#families = families;
    this.#identity = IDENTITY.map((label) => identity[label]);
    this.#lastSeen = this.#slot(families.lastSeen);
  }

  writeUsage(batch: BatchWriter, usage: CgroupUsage): void {
    const slots = this.#slots;
    for (let i = 0; i < CONTAINER_METRICS.length; i++) {
      const metric = CONTAINER_METRICS[i]!;
      const value = metric.value(usage);
      this.#said[i] = value;
      if (Number.isNaN(value)) continue;
      let slot = slots[i]!;
      if (slot === NO_SLOT) {
        slot = this.#slot(this.#families.byMetric[i]!, ...Object.values(metric.labels ?? {}));
        slots[i] = slot;
      }
      batch.set(slot, value);
    }
    this.#hasSaid = true;
    batch.set(this.#lastSeen, Math.floor(batch.atMs / 1000));
  }

  /** The same for a usage that is as it was when it was last written: most are, and forty questions each take their time. */
  writeUsageAgain(batch: BatchWriter, usage: CgroupUsage): void {
    if (!this.#hasSaid) {
      this.writeUsage(batch, usage);
      return;
    }
    const said = this.#said;
    for (let i = 0; i < said.length; i++) if (!Number.isNaN(said[i]!)) batch.set(this.#slots[i]!, said[i]!);
    batch.set(this.#lastSeen, Math.floor(batch.atMs / 1000));
  }

  writeStartTime(batch: BatchWriter, startMs: number): void {
    if (Number.isNaN(startMs)) return;
    if (this.#startTime === NO_SLOT) this.#startTime = this.#slot(this.#families.startTime);
    batch.set(this.#startTime, startMs / 1000);
  }

  writeDevice(batch: BatchWriter, device: string, io: DeviceIo): void {
    const slots = this.#partSlots(`/dev/${device}`, this.#families.byDeviceMetric);
    for (let i = 0; i < DEVICE_METRICS.length; i++) batch.set(slots[i]!, io[DEVICE_METRICS[i]![2]]);
  }

  writeInterface(batch: BatchWriter, name: string, traffic: InterfaceTraffic): void {
    const slots = this.#partSlots(name, this.#families.byInterfaceMetric);
    for (let i = 0; i < INTERFACE_METRICS.length; i++) batch.set(slots[i]!, traffic[INTERFACE_METRICS[i]![2]]);
  }

  release(): void {
    for (const [family, slot] of this.#owned) family.release(slot);
  }

  #partSlots(part: string, families: readonly Family[]): readonly Slot[] {
    let slots = this.#parts.get(part);
    if (slots === undefined) {
      slots = families.map((family) => this.#slot(family, part));
      this.#parts.set(part, slots);
    }
    return slots;
  }

  #slot(family: Family, ...labels: string[]): Slot {
    const slot = family.slot(...this.#identity, ...labels);
    this.#owned.push([family, slot]);
    return slot;
  }
}
