/** This machine's collectors, driven by the clock into a sink. */
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import {
  type ContainerTable,
  collectorsFor,
  createHostCollection,
  detectHostPaths,
  type HostCollection,
  type HostCollectionOptions,
  HostContainers,
  HostProcesses,
  type OpenHost,
  openHost,
  type ProcessTable,
} from "@dmon/collect";
import type { BatchSink, Clock } from "@dmon/model";
import type { Config } from "../config/schema.ts";
import type { Log } from "../log.ts";
import { Ticker } from "./ticker.ts";

export class LocalCollection {
  readonly ticker: Ticker;
  readonly #sink: BatchSink;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #containers = new HostContainers();
  readonly #processes = new HostProcesses((cgroup) => this.#containers.nameOf(cgroup));
  #host: OpenHost;
  #collection: HostCollection;
  #instance: string;
  /** The section that is in force, as JSON. */
  #current: string;

  /** @param onCollected called after each collection with its time */
  constructor(config: Config, sink: BatchSink, clock: Clock, log: Log, onCollected: (atMs: number) => void) {
    this.#sink = sink;
    this.#clock = clock;
    this.#log = log;
    this.#host = openConfiguredHost(config);
    this.#instance = instanceName(config, this.#host);
    this.#collection = this.#create(config);
    this.#current = JSON.stringify(config.collect);
    this.ticker = new Ticker(clock, config.collect.interval, (atMs) => {
      this.#collection.collect(atMs);
      onCollected(atMs);
    });
  }

  start(): void {
    this.ticker.start();
  }

  /** Value of the label `instance`. */
  get instance(): string {
    return this.#instance;
  }

  processes(): ProcessTable {
    return this.#processes.table();
  }

  containers(): ContainerTable {
    return this.#containers.table();
  }

  /** Switches and interval may have changed. */
  configure(config: Config): void {
    const wanted = JSON.stringify(config.collect);
    if (wanted === this.#current) return;
    this.#current = wanted;
    this.#close();
    this.#host = openConfiguredHost(config);
    this.#instance = instanceName(config, this.#host);
    this.#collection = this.#create(config);
    this.ticker.setInterval(config.collect.interval);
  }

  stop(): void {
    this.ticker.stop();
    this.#close();
  }

  #close(): void {
    this.#collection.close(this.#clock.nowMs());
    this.#host.close();
  }

  #create(config: Config): HostCollection {
    const factories = [...collectorsFor(), this.#processes.factory, this.#containers.factory];
    return createHostCollection({
      host: this.#host,
      factories: factories as HostCollectionOptions["factories"],
      collectors: config.collect.collectors as NonNullable<HostCollectionOptions["collectors"]>,
      instance: this.#instance,
      sink: this.#sink,
      clock: this.#clock,
      log: this.#log,
    });
  }
}

function openConfiguredHost({ collect }: Config): OpenHost {
  const found = detectHostPaths();
  return openHost({
    procfs: collect.procfs || found.procfs,
    sysfs: collect.sysfs || found.sysfs,
    rootfs: collect.rootfs || found.rootfs,
  });
}

/** The configured name, else the watched machine's (not the container's). */
function instanceName(config: Config, host: OpenHost): string {
  if (config.collect.instance !== "") return config.collect.instance;
  if (host.rootPath("/") === "/") return hostname();
  try {
    return readFileSync(host.rootPath("/etc/hostname"), "utf8").trim() || hostname();
  } catch {
    return hostname();
  }
}
