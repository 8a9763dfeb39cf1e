/**
 * Which process? The collector `processgroups` (job `process`) and, from the same readings, the live list of processes.
 *
 * On by default: a host of 150 processes costs about a thousandth of a core. Kernel threads are counted too.
 */
import type { BatchWriter, Collector, CollectorFactory, CollectorRegistry, Host } from "../collector.ts";
import { bootSeconds, memoryBytes } from "./host-facts.ts";
import { ProcessGroups } from "./process-groups.ts";
import { ProcessScanner } from "./process-scanner.ts";
import { type ProcessTable, processRow } from "./process-table.ts";
import { pageBytes } from "./system-constants.ts";
import { UserNames } from "./user-names.ts";

export interface ProcessOptions {
  readonly maxGroups: number;
  readonly detailsSeconds: number;
  readonly commandLines: boolean;
}

/** About 2 ms. */
const DETAILS_PER_PASS = 32;

/** What is known once a collection has begun. */
interface Running {
  readonly scanner: ProcessScanner;
  readonly groups: ProcessGroups;
  readonly users: UserNames;
  readonly pageBytes: number;
  readonly bootSeconds: number;
  readonly memoryPages: number;
}

export class HostProcesses {
  readonly factory: CollectorFactory<ProcessOptions>;
  readonly #containerOf: (cgroup: string) => string;
  readonly #detailsPerPass: number;
  #running: Running | undefined;
  #atMs = 0;
  #nowMs = 0;

  /**
   * @param containerOf    the name of the container or service that a cgroup is, or ""
   * @param detailsPerPass how many processes may be looked at closely in one collection
   */
  constructor(containerOf: (cgroup: string) => string = () => "", detailsPerPass = DETAILS_PER_PASS) {
    this.#containerOf = containerOf;
    this.#detailsPerPass = detailsPerPass;
    this.factory = {
      name: "processgroups",
      defaultEnabled: true,
      job: "process",
      options: {
        maxGroups: { default: 20, describe: "How many process groups have series of their own; the rest is `other`." },
        detailsSeconds: {
          default: 10,
          describe: "Pause between readings of a process' I/O, open files, swap and context switches, in seconds.",
        },
        commandLines: {
          default: true,
          describe: "Whether the command lines of processes are read and shown. They may hold secrets.",
        },
      },
      create: (host, registry, options) => this.#create(host, registry, options),
    };
  }

  /** All processes as of the last collection, in no order; none where the collector is switched off. */
  table(): ProcessTable {
    const running = this.#running;
    if (running === undefined) return { atMs: 0, processes: [] };
    const context = {
      ...running,
      userName: (uid: number) => running.users.nameOf(uid, this.#nowMs),
      containerOf: this.#containerOf,
    };
    const processes = [...running.scanner.processes.values()].map((process) => processRow(process, context));
    return { atMs: this.#atMs, processes };
  }

  #create(host: Host, registry: CollectorRegistry, options: ProcessOptions): Collector | undefined {
    if (!host.exists(host.procPath("1/stat"))) return undefined;
    const units = { pageBytes: pageBytes(), bootSeconds: bootSeconds(host) };
    const memoryPages = memoryBytes(host) / units.pageBytes;
    const groups = new ProcessGroups(registry, units, options.maxGroups, memoryPages);
    const detailsEveryMs = options.detailsSeconds * 1000;
    const { commandLines } = options;
    const scanner = new ProcessScanner(host, { detailsEveryMs, commandLines, detailsPerPass: this.#detailsPerPass });
    this.#running = { scanner, groups, users: new UserNames(host), memoryPages, ...units };
    return {
      collect: (batch: BatchWriter) => {
        this.#atMs = batch.atMs;
        this.#nowMs = batch.monotonicMs;
        scanner.scan(batch.monotonicMs);
        groups.update(scanner.changed, scanner.gone);
        groups.write(batch);
      },
      close: () => {
        scanner.close();
        this.#running = undefined;
      },
    };
  }
}
