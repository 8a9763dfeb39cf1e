/**
 * Software RAID: reads `/proc/mdstat`, and what `/sys/block/<md>/md` adds.
 *
 * Unit of blocks: 1 KiB, as the kernel prints them. Source: md(4); the kernel's Documentation/admin-guide/md.rst.
 */
import type { CollectorFactory } from "../collector.ts";
import { readIntegerIfAllowed, readText } from "../host/attributes.ts";
import { slowly } from "../slowly.ts";
import { parseMdstat } from "./mdstat.ts";

const EVERY_MS = 5000;
const STATES = ["active", "inactive", "recovering", "resync", "check"] as const;

export const mdadm: CollectorFactory = {
  name: "mdadm",
  defaultEnabled: true,

  create(host, registry) {
    const path = host.procPath("mdstat");
    if (!host.exists(path)) return undefined;
    const gauge = (name: string, help: string, ...labels: string[]) =>
      registry.family(`node_md_${name}`, help, "gauge", ["device", ...labels]);
    const state = gauge("state", "Indicates the state of md-device.", "state");
    const disks = gauge("disks", "Number of active/failed/spare disks of device.", "state");
    const required = gauge("disks_required", "Total number of disks of device.");
    const blocks = gauge("blocks", "Total number of blocks on device.");
    const synced = gauge("blocks_synced", "Number of blocks synced on device.");
    const raidDisks = gauge("raid_disks", "Number of raid disks on device.");
    const degraded = gauge("degraded", "Number of degraded disks on device.");

    return slowly(EVERY_MS, (hold) => {
      for (const array of parseMdstat(readText(host, path) ?? "")) {
        for (const name of STATES) hold(state, array.state === name ? 1 : 0, array.name, name);
        hold(disks, array.activeDisks, array.name, "active");
        hold(disks, array.failedDisks, array.name, "failed");
        hold(disks, array.spareDisks, array.name, "spare");
        hold(required, array.requiredDisks, array.name);
        hold(blocks, array.blocks, array.name);
        hold(synced, array.blocksSynced, array.name);
        const dir = host.sysPath(`block/${array.name}/md`);
        const configured = readIntegerIfAllowed(host, `${dir}/raid_disks`);
        const missing = readIntegerIfAllowed(host, `${dir}/degraded`);
        if (configured !== undefined) hold(raidDisks, configured, array.name);
        if (missing !== undefined) hold(degraded, missing, array.name);
      }
    }).collect;
  },
};
