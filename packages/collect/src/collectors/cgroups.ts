/**
 * Control groups by subsystem: reads `/proc/cgroups`. Off by default.
 *
 * Source: cgroups(7).
 */
import type { CollectorFactory } from "../collector.ts";
import { readText } from "../host/attributes.ts";
import { slowly } from "../slowly.ts";

const EVERY_MS = 5000;

export const cgroups: CollectorFactory = {
  name: "cgroups",
  defaultEnabled: false,

  create(host, registry) {
    const path = host.procPath("cgroups");
    if (!host.exists(path)) return undefined;
    const gauge = (name: string) =>
      registry.family(`node_cgroups_${name}`, "Current cgroup number of the subsystem.", "gauge", ["subsys_name"]);
    const groups = gauge("cgroups");
    const enabled = gauge("enabled");
    return slowly(EVERY_MS, (hold) => {
      // `#subsys_name hierarchy num_cgroups enabled`
      for (const line of (readText(host, path) ?? "").split("\n")) {
        const [name = "", , count = "", state = ""] = line.trim().split(/\s+/);
        if (name.startsWith("#") || state === "") continue;
        hold(groups, Number(count), name);
        hold(enabled, Number(state), name);
      }
    }).collect;
  },
};
