/**
 * Attributes of network interfaces: reads `/sys/class/net/<interface>/*`.
 *
 * These are many and change rarely, and nearly always together: a link goes down, its carrier count, its flags and its state
 * say so. These three are read every few seconds, the carrier count of hardware at every collection; what else can change is
 * read when one of them did, and twice a minute (someone set the MTU); what stays is read every minute. What is no hardware
 * is many and says the same: its state is looked at only where its carrier count or its flags changed.
 * Source: the kernel's Documentation/ABI/testing/sysfs-class-net.
 */
import type { CollectorFactory, CollectorRegistry, Family, Host, HostFile, OptionsOf } from "../collector.ts";
import { readIntegerIfAllowed, readTextIfAllowed } from "../host/attributes.ts";
import { integerOf, trimmedText } from "../host/bytes.ts";
import { compilePattern } from "../pattern.ts";
import { type Hold, slowly } from "../slowly.ts";

const EVERY_MS = 5000;
const UNPROMPTED_EVERY_MS = 30_000;
const FIXED_EVERY_MS = 60_000;
/** Interfaces whose files are kept open; a host with more of them (containers) opens them anew at each reading. */
const MAX_KEPT_OPEN = 32;
/** Hardware whose carrier is watched at every collection. A host of containers has a hundred interfaces that are none. */
const MAX_WATCHED = 8;
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
const CARRIER_CHANGES = ["carrier_changes", "carrier_changes_total"] as const;
const CHANGING = [
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
    let watched: readonly Device[] = [];
    let dueMs = Number.NEGATIVE_INFINITY;

    /** @returns whether interfaces came or went */
    function refreshList(): boolean {
      const names = host.list(root).filter((name) => !ignored(name));
      const next = new Map<string, Device>();
      for (const name of names) {
        const keepOpen = next.size < MAX_KEPT_OPEN;
        const device = devices.get(name) ?? Device.open(host, `${root}/${name}`, name, keepOpen);
        if (device !== undefined) next.set(name, device);
      }
      const isSame =
        next.size === devices.size && [...next.values()].every((device) => devices.get(device.name) === device);
      if (isSame) return false;
      for (const [name, device] of devices) if (next.get(name) !== device) device.close();
      devices = next;
      watched = [...next.values()].filter(({ isHardware }) => isHardware).slice(0, MAX_WATCHED);
      return true;
    }

    /** @returns whether there is anything new to say */
    function refresh(nowMs: number): boolean {
      let changed = refreshList();
      for (const device of devices.values()) if (device.refresh(families, nowMs, ignoreInvalidSpeed)) changed = true;
      return changed;
    }

    const attributes = slowly(Number.POSITIVE_INFINITY, (hold) => {
      for (const device of devices.values()) device.hold(families, hold);
    });
    return (batch) => {
      const nowMs = batch.monotonicMs;
      for (const device of watched) if (device.carrierChanged()) dueMs = nowMs;
      if (nowMs >= dueMs) {
        dueMs = nowMs + EVERY_MS;
        if (refresh(nowMs)) attributes.expire();
      }
      attributes.collect(batch);
    };
  },
};

class Families {
  readonly fixed: readonly (readonly [string, Family])[];
  readonly changing: readonly (readonly [string, Family])[];
  readonly whileUp: readonly (readonly [string, Family])[];
  readonly carrierChanges: Family;
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
    this.carrierChanges = property(CARRIER_CHANGES[1]);
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

type Numbers = readonly (readonly [Family, number])[];

class Device {
  readonly name: string;
  /** False for bridges, tunnels, what containers are connected by. */
  readonly isHardware: boolean;
  readonly #host: Host;
  readonly #dir: string;
  readonly #keepOpen: boolean;
  readonly #present: ReadonlySet<string>;
  readonly #files = new Map<string, HostFile>();

  #fixed: Numbers = [];
  #addresses: readonly string[] = [];
  #fixedDueMs = Number.NEGATIVE_INFINITY;

  // What says that others changed.
  #carrierChanges: number | undefined;
  #flags: number | undefined;
  #operstate = "";

  #changing: Numbers = [];
  #changingDueMs = Number.NEGATIVE_INFINITY;
  /** The driver refused to tell a speed while the interface was up: it is asked again with the fixed attributes. */
  #hasSpeed = true;
  #duplex = "";
  #alias = "";

  private constructor(host: Host, dir: string, name: string, keepOpen: boolean, present: ReadonlySet<string>) {
    this.isHardware = present.has("device");
    this.#host = host;
    this.#dir = dir;
    this.name = name;
    this.#keepOpen = keepOpen;
    this.#present = present;
  }

  /** Undefined for what is no interface: `bonding_masters` is a file. */
  static open(host: Host, dir: string, name: string, keepOpen: boolean): Device | undefined {
    const present = new Set(host.list(dir));
    return present.has("ifindex") ? new Device(host, dir, name, keepOpen, present) : undefined;
  }

  /** @returns whether more was read than what says that the rest stayed */
  refresh(families: Families, nowMs: number, ignoreInvalidSpeed: boolean): boolean {
    const stays = !this.#stateChanged();
    if (stays && nowMs < this.#changingDueMs && nowMs < this.#fixedDueMs) return false;
    if (nowMs >= this.#fixedDueMs) this.#readFixed(families, nowMs);
    this.#readChanging(families, nowMs, ignoreInvalidSpeed);
    return true;
  }

  hold(families: Families, hold: Hold): void {
    const { name } = this;
    for (const [family, value] of this.#fixed) hold(family, value, name);
    for (const [family, value] of this.#changing) hold(family, value, name);
    if (this.#carrierChanges !== undefined) hold(families.carrierChanges, this.#carrierChanges, name);
    if (this.#flags !== undefined) hold(families.flags, this.#flags, name);
    hold(families.up, this.#operstate === "up" ? 1 : 0, name);
    const adminstate = this.#flags === undefined ? "unknown" : this.#isUp ? "up" : "down";
    const [address = "", broadcast = ""] = this.#addresses;
    hold(families.info, 1, name, address, broadcast, this.#duplex, this.#operstate, adminstate, this.#alias);
  }

  carrierChanged(): boolean {
    const before = this.#carrierChanges;
    this.#carrierChanges = this.#number(CARRIER_CHANGES[0]);
    if (before === this.#carrierChanges) return false;
    this.#changingDueMs = Number.NEGATIVE_INFINITY;
    return true;
  }

  close(): void {
    for (const file of this.#files.values()) file.close();
    this.#files.clear();
  }

  get #isUp(): boolean {
    return this.#flags === undefined || (this.#flags & IFF_UP) !== 0;
  }

  #stateChanged(): boolean {
    const flags = this.#number("flags");
    let changed = this.carrierChanged() || flags !== this.#flags;
    this.#flags = flags;
    if (this.isHardware) {
      const before = this.#operstate;
      this.#operstate = this.#text("operstate");
      changed ||= before !== this.#operstate;
    }
    return changed;
  }

  #readFixed(families: Families, nowMs: number): void {
    this.#fixedDueMs = nowMs + FIXED_EVERY_MS;
    this.#hasSpeed = true;
    this.#fixed = numbers(families.fixed, (attribute) => readIntegerIfAllowed(this.#host, `${this.#dir}/${attribute}`));
    this.#addresses = FIXED_TEXTS.map((attribute) => readTextIfAllowed(this.#host, `${this.#dir}/${attribute}`) ?? "");
  }

  #readChanging(families: Families, nowMs: number, ignoreInvalidSpeed: boolean): void {
    this.#changingDueMs = nowMs + UNPROMPTED_EVERY_MS;
    const asked = this.#isUp ? [...families.changing, ...families.whileUp] : families.changing;
    const values = numbers(asked, (attribute) => this.#number(attribute));
    this.#duplex = "";
    if (this.#isUp && this.#hasSpeed) {
      this.#duplex = this.#text("duplex");
      const megabits = this.#number("speed");
      if (megabits === undefined) this.#hasSpeed = false;
      else if (megabits >= 0 || !ignoreInvalidSpeed) values.push([families.speed, megabits * BYTES_PER_MEGABIT]);
    }
    this.#changing = values;
    this.#operstate = this.#text("operstate");
    this.#alias = this.#text("ifalias");
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

/** Those that the kernel says. */
function numbers(
  attributes: readonly (readonly [string, Family])[],
  read: (attribute: string) => number | undefined,
): [Family, number][] {
  const out: [Family, number][] = [];
  for (const [attribute, family] of attributes) {
    const value = read(attribute);
    if (value !== undefined) out.push([family, value]);
  }
  return out;
}
