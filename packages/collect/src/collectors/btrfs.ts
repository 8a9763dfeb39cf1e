/**
 * Btrfs filesystems: space by kind and layout, devices, commits; reads `/sys/fs/btrfs/<uuid>`.
 *
 * Unit: bytes and seconds. Source: the kernel's fs/btrfs/sysfs.c.
 */
import type { CollectorFactory, Family, Host } from "../collector.ts";
import { readIntegerIfAllowed, readTextIfAllowed } from "../host/attributes.ts";
import { type Hold, slowly } from "../slowly.ts";

const EVERY_MS = 10_000;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const BYTES_PER_SECTOR = 512;
const MILLI = 1000;
const GROUPS = ["data", "metadata", "system"];
/** Bytes on disk for a byte of content, of layouts in which it does not hang on the number of devices. */
const COPIES: Readonly<Record<string, number>> = {
  single: 1,
  raid0: 1,
  dup: 2,
  raid1: 2,
  raid10: 2,
  raid1c3: 3,
  raid1c4: 4,
};

export const btrfs: CollectorFactory = {
  name: "btrfs",
  defaultEnabled: true,

  create(host, registry) {
    const root = host.sysPath("fs/btrfs");
    const uuids = () => host.list(root).filter((name) => UUID.test(name));
    if (uuids().length === 0) return undefined;
    const family = (type: "gauge" | "counter", name: string, help: string, ...labels: string[]) =>
      registry.family(`node_btrfs_${name}`, help, type, ["uuid", ...labels]);
    const info = family("gauge", "info", "Filesystem information", "label");
    const reserve = family("gauge", "global_rsv_size_bytes", "Size of global reserve.");
    const deviceSize = family(
      "gauge",
      "device_size_bytes",
      "Size of a device that is part of the filesystem.",
      "device",
    );
    const commits = family("counter", "commits_total", "The total number of commits that have occurred.");
    const lastCommit = family("gauge", "last_commit_seconds", "Duration of the most recent commit, in seconds.");
    const maxCommit = family("gauge", "max_commit_seconds", "Duration of the slowest commit, in seconds.");
    const commitTime = family("counter", "commit_seconds_total", "Sum of the duration of all commits, in seconds.");
    const space: SpaceFamilies = {
      reserved: family("gauge", "reserved_bytes", "Amount of space reserved for a data type", "block_group_type"),
      used: family("gauge", "used_bytes", "Amount of used space by a layout/data type", "block_group_type", "mode"),
      size: family(
        "gauge",
        "size_bytes",
        "Amount of space allocated for a layout/data type",
        "block_group_type",
        "mode",
      ),
      ratio: family(
        "gauge",
        "allocation_ratio",
        "Data allocation ratio for a layout/data type",
        "block_group_type",
        "mode",
      ),
    };

    return slowly(EVERY_MS, (hold) => {
      for (const uuid of uuids()) {
        const dir = `${root}/${uuid}`;
        const number = (path: string) => readIntegerIfAllowed(host, `${dir}/${path}`) ?? 0;
        hold(info, 1, uuid, readTextIfAllowed(host, `${dir}/label`) ?? "");
        hold(reserve, number("allocation/global_rsv_size"), uuid);
        const devices = host.list(`${dir}/devices`);
        for (const device of devices)
          hold(deviceSize, number(`devices/${device}/size`) * BYTES_PER_SECTOR, uuid, device);
        for (const group of GROUPS)
          holdSpace(host, uuid, `${dir}/allocation/${group}`, group, devices.length, space, hold);
        const stats = commitStats(readTextIfAllowed(host, `${dir}/commit_stats`));
        if (stats === undefined) continue;
        hold(commits, stats.commits ?? 0, uuid);
        hold(lastCommit, (stats.last_commit_ms ?? 0) / MILLI, uuid);
        hold(maxCommit, (stats.max_commit_ms ?? 0) / MILLI, uuid);
        hold(commitTime, (stats.total_commit_ms ?? 0) / MILLI, uuid);
      }
    }).collect;
  },
};

interface SpaceFamilies {
  readonly reserved: Family;
  readonly used: Family;
  readonly size: Family;
  readonly ratio: Family;
}

function holdSpace(
  host: Host,
  uuid: string,
  dir: string,
  group: string,
  devices: number,
  { reserved, used, size, ratio }: SpaceFamilies,
  hold: Hold,
): void {
  hold(reserved, readIntegerIfAllowed(host, `${dir}/bytes_reserved`) ?? 0, uuid, group);
  // Each layout in use has a directory of its own.
  for (const mode of host.list(dir)) {
    const total = readIntegerIfAllowed(host, `${dir}/${mode}/total_bytes`);
    if (total === undefined) continue;
    hold(used, readIntegerIfAllowed(host, `${dir}/${mode}/used_bytes`) ?? 0, uuid, group, mode);
    hold(size, total, uuid, group, mode);
    hold(ratio, allocationRatio(mode, devices), uuid, group, mode);
  }
}

function allocationRatio(mode: string, devices: number): number {
  const parity = { raid5: 1, raid6: 2 }[mode];
  if (parity !== undefined) return devices > parity ? devices / (devices - parity) : 0;
  return COPIES[mode] ?? 0;
}

function commitStats(text: string | undefined): Record<string, number> | undefined {
  if (text === undefined) return undefined;
  return Object.fromEntries(
    text.split("\n").map((line) => {
      const [name = "", value = ""] = line.trim().split(/\s+/);
      return [name, Number(value)];
    }),
  );
}
