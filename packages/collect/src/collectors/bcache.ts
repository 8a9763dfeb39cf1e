/**
 * Block caches: hits, dirty data, write-back control; reads `/sys/fs/bcache/<uuid>`.
 *
 * Source: the kernel's Documentation/admin-guide/bcache.rst.
 */
import type { CollectorFactory, CollectorRegistry, Family, Host, OptionsOf } from "../collector.ts";
import { readTextIfAllowed } from "../host/attributes.ts";
import { type Hold, slowly } from "../slowly.ts";
import { parseHprint } from "./bcache-rate.ts";

const EVERY_MS = 5000;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

type Row = readonly [path: string, type: "gauge" | "counter", name: string, help: string, divisor?: number];

const OF_SET: readonly Row[] = [
  ["average_key_size", "gauge", "average_key_size_sectors", "Average data per key in the btree (sectors)."],
  ["btree_cache_size", "gauge", "btree_cache_size_bytes", "Amount of memory currently used by the btree cache."],
  [
    "cache_available_percent",
    "gauge",
    "cache_available_percent",
    "Percentage of cache device without dirty data, usable for writeback (may contain clean cached data).",
  ],
  ["congested", "gauge", "congested", "Congestion."],
  [
    "root_usage_percent",
    "gauge",
    "root_usage_percent",
    "Percentage of the root btree node in use (tree depth increases if too high).",
  ],
  ["tree_depth", "gauge", "tree_depth", "Depth of the btree."],
  [
    "internal/active_journal_entries",
    "gauge",
    "active_journal_entries",
    "Number of journal entries that are newer than the index.",
  ],
  ["internal/btree_nodes", "gauge", "btree_nodes", "Total nodes in the btree."],
  [
    "internal/btree_read_average_duration_us",
    "gauge",
    "btree_read_average_duration_seconds",
    "Average btree read duration.",
    1e9,
  ],
  [
    "internal/cache_read_races",
    "counter",
    "cache_read_races_total",
    "Counts instances where while data was being read from the cache, the bucket was reused and invalidated - i.e. where the pointer was stale after the read completed.",
  ],
];
const OF_BACKING_DEVICE: readonly Row[] = [
  ["dirty_data", "gauge", "dirty_data_bytes", "Amount of dirty data for this backing device in the cache."],
  [
    "stats_total/bypassed",
    "counter",
    "bypassed_bytes_total",
    "Amount of IO (both reads and writes) that has bypassed the cache.",
  ],
  ["stats_total/cache_hits", "counter", "cache_hits_total", "Hits counted per individual IO as bcache sees them."],
  [
    "stats_total/cache_misses",
    "counter",
    "cache_misses_total",
    "Misses counted per individual IO as bcache sees them.",
  ],
  ["stats_total/cache_bypass_hits", "counter", "cache_bypass_hits_total", "Hits for IO intended to skip the cache."],
  [
    "stats_total/cache_bypass_misses",
    "counter",
    "cache_bypass_misses_total",
    "Misses for IO intended to skip the cache.",
  ],
  [
    "stats_total/cache_miss_collisions",
    "counter",
    "cache_miss_collisions_total",
    "Instances where data insertion from cache miss raced with write (data already present).",
  ],
  ["stats_total/cache_readaheads", "counter", "cache_readaheads_total", "Count of times readahead occurred."],
];
/** Lines of `writeback_rate_debug`. */
const OF_WRITE_BACK: readonly Row[] = [
  ["rate", "gauge", "writeback_rate", "Current writeback rate for this backing device in bytes."],
  ["target", "gauge", "dirty_target_bytes", "Current dirty data target threshold for this backing device in bytes."],
  [
    "proportional",
    "gauge",
    "writeback_rate_proportional_term",
    "Current result of proportional controller, part of writeback rate",
  ],
  [
    "integral",
    "gauge",
    "writeback_rate_integral_term",
    "Current result of integral controller, part of writeback rate",
  ],
  ["change", "gauge", "writeback_change", "Last writeback rate change step for this backing device."],
];
const OF_CACHE_DEVICE: readonly Row[] = [
  ["io_errors", "gauge", "io_errors", "Number of errors that have occurred, decayed by io_error_halflife."],
  [
    "metadata_written",
    "counter",
    "metadata_written_bytes_total",
    "Sum of all non data writes (btree writes and all other metadata).",
  ],
  ["written", "counter", "written_bytes_total", "Sum of all data that has been written to the cache."],
];
const PRIORITY_STATS: readonly Row[] = [
  ["Unused", "gauge", "priority_stats_unused_percent", "The percentage of the cache that doesn't contain any data."],
  ["Metadata", "gauge", "priority_stats_metadata_percent", "Bcache's metadata overhead."],
];

const options = {
  priorityStats: { default: false, describe: "Emit priority statistics, which are expensive for the kernel to make." },
} as const;

export const bcache: CollectorFactory<OptionsOf<typeof options>> = {
  name: "bcache",
  defaultEnabled: true,
  options,

  create(host, registry, { priorityStats }) {
    const root = host.sysPath("fs/bcache");
    const sets = () => host.list(root).filter((name) => UUID.test(name));
    if (sets().length === 0) return undefined;
    const ofSet = withFamilies(registry, OF_SET, []);
    const ofBacking = withFamilies(registry, OF_BACKING_DEVICE, ["backing_device"]);
    const ofWriteBack = withFamilies(registry, OF_WRITE_BACK, ["backing_device"]);
    const ofCache = withFamilies(registry, OF_CACHE_DEVICE, ["cache_device"]);
    const ofPriority = withFamilies(registry, PRIORITY_STATS, ["cache_device"]);

    return slowly(EVERY_MS, (hold) => {
      for (const uuid of sets()) {
        const dir = `${root}/${uuid}`;
        holdFiles(host, dir, ofSet, hold, uuid);
        for (const device of host.list(dir)) {
          if (/^bdev\d+$/.test(device)) {
            holdFiles(host, `${dir}/${device}`, ofBacking, hold, uuid, device);
            const debug = readTextIfAllowed(host, `${dir}/${device}/writeback_rate_debug`) ?? "";
            holdLines(debug, ofWriteBack, parseHprint, hold, uuid, device);
          } else if (/^cache\d+$/.test(device)) {
            holdFiles(host, `${dir}/${device}`, ofCache, hold, uuid, device);
            if (!priorityStats) continue;
            const text = readTextIfAllowed(host, `${dir}/${device}/priority_stats`) ?? "";
            holdLines(text, ofPriority, (value) => Number.parseFloat(value), hold, uuid, device);
          }
        }
      }
    }).collect;
  },
};

interface Source {
  readonly path: string;
  readonly family: Family;
  readonly divisor: number;
}

function withFamilies(registry: CollectorRegistry, rows: readonly Row[], labels: readonly string[]): Source[] {
  return rows.map(([path, type, name, help, divisor = 1]) => ({
    path,
    family: registry.family(`node_bcache_${name}`, help, type, ["uuid", ...labels]),
    divisor,
  }));
}

function holdFiles(host: Host, dir: string, sources: readonly Source[], hold: Hold, ...labels: string[]): void {
  for (const { path, family, divisor } of sources) {
    const value = parseHprint(readTextIfAllowed(host, `${dir}/${path}`) ?? "");
    if (!Number.isNaN(value)) hold(family, value / divisor, ...labels);
  }
}

/** Lines `name: value`. */
function holdLines(
  text: string,
  sources: readonly Source[],
  parse: (text: string) => number,
  hold: Hold,
  ...labels: string[]
): void {
  for (const { path, family } of sources) {
    const found = new RegExp(`^${path}:\\s*(\\S+)`, "m").exec(text)?.[1];
    const value = found === undefined ? Number.NaN : parse(found);
    if (!Number.isNaN(value)) hold(family, value, ...labels);
  }
}
