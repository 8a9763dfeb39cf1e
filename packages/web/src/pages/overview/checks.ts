/**
 * What "well" means: one question in PromQL each, which answers nothing while all is well, and the words for its answers.
 *
 * These are the page's own, for the glance; alert rules are elsewhere. `$s` stands for the host's matchers. Adding one: an
 * entry here.
 */
import type { LabelSet } from "../../charts/panel-spec.ts";
import { formatAge, formatValue } from "../../units/units.ts";

export type Level = "critical" | "warning" | "notice";

export interface Check {
  readonly id: string;
  /** The metric without which it is not asked. */
  readonly needs: string;
  readonly expr: string;
  /** The section of the page that shows more. */
  readonly section: string;
  level(value: number): Level;
  words(labels: LabelSet, value: number): string;
}

const pct = (value: number) => formatValue(value, "percent");
const above =
  (critical: number) =>
  (value: number): Level =>
    value >= critical ? "critical" : "warning";
const always = (level: Level) => () => level;
const REAL_FS = 'fstype!~"tmpfs|ramfs|overlay|squashfs|iso9660|fuse.lxcfs|erofs"';
const FS_USED = `node_filesystem_size_bytes{$s,${REAL_FS}} - node_filesystem_free_bytes{$s,${REAL_FS}}`;

export const CHECKS: readonly Check[] = [
  {
    id: "cpu-busy",
    needs: "node_cpu_seconds_total",
    expr: '100 * sum(rate(node_cpu_seconds_total{$s,mode!~"idle|iowait"}[1m])) / count(node_cpu_seconds_total{$s,mode="idle"}) > 90',
    section: "cpu",
    level: above(97),
    words: (_, value) => `The CPU is ${pct(value)} busy over the last minute.`,
  },
  {
    id: "cpu-steal",
    needs: "node_cpu_seconds_total",
    expr: '100 * avg(rate(node_cpu_seconds_total{$s,mode="steal"}[5m])) > 10',
    section: "cpu",
    level: above(30),
    words: (_, value) => `The hypervisor takes ${pct(value)} of the CPU time away (steal).`,
  },
  {
    id: "load",
    needs: "node_load5",
    expr: 'sum(node_load5{$s}) / count(node_cpu_seconds_total{$s,mode="idle"}) > 2',
    section: "cpu",
    level: above(5),
    words: (_, value) => `${formatValue(value, "none", 1)} tasks wait for each core (load over 5 minutes).`,
  },
  {
    id: "memory",
    needs: "node_memory_MemAvailable_bytes",
    expr: "100 * sum(node_memory_MemAvailable_bytes{$s}) / sum(node_memory_MemTotal_bytes{$s}) < 10",
    section: "memory",
    level: (value) => (value < 4 ? "critical" : "warning"),
    words: (_, value) => `Only ${pct(value)} of the memory is available.`,
  },
  {
    id: "swapping",
    needs: "node_vmstat_pswpin",
    expr: "sum(rate(node_vmstat_pswpin{$s}[2m])) + sum(rate(node_vmstat_pswpout{$s}[2m])) > 100",
    section: "memory",
    level: always("warning"),
    words: (_, value) => `It is swapping: ${formatValue(value * 4096, "binBps")} over the last two minutes.`,
  },
  {
    id: "oom",
    needs: "node_vmstat_oom_kill",
    expr: "sum(increase(node_vmstat_oom_kill{$s}[1h])) >= 0.5",
    section: "memory",
    level: always("critical"),
    words: (_, value) =>
      `The kernel killed ${Math.max(1, Math.round(value))} process(es) for lack of memory within an hour.`,
  },
  {
    id: "fs-full",
    needs: "node_filesystem_avail_bytes",
    // As `df` counts: what is kept for root is not there to be used.
    expr: `max by (mountpoint) (100 * (${FS_USED}) / (${FS_USED} + node_filesystem_avail_bytes{$s,${REAL_FS}})) > 85`,
    section: "filesystems",
    level: above(95),
    words: ({ mountpoint }, value) => `The filesystem ${mountpoint ?? ""} is ${pct(value)} full.`,
  },
  {
    id: "fs-filling",
    needs: "node_filesystem_avail_bytes",
    expr: `max by (mountpoint) (predict_linear(node_filesystem_avail_bytes{$s,${REAL_FS}}[6h], 86400)) < 0 and max by (mountpoint) (node_filesystem_avail_bytes{$s,${REAL_FS}} offset 2h) and max by (mountpoint) (node_filesystem_avail_bytes{$s,${REAL_FS}} / node_filesystem_size_bytes{$s,${REAL_FS}}) < 0.4`,
    section: "filesystems",
    level: always("warning"),
    words: ({ mountpoint }) => `The filesystem ${mountpoint ?? ""} will be full within a day if it goes on like this.`,
  },
  {
    id: "fs-inodes",
    needs: "node_filesystem_files_free",
    expr: `100 * (1 - max by (mountpoint) (node_filesystem_files_free{$s,${REAL_FS}}) / max by (mountpoint) (node_filesystem_files{$s,${REAL_FS}})) > 90`,
    section: "filesystems",
    level: above(98),
    words: ({ mountpoint }, value) => `The filesystem ${mountpoint ?? ""} has used ${pct(value)} of its inodes.`,
  },
  {
    id: "disk-busy",
    needs: "node_disk_io_time_seconds_total",
    expr: "100 * sum by (device) (rate(node_disk_io_time_seconds_total{$s}[1m])) > 95",
    section: "disks",
    level: always("warning"),
    words: ({ device }, value) => `The disk ${device ?? ""} was busy ${pct(Math.min(100, value))} of the last minute.`,
  },
  {
    id: "disk-slow",
    needs: "node_disk_read_time_seconds_total",
    expr: "sum by (device) (rate(node_disk_read_time_seconds_total{$s}[5m])) / sum by (device) (rate(node_disk_reads_completed_total{$s}[5m]) > 1) > 0.1",
    section: "disks",
    level: above(1),
    words: ({ device }, value) => `The disk ${device ?? ""} takes ${formatValue(value, "s")} for a read.`,
  },
  {
    id: "net-errors",
    needs: "node_network_receive_errs_total",
    expr: "sum by (device) (increase(node_network_receive_errs_total{$s}[10m])) + sum by (device) (increase(node_network_transmit_errs_total{$s}[10m])) > 10",
    section: "network",
    level: always("warning"),
    words: ({ device }, value) => `${device ?? ""} had ${formatValue(value, "short")} errors in ten minutes.`,
  },
  {
    id: "listen-overflow",
    needs: "node_netstat_TcpExt_ListenOverflows",
    expr: "sum(increase(node_netstat_TcpExt_ListenOverflows{$s}[10m])) >= 1",
    section: "network",
    level: always("warning"),
    words: (_, value) =>
      `A program did not accept ${formatValue(value, "short")} connections in time (listen overflows).`,
  },
  {
    id: "conntrack",
    needs: "node_nf_conntrack_entries",
    expr: "100 * sum(node_nf_conntrack_entries{$s}) / sum(node_nf_conntrack_entries_limit{$s}) > 80",
    section: "network",
    level: above(95),
    words: (_, value) => `The table of tracked connections is ${pct(value)} full; beyond it, connections fail.`,
  },
  {
    id: "pressure-cpu",
    needs: "node_pressure_cpu_waiting_seconds_total",
    expr: "100 * sum(rate(node_pressure_cpu_waiting_seconds_total{$s}[2m])) > 60",
    section: "pressure",
    level: always("warning"),
    words: (_, value) => `Something waited for a CPU ${pct(Math.min(100, value))} of the last two minutes.`,
  },
  {
    id: "pressure-io",
    needs: "node_pressure_io_stalled_seconds_total",
    expr: "100 * sum(rate(node_pressure_io_stalled_seconds_total{$s}[1m])) > 20",
    section: "pressure",
    level: above(60),
    words: (_, value) => `Everything stood still for disks ${pct(value)} of the last minute.`,
  },
  {
    id: "pressure-memory",
    needs: "node_pressure_memory_stalled_seconds_total",
    expr: "100 * sum(rate(node_pressure_memory_stalled_seconds_total{$s}[1m])) > 5",
    section: "pressure",
    level: above(30),
    words: (_, value) => `Everything stood still for memory ${pct(value)} of the last minute.`,
  },
  {
    id: "open-files",
    needs: "node_filefd_maximum",
    expr: "100 * sum(node_filefd_allocated{$s}) / sum(node_filefd_maximum{$s}) > 80",
    section: "system",
    level: above(95),
    words: (_, value) => `${pct(value)} of the host's file descriptors are in use.`,
  },
  {
    id: "clock",
    needs: "node_timex_offset_seconds",
    expr: "abs(sum(node_timex_offset_seconds{$s})) > 0.05",
    section: "system",
    level: above(1),
    words: (_, value) => `The clock is off by ${formatValue(value, "s")}.`,
  },
  {
    id: "temperature",
    needs: "node_hwmon_temp_celsius",
    expr: "max by (chip, sensor) (node_hwmon_temp_celsius{$s}) > 90",
    section: "sensors",
    level: above(100),
    words: ({ chip, sensor }, value) => `${chip ?? ""} ${sensor ?? ""} is at ${formatValue(value, "celsius")}.`,
  },
  {
    id: "raid",
    needs: "node_md_disks",
    expr: 'sum by (device) (node_md_disks{$s,state="failed"}) > 0',
    section: "disks",
    level: always("critical"),
    words: ({ device }, value) => `The array ${device ?? ""} has ${value} failed disk(s).`,
  },
  {
    id: "units",
    needs: "node_systemd_unit_state",
    expr: 'sum by (name) (node_systemd_unit_state{$s,state="failed"}) > 0',
    section: "processes",
    level: always("warning"),
    words: ({ name }) => `The service ${name ?? ""} has failed.`,
  },
  {
    id: "throttled",
    needs: "container_cpu_cfs_throttled_periods_total",
    expr: '100 * sum by (name) (rate(container_cpu_cfs_throttled_periods_total{$s,name!=""}[5m])) / sum by (name) (rate(container_cpu_cfs_periods_total{$s,name!=""}[5m])) > 25',
    section: "containers",
    level: always("warning"),
    words: ({ name }, value) => `${name ?? ""} was held back by its CPU limit in ${pct(value)} of the time.`,
  },
  {
    id: "targets",
    needs: "up",
    expr: "up == 0",
    section: "targets",
    level: always("critical"),
    words: ({ job, instance }) => `${job ?? ""} ${instance ?? ""} cannot be scraped.`,
  },
  {
    id: "rebooted",
    needs: "node_boot_time_seconds",
    expr: "time() - max(node_boot_time_seconds{$s}) < 600",
    section: "system",
    level: always("notice"),
    words: (_, value) => `The host was started ${formatAge(value * 1000)} ago.`,
  },
];
