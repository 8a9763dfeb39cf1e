/**
 * Sensors: temperatures, fans, voltages, currents, power; reads `/sys/class/hwmon`.
 *
 * Units: Celsius, rpm, volts, amperes, watts, joules; the kernel gives thousandths or millionths. A sensor may sit behind a
 * slow bus, so all are read aside.
 * Source: the kernel's Documentation/hwmon/sysfs-interface.rst.
 */
import type { CollectorFactory, CollectorRegistry, Family, Host, OptionsOf } from "../collector.ts";
import { readTextAside } from "../host/read-aside.ts";
import { nameFilter } from "../pattern.ts";
import { aside } from "../slowly.ts";
import { type Measure, measureOf } from "./hwmon-measures.ts";

const EVERY_MS = 5000;
/** What there is, limits and labels are looked at once a minute. */
const REFRESHES_A_PLAN = 12;
const SENSOR_FILE =
  /^(vrm|beep_enable|update_interval|in|cpu|fan|pwm|temp|curr|power|energy|humidity|intrusion|freq)(\d*)(?:_(.+))?$/;
/** Properties that change by themselves; the others are limits, labels and settings. */
const CHANGING = new Set(["", "input", "average", "alarm", "fault"]);
const ONLY_NUMBER = /^-?\d+(?:\.\d+)?$/;

const options = {
  chipExclude: { default: "", describe: "Chips to leave out.", isPattern: true },
  chipInclude: { default: "", describe: "Chips to keep; excludes chipExclude.", isPattern: true },
  sensorExclude: { default: "", describe: "Sensors to leave out, as <chip>;<sensor>.", isPattern: true },
  sensorInclude: {
    default: "",
    describe: "Sensors to keep, as <chip>;<sensor>; excludes sensorExclude.",
    isPattern: true,
  },
} as const;

export const hwmon: CollectorFactory<OptionsOf<typeof options>> = {
  name: "hwmon",
  defaultEnabled: true,
  options,

  create(host, registry, { chipExclude, chipInclude, sensorExclude, sensorInclude }) {
    const root = host.sysPath("class/hwmon");
    if (host.list(root).length === 0) return undefined;
    const keepsChip = nameFilter(chipInclude, chipExclude);
    const keepsSensor = nameFilter(sensorInclude, sensorExclude);
    const chipNames = registry.family(
      "node_hwmon_chip_names",
      "Annotation metric for human-readable chip names",
      "gauge",
      ["chip", "chip_name"],
    );
    const planSensors = sensorPlanner(host, registry);
    let plan: Plan = { fixed: [], changing: [] };
    let refreshes = 0;

    const makePlan = async (): Promise<Plan> => {
      const next: Plan = { fixed: [], changing: [] };
      for (const entry of host.list(root)) {
        const dir = `${root}/${entry}`;
        const name = cleaned((await readTextAside(host, `${dir}/name`, false)) ?? "");
        const chip = chipId(host, dir, name, entry);
        if (!keepsChip(chip)) continue;
        if (name !== "") next.fixed.push({ family: chipNames, value: 1, labels: [chip, name] });
        // Some older drivers keep their sensors in the device's own directory.
        for (const place of [dir, `${dir}/device`]) {
          await planSensors(place, host.list(place), chip, (sensor) => keepsSensor(`${chip};${sensor}`), next);
        }
      }
      return next;
    };

    return aside(EVERY_MS, async (hold) => {
      if (refreshes++ % REFRESHES_A_PLAN === 0) plan = await makePlan();
      for (const { family, value, labels } of plan.fixed) hold(family, value, ...labels);
      for (const { path, family, divisor, labels } of plan.changing) {
        const text = await readTextAside(host, path);
        if (text !== undefined && ONLY_NUMBER.test(text)) hold(family, Number(text) / divisor, ...labels);
      }
    });
  },
};

/** What there is to say, found out now and then, because limits and labels are many and stay. */
interface Plan {
  readonly fixed: { readonly family: Family; readonly value: number; readonly labels: readonly string[] }[];
  readonly changing: {
    readonly path: string;
    readonly family: Family;
    readonly divisor: number;
    readonly labels: readonly string[];
  }[];
}

/**
 * A name that stays the same over restarts: that of the device behind the chip with its kind, else the chip's own name, else
 * its number.
 */
function chipId(host: Host, dir: string, name: string, entry: string): string {
  if (host.exists(`${dir}/device`)) {
    const path = (host.realPath(`${dir}/device`) ?? "").split("/");
    const device = cleaned(path.at(-1) ?? "");
    const kind = cleaned(path.at(-2) ?? "");
    if (device !== "" && kind !== "") return `${kind}_${device}`;
    if (device !== "") return device;
  }
  return name !== "" ? name : entry;
}

/** As label values: lower case, everything but letters and digits becomes `_`, none at the ends. */
function cleaned(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9:_]/g, "_")
    .replace(/^_+|_+$/g, "");
}

interface Sensor {
  readonly kind: string;
  /** Path and text by property; "" is the bare file. */
  readonly properties: Map<string, { readonly path: string; readonly text: string }>;
}

function sensorPlanner(host: Host, registry: CollectorRegistry) {
  const label = registry.family("node_hwmon_sensor_label", "Label for given chip and sensor", "gauge", [
    "chip",
    "sensor",
    "label",
  ]);
  const families = new Map<string, Family>();
  const familyOf = ({ name, help, counter }: Measure): Family => {
    const known = families.get(name);
    if (known !== undefined) return known;
    const type = counter === true ? "counter" : "gauge";
    const made = registry.family(`node_hwmon_${name}`, help, type, ["chip", "sensor"]);
    families.set(name, made);
    return made;
  };

  return async (
    dir: string,
    files: readonly string[],
    chip: string,
    keeps: (sensor: string) => boolean,
    plan: Plan,
  ): Promise<void> => {
    const sensors = await readSensors(host, dir, files, keeps);
    for (const [name, { kind, properties }] of sensors) {
      const labelText = properties.get("label")?.text;
      if (labelText !== undefined) {
        const text = printable(labelText);
        if (text !== "") plan.fixed.push({ family: label, value: 1, labels: [chip, name, text] });
      }
      const has = (property: string) => properties.has(property);
      for (const [property, { path, text }] of properties) {
        if (!ONLY_NUMBER.test(text)) continue;
        const measure = measureOf(kind, property, has);
        if (measure === undefined) continue;
        const { divisor } = measure;
        const family = familyOf(measure);
        const labels = [chip, kind === "freq" && labelText !== undefined ? cleaned(labelText) : name];
        if (CHANGING.has(property)) plan.changing.push({ path, family, divisor, labels });
        else plan.fixed.push({ family, value: Number(text) / divisor, labels });
      }
    }
  };
}

async function readSensors(host: Host, dir: string, files: readonly string[], keeps: (sensor: string) => boolean) {
  const sensors = new Map<string, Sensor>();
  for (const file of files) {
    const match = SENSOR_FILE.exec(file);
    if (match === null) continue;
    const [, kind = "", number = "", property = ""] = match;
    const name = `${kind}${number === "" ? "0" : number}`;
    if (!keeps(name)) continue;
    const path = `${dir}/${file}`;
    const text = await readTextAside(host, path, CHANGING.has(property));
    if (text === undefined) continue;
    const sensor = sensors.get(name) ?? { kind, properties: new Map<string, { path: string; text: string }>() };
    sensor.properties.set(property, { path, text });
    sensors.set(name, sensor);
  }
  return sensors;
}

/** Labels come from drivers and sometimes hold bytes that are no text. */
function printable(text: string): string {
  return text.replace(/[^\x20-\x7e\u00a0-\u00ff]/g, "").trim();
}
