/** Runs collectors over a fixture and gives back what they said. */
import { ManualClock } from "@dmon/model";
import type { AnyCollectorFactory } from "../collector.ts";
import type { CollectorStatus } from "../collector-runner.ts";
import { builtinCollectors } from "../collectors/builtin.ts";
import { filesystemWith, type SpaceStats } from "../collectors/filesystem.ts";
import type { MetricFamily } from "../families.ts";
import { type HostPaths, openHost } from "../host/host.ts";
import { createHostCollection, type HostCollectionOptions } from "../host-collection.ts";
import { RecordingSink } from "./recording-sink.ts";

export interface TreeReading {
  readonly families: readonly MetricFamily[];
  readonly status: readonly CollectorStatus[];
  readonly sink: RecordingSink;
}

/** Collectors whose answers come from the running machine, not from a fixture. */
const OF_THE_MACHINE = new Set(["timex", "ethtool", "self"]);
/** 2026-01-02T03:04:05Z */
const AT_MS = Date.UTC(2026, 0, 2, 3, 4, 5);

/** @param collectors by name; all but those that ask the running machine itself are on where not given */
export async function collectTree(
  paths: HostPaths,
  collectors: HostCollectionOptions["collectors"] = everything(),
): Promise<TreeReading> {
  const host = openHost(paths);
  const sink = new RecordingSink();
  const clock = new ManualClock(AT_MS);
  const log = { info() {}, warn() {} };
  const factories = builtinCollectors.map((each) => (each.name === "filesystem" ? filesystemWith(FULL_DISK) : each));
  const collection = createHostCollection({ host, factories, collectors, instance: "fixture", sink, clock, log });
  try {
    collection.collect(clock.nowMs());
    await collection.settled();
    clock.advance(1000);
    collection.collect(clock.nowMs());
    return { families: collection.families(), status: collection.status(), sink };
  } finally {
    host.close();
  }
}

export function everything(
  factories: readonly AnyCollectorFactory[] = builtinCollectors,
): Record<string, { enabled: boolean }> {
  return Object.fromEntries(factories.map(({ name }) => [name, { enabled: !OF_THE_MACHINE.has(name) }]));
}

/** Every filesystem says the same, at once. */
const STATS: SpaceStats = { bsize: 4096, blocks: 1000, bfree: 400, bavail: 300, files: 900, ffree: 800 };
const FULL_DISK = {
  sync: () => STATS,
  async: (_path: string, done: (error: null, stats: SpaceStats) => void) => done(null, STATS),
};
