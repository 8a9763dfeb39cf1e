/**
 * The kernel's entropy pool, in bits: reads `/proc/sys/kernel/random/entropy_avail` and `poolsize`.
 *
 * Source: random(4).
 */
import type { CollectorFactory } from "../collector.ts";
import { decimalOf } from "../host/bytes.ts";

export const entropy: CollectorFactory = {
  name: "entropy",
  defaultEnabled: true,

  create(host, registry) {
    const availableFile = host.proc("sys/kernel/random/entropy_avail");
    const sizeFile = host.proc("sys/kernel/random/poolsize");
    const available = registry.gauge("node_entropy_available_bits", "Bits of available entropy.");
    const size = registry.gauge("node_entropy_pool_size_bits", "Bits of entropy pool.");
    return (batch) => {
      batch.set(available, decimalOf(availableFile.read()));
      batch.set(size, decimalOf(sizeFile.read()));
    };
  },
};
