/**
 * Tasks that the kernel found hung since boot: reads `/proc/sys/kernel/hung_task_detect_count` (Linux 6.13 and later).
 *
 * Source: the kernel's Documentation/admin-guide/sysctl/kernel.rst.
 */
import type { CollectorFactory } from "../collector.ts";
import { decimalOf } from "../host/bytes.ts";
import { seldom } from "../slowly.ts";

/** The kernel looks for them every two minutes, unless told otherwise. */
const EVERY_MS = 5000;
const PATH = "sys/kernel/hung_task_detect_count";

export const kernelHung: CollectorFactory = {
  name: "kernel_hung",
  defaultEnabled: true,

  create(host, registry) {
    if (!host.exists(host.procPath(PATH))) return undefined;
    const file = host.proc(PATH);
    const hung = registry.counter(
      "node_kernel_hung_tasks_total",
      "Total number of tasks that have been detected as hung since the system booted.",
    );
    const read = seldom(EVERY_MS, () => decimalOf(file.read()));
    return (batch) => batch.set(hung, read(batch));
  },
};
