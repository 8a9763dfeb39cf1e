/**
 * Batteries and mains: reads `/sys/class/power_supply`.
 *
 * Units: volts, amperes, watts, watt-hours, degrees Celsius, seconds; the kernel gives millionths, and tenths of a degree.
 * Embedded controllers answer these in their own time, so they are read aside.
 * Source: the kernel's Documentation/ABI/testing/sysfs-class-power.
 */
import type { CollectorFactory, Family, OptionsOf } from "../collector.ts";
import { RareTexts, readIntegerAside, readTextAside } from "../host/read-aside.ts";
import { compilePattern } from "../pattern.ts";
import { aside } from "../slowly.ts";

const EVERY_MS = 5000;
const MICRO = 1e6;
const DECI = 10;

/** Attribute, metric, divisor. */
const ATTRIBUTES: readonly (readonly [attribute: string, metric: string, divisor: number])[] = [
  ["authentic", "authentic", 1],
  ["calibrate", "calibrate", 1],
  ["capacity", "capacity", 1],
  ["capacity_alert_max", "capacity_alert_max", 1],
  ["capacity_alert_min", "capacity_alert_min", 1],
  ["cycle_count", "cyclecount", 1],
  ["online", "online", 1],
  ["present", "present", 1],
  ["time_to_empty_now", "time_to_empty_seconds", 1],
  ["time_to_full_now", "time_to_full_seconds", 1],
  ["current_boot", "current_boot", MICRO],
  ["current_max", "current_max", MICRO],
  ["current_now", "current_ampere", MICRO],
  ["energy_empty", "energy_empty", MICRO],
  ["energy_empty_design", "energy_empty_design", MICRO],
  ["energy_full", "energy_full", MICRO],
  ["energy_full_design", "energy_full_design", MICRO],
  ["energy_now", "energy_watthour", MICRO],
  ["voltage_boot", "voltage_boot", MICRO],
  ["voltage_max", "voltage_max", MICRO],
  ["voltage_max_design", "voltage_max_design", MICRO],
  ["voltage_min", "voltage_min", MICRO],
  ["voltage_min_design", "voltage_min_design", MICRO],
  ["voltage_now", "voltage_volt", MICRO],
  ["voltage_ocv", "voltage_ocv", MICRO],
  ["charge_control_limit", "charge_control_limit", 1],
  ["charge_control_limit_max", "charge_control_limit_max", 1],
  ["charge_counter", "charge_counter", MICRO],
  ["charge_empty", "charge_empty", MICRO],
  ["charge_empty_design", "charge_empty_design", MICRO],
  ["charge_full", "charge_full", MICRO],
  ["charge_full_design", "charge_full_design", MICRO],
  ["charge_now", "charge_ampere", MICRO],
  ["charge_term_current", "charge_term_current", MICRO],
  ["constant_charge_current", "constant_charge_current", MICRO],
  ["constant_charge_current_max", "constant_charge_current_max", MICRO],
  ["constant_charge_voltage", "constant_charge_voltage", MICRO],
  ["constant_charge_voltage_max", "constant_charge_voltage_max", MICRO],
  ["precharge_current", "precharge_current", MICRO],
  ["input_current_limit", "input_current_limit", MICRO],
  ["power_now", "power_watt", MICRO],
  ["temp", "temp_celsius", DECI],
  ["temp_alert_max", "temp_alert_max_celsius", DECI],
  ["temp_alert_min", "temp_alert_min_celsius", DECI],
  ["temp_ambient", "temp_ambient_celsius", DECI],
  ["temp_ambient_max", "temp_ambient_max_celsius", DECI],
  ["temp_ambient_min", "temp_ambient_min_celsius", DECI],
  ["temp_max", "temp_max_celsius", DECI],
  ["temp_min", "temp_min_celsius", DECI],
];
const TEXTS = [
  "capacity_level",
  "charge_type",
  "health",
  "manufacturer",
  "model_name",
  "scope",
  "serial_number",
  "status",
  "technology",
  "type",
  "usb_type",
] as const;

/** The other texts say what the battery is, not how it does. */
const CHANGING_TEXTS: ReadonlySet<string> = new Set(["capacity_level", "charge_type", "health", "status"]);

const options = {
  ignoredSupplies: { default: "^$", describe: "Power supplies to leave out.", isPattern: true },
} as const;

export const powerSupply: CollectorFactory<OptionsOf<typeof options>> = {
  name: "powersupplyclass",
  defaultEnabled: true,
  options,

  create(host, registry, { ignoredSupplies }) {
    const root = host.sysPath("class/power_supply");
    if (host.list(root).length === 0) return undefined;
    const ignored = compilePattern(ignoredSupplies);
    const families = new Map<string, Family>();
    const info = registry.family("node_power_supply_info", "info of /sys/class/power_supply/<power_supply>.", "gauge", [
      "power_supply",
      ...TEXTS,
    ]);
    for (const [, metric] of ATTRIBUTES) {
      const help = `${metric} value of /sys/class/power_supply/<power_supply>.`;
      families.set(metric, registry.family(`node_power_supply_${metric}`, help, "gauge", ["power_supply"]));
    }
    const rare = new RareTexts(host);
    return aside(EVERY_MS, async (hold) => {
      rare.next();
      for (const supply of host.list(root).filter((name) => !ignored(name))) {
        const present = new Set(host.list(`${root}/${supply}`));
        for (const [attribute, metric, divisor] of ATTRIBUTES) {
          if (!present.has(attribute)) continue;
          const value = await readIntegerAside(host, `${root}/${supply}/${attribute}`);
          if (value !== undefined) hold(families.get(metric)!, value / divisor, supply);
        }
        const texts: string[] = [];
        for (const name of TEXTS) {
          const path = `${root}/${supply}/${name}`;
          const read = () => (CHANGING_TEXTS.has(name) ? readTextAside(host, path) : rare.text(path));
          texts.push(present.has(name) ? ((await read()) ?? "") : "");
        }
        hold(info, 1, supply, ...texts);
      }
    });
  },
};
