/**
 * NFS mounts: bytes, events, operations and the transport beneath; reads `/proc/self/mountstats`. Off by default, because it
 * makes a series for each operation of each mount.
 *
 * Source: nfsiostat(8), the kernel's fs/nfs/super.c.
 */
import type { CollectorFactory, CollectorRegistry, Family } from "../collector.ts";
import { readTextIfAllowed } from "../host/attributes.ts";
import { type Hold, slowly } from "../slowly.ts";
import { BYTES, EVENTS, OPERATION, TRANSPORT } from "./mountstats-columns.ts";
import { type NfsMount, parseMountStats } from "./mountstats-table.ts";

const EVERY_MS = 5000;
const MS_PER_SECOND = 1000;
const LABELS = ["export", "protocol", "mountaddr"];

export const mountstats: CollectorFactory = {
  name: "mountstats",
  defaultEnabled: false,

  create(host, registry) {
    // In a container our own mounts are not the host's; those of its first process are.
    const read = () =>
      readTextIfAllowed(host, host.procPath("1/mountstats")) ??
      readTextIfAllowed(host, host.procPath("self/mountstats"));
    if (read() === undefined) return undefined;
    const families = makeFamilies(registry);
    return slowly(EVERY_MS, (hold) => {
      // Several mounts of one export differ in nothing that is a label: the first stands for all.
      const seen = new Set<string>();
      for (const mount of parseMountStats(read() ?? "")) {
        const labels = [mount.device, mount.protocol, mount.mountAddress];
        const key = JSON.stringify(labels);
        if (seen.has(key)) continue;
        seen.add(key);
        holdMount(families, mount, labels, hold);
      }
    }).collect;
  },
};

type Columns = readonly (readonly [column: number, family: Family, divisor: number])[];

function makeFamilies(registry: CollectorRegistry) {
  const columns = (table: readonly (readonly [number, string, string])[], ...extraLabels: string[]): Columns =>
    table.map(([column, name, help]) => {
      const type = name.endsWith("_total") ? "counter" : "gauge";
      const family = registry.family(`node_mountstats_nfs_${name}`, help, type, [...LABELS, ...extraLabels]);
      return [column, family, name.endsWith("_time_seconds_total") ? MS_PER_SECOND : 1];
    });
  return {
    age: registry.family(
      "node_mountstats_nfs_age_seconds_total",
      "The age of the NFS mount in seconds.",
      "counter",
      LABELS,
    ),
    bytes: columns(BYTES),
    events: columns(EVENTS),
    operation: columns(OPERATION, "operation"),
    transport: columns(TRANSPORT, "transport"),
  };
}

function holdMount(
  families: ReturnType<typeof makeFamilies>,
  mount: NfsMount,
  labels: readonly string[],
  hold: Hold,
): void {
  const holdAll = (columns: Columns, numbers: readonly number[], ...extra: string[]) => {
    for (const [column, family, divisor] of columns) {
      const value = numbers[column];
      if (value !== undefined) hold(family, value / divisor, ...labels, ...extra);
    }
  };
  hold(families.age, mount.ageSeconds, ...labels);
  holdAll(families.bytes, mount.bytes);
  holdAll(families.events, mount.events);
  mount.transports.forEach((numbers, i) => {
    holdAll(families.transport, numbers, String(i));
  });
  for (const { name, numbers } of mount.operations) holdAll(families.operation, numbers, name);
}
