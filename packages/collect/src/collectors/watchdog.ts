/**
 * Hardware watchdogs: reads `/sys/class/watchdog`.
 *
 * Source: the kernel's Documentation/ABI/testing/sysfs-class-watchdog.
 */
import type { CollectorFactory } from "../collector.ts";
import { readIntegerIfAllowed, readTextIfAllowed } from "../host/attributes.ts";
import { slowly } from "../slowly.ts";

const EVERY_MS = 10_000;

/** Attribute, metric. */
const NUMBERS = [
  ["access_cs0", "access_cs0"],
  ["bootstatus", "bootstatus"],
  ["fw_version", "fw_version"],
  ["nowayout", "nowayout"],
  ["pretimeout", "pretimeout_seconds"],
  ["timeleft", "timeleft_seconds"],
  ["timeout", "timeout_seconds"],
] as const;
const TEXTS = ["identity", "options", "pretimeout_governor", "state", "status"];

export const watchdog: CollectorFactory = {
  name: "watchdog",
  defaultEnabled: true,

  create(host, registry) {
    const root = host.sysPath("class/watchdog");
    if (host.list(root).length === 0) return undefined;
    const numbers = NUMBERS.map(([attribute, metric]) => {
      const help = `Value of /sys/class/watchdog/<watchdog>/${attribute}`;
      return [attribute, registry.family(`node_watchdog_${metric}`, help, "gauge", ["name"])] as const;
    });
    const info = registry.family("node_watchdog_info", "Info of /sys/class/watchdog/<watchdog>", "gauge", [
      "name",
      ...TEXTS,
    ]);
    return slowly(EVERY_MS, (hold) => {
      for (const name of host.list(root)) {
        const present = new Set(host.list(`${root}/${name}`));
        const text = (attribute: string) =>
          present.has(attribute) ? (readTextIfAllowed(host, `${root}/${name}/${attribute}`) ?? "") : "";
        for (const [attribute, family] of numbers) {
          if (!present.has(attribute)) continue;
          const value = readIntegerIfAllowed(host, `${root}/${name}/${attribute}`);
          if (value !== undefined) hold(family, value, name);
        }
        hold(info, 1, name, ...TEXTS.map(text));
      }
    }).collect;
  },
};
