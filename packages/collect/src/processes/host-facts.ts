/** What does not change while a host runs. */
import type { Host } from "../collector.ts";
import { decimalField, trimmedText } from "../host/bytes.ts";

/** When the host was booted, seconds since the epoch; 0 where it is not said. Source: proc_stat(5), `btime`. */
export function bootSeconds(host: Host): number {
  return Number(/^btime (\d+)/m.exec(procStat(host))?.[1] ?? 0);
}

/** Processors that are online. */
export function coreCount(host: Host): number {
  return procStat(host).match(/^cpu\d/gm)?.length ?? 1;
}

/** `MemTotal`, the first line of `/proc/meminfo`; Infinity where it is not said. Source: proc_meminfo(5). */
export function memoryBytes(host: Host): number {
  const meminfo = host.readOnce(host.procPath("meminfo"));
  return (meminfo === undefined ? 0 : decimalField(meminfo, 1) * 1024) || Number.POSITIVE_INFINITY;
}

function procStat(host: Host): string {
  const bytes = host.readOnce(host.procPath("stat"));
  return bytes === undefined ? "" : trimmedText(bytes);
}
