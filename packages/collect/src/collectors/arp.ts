/**
 * Neighbours by interface: reads `/proc/net/arp`.
 *
 * Source: proc_pid_net(5). Entries that need no address resolution are not in that file.
 */
import type { CollectorFactory, OptionsOf, Slot } from "../collector.ts";
import { ByteScanner } from "../host/bytes.ts";
import { KeyTable } from "../host/key-table.ts";
import { nameFilter } from "../pattern.ts";

const DEVICE_COLUMN = 5;

const options = {
  deviceExclude: { default: "", describe: "Interfaces to leave out.", isPattern: true },
  deviceInclude: { default: "", describe: "Interfaces to keep; excludes deviceExclude.", isPattern: true },
} as const;

interface Device {
  readonly slot: Slot;
  readonly kept: boolean;
  entries: number;
}

export const arp: CollectorFactory<OptionsOf<typeof options>> = {
  name: "arp",
  defaultEnabled: true,
  options,

  create(host, registry, { deviceExclude, deviceInclude }) {
    const file = host.procNet("arp");
    const scanner = new ByteScanner();
    const keep = nameFilter(deviceInclude, deviceExclude);
    const entries = registry.family("node_arp_entries", "ARP entries by device", "gauge", ["device"]);
    const met = new Set<Device>();
    const devices = new KeyTable<Device>((name) => {
      const device = { slot: entries.slot(name), kept: keep(name), entries: 0 };
      met.add(device);
      return device;
    });
    const forget = (device: Device) => {
      met.delete(device);
      entries.release(device.slot);
    };

    return (batch) => {
      scanner.over(file.read());
      scanner.nextLine();
      for (const device of met) device.entries = 0;
      devices.rewind();
      while (!scanner.atEnd) {
        scanner.skipFields(DEVICE_COLUMN);
        if (scanner.field()) devices.find(scanner.bytes, scanner.fieldStart, scanner.fieldEnd).entries++;
        scanner.nextLine();
      }
      devices.forgetUnseen(forget);
      for (const { slot, kept, entries: count } of met) if (kept) batch.set(slot, count);
    };
  },
};
