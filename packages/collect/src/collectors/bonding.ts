/**
 * Bonded interfaces: how many slaves each has and how many of them work; from `/sys/class/net/<bond>/bonding`.
 *
 * Source: the kernel's Documentation/networking/bonding.rst.
 */
import type { CollectorFactory } from "../collector.ts";
import { readText, readTextIfAllowed } from "../host/attributes.ts";
import { slowly } from "../slowly.ts";

const EVERY_MS = 5000;

export const bonding: CollectorFactory = {
  name: "bonding",
  defaultEnabled: true,

  create(host, registry) {
    const root = host.sysPath("class/net");
    if (!host.exists(`${root}/bonding_masters`)) return undefined;
    const slaves = registry.family(
      "node_bonding_slaves",
      "Number of configured slaves per bonding interface.",
      "gauge",
      ["master"],
    );
    const active = registry.family("node_bonding_active", "Number of active slaves per bonding interface.", "gauge", [
      "master",
    ]);
    return slowly(EVERY_MS, (hold) => {
      for (const master of words(readText(host, `${root}/bonding_masters`))) {
        const names = words(readTextIfAllowed(host, `${root}/${master}/bonding/slaves`));
        const states = names.map((slave) => {
          // Kernels before 3.18 link the slave into its master's directory under another name.
          const places = [`${root}/${master}/lower_${slave}`, `${root}/${master}/slave_${slave}`, `${root}/${slave}`];
          const texts = places.map((place) => readTextIfAllowed(host, `${place}/bonding_slave/mii_status`));
          return texts.find((text) => text !== undefined);
        });
        hold(slaves, names.length, master);
        hold(active, states.filter((state) => state === "up").length, master);
      }
    }).collect;
  },
};

function words(text = ""): string[] {
  return text.split(/\s+/).filter((word) => word !== "");
}
