/**
 * What a pass over the host's collectors costs: CPU a pass, series, and whether memory stays flat over an hour of seconds.
 *
 * Time passes by a manual clock, a second a pass, so that what is read every few seconds is read as often as in real use.
 */
import { closeSync, existsSync, openSync, readSync } from "node:fs";
import { type BatchSink, ManualClock } from "@dmon/model";
import type { AnyCollectorFactory } from "../collector.ts";
import { builtinCollectors } from "../collectors/builtin.ts";
import { type HostPaths, openHost } from "../host/host.ts";
import { createHostCollection, type HostCollectionOptions } from "../host-collection.ts";

export interface CollectionCost {
  /** Series that held a value at the end. */
  readonly series: number;
  readonly passes: number;
  /** CPU of this thread, user and system, a pass. */
  readonly cpuMsPerPass: number;
  /**
   * CPU of reading the main files of `/proc` alone, a pass, measured in the same run: what no implementation can save, and
   * what a busy machine makes dearer in the same proportion.
   */
  readonly floorCpuMsPerPass: number;
  /** Growth of the heap between the first tenth and the end, after collection of garbage where `--expose-gc` is given. */
  readonly heapGrowthBytes: number;
}

export interface CostOptions {
  readonly passes?: number;
  readonly warmUpPasses?: number;
  readonly factories?: readonly AnyCollectorFactory[];
  readonly collectors?: HostCollectionOptions["collectors"];
  /** Other trees than this machine's: an unpacked fixture. */
  readonly paths?: HostPaths;
}

const NO_SINK: BatchSink = { define() {}, undefine() {}, appendBatch() {}, setMetadata() {} };
const NO_LOG = { info() {}, warn() {} };
const SECOND_MS = 1000;
const FLOOR_PASSES = 1000;
const FLOOR_BUFFER_BYTES = 64 * 1024;
const FLOOR_FILES = [
  "diskstats",
  "loadavg",
  "meminfo",
  "net/arp",
  "net/dev",
  "net/netstat",
  "net/snmp",
  "net/snmp6",
  "net/sockstat",
  "net/sockstat6",
  "net/softnet_stat",
  "net/stat/nf_conntrack",
  "pressure/cpu",
  "pressure/io",
  "pressure/memory",
  "stat",
  "sys/fs/file-nr",
  "vmstat",
];
/** Passes between two turns of the event loop, so that what is read aside is answered. */
const PASSES_PER_TURN = 5;

/** Measures on this machine's own `/proc` and `/sys` where no other paths are given. */
export async function measureCollection(options: CostOptions = {}): Promise<CollectionCost> {
  const { passes = 3600, warmUpPasses = 600, factories = builtinCollectors, collectors = {}, paths } = options;
  const clock = new ManualClock(Date.UTC(2026, 0, 1));
  const host = openHost(paths);
  const collection = createHostCollection({
    host,
    factories,
    collectors,
    instance: "bench",
    sink: NO_SINK,
    clock,
    log: NO_LOG,
  });
  const run = async (count: number) => {
    for (let i = 0; i < count; i++) {
      clock.advance(SECOND_MS);
      collection.collect(clock.nowMs());
      if (i % PASSES_PER_TURN === 0) await collection.settled();
    }
  };
  try {
    await run(warmUpPasses);
    const heapBefore = heapBytes();
    const before = process.threadCpuUsage();
    await run(passes);
    const used = process.threadCpuUsage(before);
    const series = collection.families().reduce((sum, family) => sum + family.samples.length, 0);
    return {
      series,
      passes,
      cpuMsPerPass: milliseconds(used) / passes,
      floorCpuMsPerPass: measureFloor(paths?.procfs ?? "/proc", Math.min(passes, FLOOR_PASSES)),
      heapGrowthBytes: heapBytes() - heapBefore,
    };
  } finally {
    collection.close(clock.nowMs());
    host.close();
  }
}

/** Reads each of the main files once a pass, through descriptors that stay open, and parses nothing. */
function measureFloor(procfs: string, passes: number): number {
  const paths = FLOOR_FILES.map((name) => `${procfs}/${name}`).filter((path) => existsSync(path));
  const descriptors = paths.map((path) => openSync(path, "r"));
  const buffer = new Uint8Array(FLOOR_BUFFER_BYTES);
  const before = process.threadCpuUsage();
  for (let pass = 0; pass < passes; pass++) {
    for (const descriptor of descriptors) readSync(descriptor, buffer, 0, buffer.length, 0);
  }
  const used = process.threadCpuUsage(before);
  for (const descriptor of descriptors) closeSync(descriptor);
  return milliseconds(used) / passes;
}

function milliseconds({ user, system }: NodeJS.CpuUsage): number {
  return (user + system) / 1000;
}

function heapBytes(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}
