/**
 * This program's own process, under the names that every Prometheus client library uses: CPU time, memory, descriptors.
 *
 * Source: proc_pid_stat(5), proc_pid_limits(5); always of our own `/proc`, also in a container.
 */
import { readdirSync } from "node:fs";
import type { CollectorFactory } from "../collector.ts";
import { readTextIfAllowed } from "../host/attributes.ts";
import { ByteScanner } from "../host/bytes.ts";
import { pageSizeBytes } from "../host/page-size.ts";
import { sizeBytes } from "../host/quick-stat.ts";
import { slowly } from "../slowly.ts";

const SELF = "/proc/self";
const EVERY_MS = 5000;
const LIMITS_EVERY_READINGS = 12;
const TICKS_PER_SECOND = 100;
const CLOSING_PARENTHESIS = 41;
/** Fields of `stat` between the command's name and user time, and between system time and the start time. */
const BEFORE_UTIME = 11;
const BEFORE_START = 6;
/** What "unlimited" is in numbers: the largest of 64 bits. */
const UNLIMITED = 2 ** 64;

export const self: CollectorFactory = {
  name: "self",
  defaultEnabled: true,

  create(host, registry) {
    if (!host.exists(`${SELF}/stat`)) return undefined;
    const scanner = new ByteScanner();
    const pageBytes = pageSizeBytes();
    const family = (type: "gauge" | "counter", name: string, help: string) =>
      registry.family(`process_${name}`, help, type, []);
    const gauge = (name: string, help: string) => family("gauge", name, help);
    const cpu = family("counter", "cpu_seconds_total", "Total user and system CPU time spent in seconds.");
    const virtual = gauge("virtual_memory_bytes", "Virtual memory size in bytes.");
    const resident = gauge("resident_memory_bytes", "Resident memory size in bytes.");
    const started = gauge("start_time_seconds", "Start time of the process since unix epoch in seconds.");
    const open = gauge("open_fds", "Number of open file descriptors.");
    const maxOpen = gauge("max_fds", "Maximum number of open file descriptors.");
    const maxVirtual = gauge("virtual_memory_max_bytes", "Maximum amount of virtual memory available in bytes.");
    const bootSeconds = Number(/^btime (\d+)$/m.exec(readTextIfAllowed(host, "/proc/stat") ?? "")?.[1]);

    const stat = host.file(`${SELF}/stat`);
    let mostOpen = Number.NaN;
    let mostVirtual = Number.NaN;
    let readings = 0;
    const readLimits = () => {
      const limits = readTextIfAllowed(host, `${SELF}/limits`) ?? "";
      mostOpen = limitOf(limits, "Max open files");
      mostVirtual = limitOf(limits, "Max address space");
    };

    return slowly(EVERY_MS, (hold) => {
      const bytes = stat.read();
      scanner.over(bytes);
      scanner.pos = bytes.lastIndexOf(CLOSING_PARENTHESIS) + 1;
      scanner.skipFields(BEFORE_UTIME);
      hold(cpu, (scanner.number() + scanner.number()) / TICKS_PER_SECOND);
      scanner.skipFields(BEFORE_START);
      hold(started, bootSeconds + scanner.number() / TICKS_PER_SECOND);
      hold(virtual, scanner.number());
      hold(resident, scanner.number() * pageBytes);
      hold(open, openFileCount());
      if (readings++ % LIMITS_EVERY_READINGS === 0) readLimits();
      hold(maxOpen, mostOpen);
      hold(maxVirtual, mostVirtual);
    }).collect;
  },
};

/** Since Linux 6.2 the size of the directory; before, and where it is 0, the files are counted. */
function openFileCount(): number {
  const size = sizeBytes(`${SELF}/fd`) ?? 0;
  return size > 0 ? size : readdirSync(`${SELF}/fd`).length;
}

/** The soft limit of a line `Max open files   1024   4096   files`. */
function limitOf(limits: string, name: string): number {
  const soft = new RegExp(`^${name}\\s+(\\S+)`, "m").exec(limits)?.[1];
  return soft === undefined || soft === "unlimited" ? UNLIMITED : Number(soft);
}
