/**
 * What `/sys/devices/system/cpu` says of cores: thermal throttling by core and package, which are online, which isolated.
 *
 * Source: the kernel's Documentation/ABI/testing/sysfs-devices-system-cpu, Documentation/arch/x86/topology.rst.
 */
import type { Collect, CollectorRegistry, Host } from "../collector.ts";
import { parseNumberList, readInteger, readText } from "../host/attributes.ts";
import { type Hold, slowly } from "../slowly.ts";

const EVERY_MS = 10_000;
/** How often the list of cores is read anew, as some may be added, ms. */
const LIST_EVERY_MS = 120_000;

interface Topology {
  readonly number: string;
  readonly dir: string;
  readonly packageId: number | undefined;
  readonly coreId: number | undefined;
  readonly throttles: boolean;
  readonly canBeOffline: boolean;
}

export function cpuTopology(host: Host, registry: CollectorRegistry): Collect {
  const coreThrottles = registry.family(
    "node_cpu_core_throttles_total",
    "Number of times this CPU core has been throttled.",
    "counter",
    ["package", "core"],
  );
  const packageThrottles = registry.family(
    "node_cpu_package_throttles_total",
    "Number of times this CPU package has been throttled.",
    "counter",
    ["package"],
  );
  const isolated = registry.family(
    "node_cpu_isolated",
    "Whether each core is isolated, information from /sys/devices/system/cpu/isolated.",
    "gauge",
    ["cpu"],
  );
  const online = registry.family("node_cpu_online", "CPUs that are online and being scheduled.", "gauge", ["cpu"]);
  const isolatedNumbers = parseNumberList(readText(host, host.sysPath("devices/system/cpu/isolated")) ?? "");

  let cpus: readonly Topology[] = [];
  let nowMs = 0;
  let listedAtMs = Number.NEGATIVE_INFINITY;

  const series = slowly(EVERY_MS, (hold) => {
    if (nowMs >= listedAtMs + LIST_EVERY_MS) {
      listedAtMs = nowMs;
      cpus = topology(host);
    }
    holdThrottles(host, cpus, hold);
    // Where the first core cannot be switched off, the others' states are left out too, as node_exporter does.
    const switchable = cpus.some(({ number, canBeOffline }) => number === "0" && canBeOffline);
    for (const { number, dir } of switchable ? cpus : []) {
      const state = readInteger(host, `${dir}/online`);
      if (state !== undefined) hold(online, state, number);
    }
    for (const number of isolatedNumbers) hold(isolated, 1, String(number));
  });
  return (batch) => {
    nowMs = batch.monotonicMs;
    series.collect(batch);
  };

  /** Siblings share a core's counter and all cores a package's: each is read once. */
  function holdThrottles(from: Host, cpus: readonly Topology[], hold: Hold): void {
    const packages = new Set<number>();
    const cores = new Set<string>();
    for (const { dir, packageId, coreId, throttles } of cpus) {
      if (packageId === undefined || coreId === undefined || !throttles) continue;
      const core = `${packageId}:${coreId}`;
      const ofCore = cores.has(core) ? undefined : readInteger(from, `${dir}/thermal_throttle/core_throttle_count`);
      if (ofCore !== undefined) {
        cores.add(core);
        hold(coreThrottles, ofCore, String(packageId), String(coreId));
      }
      if (packages.has(packageId)) continue;
      const ofPackage = readInteger(from, `${dir}/thermal_throttle/package_throttle_count`);
      if (ofPackage === undefined) continue;
      packages.add(packageId);
      hold(packageThrottles, ofPackage, String(packageId));
    }
  }
}

function topology(host: Host): Topology[] {
  const root = host.sysPath("devices/system/cpu");
  return host
    .list(root)
    .filter((name) => /^cpu\d+$/.test(name))
    .map((name) => {
      const dir = `${root}/${name}`;
      return {
        number: name.slice(3),
        dir,
        packageId: readInteger(host, `${dir}/topology/physical_package_id`),
        coreId: readInteger(host, `${dir}/topology/core_id`),
        throttles: host.exists(`${dir}/thermal_throttle`),
        canBeOffline: host.exists(`${dir}/online`),
      };
    });
}
