/**
 * Interrupts, context switches, forks, boot time and running tasks: reads `/proc/stat`.
 *
 * Source: proc_stat(5).
 */
import type { BatchWriter, CollectorFactory, OptionsOf, Slot } from "../collector.ts";
import { asciiText, ByteScanner } from "../host/bytes.ts";
import { KeyTable } from "../host/key-table.ts";
import { sharedProc } from "../host/shared-read.ts";

/** Kinds of soft interrupts in the order of the `softirq` line, after its sum. Source: the kernel's `softirq_to_name`. */
const SOFTIRQS = ["hi", "timer", "net_tx", "net_rx", "block", "block_iopoll", "tasklet", "sched", "hrtimer", "rcu"];
const NOT_WANTED = -1;

const options = {
  softirq: { default: false, describe: "Emit node_softirqs_total, soft interrupts by vector." },
} as const;

export const stat: CollectorFactory<OptionsOf<typeof options>> = {
  name: "stat",
  defaultEnabled: true,
  options,

  create(host, registry, { softirq }) {
    const read = sharedProc(host, "stat");
    const scanner = new ByteScanner();
    const slots = new Map<string, Slot>([
      ["intr", registry.counter("node_intr_total", "Total number of interrupts serviced.")],
      ["ctxt", registry.counter("node_context_switches_total", "Total number of context switches.")],
      ["btime", registry.gauge("node_boot_time_seconds", "Node boot time, in unixtime.")],
      ["processes", registry.counter("node_forks_total", "Total number of forks.")],
      ["procs_running", registry.gauge("node_procs_running", "Number of processes in runnable state.")],
      [
        "procs_blocked",
        registry.gauge("node_procs_blocked", "Number of processes blocked waiting for I/O to complete."),
      ],
    ]);
    const vectors = softirq
      ? registry.family("node_softirqs_total", "Number of softirq calls.", "counter", ["vector"])
      : undefined;
    const vectorSlots = vectors === undefined ? [] : SOFTIRQS.map((name) => vectors.slot(name));
    const lines = new KeyTable<Slot>((name) => slots.get(name) ?? NOT_WANTED);

    function writeSoftirqs(batch: BatchWriter): void {
      scanner.number();
      for (const slot of vectorSlots) batch.set(slot, scanner.number());
    }

    return (batch) => {
      scanner.over(read(batch));
      lines.rewind();
      while (!scanner.atEnd) {
        scanner.field();
        const { bytes, fieldStart, fieldEnd } = scanner;
        // `cpu` lines are the cpu collector's.
        if (bytes[fieldStart] === LOWER_C && bytes[fieldStart + 1] === LOWER_P) {
          scanner.nextLine();
          continue;
        }
        const slot = lines.find(bytes, fieldStart, fieldEnd);
        if (slot !== NOT_WANTED) batch.set(slot, scanner.number());
        else if (vectorSlots.length > 0 && asciiText(bytes, fieldStart, fieldEnd) === "softirq") writeSoftirqs(batch);
        scanner.nextLine();
      }
    };
  },
};

const LOWER_C = 99;
const LOWER_P = 112;
