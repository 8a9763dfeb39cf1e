/**
 * Traffic by network interface: reads `/proc/net/dev`, and `rx_nohandler` from `/sys/class/net`.
 *
 * Source: the kernel's Documentation/networking/statistics.rst.
 */
import { networkInterfaces } from "node:os";
import type { CollectorFactory, CollectorRegistry, Host, HostFile, OptionsOf, Slot } from "../collector.ts";
import { ByteScanner, decimalOf } from "../host/bytes.ts";
import { KeyTable } from "../host/key-table.ts";
import { nameFilter } from "../pattern.ts";
import { type SlowSeries, slowly } from "../slowly.ts";

const COLON = 58;
const HEADER_LINES = 2;
const SLOW_MS = 10_000;
const MAX_KEPT_OPEN = 32;

/** Columns of the file, in their order. */
const COLUMNS = [
  "receive_bytes",
  "receive_packets",
  "receive_errs",
  "receive_drop",
  "receive_fifo",
  "receive_frame",
  "receive_compressed",
  "receive_multicast",
  "transmit_bytes",
  "transmit_packets",
  "transmit_errs",
  "transmit_drop",
  "transmit_fifo",
  "transmit_colls",
  "transmit_carrier",
  "transmit_compressed",
];

const options = {
  deviceExclude: { default: "", describe: "Interfaces to leave out.", isPattern: true },
  deviceInclude: { default: "", describe: "Interfaces to keep; excludes deviceExclude.", isPattern: true },
  addressInfo: { default: false, describe: "Emit node_network_address_info, the addresses of each interface." },
} as const;

interface Device {
  readonly name: string;
  /** By column; undefined where the interface is left out. */
  readonly slots: readonly Slot[] | undefined;
}

export const netdev: CollectorFactory<OptionsOf<typeof options>> = {
  name: "netdev",
  defaultEnabled: true,
  options,

  create(host, registry, { deviceExclude, deviceInclude, addressInfo }) {
    const file = host.procNet("dev");
    const scanner = new ByteScanner();
    const keep = nameFilter(deviceInclude, deviceExclude);
    const families = COLUMNS.map((column) => statistic(registry, column));
    const known = new Map<string, HostFile | undefined>();
    const devices = new KeyTable<Device>((name) => {
      if (!keep(name)) return { name, slots: undefined };
      const path = `class/net/${name}/statistics/rx_nohandler`;
      known.set(name, known.size < MAX_KEPT_OPEN ? host.sys(path) : undefined);
      slow.expire();
      return { name, slots: families.map((family) => family.slot(name)) };
    });
    const slow = slowParts(host, registry, known, addressInfo);

    const forget = ({ name, slots }: Device) => {
      known.get(name)?.close();
      known.delete(name);
      slow.expire();
      slots?.forEach((slot, column) => {
        families[column]!.release(slot);
      });
    };

    return (batch) => {
      scanner.over(file.read());
      for (let i = 0; i < HEADER_LINES; i++) scanner.nextLine();
      devices.rewind();
      while (!scanner.atEnd) {
        scanner.skipBlanks();
        const start = scanner.pos;
        if (scanner.skipPast(COLON)) {
          const { slots } = devices.find(scanner.bytes, start, scanner.pos - 1);
          for (let column = 0; slots !== undefined && column < slots.length; column++) {
            batch.set(slots[column]!, scanner.number());
          }
        }
        scanner.nextLine();
      }
      devices.forgetUnseen(forget);
      slow.collect(batch);
    };
  },
};

function statistic(registry: CollectorRegistry, column: string) {
  return registry.family(`node_network_${column}_total`, `Network device statistic ${column}.`, "counter", ["device"]);
}

function slowParts(
  host: Host,
  registry: CollectorRegistry,
  known: ReadonlyMap<string, HostFile | undefined>,
  withAddresses: boolean,
): SlowSeries {
  const nohandler = statistic(registry, "receive_nohandler");
  const address = registry.family("node_network_address_info", "node network address by device", "gauge", [
    "device",
    "address",
    "netmask",
    "scope",
  ]);
  return slowly(SLOW_MS, (hold) => {
    for (const [device, file] of known) {
      const path = host.sysPath(`class/net/${device}/statistics/rx_nohandler`);
      const bytes = file === undefined ? host.readOnce(path) : file.tryRead();
      if (bytes !== undefined) hold(nohandler, decimalOf(bytes), device);
    }
    if (!withAddresses) return;
    for (const [device, addresses = []] of Object.entries(networkInterfaces())) {
      if (!known.has(device)) continue;
      for (const { address: text, cidr, scopeid, internal, family } of addresses) {
        const scope = internal ? "link-local" : family === "IPv6" && scopeid !== 0 ? "link-local" : "global";
        hold(address, 1, device, text, cidr?.split("/")[1] ?? "", scope);
      }
    }
  });
}
