/**
 * The kernel's load balancer: totals from `/proc/net/ip_vs_stats`, back ends from `/proc/net/ip_vs`.
 *
 * Addresses and ports are hexadecimal there. Source: the kernel's net/netfilter/ipvs/ip_vs_ctl.c.
 */
import type { CollectorFactory, OptionsOf } from "../collector.ts";
import { readText } from "../host/attributes.ts";
import { slowly } from "../slowly.ts";
import { type Backend, parseBackends } from "./ipvs-table.ts";

const EVERY_MS = 2000;
const ALL_LABELS = "local_address,local_port,remote_address,remote_port,proto,local_mark";

const options = {
  backendLabels: {
    default: ALL_LABELS,
    describe: "Labels of the back ends, separated by commas; back ends that differ in none of them are summed.",
  },
} as const;

const TOTALS = [
  ["connections_total", "The total number of connections made."],
  ["incoming_packets_total", "The total number of incoming packets."],
  ["outgoing_packets_total", "The total number of outgoing packets."],
  ["incoming_bytes_total", "The total amount of incoming data."],
  ["outgoing_bytes_total", "The total amount of outgoing data."],
] as const;

export const ipvs: CollectorFactory<OptionsOf<typeof options>> = {
  name: "ipvs",
  defaultEnabled: true,
  options,

  create(host, registry, { backendLabels }) {
    const stats = `${host.procNetPath()}/ip_vs_stats`;
    if (!host.exists(stats)) return undefined;
    const totals = TOTALS.map(([name, help]) => registry.family(`node_ipvs_${name}`, help, "counter", []));
    const known = ALL_LABELS.split(",");
    const labels = backendLabels.split(",").filter((label) => known.includes(label)) as (keyof Backend["labels"])[];
    const gauge = (name: string, help: string) => registry.family(`node_ipvs_backend_${name}`, help, "gauge", labels);
    const active = gauge("connections_active", "The current active connections by local and remote address.");
    const inactive = gauge("connections_inactive", "The current inactive connections by local and remote address.");
    const weight = gauge("weight", "The current backend weight by local and remote address.");

    return slowly(EVERY_MS, (hold) => {
      // The third line holds the totals.
      const numbers = (readText(host, stats) ?? "").split("\n")[2]?.trim().split(/\s+/) ?? [];
      totals.forEach((family, i) => {
        hold(family, Number.parseInt(numbers[i] ?? "0", 16));
      });
      const sums = new Map<string, { labels: string[]; backend: Pick<Backend, "active" | "inactive" | "weight"> }>();
      for (const backend of parseBackends(readText(host, `${host.procNetPath()}/ip_vs`) ?? "")) {
        const values = labels.map((label) => backend.labels[label]);
        const key = JSON.stringify(values);
        const sum = sums.get(key)?.backend ?? { active: 0, inactive: 0, weight: 0 };
        sums.set(key, {
          labels: values,
          backend: {
            active: sum.active + backend.active,
            inactive: sum.inactive + backend.inactive,
            weight: sum.weight + backend.weight,
          },
        });
      }
      for (const { labels: values, backend } of sums.values()) {
        hold(active, backend.active, ...values);
        hold(inactive, backend.inactive, ...values);
        hold(weight, backend.weight, ...values);
      }
    }).collect;
  },
};
