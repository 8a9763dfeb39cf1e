/**
 * Virtual memory counters: the lines of `/proc/vmstat` that match.
 *
 * Source: proc_vmstat(5). Untyped, as some lines are counters and some are not.
 */
import type { CollectorFactory, OptionsOf, Slot } from "../collector.ts";
import { ByteScanner } from "../host/bytes.ts";
import { KeyTable } from "../host/key-table.ts";
import { compilePattern } from "../pattern.ts";

const NOT_WANTED = -1;

const options = {
  fields: {
    default: "^(oom_kill|pgpg|pswp|pg.*fault).*",
    describe: "Fields of /proc/vmstat to emit.",
    isPattern: true,
  },
} as const;

export const vmstat: CollectorFactory<OptionsOf<typeof options>> = {
  name: "vmstat",
  defaultEnabled: true,
  options,

  create(host, registry, { fields }) {
    const file = host.proc("vmstat");
    const scanner = new ByteScanner();
    const wanted = compilePattern(fields);
    const lines = new KeyTable<Slot>((name) =>
      wanted(name) ? registry.untyped(`node_vmstat_${name}`, `/proc/vmstat information field ${name}.`) : NOT_WANTED,
    );
    return (batch) => {
      scanner.over(file.read());
      lines.rewind();
      while (!scanner.atEnd) {
        if (scanner.field()) {
          const slot = lines.find(scanner.bytes, scanner.fieldStart, scanner.fieldEnd);
          if (slot !== NOT_WANTED) batch.set(slot, scanner.number());
        }
        scanner.nextLine();
      }
    };
  },
};
