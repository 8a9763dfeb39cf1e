/**
 * Energy that packages and memory have used: reads `/sys/class/powercap/<zone>/energy_uj`.
 *
 * Unit: joules; the kernel gives microjoules, to root only on most kernels.
 * Source: the kernel's Documentation/power/powercap/powercap.rst.
 */
import type { CollectorFactory, HostFile, OptionsOf, Slot } from "../collector.ts";
import { readIntegerIfAllowed, readTextIfAllowed } from "../host/attributes.ts";
import { decimalOf } from "../host/bytes.ts";

const MICRO = 1e6;

const options = {
  zoneLabel: { default: false, describe: "One metric node_rapl_joules_total with a label rapl_zone for all zones." },
} as const;

interface Zone {
  readonly file: HostFile;
  readonly slot: Slot;
}

export const rapl: CollectorFactory<OptionsOf<typeof options>> = {
  name: "rapl",
  defaultEnabled: true,
  options,

  create(host, registry, { zoneLabel }) {
    const root = host.sysPath("class/powercap");
    const zones: Zone[] = [];
    const countByName = new Map<string, number>();
    for (const entry of host.list(root)) {
      const path = `${root}/${entry}`;
      const name = readTextIfAllowed(host, `${path}/name`);
      if (name === undefined || readIntegerIfAllowed(host, `${path}/energy_uj`) === undefined) continue;
      const { zone, index } = zoneOf(name, countByName);
      const family = zoneLabel
        ? registry.family("node_rapl_joules_total", "Current RAPL value in joules", "counter", [
            "index",
            "path",
            "rapl_zone",
          ])
        : registry.family(
            `node_rapl_${zone.replace(/[^a-zA-Z0-9_]/g, "_")}_joules_total`,
            `Current RAPL ${zone} value in joules`,
            "counter",
            ["index", "path"],
          );
      const slot = zoneLabel ? family.slot(index, path, zone) : family.slot(index, path);
      zones.push({ file: host.file(`${path}/energy_uj`), slot });
    }
    if (zones.length === 0) return undefined;
    return (batch) => {
      for (const { file, slot } of zones) {
        const bytes = file.tryRead();
        if (bytes !== undefined) batch.set(slot, decimalOf(bytes) / MICRO);
      }
    };
  },
};

/** `package-1` is zone `package`, index 1; a name without a number gets the next index of that name. */
function zoneOf(name: string, countByName: Map<string, number>): { zone: string; index: string } {
  const numbered = /^(.*)-(\d+)$/.exec(name);
  if (numbered !== null) return { zone: numbered[1]!, index: numbered[2]! };
  const index = countByName.get(name) ?? 0;
  countByName.set(name, index + 1);
  return { zone: name, index: String(index) };
}
