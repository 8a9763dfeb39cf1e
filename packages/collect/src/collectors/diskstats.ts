/**
 * Disk I/O by device: reads `/proc/diskstats`. Kernels before 4.18 have no discards, those before 5.5 no flushes.
 *
 * A sector of this file is 512 bytes, whatever the device's own. Times: the kernel counts milliseconds.
 * Source: the kernel's Documentation/admin-guide/iostats.rst.
 */
import type { CollectorFactory, CollectorRegistry, Family, OptionsOf, Slot } from "../collector.ts";
import { ByteScanner } from "../host/bytes.ts";
import { KeyTable } from "../host/key-table.ts";
import { nameFilter } from "../pattern.ts";
import { diskInfo } from "./disk-info.ts";

const BYTES_PER_SECTOR = 512;
const SECONDS_PER_TICK = 0.001;

const options = {
  deviceExclude: {
    default: "^(z?ram|loop|fd|(h|s|v|xv)d[a-z]|nvme\\d+n\\d+p)\\d+$",
    describe: "Devices to leave out.",
    isPattern: true,
  },
  deviceInclude: { default: "", describe: "Devices to keep; excludes deviceExclude.", isPattern: true },
} as const;

/** Columns after the device's name: metric, help, scale. */
const COLUMNS: readonly (readonly [name: string, help: string, scale: number])[] = [
  ["reads_completed_total", "The total number of reads completed successfully.", 1],
  ["reads_merged_total", "The total number of reads merged.", 1],
  ["read_bytes_total", "The total number of bytes read successfully.", BYTES_PER_SECTOR],
  ["read_time_seconds_total", "The total number of seconds spent by all reads.", SECONDS_PER_TICK],
  ["writes_completed_total", "The total number of writes completed successfully.", 1],
  ["writes_merged_total", "The number of writes merged.", 1],
  ["written_bytes_total", "The total number of bytes written successfully.", BYTES_PER_SECTOR],
  ["write_time_seconds_total", "This is the total number of seconds spent by all writes.", SECONDS_PER_TICK],
  ["io_now", "The number of I/Os currently in progress.", 1],
  ["io_time_seconds_total", "Total seconds spent doing I/Os.", SECONDS_PER_TICK],
  ["io_time_weighted_seconds_total", "The weighted # of seconds spent doing I/Os.", SECONDS_PER_TICK],
  ["discards_completed_total", "The total number of discards completed successfully.", 1],
  ["discards_merged_total", "The total number of discards merged.", 1],
  ["discarded_sectors_total", "The total number of sectors discarded successfully.", 1],
  ["discard_time_seconds_total", "This is the total number of seconds spent by all discards.", SECONDS_PER_TICK],
  ["flush_requests_total", "The total number of flush requests completed successfully", 1],
  [
    "flush_requests_time_seconds_total",
    "This is the total number of seconds spent by all flush requests.",
    SECONDS_PER_TICK,
  ],
];

interface Disk {
  readonly name: string;
  /** By column; undefined where the device is left out. */
  readonly slots: readonly Slot[] | undefined;
}

export const diskstats: CollectorFactory<OptionsOf<typeof options>> = {
  name: "diskstats",
  defaultEnabled: true,
  options,

  create(host, registry, { deviceExclude, deviceInclude }) {
    const file = host.proc("diskstats");
    const scanner = new ByteScanner();
    const keep = nameFilter(deviceInclude, deviceInclude === "" ? deviceExclude : "");
    const families = COLUMNS.map(([name, help]) => columnFamily(registry, name, help));
    const disks = new KeyTable<Disk>((name) => {
      info.expire();
      return { name, slots: keep(name) ? families.map((family) => family.slot(name)) : undefined };
    });
    const info = diskInfo(host, registry, keep);

    const forget = ({ slots }: Disk) => {
      info.expire();
      slots?.forEach((slot, column) => {
        families[column]!.release(slot);
      });
    };

    return (batch) => {
      scanner.over(file.read());
      disks.rewind();
      while (!scanner.atEnd) {
        scanner.skipFields(2);
        if (scanner.field()) {
          const { slots } = disks.find(scanner.bytes, scanner.fieldStart, scanner.fieldEnd);
          for (let column = 0; slots !== undefined && column < slots.length; column++) {
            const value = scanner.number();
            if (Number.isNaN(value)) break;
            batch.set(slots[column]!, value * COLUMNS[column]![2]);
          }
        }
        scanner.nextLine();
      }
      disks.forgetUnseen(forget);
      info.collect(batch);
    };
  },
};

function columnFamily(registry: CollectorRegistry, name: string, help: string): Family {
  return registry.family(`node_disk_${name}`, help, name.endsWith("_total") ? "counter" : "gauge", ["device"]);
}
