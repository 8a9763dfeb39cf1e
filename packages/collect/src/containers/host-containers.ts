/**
 * Which container, which service? The collector `containers` (job `cadvisor`) and, from the same readings, the live list.
 *
 * On by default wherever cgroups are mounted. CPU, and what a running cgroup changes, is read at every collection; the make-up
 * of memory and the limits at a slower pace, because the kernel adds up `memory.stat` anew at each reading.
 */
import type { BatchWriter, Collector, CollectorFactory, CollectorRegistry, Host } from "../collector.ts";
import { bootSeconds, coreCount, memoryBytes } from "../processes/host-facts.ts";
import { type CgroupLayout, detectCgroups } from "./cgroup-layout.ts";
import type { CgroupIdentity } from "./cgroup-path.ts";
import { cgroupPopulation } from "./cgroup-population.ts";
import type { CgroupReader } from "./cgroup-usage.ts";
import { CgroupV1 } from "./cgroup-v1.ts";
import { CgroupV2 } from "./cgroup-v2.ts";
import { CgroupWalker } from "./cgroup-walker.ts";
import { namesFromFiles, namesFromId } from "./container-names.ts";
import { ContainerNetwork, NetworkOwners } from "./container-network.ts";
import { ContainerFamilies, ContainerSeries } from "./container-series.ts";
import { type ContainerTable, containerRow } from "./container-table.ts";
import { namesFromApis } from "./runtime-api.ts";
import { processesOf, processStartMs, TrackedContainer } from "./tracked-container.ts";

export interface ContainerOptions {
  readonly maxContainers: number;
  readonly services: boolean;
}

/** A new container is found within this time. */
const WALK_EVERY_MS = 2000;
/** A container that shares the host's network, or another's, is asked again whether it still does. */
const NETWORK_EVERY_MS = 60_000;
/** Over so many places in a round the slower readings of the containers are spread. */
const PLACES = 16;
/** Files tell the names of most; who remains is asked for at the runtimes' sockets. */
const ASK_RUNTIMES_EVERY_MS = 2000;

export class HostContainers {
  readonly factory: CollectorFactory<ContainerOptions>;
  #running: ContainerCollector | undefined;

  constructor() {
    this.factory = {
      name: "containers",
      defaultEnabled: true,
      job: "cadvisor",
      options: {
        maxContainers: {
          default: 200,
          describe: "At most so many containers and services have series; containers come first.",
        },
        services: { default: true, describe: "Whether systemd services are shown beside containers." },
      },
      create: (host, registry, options) => {
        const layout = detectCgroups(host);
        this.#running = layout && new ContainerCollector(host, registry, layout, options, () => this.#ended());
        return this.#running;
      },
    };
  }

  /** All containers and services as of the last collection, in no order; none where the collector is off or absent. */
  table(): ContainerTable {
    const running = this.#running;
    if (running === undefined) return { atMs: 0, containers: [] };
    return { atMs: running.atMs, containers: [...running.containers.values()].map(containerRow) };
  }

  /** The name of the container or service that a process in `cgroup` belongs to; "" where it is in none. */
  nameOf(cgroup: string): string {
    const containers = this.#running?.containers;
    if (containers === undefined) return "";
    for (let path = cgroup; path.length > 1; path = path.slice(0, path.lastIndexOf("/"))) {
      const container = containers.get(path);
      if (container !== undefined) return container.names?.name ?? "";
    }
    return "";
  }

  #ended(): void {
    this.#running = undefined;
  }
}

class ContainerCollector implements Collector {
  readonly containers = new Map<string, TrackedContainer>();
  readonly refreshEveryMs = ASK_RUNTIMES_EVERY_MS;
  atMs = 0;
  readonly #host: Host;
  readonly #layout: CgroupLayout;
  readonly #options: ContainerOptions;
  readonly #onClose: () => void;
  readonly #walkers: readonly CgroupWalker[];
  readonly #population: () => number;
  readonly #families: ContainerFamilies;
  readonly #networks: NetworkOwners;
  readonly #bootSeconds: number;
  readonly #deviceNames = new Map<string, string>();
  readonly #machine: { readonly cores: number; readonly memory: number };
  readonly #machineValues: readonly [cores: number, memory: number];
  #walkDueMs = Number.NEGATIVE_INFINITY;
  /** A container went since the last walk. */
  #someEnded = false;
  #places = 0;

  constructor(
    host: Host,
    registry: CollectorRegistry,
    layout: CgroupLayout,
    options: ContainerOptions,
    onClose: () => void,
  ) {
    this.#host = host;
    this.#layout = layout;
    this.#options = options;
    this.#onClose = onClose;
    this.#walkers = layout.roots.map((root) => new CgroupWalker(root));
    this.#population = cgroupPopulation(host, layout);
    this.#families = new ContainerFamilies(registry);
    this.#networks = new NetworkOwners(host);
    this.#bootSeconds = bootSeconds(host);
    this.#machine = {
      cores: registry.gauge("machine_cpu_cores", "Number of logical CPU cores."),
      memory: registry.gauge("machine_memory_bytes", "Amount of memory installed on the machine."),
    };
    this.#machineValues = [coreCount(host), memoryBytes(host)];
  }

  collect(batch: BatchWriter): void {
    const nowMs = batch.monotonicMs;
    this.atMs = batch.atMs;
    if (nowMs >= this.#walkDueMs) this.#walk(nowMs);
    for (const container of this.containers.values()) {
      if (container.read(nowMs)) {
        container.write(batch, (device) => this.#deviceName(device));
        continue;
      }
      this.#forget(container);
      // What replaces it is likely there already.
      this.#someEnded = true;
      this.#walkDueMs = nowMs;
    }
    batch.set(this.#machine.cores, this.#machineValues[0]);
    batch.set(this.#machine.memory, this.#machineValues[1]);
  }

  /** Asks the runtimes for the names that no file told. */
  async refresh(): Promise<void> {
    const nameless = [...this.containers.values()].filter(({ names }) => names === undefined);
    if (nameless.length === 0) return;
    const names = await namesFromApis(this.#host);
    for (const container of nameless) {
      const { id } = container.identity;
      container.names ??= names.get(id) ?? namesFromFiles(this.#host, id) ?? namesFromId(id);
      this.#named(container);
    }
  }

  close(): void {
    for (const container of [...this.containers.values()]) this.#forget(container);
    this.#onClose();
  }

  #walk(nowMs: number): void {
    this.#walkDueMs = nowMs + WALK_EVERY_MS;
    const found = new Map<string, CgroupIdentity>();
    const population = this.#population();
    for (const walker of this.#walkers) walker.walk(found, population, this.#someEnded);
    this.#someEnded = false;
    for (const container of [...this.containers.values()]) {
      if (found.has(container.path)) this.#openNetwork(container, nowMs);
      else this.#forget(container);
    }
    const containersFirst = [...found].sort(([, a], [, b]) => (a.kind < b.kind ? -1 : a.kind > b.kind ? 1 : 0));
    for (const [path, identity] of containersFirst) {
      if (this.containers.has(path) || this.containers.size >= this.#options.maxContainers) continue;
      if (identity.kind === "service" && !this.#options.services) continue;
      this.#meet(path, identity, nowMs);
    }
  }

  #meet(path: string, identity: CgroupIdentity, nowMs: number): void {
    const network = new ContainerNetwork(this.#host, this.#networks);
    const place = (this.#places++ % PLACES) / PLACES;
    const container = new TrackedContainer(path, identity, this.#readerOf(path), network, place);
    this.containers.set(path, container);
    const isPlain = identity.kind === "service" || identity.runtime === "lxc" || identity.runtime === "nspawn";
    container.names = isPlain ? namesFromId(identity.id) : namesFromFiles(this.#host, identity.id);
    this.#named(container);
    this.#openNetwork(container, nowMs);
  }

  #readerOf(path: string): CgroupReader {
    if (this.#layout.version === "v2") return new CgroupV2(this.#host, this.#layout.unified + path);
    return new CgroupV1(this.#host, this.#layout, path);
  }

  #named(container: TrackedContainer): void {
    const { names, path } = container;
    if (names === undefined || container.series !== undefined || this.containers.get(path) !== container) return;
    const { name, image, namespace, pod } = names;
    container.series = new ContainerSeries(this.#families, {
      id: path,
      name,
      image,
      namespace,
      pod,
      container: names.container,
    });
    container.startMs = names.startMs;
    if (Number.isNaN(container.startMs)) container.startMs = this.#startOf(path);
  }

  /** When the oldest of its first processes began. */
  #startOf(path: string): number {
    const pids = this.#processesOf(path).slice(0, 8);
    const starts = pids.map((pid) => processStartMs(this.#host, pid, this.#bootSeconds));
    const known = starts.filter((startMs) => !Number.isNaN(startMs));
    return known.length === 0 ? Number.NaN : Math.min(...known);
  }

  #openNetwork(container: TrackedContainer, nowMs: number): void {
    const { identity, network } = container;
    if (identity.kind === "service" || network.isOpen || nowMs < container.networkDueMs) return;
    const pid = this.#processesOf(container.path)[0];
    if (pid === undefined) return;
    network.open(pid);
    container.networkDueMs = nowMs + NETWORK_EVERY_MS;
  }

  #processesOf(path: string): number[] {
    for (const root of this.#layout.roots) {
      const pids = processesOf(this.#host, root + path);
      if (pids.length > 0) return pids;
    }
    return [];
  }

  #deviceName(device: string): string {
    let name = this.#deviceNames.get(device);
    if (name === undefined) {
      const link = this.#host.linkTarget(this.#host.sysPath(`dev/block/${device}`));
      name = link?.slice(link.lastIndexOf("/") + 1) ?? device;
      this.#deviceNames.set(device, name);
    }
    return name;
  }

  #forget(container: TrackedContainer): void {
    container.close();
    this.containers.delete(container.path);
  }
}
