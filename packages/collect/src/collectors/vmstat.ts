/**
 * Virtual memory counters: the lines of `/proc/vmstat` that match.
 *
 * Source: proc_vmstat(5). Untyped, as some lines are counters and some are not.
 */
import type { CollectorFactory, OptionsOf } from "../collector.ts";
import { NOT_WANTED, WantedLines } from "../host/wanted-lines.ts";
import { compilePattern } from "../pattern.ts";

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
    const wanted = compilePattern(fields);
    const lines = new WantedLines((name) =>
      wanted(name) ? registry.untyped(`node_vmstat_${name}`, `/proc/vmstat information field ${name}.`) : NOT_WANTED,
    );
    return (batch) => {
      // The kernel writes the file line by line and stops where enough was read.
      if (!lines.take(file.read(lines.neededBytes))) lines.learn(file.read());
      lines.write(batch);
    };
  },
};
