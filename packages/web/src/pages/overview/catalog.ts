/**
 * The built-in charts, by section. A chart is shown where the series it needs exist; nothing is configured.
 *
 * Adding one: an entry here. `needs` is a metric's name; default: the name of the first query's measure.
 */
import { atMost, compute, gaugeOf, type Measure, matcher, rateOf, type SeriesMeasure } from "../../charts/measure.ts";
import { type ColorName, CPU_MODE_COLORS, MEMORY_COLORS } from "../../charts/palette.ts";
import type { LabelSet, PanelQuery, PanelSpec } from "../../charts/panel-spec.ts";
import { stableColor } from "../../charts/stable-color.ts";

export interface CatalogPanel extends PanelSpec {
  readonly needs?: string;
  /** Whole width of the section. */
  readonly wide?: boolean;
}

export interface CatalogSection {
  readonly id: string;
  readonly title: string;
  readonly panels: readonly CatalogPanel[];
}

const PHYSICAL = matcher("device", "!~", "lo|veth.*|docker.*|br-.*|cni.*|cali.*");
const percent = (part: Measure, whole: Measure | number): Measure => compute(compute(part, "/", whole), "*", 100);
const by =
  (label: string, tail = "") =>
  (labels: LabelSet): string =>
    `${labels[label] ?? ""}${tail}`;

/** The colour of what a label names. */
const own =
  (label: string) =>
  (labels: LabelSet): ColorName | undefined =>
    stableColor(label, labels[label] ?? "");

/** Two counters as one mirrored chart: in above, out below the axis. */
function mirrored(
  group: string,
  up: readonly [string, string],
  down: readonly [string, string],
  where: readonly string[] = [],
): PanelQuery[] {
  return [
    { measure: rateOf(up[0], { by: [group], where }), label: by(group, ` ${up[1]}`), color: own(group) },
    {
      measure: rateOf(down[0], { by: [group], where }),
      label: by(group, ` ${down[1]}`),
      color: own(group),
      downwards: true,
    },
  ];
}

const coreCount = gaugeOf("node_cpu_seconds_total", { where: ['mode="idle"'], combine: "count" });
const memory = (name: string): SeriesMeasure => gaugeOf(`node_memory_${name}_bytes`);
const cached = compute(memory("Cached"), "+", memory("SReclaimable"));
const used = compute(compute(compute(memory("MemTotal"), "-", memory("MemFree")), "-", memory("Buffers")), "-", cached);

/** Shares of the whole, which the status tiles use too. */
export const CPU_BUSY = atMost(
  percent(rateOf("node_cpu_seconds_total", { where: ['mode!~"idle|iowait"'] }), coreCount),
  100,
);
export const MEMORY_USED = percent(compute(memory("MemTotal"), "-", memory("MemAvailable")), memory("MemTotal"));
export const DISK_BUSY = atMost(percent(rateOf("node_disk_io_time_seconds_total", { by: ["device"] }), 1), 100);
const FS = ["mountpoint"];
const REAL_FS = [matcher("fstype", "!~", "tmpfs|ramfs|overlay|squashfs|iso9660|fuse.lxcfs")];
const fsMax = (name: string) => gaugeOf(name, { by: FS, where: REAL_FS, combine: "max" });
const fsUsed = compute(fsMax("node_filesystem_size_bytes"), "-", fsMax("node_filesystem_free_bytes"));
/** As `df` counts: what is kept for root is not there to be used. */
export const FILESYSTEM_USED = percent(fsUsed, compute(fsUsed, "+", fsMax("node_filesystem_avail_bytes")));
export const NETWORK_IN = rateOf("node_network_receive_bytes_total", { where: [PHYSICAL] });
export const NETWORK_OUT = rateOf("node_network_transmit_bytes_total", { where: [PHYSICAL] });
export const LOAD_PER_CORE = compute(gaugeOf("node_load1"), "/", coreCount);

const CPU: CatalogSection = {
  id: "cpu",
  title: "CPU",
  panels: [
    {
      id: "cpu-utilisation",
      title: "CPU utilisation",
      help: "Where the processors' time goes, as a share of all cores. Steal is time that the hypervisor gave to others.",
      unit: "percent",
      stacked: true,
      min: 0,
      max: 100,
      wide: true,
      order: ["user", "system", "nice", "softirq", "irq", "iowait", "steal"],
      queries: [
        {
          measure: percent(rateOf("node_cpu_seconds_total", { where: ['mode!="idle"'], by: ["mode"] }), coreCount),
          label: by("mode"),
          color: (labels) => CPU_MODE_COLORS[labels.mode ?? ""],
        },
      ],
    },
    {
      id: "load",
      title: "Load",
      help: "Tasks that run or wait for a processor or a disk. More than there are cores, for long: work is queueing.",
      unit: "none",
      reach: 1,
      queries: [
        { measure: gaugeOf("node_load1"), label: "1 min", color: "blue" },
        { measure: gaugeOf("node_load5"), label: "5 min", color: "teal" },
        { measure: gaugeOf("node_load15"), label: "15 min", color: "purple" },
        { measure: coreCount, label: "cores", color: "gray", dashed: true },
      ],
    },
    {
      id: "cpu-cores",
      title: "By core",
      help: "One core at 100 % while others idle: a program that cannot use more than one.",
      unit: "percent",
      min: 0,
      max: 100,
      maxLines: 16,
      queries: [
        {
          measure: atMost(
            percent(rateOf("node_cpu_seconds_total", { where: ['mode!~"idle|iowait"'], by: ["cpu"] }), 1),
            100,
          ),
          label: (labels) => `core ${labels.cpu ?? ""}`,
          color: own("cpu"),
        },
      ],
    },
    {
      id: "tasks",
      title: "Running and blocked tasks",
      help: "Blocked tasks wait for a disk or a network filesystem.",
      unit: "none",
      reach: 2,
      queries: [
        { measure: gaugeOf("node_procs_running"), label: "running", color: "blue" },
        { measure: gaugeOf("node_procs_blocked"), label: "blocked", color: "vermilion" },
      ],
    },
    {
      id: "switches",
      title: "Context switches and interrupts",
      unit: "eps",
      queries: [
        { measure: rateOf("node_context_switches_total"), label: "context switches", color: "blue" },
        { measure: rateOf("node_intr_total"), label: "interrupts", color: "orange" },
        { measure: rateOf("node_forks_total"), label: "new processes", color: "purple" },
      ],
    },
    {
      id: "cpu-frequency",
      title: "Clock frequency",
      help: "Falls when idle, and when the processor is too hot.",
      unit: "hertz",
      maxLines: 16,
      needs: "node_cpu_scaling_frequency_hertz",
      queries: [
        {
          measure: gaugeOf("node_cpu_scaling_frequency_hertz", { by: ["cpu"] }),
          label: (l) => `core ${l.cpu ?? ""}`,
          color: own("cpu"),
        },
      ],
    },
  ],
};

const MEMORY: CatalogSection = {
  id: "memory",
  title: "Memory",
  panels: [
    {
      id: "memory-use",
      title: "Memory",
      help: "Cache and buffers are given back when programs need them. Little free memory is normal; little available is not.",
      unit: "bytes",
      stacked: true,
      wide: true,
      needs: "node_memory_MemTotal_bytes",
      queries: [
        { measure: used, label: "used", color: MEMORY_COLORS.used! },
        { measure: memory("Buffers"), label: "buffers", color: MEMORY_COLORS.buffers! },
        { measure: cached, label: "cache", color: MEMORY_COLORS.cache! },
        { measure: memory("MemFree"), label: "free", color: MEMORY_COLORS.free! },
      ],
    },
    {
      id: "memory-available",
      title: "Available memory",
      help: "What programs can still get without swapping.",
      unit: "percent",
      min: 0,
      max: 100,
      fill: true,
      needs: "node_memory_MemAvailable_bytes",
      queries: [
        {
          measure: percent(memory("MemAvailable"), memory("MemTotal")),
          label: "available",
          color: MEMORY_COLORS.cache!,
        },
      ],
    },
    {
      id: "swap-io",
      title: "Swapping",
      help: "Pages fetched from swap (above) and written to it (below). Steady traffic here makes everything slow.",
      unit: "bytes",
      reach: 4096,
      needs: "node_vmstat_pswpin",
      queries: [
        { measure: compute(rateOf("node_vmstat_pswpin"), "*", 4096), label: "in", color: "blue" },
        { measure: compute(rateOf("node_vmstat_pswpout"), "*", 4096), label: "out", color: "orange", downwards: true },
      ],
    },
    {
      id: "swap-use",
      title: "Swap space",
      unit: "bytes",
      stacked: true,
      needs: "node_memory_SwapTotal_bytes",
      reach: 1024,
      queries: [
        { measure: compute(memory("SwapTotal"), "-", memory("SwapFree")), label: "used", color: "vermilion" },
        { measure: memory("SwapFree"), label: "free", color: "silver" },
      ],
    },
    {
      id: "page-faults",
      title: "Page faults",
      help: "A major fault waits for the disk.",
      unit: "eps",
      reach: 1,
      needs: "node_vmstat_pgfault",
      queries: [
        { measure: rateOf("node_vmstat_pgfault"), label: "all", color: "blue" },
        { measure: rateOf("node_vmstat_pgmajfault"), label: "major", color: "vermilion" },
      ],
    },
    {
      id: "memory-kernel",
      title: "Kernel memory",
      unit: "bytes",
      stacked: true,
      needs: "node_memory_Slab_bytes",
      queries: [
        { measure: memory("SReclaimable"), label: "slab, reclaimable", color: "teal" },
        { measure: memory("SUnreclaim"), label: "slab, fixed", color: "purple" },
        { measure: memory("PageTables"), label: "page tables", color: "orange" },
        { measure: memory("KernelStack"), label: "stacks", color: "yellow" },
      ],
    },
    {
      id: "memory-dirty",
      title: "Waiting to be written",
      help: "Changed pages that the disk has not got yet.",
      unit: "bytes",
      reach: 1024,
      needs: "node_memory_Dirty_bytes",
      queries: [
        { measure: memory("Dirty"), label: "dirty", color: "orange" },
        { measure: memory("Writeback"), label: "being written", color: "vermilion" },
      ],
    },
  ],
};

const readTime = rateOf("node_disk_read_time_seconds_total", { by: ["device"] });
const writeTime = rateOf("node_disk_write_time_seconds_total", { by: ["device"] });

const DISKS: CatalogSection = {
  id: "disks",
  title: "Disks",
  panels: [
    {
      id: "disk-throughput",
      title: "Disk throughput",
      help: "Read above the axis, written below.",
      unit: "binBps",
      reach: 1024,
      fill: true,
      wide: true,
      queries: mirrored("device", ["node_disk_read_bytes_total", "read"], ["node_disk_written_bytes_total", "written"]),
    },
    {
      id: "disk-busy",
      title: "Busy",
      help: "Share of the time in which a disk had work. A disk that serves many requests at once may do more at 100 %.",
      unit: "percent",
      min: 0,
      max: 100,
      queries: [{ measure: DISK_BUSY, label: by("device"), color: own("device") }],
    },
    {
      id: "disk-operations",
      title: "Operations",
      unit: "iops",
      reach: 1,
      queries: mirrored(
        "device",
        ["node_disk_reads_completed_total", "reads"],
        ["node_disk_writes_completed_total", "writes"],
      ),
    },
    {
      id: "disk-latency",
      title: "Time per operation",
      help: "From request to answer, waiting in the queue included.",
      unit: "s",
      reach: 0.001,
      needs: "node_disk_read_time_seconds_total",
      queries: [
        {
          measure: compute(readTime, "/", rateOf("node_disk_reads_completed_total", { by: ["device"] })),
          label: by("device", " read"),
          color: own("device"),
        },
        {
          measure: compute(writeTime, "/", rateOf("node_disk_writes_completed_total", { by: ["device"] })),
          label: by("device", " write"),
          color: own("device"),
          downwards: true,
        },
      ],
    },
    {
      id: "disk-queue",
      title: "Requests in flight",
      unit: "none",
      reach: 1,
      queries: [
        { measure: gaugeOf("node_disk_io_now", { by: ["device"] }), label: by("device"), color: own("device") },
      ],
    },
  ],
};

const FILESYSTEMS: CatalogSection = {
  id: "filesystems",
  title: "Filesystems",
  panels: [
    {
      id: "fs-used",
      title: "Space used",
      unit: "percent",
      min: 0,
      max: 100,
      wide: true,
      needs: "node_filesystem_size_bytes",
      queries: [{ measure: FILESYSTEM_USED, label: by("mountpoint"), color: own("mountpoint") }],
    },
    {
      id: "fs-available",
      title: "Space available",
      unit: "bytes",
      needs: "node_filesystem_avail_bytes",
      queries: [{ measure: fsMax("node_filesystem_avail_bytes"), label: by("mountpoint"), color: own("mountpoint") }],
    },
    {
      id: "fs-inodes",
      title: "Inodes used",
      help: "A filesystem without free inodes takes no new file, however much space it has.",
      unit: "percent",
      min: 0,
      max: 100,
      needs: "node_filesystem_files",
      queries: [
        {
          measure: percent(
            compute(fsMax("node_filesystem_files"), "-", fsMax("node_filesystem_files_free")),
            fsMax("node_filesystem_files"),
          ),
          label: by("mountpoint"),
          color: own("mountpoint"),
        },
      ],
    },
  ],
};

const NETWORK: CatalogSection = {
  id: "network",
  title: "Network",
  panels: [
    {
      id: "net-throughput",
      title: "Network throughput",
      help: "Received above the axis, sent below.",
      unit: "Bps",
      reach: 1000,
      fill: true,
      wide: true,
      queries: mirrored(
        "device",
        ["node_network_receive_bytes_total", "in"],
        ["node_network_transmit_bytes_total", "out"],
        ['device!="lo"'],
      ),
    },
    {
      id: "net-packets",
      title: "Packets",
      unit: "pps",
      reach: 1,
      queries: mirrored(
        "device",
        ["node_network_receive_packets_total", "in"],
        ["node_network_transmit_packets_total", "out"],
        ['device!="lo"'],
      ),
    },
    {
      id: "net-trouble",
      title: "Errors and drops",
      help: "Anything but zero deserves a look.",
      unit: "pps",
      reach: 1,
      needs: "node_network_receive_errs_total",
      queries: [
        { measure: rateOf("node_network_receive_errs_total"), label: "errors in", color: "vermilion" },
        { measure: rateOf("node_network_transmit_errs_total"), label: "errors out", color: "pink" },
        { measure: rateOf("node_network_receive_drop_total"), label: "dropped in", color: "yellow" },
        { measure: rateOf("node_network_transmit_drop_total"), label: "dropped out", color: "orange" },
      ],
    },
    {
      id: "tcp-connections",
      title: "TCP connections",
      unit: "none",
      reach: 5,
      needs: "node_netstat_Tcp_CurrEstab",
      queries: [
        { measure: gaugeOf("node_netstat_Tcp_CurrEstab"), label: "established", color: "blue" },
        { measure: gaugeOf("node_sockstat_TCP_tw"), label: "time-wait", color: "gray" },
        { measure: gaugeOf("node_sockstat_TCP_orphan"), label: "orphaned", color: "vermilion" },
      ],
    },
    {
      id: "tcp-trouble",
      title: "TCP retransmits and resets",
      help: "Segments sent again because no answer came, and connections cut off.",
      unit: "eps",
      reach: 1,
      needs: "node_netstat_Tcp_RetransSegs",
      queries: [
        { measure: rateOf("node_netstat_Tcp_RetransSegs"), label: "retransmitted", color: "orange" },
        { measure: rateOf("node_netstat_Tcp_OutRsts"), label: "resets sent", color: "purple" },
        { measure: rateOf("node_netstat_TcpExt_ListenOverflows"), label: "listen overflows", color: "vermilion" },
      ],
    },
    {
      id: "udp",
      title: "UDP datagrams",
      unit: "pps",
      reach: 1,
      needs: "node_netstat_Udp_InDatagrams",
      queries: [
        { measure: rateOf("node_netstat_Udp_InDatagrams"), label: "in", color: "blue" },
        { measure: rateOf("node_netstat_Udp_OutDatagrams"), label: "out", color: "orange", downwards: true },
        { measure: rateOf("node_netstat_Udp_InErrors"), label: "errors", color: "vermilion" },
      ],
    },
    {
      id: "conntrack",
      title: "Tracked connections",
      unit: "none",
      needs: "node_nf_conntrack_entries",
      queries: [
        { measure: gaugeOf("node_nf_conntrack_entries"), label: "entries", color: "blue" },
        { measure: gaugeOf("node_nf_conntrack_entries_limit"), label: "limit", color: "gray", dashed: true },
      ],
    },
  ],
};

/** Share of the time in which tasks waited, in percent. */
export const pressure = (name: string) => atMost(percent(rateOf(`node_pressure_${name}_seconds_total`), 1), 100);

const PRESSURE: CatalogSection = {
  id: "pressure",
  title: "Pressure",
  panels: [
    {
      id: "pressure",
      title: "Time lost waiting",
      help: "Share of the time in which at least one task waited for the resource (Linux PSI). The plainest sign of a shortage.",
      unit: "percent",
      reach: 5,
      wide: true,
      needs: "node_pressure_cpu_waiting_seconds_total",
      queries: [
        { measure: pressure("cpu_waiting"), label: "CPU", color: "blue" },
        { measure: pressure("memory_waiting"), label: "memory", color: "teal" },
        { measure: pressure("io_waiting"), label: "I/O", color: "purple" },
      ],
    },
    {
      id: "pressure-full",
      title: "Everything stalled",
      help: "Share of the time in which no task at all could go on.",
      unit: "percent",
      reach: 5,
      needs: "node_pressure_memory_stalled_seconds_total",
      queries: [
        { measure: pressure("memory_stalled"), label: "memory", color: "teal" },
        { measure: pressure("io_stalled"), label: "I/O", color: "purple" },
        { measure: pressure("irq_stalled"), label: "interrupts", color: "yellow" },
      ],
    },
  ],
};

const group = { by: ["groupname"] };

const PROCESSES: CatalogSection = {
  id: "processes",
  title: "Processes",
  panels: [
    {
      id: "process-cpu",
      title: "CPU by program",
      help: "Processes of one name together. 1 core is one processor fully used.",
      unit: "cores",
      stacked: true,
      wide: true,
      maxLines: 10,
      queries: [
        {
          measure: rateOf("namedprocess_namegroup_cpu_seconds_total", group),
          label: by("groupname"),
          color: own("groupname"),
        },
      ],
    },
    {
      id: "process-memory",
      title: "Memory by program",
      help: "Resident memory; what processes share is counted in each.",
      unit: "bytes",
      stacked: true,
      maxLines: 10,
      needs: "namedprocess_namegroup_memory_bytes",
      queries: [
        {
          measure: gaugeOf("namedprocess_namegroup_memory_bytes", { by: ["groupname"], where: ['memtype="resident"'] }),
          label: by("groupname"),
          color: own("groupname"),
        },
      ],
    },
    {
      id: "process-io",
      title: "Disk traffic by program",
      unit: "binBps",
      reach: 1024,
      maxLines: 12,
      queries: mirrored(
        "groupname",
        ["namedprocess_namegroup_read_bytes_total", "read"],
        ["namedprocess_namegroup_write_bytes_total", "written"],
      ),
    },
    {
      id: "process-count",
      title: "Processes and threads",
      unit: "none",
      needs: "namedprocess_namegroup_num_procs",
      queries: [
        { measure: gaugeOf("namedprocess_namegroup_num_procs"), label: "processes", color: "blue" },
        { measure: gaugeOf("namedprocess_namegroup_num_threads"), label: "threads", color: "teal" },
      ],
    },
  ],
};

const container = { by: ["name"] };

const CONTAINERS: CatalogSection = {
  id: "containers",
  title: "Containers and services",
  panels: [
    {
      id: "container-cpu",
      title: "CPU by container",
      unit: "cores",
      stacked: true,
      wide: true,
      maxLines: 12,
      queries: [
        {
          measure: rateOf("container_cpu_usage_seconds_total", { ...container, where: ['name!=""'] }),
          label: by("name"),
          color: own("name"),
        },
      ],
    },
    {
      id: "container-memory",
      title: "Memory by container",
      unit: "bytes",
      stacked: true,
      maxLines: 12,
      queries: [
        {
          measure: gaugeOf("container_memory_working_set_bytes", { ...container, where: ['name!=""'] }),
          label: by("name"),
          color: own("name"),
        },
      ],
    },
    {
      id: "container-throttled",
      title: "Throttled",
      help: "Time in which a container wanted to run and its CPU limit did not let it.",
      unit: "percentunit",
      reach: 0.01,
      queries: [
        {
          measure: rateOf("container_cpu_cfs_throttled_seconds_total", { ...container, where: ['name!=""'] }),
          label: by("name"),
          color: own("name"),
        },
      ],
    },
    {
      id: "container-io",
      title: "Disk traffic by container",
      unit: "binBps",
      reach: 1024,
      maxLines: 12,
      queries: mirrored(
        "name",
        ["container_fs_reads_bytes_total", "read"],
        ["container_fs_writes_bytes_total", "written"],
        ['name!=""'],
      ),
    },
  ],
};

const SENSORS: CatalogSection = {
  id: "sensors",
  title: "Sensors",
  panels: [
    {
      id: "temperatures",
      title: "Temperatures",
      unit: "celsius",
      needs: "node_hwmon_temp_celsius",
      queries: [
        {
          measure: gaugeOf("node_hwmon_temp_celsius", { by: ["chip", "sensor"], combine: "max" }),
          label: (l) => `${(l.chip ?? "").replace(/^platform_/, "")} ${l.sensor ?? ""}`,
        },
      ],
    },
    {
      id: "thermal-zones",
      title: "Thermal zones",
      unit: "celsius",
      queries: [
        {
          measure: gaugeOf("node_thermal_zone_temp", { by: ["zone", "type"], combine: "max" }),
          label: (l) => `${l.type ?? ""} ${l.zone ?? ""}`,
        },
      ],
    },
    {
      id: "fans",
      title: "Fans",
      unit: "rotrpm",
      queries: [
        {
          measure: gaugeOf("node_hwmon_fan_rpm", { by: ["chip", "sensor"], combine: "max" }),
          label: (l) => `${l.chip ?? ""} ${l.sensor ?? ""}`,
        },
      ],
    },
    {
      id: "power",
      title: "Power drawn by the processor",
      unit: "watt",
      queries: [
        {
          measure: rateOf("node_rapl_package_joules_total", { by: ["index"] }),
          label: (l) => `package ${l.index ?? ""}`,
        },
      ],
    },
  ],
};

const SYSTEM: CatalogSection = {
  id: "system",
  title: "System",
  panels: [
    {
      id: "file-descriptors",
      title: "Open files",
      unit: "none",
      needs: "node_filefd_allocated",
      queries: [{ measure: gaugeOf("node_filefd_allocated"), label: "open", color: "blue" }],
    },
    {
      id: "clock",
      title: "Clock's offset",
      help: "Distance of the clock from its time source.",
      unit: "s",
      reach: 0.0001,
      queries: [{ measure: gaugeOf("node_timex_offset_seconds"), label: "offset", color: "blue" }],
    },
    {
      id: "sockets",
      title: "Sockets in use",
      unit: "none",
      queries: [{ measure: gaugeOf("node_sockstat_sockets_used"), label: "sockets", color: "blue" }],
    },
    {
      id: "entropy",
      title: "Entropy",
      unit: "bits",
      queries: [{ measure: gaugeOf("node_entropy_available_bits"), label: "available", color: "teal" }],
    },
  ],
};

const target = { by: ["job", "instance"] };
const targetName = (labels: LabelSet) => `${labels.job ?? ""} ${labels.instance ?? ""}`;

const TARGETS: CatalogSection = {
  id: "targets",
  title: "Scraped targets",
  panels: [
    {
      id: "scrape-duration",
      title: "Time a scrape takes",
      everywhere: true,
      unit: "s",
      reach: 0.01,
      queries: [{ measure: gaugeOf("scrape_duration_seconds", { ...target, combine: "max" }), label: targetName }],
    },
    {
      id: "scrape-samples",
      title: "Samples a scrape",
      everywhere: true,
      unit: "short",
      queries: [{ measure: gaugeOf("scrape_samples_scraped", { ...target, combine: "max" }), label: targetName }],
    },
  ],
};

const SELF_EVERY_MS = 5000;
const ownJob = { where: ['job="dmon"'] };

const SELF: CatalogSection = {
  id: "self",
  title: "DevOps Monitor itself",
  panels: [
    {
      id: "self-cpu",
      title: "CPU used by this program",
      unit: "percent",
      reach: 1,
      everyMs: SELF_EVERY_MS,
      queries: [
        { measure: percent(rateOf("process_cpu_seconds_total", ownJob), 1), label: "of one core", color: "blue" },
      ],
    },
    {
      id: "self-memory",
      title: "Memory used by this program",
      unit: "bytes",
      everyMs: SELF_EVERY_MS,
      queries: [
        { measure: gaugeOf("process_resident_memory_bytes", ownJob), label: "resident", color: "blue" },
        { measure: gaugeOf("dmon_heap_bytes", ownJob), label: "main thread's heap", color: "teal" },
      ],
    },
    {
      id: "self-delay",
      title: "Longest delay of the event loop",
      help: "How long this program was too busy to answer.",
      unit: "s",
      reach: 0.01,
      everyMs: SELF_EVERY_MS,
      queries: [
        {
          measure: gaugeOf("dmon_event_loop_delay_seconds", { ...ownJob, combine: "max" }),
          label: "delay",
          color: "orange",
        },
      ],
    },
    {
      id: "self-connections",
      title: "Open pages",
      help: "Connections of the live stream.",
      unit: "none",
      reach: 2,
      everyMs: SELF_EVERY_MS,
      queries: [{ measure: gaugeOf("dmon_live_connections", ownJob), label: "connections", color: "teal" }],
    },
  ],
};

export const SECTIONS: readonly CatalogSection[] = [
  CPU,
  MEMORY,
  DISKS,
  FILESYSTEMS,
  NETWORK,
  PRESSURE,
  PROCESSES,
  CONTAINERS,
  SENSORS,
  SYSTEM,
  TARGETS,
  SELF,
];

/** The metric whose presence brings a chart up. */
export function needOf(panel: CatalogPanel): string {
  if (panel.needs !== undefined) return panel.needs;
  const measure = panel.queries[0]?.measure;
  return measure === undefined ? "" : firstName(measure);
}

function firstName(measure: Measure): string {
  return measure.kind === "series" ? measure.name : firstName(measure.left);
}

/** Sections with what this host has; empty ones are left out. */
export function sectionsFor(names: ReadonlySet<string>): CatalogSection[] {
  return SECTIONS.map((section) => ({
    ...section,
    panels: section.panels.filter((panel) => names.has(needOf(panel))),
  })).filter((section) => section.panels.length > 0);
}

/** The matchers that keep built-in charts to one host. */
export function scopeOf(instance: string | undefined): readonly string[] {
  return instance === undefined ? [] : [matcher("instance", "=", instance)];
}
