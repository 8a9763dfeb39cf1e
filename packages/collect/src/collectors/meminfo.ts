/**
 * Memory and swap: one gauge for each line of `/proc/meminfo`, in bytes where the kernel gives kB, a count where it gives
 * none (`HugePages_Total`).
 *
 * Source: proc_meminfo(5).
 */
import type { CollectorFactory, Slot } from "../collector.ts";
import { ByteScanner } from "../host/bytes.ts";
import { KeyTable } from "../host/key-table.ts";

const COLON = 58;
const LOWER_K = 107;
const BYTES_PER_KIB = 1024;

interface Line {
  readonly slot: Slot;
  readonly scale: number;
}

export const meminfo: CollectorFactory = {
  name: "meminfo",
  defaultEnabled: true,

  create(host, registry) {
    const file = host.proc("meminfo");
    const scanner = new ByteScanner();
    const lines = new KeyTable<Line>((field) => {
      // The value decides the unit, so it is looked at here once: the scanner stands right behind the colon.
      scanner.number();
      scanner.skipBlanks();
      const inKib = scanner.bytes[scanner.pos] === LOWER_K;
      const name = `${metricName(field)}${inKib ? "_bytes" : ""}`;
      const slot = registry.gauge(`node_memory_${name}`, `Memory information field ${name}.`);
      return { slot, scale: inKib ? BYTES_PER_KIB : 1 };
    });
    return (batch) => {
      scanner.over(file.read());
      lines.rewind();
      while (!scanner.atEnd) {
        const start = scanner.pos;
        if (scanner.skipPast(COLON)) {
          const afterColon = scanner.pos;
          const line = lines.find(scanner.bytes, start, afterColon - 1);
          scanner.pos = afterColon;
          batch.set(line.slot, scanner.number() * line.scale);
        }
        scanner.nextLine();
      }
    };
  },
};

/** `Active(anon)` becomes `Active_anon`. */
function metricName(field: string): string {
  return field.replace(/\((.*)\)/, "_$1");
}
