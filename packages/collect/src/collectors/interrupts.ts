/**
 * Interrupts by line and CPU: reads `/proc/interrupts`. Off by default, because it makes a series for each line and core.
 *
 * Source: proc_interrupts(5).
 */
import type { CollectorFactory, OptionsOf, Slot } from "../collector.ts";
import { asciiText, ByteScanner } from "../host/bytes.ts";
import { KeyTable } from "../host/key-table.ts";
import { nameFilter } from "../pattern.ts";

const COLON = 58;

const options = {
  nameInclude: {
    default: "",
    describe: "Interrupts to keep, as <info>;<devices>; excludes nameExclude.",
    isPattern: true,
  },
  nameExclude: { default: "", describe: "Interrupts to leave out, as <info>;<devices>.", isPattern: true },
  includeZeros: { default: true, describe: "Emit lines that never fired on a core." },
} as const;

export const interrupts: CollectorFactory<OptionsOf<typeof options>> = {
  name: "interrupts",
  defaultEnabled: false,
  options,

  create(host, registry, { nameInclude, nameExclude, includeZeros }) {
    if (!host.exists(host.procPath("interrupts"))) return undefined;
    const file = host.proc("interrupts");
    const scanner = new ByteScanner();
    const keep = nameFilter(nameInclude, nameExclude);
    const total = registry.family("node_interrupts_total", "Interrupt details.", "counter", [
      "cpu",
      "type",
      "info",
      "devices",
    ]);
    let cpus: string[] = [];
    // A line is told apart by its number and by what is said of it, as a number may get another device.
    const lines = new KeyTable<KeyTable<readonly Slot[]>>((type) => {
      return new KeyTable<readonly Slot[]>((description) => {
        const { info, devices } = described(type, description);
        return keep(`${info};${devices}`) ? cpus.map((cpu) => total.slot(cpu, type, info, devices)) : [];
      });
    });
    const counts: number[] = [];

    return (batch) => {
      scanner.over(file.read());
      const { bytes } = scanner;
      scanner.nextLine();
      const header = asciiText(bytes, 0, scanner.pos).trim().split(/\s+/);
      cpus = header.map((name) => name.replace("CPU", ""));
      lines.rewind();
      while (!scanner.atEnd) {
        scanner.skipBlanks();
        const start = scanner.pos;
        if (scanner.skipPast(COLON)) {
          const byDescription = lines.find(bytes, start, scanner.pos - 1);
          counts.length = 0;
          while (counts.length < cpus.length) {
            const value = scanner.number();
            if (Number.isNaN(value)) break;
            counts.push(value);
          }
          scanner.skipBlanks();
          const from = scanner.pos;
          scanner.nextLine();
          // `ERR` and `MIS` count for all cores at once.
          if (counts.length === cpus.length && scanner.pos - from > 1) {
            byDescription.rewind();
            const slots = byDescription.find(bytes, from, scanner.pos - 1);
            for (let i = 0; i < slots.length; i++) {
              if (includeZeros || counts[i] !== 0) batch.set(slots[i]!, counts[i]!);
            }
          }
        } else scanner.nextLine();
      }
    };
  },
};

/** A numbered line names its controller and then its devices; a named one (`NMI`) is explained. */
function described(type: string, text: string): { info: string; devices: string } {
  const words = text.trim().split(/\s+/);
  if (!/^\d+$/.test(type)) return { info: words.join(" "), devices: "" };
  return { info: words[0] ?? "", devices: words.slice(1).join(" ") };
}
