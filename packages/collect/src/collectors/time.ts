/**
 * The clock: seconds since the epoch, the time zone, and where the kernel takes its time from.
 *
 * Source: the kernel's Documentation/timers/timekeeping.rst; the attributes stand under `/sys/devices/system/clocksource`.
 */
import type { CollectorFactory } from "../collector.ts";
import { readTextIfAllowed } from "../host/attributes.ts";
import { zoneAt } from "../host/time-zone.ts";
import { slowly } from "../slowly.ts";

const EVERY_MS = 10_000;
const MS_PER_SECOND = 1000;

export const time: CollectorFactory = {
  name: "time",
  defaultEnabled: true,

  create(host, registry) {
    const now = registry.gauge("node_time_seconds", "System time in seconds since epoch (1970).");
    const offset = registry.family("node_time_zone_offset_seconds", "System time zone offset in seconds.", "gauge", [
      "time_zone",
    ]);
    const root = "/sys/devices/system/clocksource";
    const available = registry.family(
      "node_time_clocksource_available_info",
      `Available clocksources read from '${root}'.`,
      "gauge",
      ["device", "clocksource"],
    );
    const current = registry.family(
      "node_time_clocksource_current_info",
      `Current clocksource read from '${root}'.`,
      "gauge",
      ["device", "clocksource"],
    );
    let nowMs = 0;
    const slow = slowly(EVERY_MS, (hold) => {
      const zone = zoneAt(host, nowMs);
      hold(offset, zone.offsetSeconds, zone.name);
      const dir = host.sysPath("devices/system/clocksource");
      for (const name of host.list(dir)) {
        const device = /^clocksource(\d+)$/.exec(name)?.[1];
        if (device === undefined) continue;
        const sources = readTextIfAllowed(host, `${dir}/${name}/available_clocksource`) ?? "";
        for (const source of sources.split(/\s+/)) if (source !== "") hold(available, 1, device, source);
        const chosen = readTextIfAllowed(host, `${dir}/${name}/current_clocksource`) ?? "";
        if (chosen !== "") hold(current, 1, device, chosen);
      }
    });
    return (batch) => {
      nowMs = batch.atMs;
      batch.set(now, batch.atMs / MS_PER_SECOND);
      slow.collect(batch);
    };
  },
};
