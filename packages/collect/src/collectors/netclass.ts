/**
 * Attributes of network interfaces: reads `/sys/class/net/<interface>/*`.
 *
 * These change rarely and are many: they are read every few seconds, and at once where an interface's carrier changed.
 * Source: the kernel's Documentation/ABI/testing/sysfs-class-net.
 */
import type { CollectorFactory, CollectorRegistry, Host, HostFile, OptionsOf } from "../collector.ts";
import { readIntegerIfAllowed, readTextIfAllowed } from "../host/attributes.ts";
import { decimalOf } from "../host/bytes.ts";
import { compilePattern } from "../pattern.ts";
import { type Hold, slowly } from "../slowly.ts";

const EVERY_MS = 5000;
/** Carriers that are looked at every second; on a host with more interfaces (containers) the slow reading has to do. */
const MAX_WATCHED = 32;
const IFF_UP = 1;
const BYTES_PER_MEGABIT = 1_000_000 / 8;

/** Attribute, metric, type where it is no gauge. */
const ATTRIBUTES = [
  ["addr_assign_type", "address_assign_type"],
  ["carrier", "carrier"],
  ["carrier_changes", "carrier_changes_total"],
  ["carrier_up_count", "carrier_up_changes_total"],
  ["carrier_down_count", "carrier_down_changes_total"],
  ["dev_id", "device_id"],
  ["dormant", "dormant"],
  ["flags", "flags"],
  ["ifindex", "iface_id"],
  ["iflink", "iface_link"],
  ["link_mode", "iface_link_mode"],
  ["mtu", "mtu_bytes"],
  ["name_assign_type", "name_assign_type"],
  ["netdev_group", "net_dev_group"],
  ["tx_queue_len", "transmit_queue_length"],
  ["type", "protocol_type"],
] as const;

const options = {
  ignoredDevices: { default: "^$", describe: "Interfaces to leave out." },
  ignoreInvalidSpeed: { default: false, describe: "Leave out speeds that the driver reports as negative." },
} as const;
type NetclassOptions = OptionsOf<typeof options>;

export const netclass: CollectorFactory<NetclassOptions> = {
  name: "netclass",
  defaultEnabled: true,
  options,

  create(host, registry, chosen) {
    const root = host.sysPath("class/net");
    if (!host.exists(root)) return undefined;
    const ignored = compilePattern(chosen.ignoredDevices);
    const holdDevice = deviceReader(host, registry, chosen.ignoreInvalidSpeed);
    const carriers = new CarrierWatch(host);

    const attributes = slowly(EVERY_MS, (hold) => {
      const devices = host.list(root).filter((name) => !ignored(name) && host.exists(`${root}/${name}/ifindex`));
      for (const device of devices) holdDevice(device, hold);
      carriers.watch(devices.slice(0, MAX_WATCHED));
    });
    return (batch) => {
      if (carriers.changed()) attributes.expire();
      attributes.collect(batch);
    };
  },
};

function deviceReader(host: Host, registry: CollectorRegistry, ignoreInvalidSpeed: boolean) {
  const property = (name: string) =>
    registry.family(
      `node_network_${name}`,
      `Network device property: ${name}`,
      name.endsWith("_total") ? "counter" : "gauge",
      ["device"],
    );
  const families = ATTRIBUTES.map(([attribute, name]) => [attribute, property(name)] as const);
  const speed = property("speed_bytes");
  const up = registry.family("node_network_up", "Value is 1 if operstate is 'up', 0 otherwise.", "gauge", ["device"]);
  const info = registry.family(
    "node_network_info",
    "Non-numeric data from /sys/class/net/<iface>, value is always 1.",
    "gauge",
    ["device", "address", "broadcast", "duplex", "operstate", "adminstate", "ifalias"],
  );

  return (device: string, hold: Hold): void => {
    const dir = host.sysPath(`class/net/${device}`);
    const text = (attribute: string) => readTextIfAllowed(host, `${dir}/${attribute}`) ?? "";
    for (const [attribute, family] of families) {
      // Several of them answer EINVAL while the interface is down: then there is nothing to say.
      const value = readIntegerIfAllowed(host, `${dir}/${attribute}`);
      if (value !== undefined) hold(family, value, device);
    }
    const megabits = readIntegerIfAllowed(host, `${dir}/speed`);
    if (megabits !== undefined && (megabits >= 0 || !ignoreInvalidSpeed)) {
      hold(speed, megabits * BYTES_PER_MEGABIT, device);
    }
    const operstate = text("operstate");
    hold(up, operstate === "up" ? 1 : 0, device);
    const flags = readIntegerIfAllowed(host, `${dir}/flags`);
    const adminstate = flags === undefined ? "unknown" : flags & IFF_UP ? "up" : "down";
    hold(info, 1, device, text("address"), text("broadcast"), text("duplex"), operstate, adminstate, text("ifalias"));
  };
}

/** Tells whether any interface lost or found its carrier since it was last asked. */
class CarrierWatch {
  readonly #host: Host;
  #watched = new Map<string, { readonly file: HostFile; count: number }>();

  constructor(host: Host) {
    this.#host = host;
  }

  watch(devices: readonly string[]): void {
    for (const [device, { file }] of this.#watched) {
      if (devices.includes(device)) continue;
      file.close();
      this.#watched.delete(device);
    }
    for (const device of devices) {
      if (this.#watched.has(device)) continue;
      const file = this.#host.sys(`class/net/${device}/carrier_changes`);
      const bytes = file.tryRead();
      this.#watched.set(device, { file, count: bytes === undefined ? 0 : decimalOf(bytes) });
    }
  }

  changed(): boolean {
    let changed = false;
    for (const watched of this.#watched.values()) {
      const bytes = watched.file.tryRead();
      if (bytes === undefined) continue;
      const count = decimalOf(bytes);
      if (count !== watched.count) changed = true;
      watched.count = count;
    }
    return changed;
  }
}
