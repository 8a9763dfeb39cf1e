/**
 * SELinux: whether it is on, and its modes (1 enforcing, 0 permissive, -1 disabled); from `/sys/fs/selinux` and
 * `/etc/selinux/config`.
 */
import type { CollectorFactory } from "../collector.ts";
import { readIntegerIfAllowed, readTextIfAllowed } from "../host/attributes.ts";
import { slowly } from "../slowly.ts";

const EVERY_MS = 10_000;
const MODES: Readonly<Record<string, number>> = { enforcing: 1, permissive: 0, disabled: -1 };

export const selinux: CollectorFactory = {
  name: "selinux",
  defaultEnabled: true,

  create(host, registry) {
    const gauge = (name: string, help: string) => registry.family(`node_selinux_${name}`, help, "gauge", []);
    const enabled = gauge("enabled", "SELinux is enabled, 1 is true, 0 is false");
    const currentMode = gauge("current_mode", "Current SELinux enforcement mode");
    const configMode = gauge("config_mode", "Configured SELinux enforcement mode");
    return slowly(EVERY_MS, (hold) => {
      const enforce = readIntegerIfAllowed(host, host.sysPath("fs/selinux/enforce"));
      hold(enabled, enforce === undefined ? 0 : 1);
      if (enforce === undefined) return;
      hold(currentMode, enforce);
      const config = readTextIfAllowed(host, host.rootPath("etc/selinux/config")) ?? "";
      const configured = /^\s*SELINUX\s*=\s*(\w+)/m.exec(config)?.[1]?.toLowerCase() ?? "";
      hold(configMode, MODES[configured] ?? -1);
    }).collect;
  },
};
