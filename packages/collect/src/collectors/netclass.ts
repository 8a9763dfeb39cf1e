/**
 * Attributes of network interfaces: reads `/sys/class/net/<interface>/*`.
 *
 * These change rarely and are many. Those that can change are read every few seconds, and at once where an interface's
 * carrier changed; those that stay are read every minute.
 * Source: the kernel's Documentation/ABI/testing/sysfs-class-net.
 */
import type { CollectorFactory, CollectorRegistry, Family, Host, HostFile, OptionsOf } from "../collector.ts";
import { readIntegerIfAllowed, readTextIfAllowed } from "../host/attributes.ts";
import { decimalOf, integerOf, trimmedText } from "../host/bytes.ts";
import { compilePattern } from "../pattern.ts";
import { type Hold, slowly } from "../slowly.ts";

const EVERY_MS = 5000;
const FIXED_EVERY_MS = 60_000;
/** Interfaces whose files are kept open; a host with more of them (containers) opens them anew at each reading. */
const MAX_KEPT_OPEN = 32;
const IFF_UP = 1;
const BYTES_PER_MEGABIT = 1_000_000 / 8;

/** Attribute, metric. */
const FIXED = [
  ["addr_assign_type", "address_assign_type"],
  ["dev_id", "device_id"],
  ["ifindex", "iface_id"],
  ["iflink", "iface_link"],
  ["link_mode", "iface_link_mode"],
  ["name_assign_type", "name_assign_type"],
  ["netdev_group", "net_dev_group"],
  ["type", "protocol_type"],
] as const;
const CHANGING = [
  ["carrier_changes", "carrier_changes_total"],
  ["carrier_up_count", "carrier_up_changes_total"],
  ["carrier_down_count", "carrier_down_changes_total"],
  ["mtu", "mtu_bytes"],
  ["tx_queue_len", "transmit_queue_length"],
] as const;
/** The kernel answers EINVAL to these while the interface is down. */
const WHILE_UP = [
  ["carrier", "carrier"],
  ["dormant", "dormant"],
] as const;
/** In the order of the labels of `node_network_info`. */
const FIXED_TEXTS = ["address", "broadcast"] as const;

const options = {
  ignoredDevices: { default: "^$", describe: "Interfaces to leave out.", isPattern: true },
  ignoreInvalidSpeed: { default: false, describe: "Leave out speeds that the driver reports as negative." },
} as const;
type NetclassOptions = OptionsOf<typeof options>;

export const netclass: CollectorFactory<NetclassOptions> = {
  name: "netclass",
  defaultEnabled: true,
  options,

  create(host, registry, { ignoredDevices, ignoreInvalidSpeed }) {
    const root = host.sysPath("class/net");
    if (!host.exists(root)) return undefined;
    const ignored = compilePattern(ignoredDevices);
    const families = new Families(registry);
    let devices = new Map<string, Device>();

    function refreshList(nowMs: number): void {
      const names = host.list(root).filter((name) => !ignored(name));
      const next = new Map<string, Device>();
      for (const name of names) {
        const keepOpen = next.size < MAX_KEPT_OPEN;
        const device = devices.get(name) ?? Device.open(host, `${root}/${name}`, name, keepOpen, nowMs);
        if (device !== undefined) next.set(name, device);
      }
      for (const [name, device] of devices) if (next.get(name) !== device) device.close();
      devices = next;
    }

    let nowMs = 0;
    const attributes = slowly(EVERY_MS, (hold) => {
      refreshList(nowMs);
      for (const device of devices.values()) device.hold(families, nowMs, ignoreInvalidSpeed, hold);
    });
    return (batch) => {
      nowMs = batch.monotonicMs;
      let changed = false;
      for (const device of devices.values()) if (device.carrierChanged()) changed = true;
      if (changed) attributes.expire();
      attributes.collect(batch);
    };
  },
};

class Families {
  readonly fixed: readonly (readonly [string, Family])[];
  readonly changing: readonly (readonly [string, Family])[];
  readonly whileUp: readonly (readonly [string, Family])[];
  readonly flags: Family;
  readonly speed: Family;
  readonly up: Family;
  readonly info: Family;

  constructor(registry: CollectorRegistry) {
    const property = (name: string) =>
      registry.family(
        `node_network_${name}`,
        `Network device property: ${name}`,
        name.endsWith("_total") ? "counter" : "gauge",
        ["device"],
      );
    const all = (table: readonly (readonly [string, string])[]) =>
      table.map(([attribute, name]) => [attribute, property(name)] as const);
    this.fixed = all(FIXED);
    this.changing = all(CHANGING);
    this.whileUp = all(WHILE_UP);
    this.flags = property("flags");
    this.speed = property("speed_bytes");
    this.up = registry.family("node_network_up", "Value is 1 if operstate is 'up', 0 otherwise.", "gauge", ["device"]);
    this.info = registry.family(
      "node_network_info",
      "Non-numeric data from /sys/class/net/<iface>, value is always 1.",
      "gauge",
      ["device", "address", "broadcast", "duplex", "operstate", "adminstate", "ifalias"],
    );
  }
}

class Device {
  readonly #host: Host;
  readonly #dir: string;
  readonly #name: string;
  readonly #keepOpen: boolean;
  readonly #present: ReadonlySet<string>;
  readonly #files = new Map<string, HostFile>();
  #fixed: readonly (readonly [Family, number])[] = [];
  #texts: readonly string[] = [];
  #fixedAtMs = Number.NEGATIVE_INFINITY;
  #carrierChanges = Number.NaN;
  /** The driver refused to tell a speed while the interface was up: it is asked again with the fixed attributes. */
  #hasSpeed = true;

  private constructor(host: Host, dir: string, name: string, keepOpen: boolean, present: ReadonlySet<string>) {
    this.#host = host;
    this.#dir = dir;
    this.#name = name;
    this.#keepOpen = keepOpen;
    this.#present = present;
  }

  /** Undefined for what is no interface: `bonding_masters` is a file. */
  static open(host: Host, dir: string, name: string, keepOpen: boolean, nowMs: number): Device | undefined {
    const present = new Set(host.list(dir));
    if (!present.has("ifindex")) return undefined;
    const device = new Device(host, dir, name, keepOpen, present);
    device.#fixedAtMs = nowMs - 2 * FIXED_EVERY_MS;
    return device;
  }

  hold(families: Families, nowMs: number, ignoreInvalidSpeed: boolean, hold: Hold): void {
    if (nowMs - this.#fixedAtMs >= FIXED_EVERY_MS) this.#readFixed(families, nowMs);
    const name = this.#name;
    for (const [family, value] of this.#fixed) hold(family, value, name);
    for (const [attribute, family] of families.changing) this.#holdNumber(attribute, family, hold);
    const flags = this.#number("flags");
    if (flags !== undefined) hold(families.flags, flags, name);
    const isUp = flags === undefined || (flags & IFF_UP) !== 0;
    if (isUp) for (const [attribute, family] of families.whileUp) this.#holdNumber(attribute, family, hold);
    const duplex = isUp && this.#hasSpeed ? this.#text("duplex") : "";
    if (isUp && this.#hasSpeed) this.#holdSpeed(families.speed, ignoreInvalidSpeed, hold);
    const operstate = this.#text("operstate");
    hold(families.up, operstate === "up" ? 1 : 0, name);
    const adminstate = flags === undefined ? "unknown" : isUp ? "up" : "down";
    const [address = "", broadcast = ""] = this.#texts;
    hold(families.info, 1, name, address, broadcast, duplex, operstate, adminstate, this.#text("ifalias"));
  }

  carrierChanged(): boolean {
    if (!this.#keepOpen) return false;
    const bytes = this.#file("carrier_changes").tryRead();
    const before = this.#carrierChanges;
    if (bytes !== undefined) this.#carrierChanges = decimalOf(bytes);
    return !Number.isNaN(before) && before !== this.#carrierChanges;
  }

  close(): void {
    for (const file of this.#files.values()) file.close();
    this.#files.clear();
  }

  #readFixed(families: Families, nowMs: number): void {
    this.#fixedAtMs = nowMs;
    this.#hasSpeed = true;
    const fixed: (readonly [Family, number])[] = [];
    for (const [attribute, family] of families.fixed) {
      const value = readIntegerIfAllowed(this.#host, `${this.#dir}/${attribute}`);
      if (value !== undefined) fixed.push([family, value]);
    }
    this.#fixed = fixed;
    this.#texts = FIXED_TEXTS.map((attribute) => readTextIfAllowed(this.#host, `${this.#dir}/${attribute}`) ?? "");
  }

  #holdNumber(attribute: string, family: Family, hold: Hold): void {
    const value = this.#number(attribute);
    if (value !== undefined) hold(family, value, this.#name);
  }

  #holdSpeed(family: Family, ignoreInvalid: boolean, hold: Hold): void {
    const megabits = this.#number("speed");
    if (megabits === undefined) this.#hasSpeed = false;
    else if (megabits >= 0 || !ignoreInvalid) hold(family, megabits * BYTES_PER_MEGABIT, this.#name);
  }

  #number(attribute: string): number | undefined {
    const bytes = this.#bytes(attribute);
    const value = bytes === undefined ? Number.NaN : integerOf(bytes);
    return Number.isNaN(value) ? undefined : value;
  }

  #text(attribute: string): string {
    const bytes = this.#bytes(attribute);
    return bytes === undefined ? "" : trimmedText(bytes);
  }

  /** Undefined where the attribute is missing, or where the driver refuses to say. */
  #bytes(attribute: string): Uint8Array | undefined {
    if (!this.#present.has(attribute)) return undefined;
    try {
      return this.#keepOpen ? this.#file(attribute).tryRead() : this.#host.readOnce(`${this.#dir}/${attribute}`);
    } catch {
      return undefined;
    }
  }

  #file(attribute: string): HostFile {
    const known = this.#files.get(attribute);
    if (known !== undefined) return known;
    const file = this.#host.file(`${this.#dir}/${attribute}`);
    this.#files.set(attribute, file);
    return file;
  }
}
