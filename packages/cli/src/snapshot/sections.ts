/** The sections of a reading, out of what the collectors said. Pure; null where they said nothing of it. */
import type { FamiliesView, Interval } from "./families-view.ts";
import type {
  CpuModes,
  CpuSection,
  CpuUse,
  DiskSection,
  FilesystemReading,
  HostSection,
  LoadSection,
  MemorySection,
  NetworkSection,
  PressureReading,
  PressureSection,
} from "./snapshot-types.ts";

const CPU_MODES = ["user", "system", "nice", "idle", "iowait", "irq", "softirq", "steal"] as const;

export function hostSection(view: FamiliesView, nowMs: number): HostSection {
  const uname = view.samples("node_uname_info")[0]?.labels;
  const os = view.samples("node_os_info")[0]?.labels;
  const bootSeconds = view.value("node_boot_time_seconds");
  return {
    hostname: uname?.nodename ?? "",
    operatingSystem: os?.pretty_name ?? uname?.sysname ?? "",
    kernel: uname === undefined ? "" : `${uname.sysname} ${uname.release}`,
    architecture: uname?.machine ?? "",
    bootedAt: bootSeconds === undefined ? null : new Date(bootSeconds * 1000).toISOString(),
    uptimeSeconds: bootSeconds === undefined ? null : Math.max(0, Math.round(nowMs / 1000 - bootSeconds)),
  };
}

export function cpuSection(interval: Interval): CpuSection | null {
  const secondsByCore = new Map<string, Record<string, number>>();
  for (const { labels, value } of interval.after.samples("node_cpu_seconds_total")) {
    const core = labels.cpu!;
    let seconds = secondsByCore.get(core);
    if (seconds === undefined) {
      seconds = {};
      secondsByCore.set(core, seconds);
    }
    seconds[labels.mode!] = value;
  }
  if (secondsByCore.size === 0) return null;
  for (const { labels, value } of interval.before.samples("node_cpu_seconds_total")) {
    const seconds = secondsByCore.get(labels.cpu!);
    // A core's idle time may run backwards a little when it wakes.
    if (seconds !== undefined) seconds[labels.mode!] = Math.max(0, (seconds[labels.mode!] ?? 0) - value);
  }
  const cores = [...secondsByCore].sort(([a], [b]) => Number(a) - Number(b));
  const sum: Record<string, number> = {};
  for (const [, seconds] of cores) {
    for (const [mode, spent] of Object.entries(seconds)) sum[mode] = (sum[mode] ?? 0) + spent;
  }
  return { ...cpuUse(sum), cores: cores.length, perCore: cores.map(([core, s]) => ({ core, ...cpuUse(s) })) };
}

function cpuUse(seconds: Readonly<Record<string, number>>): CpuUse {
  const total = CPU_MODES.reduce((sum, mode) => sum + (seconds[mode] ?? 0), 0);
  const shares = CPU_MODES.map((mode) => [mode, total > 0 ? (seconds[mode] ?? 0) / total : mode === "idle" ? 1 : 0]);
  const modes = Object.fromEntries(shares) as unknown as CpuModes;
  return { usedRatio: Math.max(0, 1 - modes.idle - modes.iowait), modes };
}

export function memorySection(view: FamiliesView): MemorySection | null {
  const bytes = (name: string) => view.value(`node_memory_${name}_bytes`) ?? 0;
  const totalBytes = bytes("MemTotal");
  if (totalBytes === 0) return null;
  const freeBytes = bytes("MemFree");
  const availableBytes = view.value("node_memory_MemAvailable_bytes") ?? freeBytes + bytes("Cached") + bytes("Buffers");
  const usedBytes = Math.max(0, totalBytes - availableBytes);
  const swapTotal = bytes("SwapTotal");
  const swapFree = bytes("SwapFree");
  return {
    totalBytes,
    availableBytes,
    usedBytes,
    freeBytes,
    buffersBytes: bytes("Buffers"),
    cachedBytes: bytes("Cached"),
    usedRatio: usedBytes / totalBytes,
    swap: {
      totalBytes: swapTotal,
      usedBytes: swapTotal - swapFree,
      freeBytes: swapFree,
      usedRatio: swapTotal > 0 ? (swapTotal - swapFree) / swapTotal : 0,
    },
  };
}

export function diskSection(interval: Interval): DiskSection | null {
  const view = interval.after;
  if (!view.has("node_filesystem_size_bytes") && !view.has("node_disk_read_bytes_total")) return null;
  const filesystems = view
    .samples("node_filesystem_size_bytes")
    .map(({ labels, value }) => filesystem(view, labels, value))
    .filter(({ totalBytes }) => totalBytes > 0)
    .sort((a, b) => (a.mountpoint < b.mountpoint ? -1 : 1));
  const devices = view.samples("node_disk_read_bytes_total").map(({ labels, value }) => {
    const device = labels.device!;
    const rate = (name: string) => interval.rate(`node_disk_${name}_total`, { device });
    return {
      device,
      readBytesTotal: value,
      writtenBytesTotal: view.value("node_disk_written_bytes_total", { device }) ?? 0,
      readBytesPerSecond: rate("read_bytes"),
      writtenBytesPerSecond: rate("written_bytes"),
      readsPerSecond: rate("reads_completed"),
      writesPerSecond: rate("writes_completed"),
      busyRatio: Math.min(1, rate("io_time_seconds")),
    };
  });
  return { filesystems, devices };
}

function filesystem(
  view: FamiliesView,
  labels: Readonly<Record<string, string>>,
  totalBytes: number,
): FilesystemReading {
  const mountpoint = labels.mountpoint!;
  const of = (name: string) => view.value(`node_filesystem_${name}`, { mountpoint, device: labels.device! });
  const freeBytes = of("free_bytes") ?? 0;
  const availableBytes = of("avail_bytes") ?? freeBytes;
  const usedBytes = Math.max(0, totalBytes - freeBytes);
  const inodes = of("files") ?? 0;
  const within = usedBytes + availableBytes;
  return {
    mountpoint,
    device: labels.device!,
    type: labels.fstype ?? "",
    totalBytes,
    usedBytes,
    freeBytes,
    availableBytes,
    usedRatio: within > 0 ? usedBytes / within : 0,
    inodesUsedRatio: inodes > 0 ? (inodes - (of("files_free") ?? 0)) / inodes : null,
    readOnly: of("readonly") === 1,
  };
}

export function networkSection(interval: Interval): NetworkSection | null {
  const view = interval.after;
  if (!view.has("node_network_receive_bytes_total")) return null;
  const interfaces = view.samples("node_network_receive_bytes_total").map(({ labels, value }) => {
    const device = labels.device!;
    const of = (name: string) => view.value(`node_network_${name}_total`, { device }) ?? 0;
    const up = view.value("node_network_up", { device });
    return {
      name: device,
      up: up === undefined ? null : up === 1,
      receivedBytesTotal: value,
      sentBytesTotal: of("transmit_bytes"),
      receivedPacketsTotal: of("receive_packets"),
      sentPacketsTotal: of("transmit_packets"),
      receivedBytesPerSecond: interval.rate("node_network_receive_bytes_total", { device }),
      sentBytesPerSecond: interval.rate("node_network_transmit_bytes_total", { device }),
      errorsTotal: of("receive_errs") + of("transmit_errs"),
      dropsTotal: of("receive_drop") + of("transmit_drop"),
    };
  });
  return { interfaces };
}

export function loadSection(view: FamiliesView): LoadSection | null {
  const load1 = view.value("node_load1");
  if (load1 === undefined) return null;
  return { load1, load5: view.value("node_load5") ?? load1, load15: view.value("node_load15") ?? load1 };
}

export function pressureSection(interval: Interval): PressureSection | null {
  if (!interval.after.has("node_pressure_cpu_waiting_seconds_total")) return null;
  const reading = (resource: string): PressureReading => {
    const share = (kind: string) => Math.min(1, interval.rate(`node_pressure_${resource}_${kind}_seconds_total`));
    const hasFull = interval.after.has(`node_pressure_${resource}_stalled_seconds_total`);
    return { someRatio: share("waiting"), fullRatio: hasFull ? share("stalled") : null };
  };
  return { cpu: reading("cpu"), memory: reading("memory"), io: reading("io") };
}
