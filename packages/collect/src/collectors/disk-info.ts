/**
 * What udev and `/sys/block` know of a disk: model, serial number, filesystem, device mapper names, ATA cache and rotation.
 *
 * Source: udev(7); the records stand in `/run/udev/data/b<major>:<minor>`, lines `E:NAME=value`.
 */
import type { CollectorRegistry, Host } from "../collector.ts";
import { readText, readTextIfAllowed } from "../host/attributes.ts";
import { type Hold, type SlowSeries, slowly } from "../slowly.ts";

const EVERY_MS = 30_000;

type UdevRecord = ReadonlyMap<string, string>;

/** @param keep which devices are wanted */
export function diskInfo(host: Host, registry: CollectorRegistry, keep: (device: string) => boolean): SlowSeries {
  const gauge = (name: string, help: string, ...labels: string[]) =>
    registry.family(`node_disk_${name}`, help, "gauge", ["device", ...labels]);
  const info = gauge(
    "info",
    "Info of /sys/block/<block_device>.",
    "major",
    "minor",
    "path",
    "wwn",
    "model",
    "serial",
    "revision",
    "rotational",
  );
  const filesystem = gauge("filesystem_info", "Info about disk filesystem.", "type", "usage", "uuid", "version");
  const mapper = gauge(
    "device_mapper_info",
    "Info about disk device mapper.",
    "name",
    "uuid",
    "vg_name",
    "lv_name",
    "lv_layer",
  );
  const cache = gauge("ata_write_cache", "ATA disk has a write cache.");
  const cacheEnabled = gauge("ata_write_cache_enabled", "ATA disk has its write cache enabled.");
  const rotation = gauge("ata_rotation_rate_rpm", "ATA disk rotation rate in RPMs (0 for SSDs).");

  return slowly(EVERY_MS, (hold) => {
    for (const [major, minor, device] of devices(host)) {
      if (!keep(device)) continue;
      const udev = udevRecord(host, major, minor);
      const field = (name: string) => udev.get(name) ?? "";
      hold(
        info,
        1,
        device,
        major,
        minor,
        field("ID_PATH"),
        field("ID_WWN"),
        field("ID_MODEL"),
        field("SCSI_IDENT_SERIAL") || field("ID_SERIAL_SHORT"),
        field("ID_REVISION"),
        rotational(host, device),
      );
      holdMapper(device, field, hold);
      holdFilesystem(device, field, hold);
      holdAta(device, udev, hold);
    }
  });

  function holdMapper(device: string, field: (name: string) => string, hold: Hold): void {
    if (field("DM_NAME") === "") return;
    const names = ["DM_NAME", "DM_UUID", "DM_VG_NAME", "DM_LV_NAME", "DM_LV_LAYER"];
    hold(mapper, 1, device, ...names.map(field));
  }

  function holdFilesystem(device: string, field: (name: string) => string, hold: Hold): void {
    if (field("ID_FS_TYPE") === "") return;
    hold(filesystem, 1, device, field("ID_FS_TYPE"), field("ID_FS_USAGE"), field("ID_FS_UUID"), field("ID_FS_VERSION"));
  }

  function holdAta(device: string, udev: UdevRecord, hold: Hold): void {
    if ((udev.get("ID_ATA") ?? "") === "") return;
    for (const [family, name] of [
      [cache, "ID_ATA_WRITE_CACHE"],
      [cacheEnabled, "ID_ATA_WRITE_CACHE_ENABLED"],
      [rotation, "ID_ATA_ROTATION_RATE_RPM"],
    ] as const) {
      const value = Number.parseFloat(udev.get(name) ?? "");
      if (!Number.isNaN(value)) hold(family, value, device);
    }
  }
}

/**
 * "1" for a spinning disk. A device whose queue has no timeout (virtio, device mapper) is called rotational by the kernel's
 * default only; node_exporter says "0" of it, and so do we.
 */
function rotational(host: Host, device: string): string {
  const queue = host.sysPath(`block/${device}/queue`);
  if (!host.exists(`${queue}/io_timeout`)) return "0";
  return readTextIfAllowed(host, `${queue}/rotational`) ?? "0";
}

function devices(host: Host): [major: string, minor: string, device: string][] {
  const lines = (readText(host, host.procPath("diskstats")) ?? "").split("\n");
  return lines
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields.length > 3)
    .map(([major, minor, device]) => [major!, minor!, device!]);
}

function udevRecord(host: Host, major: string, minor: string): UdevRecord {
  const text = readTextIfAllowed(host, host.rootPath(`run/udev/data/b${major}:${minor}`)) ?? "";
  const pairs = text
    .split("\n")
    .filter((line) => line.startsWith("E:") && line.includes("="))
    .map((line): [string, string] => {
      const equals = line.indexOf("=");
      return [line.slice(2, equals), line.slice(equals + 1)];
    });
  return new Map(pairs);
}
