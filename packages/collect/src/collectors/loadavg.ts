/**
 * Load averages: reads `/proc/loadavg`.
 *
 * Unit: runnable plus uninterruptible tasks (a count, not a percentage), averaged over 1, 5 and 15 minutes.
 * Source: proc_loadavg(5).
 */
import type { CollectorFactory } from "../collector.ts";
import { ByteScanner } from "../host/bytes.ts";

export const loadavg: CollectorFactory = {
  name: "loadavg",
  defaultEnabled: true,

  create(host, registry) {
    const file = host.proc("loadavg");
    const scanner = new ByteScanner();
    const load1 = registry.gauge("node_load1", "1m load average.");
    const load5 = registry.gauge("node_load5", "5m load average.");
    const load15 = registry.gauge("node_load15", "15m load average.");
    return (batch) => {
      scanner.over(file.read());
      batch.set(load1, scanner.number());
      batch.set(load5, scanner.number());
      batch.set(load15, scanner.number());
    };
  },
};
