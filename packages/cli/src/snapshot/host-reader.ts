/** Reads this machine through the same collectors as the server, without a server. */
import {
  builtinCollectors,
  type CollectorStatus,
  type ContainerTable,
  createHostCollection,
  detectHostPaths,
  type HostCollection,
  HostContainers,
  HostProcesses,
  openHost,
  type ProcessTable,
} from "@dmon/collect";
import { systemClock } from "@dmon/model";
import { FamiliesView } from "./families-view.ts";

/** Collectors that a reading or the live view needs; all others stay off. */
const COLLECTORS: ReadonlySet<string> = new Set([
  "cpu",
  "diskstats",
  "filesystem",
  "loadavg",
  "meminfo",
  "netclass",
  "netdev",
  "os",
  "pressure",
  "stat",
  "systeminformation",
  "uname",
  "hwmon",
]);

export class HostReader {
  readonly #collection: HostCollection;
  readonly #processes: HostProcesses;
  readonly #containers = new HostContainers();

  /** @param wanted names of the collectors to run, of those above and `processgroups` and `containers` */
  constructor(wanted: (collector: string) => boolean = () => true) {
    // Details of all processes at once: somebody looks at them now, and there is no second in which to spread them.
    this.#processes = new HostProcesses((cgroup) => this.#containers.nameOf(cgroup), Number.POSITIVE_INFINITY);
    const builtin = builtinCollectors.filter(({ name }) => COLLECTORS.has(name));
    const factories = [...builtin, this.#containers.factory, this.#processes.factory].filter(({ name }) =>
      wanted(name),
    );
    this.#collection = createHostCollection({
      host: openHost(detectHostPaths()),
      factories,
      collectors: { processgroups: { options: { detailsSeconds: 2, maxGroups: 1 } } },
      instance: "",
      sink: { define() {}, undefine() {}, appendBatch() {}, setMetadata() {} },
      clock: systemClock,
      log: { info() {}, warn() {} },
    });
  }

  /** One pass over all collectors. */
  read(): FamiliesView {
    this.#collection.collect(Date.now());
    return new FamiliesView(this.#collection.families(), systemClock.monotonicMs());
  }

  /** Waits for what runs beside the passes (file systems, runtimes), at most `limitMs`. */
  async settled(limitMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, limitMs);
    });
    await Promise.race([this.#collection.settled(), limit]);
    clearTimeout(timer);
  }

  status(): readonly CollectorStatus[] {
    return this.#collection.status();
  }

  processes(): ProcessTable {
    return this.#processes.table();
  }

  containers(): ContainerTable {
    return this.#containers.table();
  }

  close(): void {
    this.#collection.close(Date.now());
  }
}
