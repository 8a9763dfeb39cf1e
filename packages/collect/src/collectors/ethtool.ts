/**
 * What network drivers count for themselves: their statistics as `ethtool -S` shows them. Off by default, because drivers have
 * hundreds of them and may take milliseconds to answer.
 *
 * Source: ethtool(8).
 */
import type { Collector, CollectorFactory, CollectorRegistry, OptionsOf } from "../collector.ts";
import { loadLibc } from "../host/libc.ts";
import { compilePattern, nameFilter } from "../pattern.ts";
import { type Hold, slowly } from "../slowly.ts";
import { type EthtoolCalls, openEthtool } from "./ethtool-calls.ts";

const MS_PER_SECOND = 1000;

const options = {
  deviceInclude: { default: "", describe: "Interfaces to keep; excludes deviceExclude.", isPattern: true },
  deviceExclude: { default: "", describe: "Interfaces to leave out.", isPattern: true },
  metricsInclude: { default: ".*", describe: "Statistics to emit, by the driver's names.", isPattern: true },
  everySeconds: { default: 5, describe: "Seconds between two readings." },
} as const;
type EthtoolOptions = OptionsOf<typeof options>;

export const ethtool: CollectorFactory<EthtoolOptions> = {
  name: "ethtool",
  defaultEnabled: false,
  options,

  create(host, registry, { deviceInclude, deviceExclude, metricsInclude, everySeconds }): Collector | undefined {
    const libc = loadLibc();
    if (libc === undefined) return undefined;
    const calls = openEthtool(libc);
    const keeps = nameFilter(deviceInclude, deviceExclude);
    const wanted = compilePattern(metricsInclude);
    const holdDevice = deviceReader(calls, registry, wanted);
    const { collect } = slowly(everySeconds * MS_PER_SECOND, (hold) => {
      for (const device of host.list(host.sysPath("class/net"))) if (keeps(device)) holdDevice(device, hold);
    });
    return { collect, close: () => calls.close() };
  },
};

function deviceReader(calls: EthtoolCalls, registry: CollectorRegistry, wanted: (name: string) => boolean) {
  const info = registry.family(
    "node_ethtool_info",
    "A metric with a constant '1' value labeled by bus_info, device, driver, expansion_rom_version, firmware_version, version.",
    "gauge",
    ["bus_info", "device", "driver", "expansion_rom_version", "firmware_version", "version"],
  );
  const gauge = (name: string, help: string) => registry.family(`node_network_${name}`, help, "gauge", ["device"]);
  const usesAutonegotiation = gauge("autonegotiate", "If this port is using autonegotiate");
  /** Mode, metric, what a port supports, what it offers. */
  const modes = [
    ["autonegotiation", "autonegotiate", "supports autonegotiate", "offers autonegotiate"],
    ["pause", "pause", "supports pause frames", "offers pause capability"],
    ["asymmetricPause", "asymmetricpause", "supports asymmetric pause frames", "offers asymmetric pause capability"],
  ] as const;
  const modeFamilies = modes.map(
    ([mode, name, supports, offers]) =>
      [
        mode,
        gauge(`${name}_supported`, `If this port device ${supports}`),
        gauge(`${name}_advertised`, `If this port device ${offers}`),
      ] as const,
  );

  return (device: string, hold: Hold): void => {
    const driver = calls.driverInfo(device);
    if (driver === undefined) return;
    const { busInfo, romVersion, firmwareVersion, version, statCount } = driver;
    hold(info, 1, busInfo, device, driver.driver, romVersion, firmwareVersion, version);
    const settings = calls.settings(device);
    if (settings !== undefined) {
      hold(usesAutonegotiation, settings.usesAutonegotiation ? 1 : 0, device);
      for (const [mode, supported, advertised] of modeFamilies) {
        hold(supported, settings.supported[mode] ? 1 : 0, device);
        hold(advertised, settings.advertised[mode] ? 1 : 0, device);
      }
    }
    if (statCount === 0) return;
    const names = calls.statNames(device, statCount);
    const values = calls.stats(device, statCount);
    if (names === undefined || values === undefined) return;
    names.forEach((name, i) => {
      if (name === "" || !wanted(name)) return;
      const help = `Network interface ${name}`;
      hold(registry.family(`node_ethtool_${metricName(name)}`, help, "unknown", ["device"]), values[i]!, device);
    });
  };
}

/** `tx_queue_0_bytes` becomes `transmitted_queue_0_bytes`. */
function metricName(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9_]+/g, "_")
    .replace(/^_+/, "")
    .replace(/(^|_)rx(_|$)/g, "$1received$2")
    .replace(/(^|_)tx(_|$)/g, "$1transmitted$2");
}
