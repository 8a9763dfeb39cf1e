/**
 * Packet processing by CPU: reads `/proc/net/softnet_stat`, hexadecimal columns.
 *
 * Kernels before 2.6.34 have 9 columns, before 3.11 ten, before 5.14 eleven; from 5.14 on the CPU's number is the 13th,
 * before that the line's number has to do.
 * Source: the kernel's net/core/net-procfs.c.
 */
import type { CollectorFactory, Slot } from "../collector.ts";
import { ByteScanner } from "../host/bytes.ts";

/** Column, metric, help. */
const COLUMNS = [
  [0, "processed_total", "Number of processed packets"],
  [1, "dropped_total", "Number of dropped packets"],
  [2, "times_squeezed_total", "Number of times processing packets ran out of quota"],
  [8, "cpu_collision_total", "Number of collision occur while obtaining device lock while transmitting"],
  [9, "received_rps_total", "Number of times cpu woken up received_rps"],
  [10, "flow_limit_count_total", "Number of times flow limit has been reached"],
  [11, "backlog_len", "Softnet backlog status"],
] as const;
const CPU_COLUMN = 12;

export const softnet: CollectorFactory = {
  name: "softnet",
  defaultEnabled: true,

  create(host, registry) {
    const file = host.procNet("softnet_stat");
    const scanner = new ByteScanner();
    const families = COLUMNS.map(([, name, help]) =>
      registry.family(`node_softnet_${name}`, help, name.endsWith("_total") ? "counter" : "gauge", ["cpu"]),
    );
    const cpus = new Map<number, readonly Slot[]>();
    const slotsOf = (cpu: number): readonly Slot[] => {
      const known = cpus.get(cpu);
      if (known !== undefined) return known;
      const made = families.map((family) => family.slot(String(cpu)));
      cpus.set(cpu, made);
      return made;
    };
    const columns = new Float64Array(CPU_COLUMN + 1);

    return (batch) => {
      scanner.over(file.read());
      for (let line = 0; !scanner.atEnd; line++) {
        columns.fill(Number.NaN);
        for (let i = 0; i < columns.length; i++) columns[i] = scanner.hex();
        scanner.nextLine();
        if (Number.isNaN(columns[0])) continue;
        const cpu = columns[CPU_COLUMN]!;
        const slots = slotsOf(Number.isNaN(cpu) ? line : cpu);
        for (let i = 0; i < COLUMNS.length; i++) {
          // A column that an older kernel does not have counts as 0, as in node_exporter.
          batch.set(slots[i]!, columns[COLUMNS[i]![0]]! || 0);
        }
      }
    };
  },
};
