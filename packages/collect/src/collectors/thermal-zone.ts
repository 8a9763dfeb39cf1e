/**
 * Temperatures of thermal zones and states of cooling devices: reads `/sys/class/thermal`.
 *
 * Unit: degrees Celsius; the kernel gives thousandths. Firmware answers some of these, so they are read aside.
 * Source: the kernel's Documentation/driver-api/thermal/sysfs-api.rst.
 */
import type { CollectorFactory } from "../collector.ts";
import { RareTexts, readIntegerAside } from "../host/read-aside.ts";
import { aside } from "../slowly.ts";

const EVERY_MS = 5000;
const MILLI = 1000;

export const thermalZone: CollectorFactory = {
  name: "thermal_zone",
  defaultEnabled: true,

  create(host, registry) {
    const root = host.sysPath("class/thermal");
    if (host.list(root).length === 0) return undefined;
    const gauge = (name: string, help: string, ...labels: string[]) =>
      registry.family(`node_${name}`, help, "gauge", labels);
    const temperature = gauge("thermal_zone_temp", "Zone temperature in Celsius", "zone", "type");
    const current = gauge("cooling_device_cur_state", "Current throttle state of the cooling device", "name", "type");
    const maximum = gauge("cooling_device_max_state", "Maximum throttle state of the cooling device", "name", "type");
    const rare = new RareTexts(host);
    return aside(EVERY_MS, async (hold) => {
      rare.next();
      for (const name of host.list(root)) {
        const [, kind, id] = /^(thermal_zone|cooling_device)(\d+)$/.exec(name) ?? [];
        if (id === undefined) continue;
        const type = (await rare.text(`${root}/${name}/type`)) ?? "";
        if (kind === "thermal_zone") {
          const value = await readIntegerAside(host, `${root}/${name}/temp`);
          if (value !== undefined) hold(temperature, value / MILLI, id, type);
          continue;
        }
        const state = await readIntegerAside(host, `${root}/${name}/cur_state`);
        const limit = await rare.text(`${root}/${name}/max_state`);
        if (state !== undefined) hold(current, state, id, type);
        if (limit !== undefined) hold(maximum, Number(limit), id, type);
      }
    });
  },
};
