/**
 * How long this thread was ready to run and had no CPU: what a busy machine adds to the time that anything takes.
 *
 * Source: the kernel's Documentation/scheduler/sched-stats.rst, second field of `/proc/<pid>/schedstat`, in nanoseconds; of
 * our own `/proc`, also in a container.
 */
import { readFileSync } from "node:fs";
import { decimalField } from "./bytes.ts";

const PATH = "/proc/thread-self/schedstat";

/** Ms since the thread began; 0 where the kernel does not count it. */
export function waitedForCpuMs(): number {
  try {
    return decimalField(readFileSync(PATH), 1) / 1e6 || 0;
  } catch {
    return 0;
  }
}
