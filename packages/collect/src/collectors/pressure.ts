/**
 * Pressure stall information: how long tasks waited for CPU, memory, I/O and interrupts; reads `/proc/pressure/*`.
 *
 * "waiting" is some task, "stalled" is all of them at once. Unit: seconds; the kernel counts microseconds.
 * Source: the kernel's Documentation/accounting/psi.rst.
 */
import type { CollectorFactory, HostFile, Slot } from "../collector.ts";
import { ByteScanner } from "../host/bytes.ts";

const EQUALS = 61;
const LOWER_S = 115;

interface Resource {
  readonly file: HostFile;
  readonly some: Slot | undefined;
  readonly full: Slot | undefined;
}

export const pressure: CollectorFactory = {
  name: "pressure",
  defaultEnabled: true,

  create(host, registry) {
    // Where PSI is compiled in but switched off at boot, the files are there and reading them fails with EOPNOTSUPP.
    if (!host.exists(host.procPath("pressure/cpu"))) return undefined;
    const counter = (name: string, help: string) => registry.counter(`node_pressure_${name}_seconds_total`, help);
    const resources: Resource[] = [
      {
        file: host.proc("pressure/cpu"),
        some: counter("cpu_waiting", "Total time in seconds that processes have waited for CPU time"),
        full: undefined,
      },
      {
        file: host.proc("pressure/io"),
        some: counter("io_waiting", "Total time in seconds that processes have waited due to IO congestion"),
        full: counter("io_stalled", "Total time in seconds no process could make progress due to IO congestion"),
      },
      {
        file: host.proc("pressure/memory"),
        some: counter("memory_waiting", "Total time in seconds that processes have waited for memory"),
        full: counter(
          "memory_stalled",
          "Total time in seconds no process could make progress due to memory congestion",
        ),
      },
      {
        file: host.proc("pressure/irq"),
        some: undefined,
        full: counter("irq_stalled", "Total time in seconds no process could make progress due to IRQ congestion"),
      },
    ];
    // Kernels before 6.1, and those that do not count interrupt time, have no file for interrupts.
    const present = resources.filter(({ file }) => file.tryRead() !== undefined);
    const scanner = new ByteScanner();
    return (batch) => {
      for (const { file, some, full } of present) {
        const bytes = file.tryRead();
        if (bytes === undefined) continue;
        scanner.over(bytes);
        while (!scanner.atEnd) {
          const slot = bytes[scanner.pos] === LOWER_S ? some : full;
          // `some avg10=0.00 avg60=0.00 avg300=0.00 total=123`
          for (let i = 0; i < 4; i++) scanner.skipPast(EQUALS);
          if (slot !== undefined) batch.set(slot, scanner.number() / 1000 / 1000);
          scanner.nextLine();
        }
      }
    };
  },
};
