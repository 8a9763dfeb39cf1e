/**
 * Who made the machine, its board and its firmware: `node_dmi_info` from `/sys/class/dmi/id`.
 *
 * Serial numbers can be read by root only; a label stands for each attribute that could be read.
 * Source: SMBIOS; the kernel's drivers/firmware/dmi-id.c.
 */
import type { CollectorFactory } from "../collector.ts";
import { readTextIfAllowed } from "../host/attributes.ts";
import { slowly } from "../slowly.ts";

const EVERY_MS = 60_000;

const LABELS = [
  "bios_date",
  "bios_release",
  "bios_vendor",
  "bios_version",
  "board_asset_tag",
  "board_name",
  "board_serial",
  "board_vendor",
  "board_version",
  "chassis_asset_tag",
  "chassis_serial",
  "chassis_vendor",
  "chassis_version",
  "product_family",
  "product_name",
  "product_serial",
  "product_sku",
  "product_uuid",
  "product_version",
  "system_vendor",
];
const ATTRIBUTES: Readonly<Record<string, string>> = { system_vendor: "sys_vendor" };

export const dmi: CollectorFactory = {
  name: "dmi",
  defaultEnabled: true,

  create(host, registry) {
    const root = host.sysPath("class/dmi/id");
    if (!host.exists(root)) return undefined;
    const info = registry.family(
      "node_dmi_info",
      `A metric with a constant '1' value labeled by ${LABELS.join(", ")} if provided by DMI.`,
      "gauge",
      LABELS,
    );
    return slowly(EVERY_MS, (hold) => {
      const values = LABELS.map((label) => readTextIfAllowed(host, `${root}/${ATTRIBUTES[label] ?? label}`) ?? "");
      hold(info, 1, ...values);
    }).collect;
  },
};
