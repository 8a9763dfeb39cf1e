/**
 * Sockets by protocol and state: reads `/proc/net/sockstat` and `/proc/net/sockstat6`.
 *
 * The kernel gives the memory of TCP and UDP in pages; `mem_bytes` is the same in bytes.
 */
import type { Collect, CollectorFactory, CollectorRegistry, HostFile, Slot } from "../collector.ts";
import { ByteScanner } from "../host/bytes.ts";
import { KeyTable } from "../host/key-table.ts";
import { pageSizeBytes } from "../host/page-size.ts";

const HAS_MEMORY = new Set(["TCP", "UDP"]);
const NO_SLOT = -1;

interface Field {
  readonly slot: Slot;
  /** Where the same value goes in bytes, or NO_SLOT. */
  readonly bytesSlot: Slot;
}

export const sockstat: CollectorFactory = {
  name: "sockstat",
  defaultEnabled: true,

  create(host, registry) {
    const parts = [fieldsOf(host.procNet("sockstat"), registry), fieldsOf(host.procNet("sockstat6"), registry)];
    return (batch) => {
      for (const part of parts) part(batch);
    };
  },
};

function fieldsOf(file: HostFile, registry: CollectorRegistry): Collect {
  const scanner = new ByteScanner();
  const pageBytes = pageSizeBytes();
  const gauge = (protocol: string, name: string) =>
    registry.gauge(`node_sockstat_${protocol}_${name}`, `Number of ${protocol} sockets in state ${name}.`);

  // A line is a protocol, then names and values.
  const protocols = new KeyTable<KeyTable<Field>>((protocol) => {
    const name = protocol.replace(":", "");
    return new KeyTable<Field>((field) => {
      if (name === "sockets") {
        return {
          slot: registry.gauge("node_sockstat_sockets_used", "Number of IPv4 sockets in use."),
          bytesSlot: NO_SLOT,
        };
      }
      const hasBytes = field === "mem" && HAS_MEMORY.has(name);
      return { slot: gauge(name, field), bytesSlot: hasBytes ? gauge(name, "mem_bytes") : NO_SLOT };
    });
  });

  return (batch) => {
    const bytes = file.tryRead();
    if (bytes === undefined) return;
    scanner.over(bytes);
    protocols.rewind();
    while (!scanner.atEnd) {
      if (scanner.field()) {
        const fields = protocols.find(bytes, scanner.fieldStart, scanner.fieldEnd);
        fields.rewind();
        while (scanner.field()) {
          const { slot, bytesSlot } = fields.find(bytes, scanner.fieldStart, scanner.fieldEnd);
          const value = scanner.number();
          batch.set(slot, value);
          if (bytesSlot !== NO_SLOT) batch.set(bytesSlot, value * pageBytes);
        }
      }
      scanner.nextLine();
    }
  };
}
