/** Questions that people have, with their PromQL: a start for those who do not write it yet. */

export interface QueryTemplate {
  readonly question: string;
  readonly expr: string;
  readonly unit: string;
}

export interface TemplateGroup {
  readonly title: string;
  readonly templates: readonly QueryTemplate[];
}

export const TEMPLATES: readonly TemplateGroup[] = [
  {
    title: "CPU",
    templates: [
      {
        question: "How busy is the CPU?",
        expr: '100 * (1 - avg by (instance) (rate(node_cpu_seconds_total{mode="idle"}[$__rate_interval])))',
        unit: "percent",
      },
      {
        question: "Which programs use it?",
        expr: "topk(10, sum by (groupname) (rate(namedprocess_namegroup_cpu_seconds_total[$__rate_interval])))",
        unit: "cores",
      },
      {
        question: "Which containers are held back by their limit?",
        expr: 'sum by (name) (rate(container_cpu_cfs_throttled_seconds_total{name!=""}[$__rate_interval])) > 0',
        unit: "percentunit",
      },
    ],
  },
  {
    title: "Memory",
    templates: [
      {
        question: "How much is left?",
        expr: "100 * node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes",
        unit: "percent",
      },
      {
        question: "Which programs use it?",
        expr: 'topk(10, sum by (groupname) (namedprocess_namegroup_memory_bytes{memtype="resident"}))',
        unit: "bytes",
      },
    ],
  },
  {
    title: "Disks and filesystems",
    templates: [
      {
        question: "How full are the filesystems?",
        expr: 'max by (instance, mountpoint) (100 * (node_filesystem_size_bytes{fstype!="tmpfs"} - node_filesystem_free_bytes) / (node_filesystem_size_bytes - node_filesystem_free_bytes + node_filesystem_avail_bytes))',
        unit: "percent",
      },
      {
        question: "When will they be full, at today's pace? (in days)",
        expr: 'node_filesystem_avail_bytes{fstype!="tmpfs"} / (-deriv(node_filesystem_avail_bytes[6h]) > 0) / 86400',
        unit: "short",
      },
      {
        question: "How long does a disk take to answer?",
        expr: "rate(node_disk_read_time_seconds_total[$__rate_interval]) / rate(node_disk_reads_completed_total[$__rate_interval])",
        unit: "s",
      },
    ],
  },
  {
    title: "Network",
    templates: [
      {
        question: "How much comes in?",
        expr: 'rate(node_network_receive_bytes_total{device!="lo"}[$__rate_interval])',
        unit: "Bps",
      },
      {
        question: "What share of TCP segments is sent again?",
        expr: "100 * rate(node_netstat_Tcp_RetransSegs[$__rate_interval]) / rate(node_netstat_Tcp_OutSegs[$__rate_interval])",
        unit: "percent",
      },
    ],
  },
  {
    title: "Any metric",
    templates: [
      { question: "Which targets are down?", expr: "up == 0", unit: "none" },
      {
        question: "Which metrics have most series?",
        expr: 'topk(20, count by (__name__) ({__name__=~".+"}))',
        unit: "short",
      },
    ],
  },
];
