/**
 * Time on and waiting for each CPU: reads `/proc/schedstat`, fields 7 to 9 of the `cpu` lines.
 *
 * Unit: seconds; the kernel counts nanoseconds. Source: the kernel's Documentation/scheduler/sched-stats.rst.
 */
import type { CollectorFactory, Slot } from "../collector.ts";
import { ByteScanner } from "../host/bytes.ts";
import { KeyTable } from "../host/key-table.ts";

const NANOSECONDS = 1e9;
const LOWER_C = 99;

export const schedstat: CollectorFactory = {
  name: "schedstat",
  defaultEnabled: true,

  create(host, registry) {
    if (!host.exists(host.procPath("schedstat"))) return undefined;
    const file = host.proc("schedstat");
    const scanner = new ByteScanner();
    const labels = ["cpu"];
    const running = registry.family(
      "node_schedstat_running_seconds_total",
      "Number of seconds CPU spent running a process.",
      "counter",
      labels,
    );
    const waiting = registry.family(
      "node_schedstat_waiting_seconds_total",
      "Number of seconds spent by processing waiting for this CPU.",
      "counter",
      labels,
    );
    const timeslices = registry.family(
      "node_schedstat_timeslices_total",
      "Number of timeslices executed by CPU.",
      "counter",
      labels,
    );
    const cpus = new KeyTable<readonly [Slot, Slot, Slot]>((name) => {
      const cpu = name.slice("cpu".length);
      return [running.slot(cpu), waiting.slot(cpu), timeslices.slot(cpu)];
    });
    return (batch) => {
      scanner.over(file.read());
      cpus.rewind();
      while (!scanner.atEnd) {
        scanner.field();
        const { bytes, fieldStart, fieldEnd } = scanner;
        if (bytes[fieldStart] === LOWER_C) {
          const [runningSlot, waitingSlot, timeslicesSlot] = cpus.find(bytes, fieldStart, fieldEnd);
          scanner.skipFields(6);
          batch.set(runningSlot, scanner.number() / NANOSECONDS);
          batch.set(waitingSlot, scanner.number() / NANOSECONDS);
          batch.set(timeslicesSlot, scanner.number());
        }
        scanner.nextLine();
      }
    };
  },
};
