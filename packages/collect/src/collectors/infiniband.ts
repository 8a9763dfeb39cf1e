/**
 * InfiniBand and RoCE ports: reads `/sys/class/infiniband/<device>/ports/<port>`.
 *
 * A port counts data in words of four bytes. The device's firmware answers some counters, so all are read aside.
 * Source: the kernel's Documentation/ABI/stable/sysfs-class-infiniband.
 */
import type { CollectorFactory, CollectorRegistry, Family, Host } from "../collector.ts";
import { RareTexts, readIntegerAside, readTextAside } from "../host/read-aside.ts";
import { aside, type Hold } from "../slowly.ts";
import { COUNTERS, HW_COUNTERS } from "./infiniband-counters.ts";

const EVERY_MS = 5000;
const BYTES_PER_WORD = 4;
const BYTES_PER_GIGABIT = 1_000_000_000 / 8;
const MILLI = 1000;

export const infiniband: CollectorFactory = {
  name: "infiniband",
  defaultEnabled: true,

  create(host, registry) {
    const root = host.sysPath("class/infiniband");
    if (host.list(root).length === 0) return undefined;
    const info = registry.family(
      "node_infiniband_info",
      "Non-numeric data from /sys/class/infiniband/<device>, value is always 1.",
      "gauge",
      ["device", "board_id", "firmware_version", "hca_type"],
    );
    const holdPort = portReader(host, registry);
    const rare = new RareTexts(host);
    return aside(EVERY_MS, async (hold) => {
      rare.next();
      for (const device of host.list(root)) {
        const dir = `${root}/${device}`;
        const text = async (file: string) => (await rare.text(`${dir}/${file}`)) ?? "";
        hold(info, 1, device, await text("board_id"), await text("fw_ver"), await text("hca_type"));
        for (const port of host.list(`${dir}/ports`)) await holdPort(`${dir}/ports/${port}`, device, port, hold);
      }
    });
  },
};

function portReader(host: Host, registry: CollectorRegistry) {
  const family = (type: "gauge" | "counter", name: string, help: string) =>
    registry.family(`node_infiniband_${name}`, help, type, ["device", "port"]);
  const withFamilies = (table: readonly (readonly [string, string, string])[]) =>
    table.map(([file, name, help]) => [file, family("counter", name, help)] as const);
  const counters = withFamilies(COUNTERS);
  const hwCounters = withFamilies(HW_COUNTERS);
  const state = family(
    "gauge",
    "state_id",
    "State of the InfiniBand port (0: no change, 1: down, 2: init, 3: armed, 4: active, 5: act defer)",
  );
  const physicalState = family(
    "gauge",
    "physical_state_id",
    "Physical state of the InfiniBand port (0: no change, 1: sleep, 2: polling, 3: disable, 4: shift, 5: link up, 6: link error recover, 7: phytest)",
  );
  const rate = family("gauge", "rate_bytes_per_second", "Maximum signal transfer rate");
  const lifespan = family(
    "gauge",
    "lifespan_seconds",
    "The maximum period in ms which defines the aging of the counter reads. Two consecutive reads within this period might return the same values.",
  );

  return async (dir: string, device: string, port: string, hold: Hold): Promise<void> => {
    const holdNumber = async (to: Family, file: string, scale: (text: string) => number) => {
      const text = await readTextAside(host, `${dir}/${file}`);
      const value = text === undefined ? Number.NaN : scale(text);
      if (!Number.isNaN(value)) hold(to, value, device, port);
    };
    // `4: ACTIVE`, `100 Gb/sec (4X EDR)`
    await holdNumber(state, "state", Number.parseInt);
    await holdNumber(physicalState, "phys_state", Number.parseInt);
    await holdNumber(rate, "rate", (text) => Number.parseFloat(text) * BYTES_PER_GIGABIT);
    for (const [file, to] of counters) {
      const value = await readIntegerAside(host, `${dir}/counters/${file}`);
      if (value !== undefined) hold(to, file.endsWith("_data") ? value * BYTES_PER_WORD : value, device, port);
    }
    await holdNumber(lifespan, "hw_counters/lifespan", (text) => Number.parseInt(text, 10) / MILLI);
    for (const [file, to] of hwCounters) {
      const value = await readIntegerAside(host, `${dir}/hw_counters/${file}`);
      if (value !== undefined) hold(to, value, device, port);
    }
  };
}
