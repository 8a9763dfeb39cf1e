/**
 * The kernel's entropy pool, in bits: reads `/proc/sys/kernel/random/entropy_avail` and, seldom, `poolsize`: nobody can set it.
 *
 * Source: random(4).
 */
import type { CollectorFactory } from "../collector.ts";
import { decimalOf } from "../host/bytes.ts";
import { seldom } from "../slowly.ts";

const SIZE_EVERY_MS = 60_000;

export const entropy: CollectorFactory = {
  name: "entropy",
  defaultEnabled: true,

  create(host, registry) {
    const availableFile = host.proc("sys/kernel/random/entropy_avail");
    const sizeFile = host.proc("sys/kernel/random/poolsize");
    const available = registry.gauge("node_entropy_available_bits", "Bits of available entropy.");
    const size = registry.gauge("node_entropy_pool_size_bits", "Bits of entropy pool.");
    const readSize = seldom(SIZE_EVERY_MS, () => decimalOf(sizeFile.read()));
    return (batch) => {
      batch.set(available, decimalOf(availableFile.read()));
      batch.set(size, readSize(batch));
    };
  },
};
