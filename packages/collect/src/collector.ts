/**
 * The shape of a collector: one file, one factory, one line in `collectors/builtin.ts`.
 *
 * A collector registers its families when it is made and its series when it first meets them; the function it returns runs
 * at every collection, reads bytes into reused buffers, and touches no strings for series it knows.
 */
import type { MetricType } from "@dmon/model";

/** Index of a series within the host's source. */
export type Slot = number;

/** A metric family. Its label names are fixed; a child is one series of it. */
export interface Family {
  /** The slot of the series with these label values, made at first use. Cheap, but a string look-up: keep what it returns. */
  slot(...labelValues: string[]): Slot;
}

/** Where a collector declares what it will say. Names, help and types are node_exporter's wherever it has them. */
export interface CollectorRegistry {
  /** A gauge without labels. */
  gauge(name: string, help: string): Slot;
  /** A counter without labels. */
  counter(name: string, help: string): Slot;
  /** A metric that says neither (node_exporter's `untyped`), without labels. */
  untyped(name: string, help: string): Slot;
  /** A family with labels. */
  family(name: string, help: string, type: MetricType, labelNames: readonly string[]): Family;
}

/**
 * What a collection is written into. A slot that was set at the last collection and is not set at this one ends with a
 * staleness marker; nobody has to say so.
 */
export interface BatchWriter {
  /** The collection's time, ms. */
  readonly atMs: number;
  set(slot: Slot, value: number): void;
}

/** A file whose descriptor stays open and whose content lands in one shared buffer. */
export interface HostFile {
  /**
   * The whole content, read anew from offset 0. The bytes belong to the host and are overwritten by the next `read` of any
   * file: parse first, keep numbers.
   *
   * @throws {DmonError} `host_read` where the file is missing or may not be read
   */
  read(): Uint8Array;
  /** The same, or undefined where the file does not exist (any more). Other failures throw. */
  tryRead(): Uint8Array | undefined;
}

/** The machine being watched; in a container its root, `/proc` and `/sys` are mounted somewhere else. */
export interface Host {
  /** A file under `/proc`: `host.proc("loadavg")`. */
  proc(path: string): HostFile;
  /** A file under `/sys`. */
  sys(path: string): HostFile;
  /** Absolute path, on this program's side, of a path of the host (`/mnt/data` → `/host/mnt/data`). */
  procPath(path?: string): string;
  sysPath(path?: string): string;
  rootPath(path: string): string;
}

/** Runs once a collection. Throws where it cannot tell; the scheduler then reports `node_scrape_collector_success 0`. */
export type Collect = (batch: BatchWriter) => void;

export interface CollectorFactory<Options = unknown> {
  /** As in `--collect.<name>` and `node_scrape_collector_success{collector}`. */
  readonly name: string;
  readonly defaultEnabled: boolean;
  /**
   * @returns undefined where the kernel has no such thing: the collector is then absent, which is not an error
   * @throws whatever makes it unusable; reported as a failure of this collector alone
   */
  create(host: Host, registry: CollectorRegistry, options: Options): Collect | undefined;
}
