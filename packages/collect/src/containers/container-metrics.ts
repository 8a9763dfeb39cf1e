/** The series of a container or service: cAdvisor's `container_*`, their names, help, types and meanings. */
import type { MetricType } from "@dmon/model";
import type { CgroupUsage } from "./cgroup-usage.ts";

export interface ContainerMetric {
  readonly name: string;
  readonly help: string;
  readonly type: MetricType;
  /** Labels beside those that identify the container, with their fixed values. */
  readonly labels?: Readonly<Record<string, string>>;
  /** NaN where the cgroup does not say it; there is then no series. */
  readonly value: (usage: CgroupUsage) => number;
}

const gauge = (name: string, help: string, value: ContainerMetric["value"]): ContainerMetric => ({
  name: `container_${name}`,
  help,
  type: "gauge",
  value,
});
const counter = (name: string, help: string, value: ContainerMetric["value"]): ContainerMetric => ({
  name: `container_${name}`,
  help,
  type: "counter",
  value,
});
const failures = (type: string, scope: string, value: ContainerMetric["value"]): ContainerMetric => ({
  ...counter("memory_failures_total", "Cumulative count of memory allocation failures.", value),
  labels: { failure_type: type, scope },
});

/** cAdvisor says 0 where there is no limit. */
const orZero = (limit: number) => (limit === Number.POSITIVE_INFINITY ? 0 : limit);
/** A limit that does not exist has no series. */
const orNone = (limit: number) => (limit === Number.POSITIVE_INFINITY ? Number.NaN : limit);

export const CONTAINER_METRICS: readonly ContainerMetric[] = [
  {
    ...counter("cpu_usage_seconds_total", "Cumulative cpu time consumed in seconds.", (u) => u.cpuSeconds),
    labels: { cpu: "total" },
  },
  counter("cpu_user_seconds_total", "Cumulative user cpu time consumed in seconds.", (u) => u.userSeconds),
  counter("cpu_system_seconds_total", "Cumulative system cpu time consumed in seconds.", (u) => u.systemSeconds),
  counter("cpu_cfs_periods_total", "Number of elapsed enforcement period intervals.", (u) => u.periods),
  counter("cpu_cfs_throttled_periods_total", "Number of throttled period intervals.", (u) => u.throttledPeriods),
  counter(
    "cpu_cfs_throttled_seconds_total",
    "Total time duration the container has been throttled.",
    (u) => u.throttledSeconds,
  ),
  gauge(
    "memory_usage_bytes",
    "Current memory usage in bytes, including all memory regardless of when it was accessed",
    (u) => u.memoryBytes,
  ),
  gauge("memory_working_set_bytes", "Current working set in bytes.", (u) => u.workingSetBytes),
  gauge("memory_max_usage_bytes", "Maximum memory usage recorded in bytes", (u) => u.peakBytes),
  gauge("memory_rss", "Size of RSS in bytes.", (u) => u.anonymousBytes),
  gauge("memory_cache", "Number of bytes of page cache memory.", (u) => u.cacheBytes),
  gauge("memory_mapped_file", "Size of memory mapped files in bytes.", (u) => u.mappedBytes),
  gauge("memory_kernel_usage", "Size of kernel memory allocated in bytes.", (u) => u.kernelBytes),
  gauge("memory_swap", "Container swap usage in bytes.", (u) => u.swapBytes),
  gauge("memory_total_active_file_bytes", "Current total active file in bytes.", (u) => u.activeFileBytes),
  gauge("memory_total_inactive_file_bytes", "Current total inactive file in bytes.", (u) => u.inactiveFileBytes),
  counter("memory_failcnt", "Number of memory usage hits limits", (u) => u.limitHits),
  // Only the whole below a container is counted here; cAdvisor, too, says the same twice under version 2.
  failures("pgfault", "container", (u) => u.pageFaults),
  failures("pgfault", "hierarchy", (u) => u.pageFaults),
  failures("pgmajfault", "container", (u) => u.majorPageFaults),
  failures("pgmajfault", "hierarchy", (u) => u.majorPageFaults),
  counter("oom_events_total", "Count of out of memory events observed for the container", (u) => u.oomKills),
  gauge("threads", "Number of threads running inside the container", (u) => u.tasks),
  gauge("threads_max", "Maximum number of threads allowed inside the container, infinity if value is zero", (u) =>
    orZero(u.tasksLimit),
  ),
  gauge("spec_cpu_period", "CPU period of the container.", (u) => u.cpuPeriod),
  gauge("spec_cpu_quota", "CPU quota of the container.", (u) => orNone(u.cpuQuota)),
  gauge("spec_cpu_shares", "CPU share of the container.", (u) => u.cpuShares),
  gauge("spec_memory_limit_bytes", "Memory limit for the container.", (u) => orZero(u.memoryLimit)),
  gauge("spec_memory_reservation_limit_bytes", "Memory reservation limit for the container.", (u) =>
    orZero(u.memoryReservation),
  ),
  gauge("spec_memory_swap_limit_bytes", "Memory swap limit for the container.", (u) => orZero(u.swapLimit)),
  counter(
    "pressure_cpu_waiting_seconds_total",
    "Total time duration tasks in the container have waited due to CPU congestion.",
    (u) => u.cpuPressure.some,
  ),
  counter(
    "pressure_cpu_stalled_seconds_total",
    "Total time duration no tasks in the container could make progress due to CPU congestion.",
    (u) => u.cpuPressure.full,
  ),
  counter(
    "pressure_memory_waiting_seconds_total",
    "Total time duration tasks in the container have waited due to memory congestion.",
    (u) => u.memoryPressure.some,
  ),
  counter(
    "pressure_memory_stalled_seconds_total",
    "Total time duration no tasks in the container could make progress due to memory congestion.",
    (u) => u.memoryPressure.full,
  ),
  counter(
    "pressure_io_waiting_seconds_total",
    "Total time duration tasks in the container have waited due to IO congestion.",
    (u) => u.ioPressure.some,
  ),
  counter(
    "pressure_io_stalled_seconds_total",
    "Total time duration no tasks in the container could make progress due to IO congestion.",
    (u) => u.ioPressure.full,
  ),
];
