/**
 * What a pass over the host's collectors costs: CPU a pass, series, and whether memory stays flat over an hour of seconds.
 *
 * Time passes by a manual clock, a second a pass, so that what is read every few seconds is read as often as in real use.
 */
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
      cpuMsPerPass: (used.user + used.system) / 1000 / passes,
      heapGrowthBytes: heapBytes() - heapBefore,
    };
  } finally {
    collection.close(clock.nowMs());
    host.close();
  }
}

function heapBytes(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}
