/**
 * NVMe controllers: model, serial number, firmware, state; `node_nvme_info` from `/sys/class/nvme`.
 *
 * Source: the NVM Express Base Specification, Identify Controller; the kernel's drivers/nvme/host/sysfs.c.
 */
import type { CollectorFactory } from "../collector.ts";
import { readTextIfAllowed } from "../host/attributes.ts";
import { slowly } from "../slowly.ts";

const EVERY_MS = 30_000;

/** Label, attribute. */
const LABELS = [
  ["firmware_revision", "firmware_rev"],
  ["model", "model"],
  ["serial", "serial"],
  ["state", "state"],
  ["cntlid", "cntlid"],
] as const;

export const nvme: CollectorFactory = {
  name: "nvme",
  defaultEnabled: true,

  create(host, registry) {
    const root = host.sysPath("class/nvme");
    const controllers = () => host.list(root).filter((name) => /^nvme\d+$/.test(name));
    if (controllers().length === 0) return undefined;
    const info = registry.family(
      "node_nvme_info",
      "Non-numeric data from /sys/class/nvme/<device>, value is always 1.",
      "gauge",
      ["device", ...LABELS.map(([label]) => label)],
    );
    return slowly(EVERY_MS, (hold) => {
      for (const device of controllers()) {
        const values = LABELS.map(([, file]) => readTextIfAllowed(host, `${root}/${device}/${file}`) ?? "");
        hold(info, 1, device, ...values);
      }
    }).collect;
  },
};
