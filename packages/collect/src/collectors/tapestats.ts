/**
 * Tape drives: reads `/sys/class/scsi_tape/st<n>/stats`.
 *
 * Unit: seconds and bytes; the kernel counts nanoseconds.
 * Source: the kernel's Documentation/scsi/st.rst.
 */
import type { CollectorFactory, OptionsOf } from "../collector.ts";
import { readInteger } from "../host/attributes.ts";
import { compilePattern } from "../pattern.ts";
import { slowly } from "../slowly.ts";

const EVERY_MS = 5000;
const NANO = 1e9;

/** File, metric, help. */
const TAPE = [
  ["in_flight", "io_now", "The number of I/Os currently outstanding to this device."],
  [
    "io_ns",
    "io_time_seconds_total",
    "The amount of time spent waiting for all I/O to complete (including read and write). This includes tape movement commands such as seeking between file or set marks and implicit tape movement such as when rewind on close tape devices are used.",
  ],
  [
    "other_cnt",
    "io_others_total",
    "The number of I/Os issued to the tape drive other than read or write commands. The time taken to complete these commands uses the following calculation io_time_seconds_total-read_time_seconds_total-write_time_seconds_total",
  ],
  ["read_byte_cnt", "read_bytes_total", "The number of bytes read from the tape drive."],
  ["read_cnt", "reads_completed_total", "The number of read requests issued to the tape drive."],
  ["read_ns", "read_time_seconds_total", "The amount of time spent waiting for read requests to complete."],
  ["write_byte_cnt", "written_bytes_total", "The number of bytes written to the tape drive."],
  ["write_cnt", "writes_completed_total", "The number of write requests issued to the tape drive."],
  ["write_ns", "write_time_seconds_total", "The amount of time spent waiting for write requests to complete."],
  [
    "resid_cnt",
    "residual_total",
    "The number of times during a read or write we found the residual amount to be non-zero. This should mean that a program is issuing a read larger thean the block size on tape. For write not all data made it to tape.",
  ],
] as const;

const options = {
  ignoredDevices: { default: "^$", describe: "Drives to leave out.", isPattern: true },
} as const;

export const tapestats: CollectorFactory<OptionsOf<typeof options>> = {
  name: "tapestats",
  defaultEnabled: true,
  options,

  create(host, registry, { ignoredDevices }) {
    const root = host.sysPath("class/scsi_tape");
    const ignored = compilePattern(ignoredDevices);
    // A drive shows up as st0, nst0, st0l, …: they all count the same.
    const drives = () => host.list(root).filter((name) => /^st\d+$/.test(name) && !ignored(name));
    if (drives().length === 0) return undefined;
    const families = TAPE.map(
      ([file, name, help]) =>
        [
          file,
          registry.family(`node_tape_${name}`, help, name.endsWith("_total") ? "counter" : "gauge", ["device"]),
        ] as const,
    );
    return slowly(EVERY_MS, (hold) => {
      for (const device of drives()) {
        for (const [file, family] of families) {
          const value = readInteger(host, `${root}/${device}/stats/${file}`);
          if (value !== undefined) hold(family, file.endsWith("_ns") ? value / NANO : value, device);
        }
      }
    }).collect;
  },
};
