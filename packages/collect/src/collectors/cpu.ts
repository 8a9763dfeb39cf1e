/**
 * Processor time by core and mode, thermal throttling, isolation: reads `/proc/stat` at every collection and
 * `/sys/devices/system/cpu` for the rest. `/proc/cpuinfo` gives `node_cpu_info` where asked for.
 *
 * Unit: seconds; the kernel counts in ticks of 10 ms. Guest time is also contained in user and nice time.
 * Sources: proc_stat(5), proc_cpuinfo(5), the kernel's Documentation/ABI/testing/sysfs-devices-system-cpu.
 */
import type { BatchWriter, Collect, CollectorFactory, CollectorRegistry, Host, OptionsOf, Slot } from "../collector.ts";
import { ByteScanner, bytesEqual } from "../host/bytes.ts";
import { KeyTable } from "../host/key-table.ts";
import { sharedProc } from "../host/shared-read.ts";
import { cpuInfo } from "./cpu-info.ts";
import { cpuTopology } from "./cpu-topology.ts";

/** USER_HZ, fixed at 100 on all architectures that Node.js runs on. */
const TICKS_PER_SECOND = 100;
const MODES = ["user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal"] as const;
const GUEST_MODES = ["user", "nice"] as const;
const IDLE = MODES.indexOf("idle");
/** Idle time that falls by more than this means that the core was taken out and put back: all its counters begin anew. */
const HOTPLUG_SECONDS = 3;
const CPU = new TextEncoder().encode("cpu");

const options = {
  guest: { default: true, describe: "Emit node_cpu_guest_seconds_total." },
  info: { default: false, describe: "Emit node_cpu_info, and with it node_cpu_frequency_hertz." },
  flagsInclude: { default: "", describe: "Emit node_cpu_flag_info for the CPU flags that match.", isPattern: true },
  bugsInclude: { default: "", describe: "Emit node_cpu_bug_info for the CPU bugs that match.", isPattern: true },
} as const;
export type CpuOptions = OptionsOf<typeof options>;

interface Core {
  /** By mode, then the guest modes. */
  readonly slots: readonly Slot[];
  /** Seconds as last emitted. */
  readonly seconds: Float64Array;
}

export const cpu: CollectorFactory<CpuOptions> = {
  name: "cpu",
  defaultEnabled: true,
  options,

  create(host, registry, chosen) {
    const parts: Collect[] = [cpuTime(host, registry, chosen.guest), cpuTopology(host, registry)];
    if (chosen.info || chosen.flagsInclude !== "" || chosen.bugsInclude !== "") {
      parts.push(cpuInfo(host, registry, chosen));
    }
    return (batch) => {
      for (const part of parts) part(batch);
    };
  },
};

function cpuTime(host: Host, registry: CollectorRegistry, withGuest: boolean): Collect {
  const read = sharedProc(host, "stat");
  const scanner = new ByteScanner();
  const time = registry.family("node_cpu_seconds_total", "Seconds the CPUs spent in each mode.", "counter", [
    "cpu",
    "mode",
  ]);
  const guest = registry.family(
    "node_cpu_guest_seconds_total",
    "Seconds the CPUs spent in guests (VMs) for each mode.",
    "counter",
    ["cpu", "mode"],
  );
  const cores = new KeyTable<Core>((name) => {
    const number = name.slice(CPU.length);
    const slots = MODES.map((mode) => time.slot(number, mode));
    if (withGuest) slots.push(...GUEST_MODES.map((mode) => guest.slot(number, mode)));
    return { slots, seconds: new Float64Array(slots.length) };
  });
  return (batch) => {
    scanner.over(read(batch));
    // The first line is the sum of all cores.
    scanner.nextLine();
    cores.rewind();
    while (!scanner.atEnd) {
      scanner.field();
      const { bytes, fieldStart, fieldEnd } = scanner;
      if (!bytesEqual(bytes, fieldStart, Math.min(fieldEnd, fieldStart + CPU.length), CPU)) break;
      writeCore(cores.find(bytes, fieldStart, fieldEnd), scanner, batch);
      scanner.nextLine();
    }
  };
}

/**
 * The kernel's counters of idle and I/O wait may go back by a little, which would look like a restart to `rate()`; a counter
 * is held where it stands until it is passed again.
 */
function writeCore({ slots, seconds }: Core, scanner: ByteScanner, batch: BatchWriter): void {
  for (let i = 0; i < slots.length; i++) reading[i] = scanner.number() / TICKS_PER_SECOND;
  if (seconds[IDLE]! - reading[IDLE]! >= HOTPLUG_SECONDS) seconds.fill(0);
  for (let i = 0; i < slots.length; i++) {
    if (reading[i]! > seconds[i]!) seconds[i] = reading[i]!;
    batch.set(slots[i]!, seconds[i]!);
  }
}

const reading = new Float64Array(MODES.length + GUEST_MODES.length);
