/**
 * What a property of a hwmon sensor is called as a metric, and its unit.
 *
 * Source: the kernel's Documentation/hwmon/sysfs-interface.rst; the metrics' names are node_exporter's.
 */

export interface Measure {
  /** After `node_hwmon_`. */
  readonly name: string;
  readonly help: string;
  /** The kernel's number divided by this is the value. */
  readonly divisor: number;
  readonly counter?: boolean;
}

const MILLI = 1000;
const MICRO = 1_000_000;

interface Kind {
  readonly unit: string;
  readonly help: string;
  readonly divisor: number;
}

/** Kinds whose properties are all readings of the same unit. */
const KINDS: Readonly<Record<string, Kind>> = {
  fan: { unit: "rpm", help: "Hardware monitor for fan revolutions per minute", divisor: 1 },
  in: { unit: "volts", help: "Hardware monitor for voltage", divisor: MILLI },
  cpu: { unit: "volts", help: "Hardware monitor for voltage", divisor: MILLI },
  temp: { unit: "celsius", help: "Hardware monitor for temperature", divisor: MILLI },
  curr: { unit: "amps", help: "Hardware monitor for current", divisor: MILLI },
};

/** @param has whether the sensor has a property */
export function measureOf(kind: string, property: string, has: (property: string) => boolean): Measure | undefined {
  if (property === "label") return undefined;
  return chipWide(kind) ?? stateOf(kind, property) ?? readingOf(kind, property, has) ?? unitless(kind, property);
}

function chipWide(kind: string): Measure | undefined {
  if (kind === "beep_enable") return { name: "beep_enabled", help: "Hardware beep enabled", divisor: 1 };
  if (kind === "vrm") return { name: "voltage_regulator_version", help: "Hardware voltage regulator", divisor: 1 };
  if (kind === "update_interval") {
    return { name: "update_interval_seconds", help: "Hardware monitor update interval", divisor: MILLI };
  }
  return undefined;
}

function stateOf(kind: string, property: string): Measure | undefined {
  if (property === "fault")
    return { name: `${kind}_fault`, help: `Hardware sensor fault status (${kind})`, divisor: 1 };
  if (property === "alarm")
    return { name: `${kind}_alarm`, help: `Hardware sensor alarm status (${kind})`, divisor: 1 };
  if (property === "beep") {
    return { name: `${kind}_beep_enabled`, help: "Hardware monitor sensor has beeping enabled", divisor: 1 };
  }
  return undefined;
}

function readingOf(kind: string, property: string, has: (property: string) => boolean): Measure | undefined {
  // `input` is what the sensor reads; every other property is named after itself.
  const isInput = property === "input" || (property === "" && !has("input"));
  const element = isInput ? "" : `_${property}`;
  if (kind === "fan" && !["input", "min", "max", "target"].includes(property)) return undefined;
  if (kind === "temp" && property === "type") return undefined;
  const usual = KINDS[kind];
  if (usual !== undefined) {
    return {
      name: `${kind}${element}_${usual.unit}`,
      help: `${usual.help} (${property || "input"})`,
      divisor: usual.divisor,
    };
  }
  if (kind === "power") return powerOf(property, element);
  if (kind === "energy") {
    return {
      name: `energy${element}_joule_total`,
      help: `Hardware monitor for joules used so far (${property || "input"})`,
      divisor: MICRO,
      counter: true,
    };
  }
  if (kind === "humidity") {
    const what = "as a ratio (multiply with 100.0 to get the humidity as a percentage)";
    return {
      name: `humidity${element}`,
      help: `Hardware monitor for humidity, ${what} (${property || "input"})`,
      divisor: MICRO,
    };
  }
  if (kind === "freq" && isInput) {
    return { name: "freq_freq_mhz", help: "Hardware monitor for GPU frequency in MHz", divisor: MICRO };
  }
  return undefined;
}

function powerOf(property: string, element: string): Measure {
  if (property.endsWith("_interval") || /_interval_(min|max)$/.test(property)) {
    const help = `Hardware monitor power usage update interval (${property})`;
    return { name: `power${element}_seconds`, help, divisor: MILLI };
  }
  if (property === "accuracy") {
    return { name: "power_accuracy", help: "Hardware monitor power meter accuracy, as a ratio", divisor: MICRO };
  }
  const help = `Hardware monitor for power usage in watts (${property || "input"})`;
  return { name: `power${element}_watt`, help, divisor: MICRO };
}

function unitless(kind: string, property: string): Measure {
  const element = property === "" ? "" : `_${property}`;
  return { name: `${kind}${element}`, help: `Hardware monitor ${kind} element ${property}`, divisor: 1 };
}
