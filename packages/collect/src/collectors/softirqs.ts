/**
 * Soft interrupts by kind and CPU: reads `/proc/softirqs`. Off by default.
 *
 * Source: proc_softirqs(5), the kernel's Documentation/filesystems/proc.rst.
 */
import type { CollectorFactory, Slot } from "../collector.ts";
import { asciiText, ByteScanner } from "../host/bytes.ts";
import { KeyTable } from "../host/key-table.ts";

const COLON = 58;

export const softirqs: CollectorFactory = {
  name: "softirqs",
  defaultEnabled: false,

  create(host, registry) {
    if (!host.exists(host.procPath("softirqs"))) return undefined;
    const file = host.proc("softirqs");
    const scanner = new ByteScanner();
    const total = registry.family("node_softirqs_functions_total", "Softirq counts per CPU.", "counter", [
      "cpu",
      "type",
    ]);
    let cpus: string[] = [];
    const kinds = new KeyTable<readonly Slot[]>((kind) => cpus.map((cpu) => total.slot(cpu, kind)));
    return (batch) => {
      const bytes = file.read();
      scanner.over(bytes);
      scanner.nextLine();
      if (cpus.length === 0) {
        cpus = asciiText(bytes, 0, scanner.pos)
          .trim()
          .split(/\s+/)
          .map((name) => name.replace("CPU", ""));
      }
      kinds.rewind();
      while (!scanner.atEnd) {
        scanner.skipBlanks();
        const start = scanner.pos;
        if (scanner.skipPast(COLON)) {
          const slots = kinds.find(bytes, start, scanner.pos - 1);
          for (let i = 0; i < slots.length; i++) batch.set(slots[i]!, scanner.number());
        }
        scanner.nextLine();
      }
    };
  },
};
