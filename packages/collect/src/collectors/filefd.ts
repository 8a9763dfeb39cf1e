/**
 * Open file handles of the whole system: reads `/proc/sys/fs/file-nr` (allocated, free, maximum).
 *
 * Source: proc_sys_fs(5).
 */
import type { CollectorFactory } from "../collector.ts";
import { ByteScanner } from "../host/bytes.ts";

export const filefd: CollectorFactory = {
  name: "filefd",
  defaultEnabled: true,

  create(host, registry) {
    const file = host.proc("sys/fs/file-nr");
    const scanner = new ByteScanner();
    const allocated = registry.gauge("node_filefd_allocated", "File descriptor statistics: allocated.");
    const maximum = registry.gauge("node_filefd_maximum", "File descriptor statistics: maximum.");
    return (batch) => {
      scanner.over(file.read());
      batch.set(allocated, scanner.number());
      scanner.skipFields(1);
      batch.set(maximum, scanner.number());
    };
  },
};
