/**
 * One structured reading of a machine: the shape that `dmon snapshot --json` prints.
 *
 * Documented in `docs/formats/snapshot.md`, as a schema in `docs/formats/snapshot.schema.json`. Ratios are 0–1, sizes bytes,
 * times ISO 8601 in UTC. A section that was not asked for is absent; one that the machine does not have, or that could not be
 * read, is null (the latter with an entry in `errors`).
 */

export const SNAPSHOT_VERSION = 1;

export interface HostSection {
  readonly hostname: string;
  readonly operatingSystem: string;
  readonly kernel: string;
  readonly architecture: string;
  readonly bootedAt: string | null;
  readonly uptimeSeconds: number | null;
}

/** Shares of the interval, adding up to 1. */
export interface CpuModes {
  readonly user: number;
  readonly system: number;
  readonly nice: number;
  readonly idle: number;
  readonly iowait: number;
  readonly irq: number;
  readonly softirq: number;
  readonly steal: number;
}

export interface CpuUse {
  /** Not idle and not waiting for storage. */
  readonly usedRatio: number;
  readonly modes: CpuModes;
}

export interface CpuSection extends CpuUse {
  readonly cores: number;
  readonly perCore: readonly (CpuUse & { readonly core: string })[];
}

export interface MemorySection {
  readonly totalBytes: number;
  /** What programs can still get without swapping. */
  readonly availableBytes: number;
  /** Total less available. */
  readonly usedBytes: number;
  readonly freeBytes: number;
  readonly buffersBytes: number;
  readonly cachedBytes: number;
  readonly usedRatio: number;
  readonly swap: {
    readonly totalBytes: number;
    readonly usedBytes: number;
    readonly freeBytes: number;
    readonly usedRatio: number;
  };
}

export interface FilesystemReading {
  readonly mountpoint: string;
  readonly device: string;
  readonly type: string;
  readonly totalBytes: number;
  readonly usedBytes: number;
  readonly freeBytes: number;
  /** Free for those who are not root. */
  readonly availableBytes: number;
  /** As df(1): used of what is used or available. */
  readonly usedRatio: number;
  readonly inodesUsedRatio: number | null;
  readonly readOnly: boolean;
}

export interface DiskReading {
  readonly device: string;
  readonly readBytesTotal: number;
  readonly writtenBytesTotal: number;
  readonly readBytesPerSecond: number;
  readonly writtenBytesPerSecond: number;
  readonly readsPerSecond: number;
  readonly writesPerSecond: number;
  /** Share of the interval in which it worked on something. */
  readonly busyRatio: number;
}

export interface DiskSection {
  readonly filesystems: readonly FilesystemReading[];
  readonly devices: readonly DiskReading[];
}

export interface InterfaceReading {
  readonly name: string;
  readonly up: boolean | null;
  readonly receivedBytesTotal: number;
  readonly sentBytesTotal: number;
  readonly receivedPacketsTotal: number;
  readonly sentPacketsTotal: number;
  readonly receivedBytesPerSecond: number;
  readonly sentBytesPerSecond: number;
  readonly errorsTotal: number;
  readonly dropsTotal: number;
}

export interface NetworkSection {
  readonly interfaces: readonly InterfaceReading[];
}

export interface LoadSection {
  readonly load1: number;
  readonly load5: number;
  readonly load15: number;
}

/** Shares of the interval in which some, or all, tasks waited. */
export interface PressureReading {
  readonly someRatio: number;
  readonly fullRatio: number | null;
}

export interface PressureSection {
  readonly cpu: PressureReading;
  readonly memory: PressureReading;
  readonly io: PressureReading;
}

export interface ProcessReading {
  readonly pid: number;
  readonly name: string;
  readonly user: string;
  readonly commandLine: string;
  readonly state: string;
  /** 1 is one core. */
  readonly cpuRatio: number;
  readonly residentBytes: number;
  readonly memoryRatio: number;
  readonly threads: number;
  readonly startedAt: string;
  readonly container: string;
}

export interface ProcessSection {
  readonly total: number;
  readonly running: number;
  readonly threads: number;
  /** The heaviest by CPU, then by memory. */
  readonly top: readonly ProcessReading[];
}

export interface ContainerReading {
  readonly name: string;
  readonly kind: "container" | "service";
  readonly runtime: string;
  readonly image: string;
  readonly cpuRatio: number | null;
  readonly workingSetBytes: number | null;
  readonly memoryLimitBytes: number | null;
  readonly tasks: number | null;
  readonly startedAt: string | null;
}

export interface SnapshotError {
  readonly section: SectionName;
  /** The collector that failed. */
  readonly source: string;
  readonly message: string;
}

export interface SnapshotSections {
  readonly host: HostSection;
  readonly cpu: CpuSection;
  readonly memory: MemorySection;
  readonly disk: DiskSection;
  readonly network: NetworkSection;
  readonly load: LoadSection;
  readonly pressure: PressureSection;
  readonly processes: ProcessSection;
  readonly containers: readonly ContainerReading[];
}

export type SectionName = keyof SnapshotSections;

export const SECTION_NAMES = [
  "host",
  "cpu",
  "memory",
  "disk",
  "network",
  "load",
  "pressure",
  "processes",
  "containers",
] as const satisfies readonly SectionName[];

export type Snapshot = {
  readonly version: typeof SNAPSHOT_VERSION;
  readonly takenAt: string;
  /** Over which rates and shares were taken. */
  readonly intervalSeconds: number;
  readonly errors: readonly SnapshotError[];
} & { readonly [Name in SectionName]?: SnapshotSections[Name] | null };
