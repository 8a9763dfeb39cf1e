/**
 * Bcachefs filesystems: counters, compression, devices and their errors; reads `/sys/fs/bcachefs/<uuid>`.
 *
 * Sizes are printed for people there (`5.51G`), so they are as exact as that. Source: bcachefs' sysfs.c.
 */
import type { CollectorFactory, CollectorRegistry, Host } from "../collector.ts";
import { readTextIfAllowed } from "../host/attributes.ts";
import { parseHumanSize } from "../host/human-size.ts";
import { type Hold, slowly } from "../slowly.ts";

const EVERY_MS = 5000;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export const bcachefs: CollectorFactory = {
  name: "bcachefs",
  defaultEnabled: true,

  create(host, registry) {
    const root = host.sysPath("fs/bcachefs");
    const filesystems = () => host.list(root).filter((name) => UUID.test(name));
    if (filesystems().length === 0) return undefined;
    const ofFilesystem = filesystemReader(host, registry);
    const ofDevice = deviceReader(host, registry);
    return slowly(EVERY_MS, (hold) => {
      for (const uuid of filesystems()) {
        const dir = `${root}/${uuid}`;
        ofFilesystem(dir, uuid, hold);
        for (const entry of host.list(dir)) {
          const device = /^dev-(\d+)$/.exec(entry)?.[1];
          if (device !== undefined) ofDevice(`${dir}/${entry}`, uuid, device, hold);
        }
      }
    }).collect;
  },
};

function filesystemReader(host: Host, registry: CollectorRegistry) {
  const family = (type: "gauge" | "counter", name: string, help: string, ...labels: string[]) =>
    registry.family(`node_bcachefs_${name}`, help, type, ["uuid", ...labels]);
  const info = family("gauge", "info", "Filesystem information.");
  const cacheSize = family("gauge", "btree_cache_size_bytes", "Btree cache memory usage in bytes.");
  const compressed = family("gauge", "compression_compressed_bytes", "Compressed size by algorithm.", "algorithm");
  const uncompressed = family(
    "gauge",
    "compression_uncompressed_bytes",
    "Uncompressed size by algorithm.",
    "algorithm",
  );
  const errors = family("counter", "errors_total", "Error count by error type.", "error_type");
  const writes = family("counter", "btree_writes_total", "Number of btree writes by type.", "type");
  const writeSize = family("gauge", "btree_write_average_size_bytes", "Average btree write size by type.", "type");

  return (dir: string, uuid: string, hold: Hold): void => {
    const rows = (file: string) =>
      (readTextIfAllowed(host, `${dir}/${file}`) ?? "").split("\n").map((line) => line.trim().split(/\s+/));
    hold(info, 1, uuid);
    const size = parseHumanSize(readTextIfAllowed(host, `${dir}/btree_cache_size`) ?? "");
    if (!Number.isNaN(size)) hold(cacheSize, size, uuid);
    // `type  compressed  uncompressed  average extent size`
    for (const [algorithm = "", on = "", off = ""] of rows("compression_stats").slice(1)) {
      if (off === "") continue;
      hold(compressed, parseHumanSize(on), uuid, algorithm);
      hold(uncompressed, parseHumanSize(off), uuid, algorithm);
    }
    for (const [type = "", count = ""] of rows("errors")) {
      if (/^\d+$/.test(count)) hold(errors, Number(count), uuid, type);
    }
    for (const [type = "", count = "", average = ""] of rows("btree_write_stats")) {
      if (!type.endsWith(":")) continue;
      hold(writes, parseHumanSize(count), uuid, type.slice(0, -1));
      hold(writeSize, parseHumanSize(average), uuid, type.slice(0, -1));
    }
    for (const name of host.list(`${dir}/counters`)) {
      const text = readTextIfAllowed(host, `${dir}/counters/${name}`) ?? "";
      const value = parseHumanSize(/since filesystem creation:\s*(\S+)/.exec(text)?.[1] ?? "");
      if (Number.isNaN(value)) continue;
      hold(family("counter", `${name}_total`, `Bcachefs counter ${name} since filesystem creation.`), value, uuid);
    }
  };
}

function deviceReader(host: Host, registry: CollectorRegistry) {
  const family = (type: "gauge" | "counter", name: string, help: string, ...labels: string[]) =>
    registry.family(`node_bcachefs_device_${name}`, help, type, ["uuid", "device", ...labels]);
  const info = family("gauge", "info", "Device information.", "label", "state");
  const bucketSize = family("gauge", "bucket_size_bytes", "Bucket size in bytes.");
  const buckets = family("gauge", "buckets", "Total number of buckets.");
  const durability = family("gauge", "durability", "Device durability setting.");
  const done = family(
    "counter",
    "io_done_bytes_total",
    "IO bytes by operation type and data type.",
    "operation",
    "data_type",
  );
  const errors = family("counter", "io_errors_total", "IO errors by error type.", "type");

  return (dir: string, uuid: string, device: string, hold: Hold): void => {
    const text = (file: string) => readTextIfAllowed(host, `${dir}/${file}`) ?? "";
    hold(info, 1, uuid, device, text("label"), text("state"));
    for (const [to, file] of [
      [bucketSize, "bucket_size"],
      [buckets, "nbuckets"],
      [durability, "durability"],
    ] as const) {
      const value = parseHumanSize(text(file));
      if (!Number.isNaN(value)) hold(to, value, uuid, device);
    }
    let operation = "";
    for (const line of text("io_done").split("\n")) {
      const heading = /^(read|write):\s*$/.exec(line)?.[1];
      if (heading !== undefined) operation = heading;
      const [, type, value] = /^(\w+)\s*:\s*(\d+)\s*$/.exec(line) ?? [];
      if (type !== undefined && operation !== "") hold(done, Number(value), uuid, device, operation, type);
    }
    // Two lists: since the filesystem was made, and since the counters were reset.
    const [, sinceCreation = ""] = text("io_errors").split(/^IO errors since .*$/m);
    for (const [, type = "", count = ""] of sinceCreation.matchAll(/^\s*(\w+):\s*(\d+)/gm)) {
      hold(errors, Number(count), uuid, device, type);
    }
  };
}
