/** The live list of containers and services: what `GET /api/v1/host/containers` and `dmon top` show. */
import { namesFromId } from "./container-names.ts";
import type { TrackedContainer } from "./tracked-container.ts";

export interface ContainerRow {
  /** Path of the cgroup, as in the label `id`. */
  readonly id: string;
  readonly kind: "container" | "service";
  /** `docker`, `podman`, `containerd`, `crio`, `lxc`, `nspawn`, `systemd` or "". */
  readonly runtime: string;
  readonly name: string;
  /** "" where unknown, and for services. */
  readonly image: string;
  /** Kubernetes' names; "" outside. */
  readonly namespace: string;
  readonly pod: string;
  /** Cores used over the last second or so; null where not accounted. */
  readonly cpuRatio: number | null;
  /** Cores allowed; null where unlimited. */
  readonly cpuLimit: number | null;
  /** Share of time in which some task was held back by the CPU limit: 0 never, above 1 several tasks at once. */
  readonly throttledRatio: number;
  readonly memoryBytes: number | null;
  readonly workingSetBytes: number | null;
  /** Null where unlimited. */
  readonly memoryLimitBytes: number | null;
  readonly oomKills: number;
  readonly readBytesPerSecond: number;
  readonly writeBytesPerSecond: number;
  /** Null where it shares the host's network. */
  readonly receivedBytesPerSecond: number | null;
  readonly sentBytesPerSecond: number | null;
  readonly tasks: number | null;
  /** Share of time in which some task waited, 0–1; null where the kernel does not say. */
  readonly cpuPressureRatio: number | null;
  readonly memoryPressureRatio: number | null;
  readonly ioPressureRatio: number | null;
  /** Milliseconds since the epoch; null where unknown. */
  readonly startMs: number | null;
}

export interface ContainerTable {
  /** Milliseconds since the epoch; 0 before the first pass. */
  readonly atMs: number;
  readonly containers: readonly ContainerRow[];
}

export function containerRow({
  path,
  identity,
  names,
  reader,
  network,
  rates,
  startMs,
}: TrackedContainer): ContainerRow {
  const { usage } = reader;
  const cpuLimit = usage.cpuQuota / usage.cpuPeriod;
  const pressure = (known: number, rate: number) => (Number.isNaN(known) ? null : Math.min(1, rate));
  return {
    id: path,
    kind: identity.kind,
    runtime: identity.runtime,
    name: (names ?? namesFromId(identity.id)).name,
    image: names?.image ?? "",
    namespace: names?.namespace ?? "",
    pod: names?.pod ?? "",
    cpuRatio: Number.isNaN(usage.cpuSeconds) ? null : rates.cpuSeconds,
    cpuLimit: finite(cpuLimit),
    throttledRatio: rates.throttledSeconds,
    memoryBytes: finite(usage.memoryBytes),
    workingSetBytes: finite(usage.workingSetBytes),
    memoryLimitBytes: finite(usage.memoryLimit),
    oomKills: usage.oomKills || 0,
    readBytesPerSecond: rates.readBytes,
    writeBytesPerSecond: rates.writeBytes,
    receivedBytesPerSecond: network.isOpen ? rates.receivedBytes : null,
    sentBytesPerSecond: network.isOpen ? rates.sentBytes : null,
    tasks: finite(usage.tasks),
    cpuPressureRatio: pressure(usage.cpuPressure.some, rates.cpuWaiting),
    memoryPressureRatio: pressure(usage.memoryPressure.some, rates.memoryWaiting),
    ioPressureRatio: pressure(usage.ioPressure.some, rates.ioWaiting),
    startMs: finite(startMs),
  };
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
