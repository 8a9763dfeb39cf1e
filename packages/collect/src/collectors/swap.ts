/**
 * Swap by device: reads `/proc/swaps`. Off by default; the totals are in meminfo.
 *
 * Unit: bytes; the kernel gives KiB. Source: proc_swaps(5).
 */
import type { CollectorFactory } from "../collector.ts";
import { readText } from "../host/attributes.ts";
import { slowly } from "../slowly.ts";

const EVERY_MS = 2000;
const BYTES_PER_KIB = 1024;

export const swap: CollectorFactory = {
  name: "swap",
  defaultEnabled: false,

  create(host, registry) {
    const path = host.procPath("swaps");
    if (!host.exists(path)) return undefined;
    const gauge = (name: string, help: string) =>
      registry.family(`node_swap_${name}`, help, "gauge", ["device", "swap_type"]);
    const size = gauge("size_bytes", "Swap device size in bytes.");
    const used = gauge("used_bytes", "Swap device used in bytes.");
    const priority = gauge("priority", "Swap device priority.");
    return slowly(EVERY_MS, (hold) => {
      const [, ...lines] = (readText(host, path) ?? "").split("\n");
      for (const line of lines) {
        const [device = "", type = "", sizeKib = "", usedKib = "", rank = ""] = line.trim().split(/\s+/);
        if (rank === "") continue;
        hold(size, Number(sizeKib) * BYTES_PER_KIB, device, type);
        hold(used, Number(usedKib) * BYTES_PER_KIB, device, type);
        hold(priority, Number(rank), device, type);
      }
    }).collect;
  },
};
