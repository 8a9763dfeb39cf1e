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
  /**
   * Gives the slot of a series back: its device, process or container is gone. The collector must not set it any more;
   * another series may get the number. What is never released stays as long as the collector.
   */
  release(slot: Slot): void;
}

/** Where a collector declares what it will say. Names, help and types are node_exporter's wherever it has them. */
export interface CollectorRegistry {
  /** A gauge without labels. */
  gauge(name: string, help: string): Slot;
  /** A counter without labels. */
  counter(name: string, help: string): Slot;
  /** A metric that says neither (node_exporter's `untyped`), without labels. */
  untyped(name: string, help: string): Slot;
  /**
   * A family with labels.
   *
   * @param metadataName what type and help are said of where that is not the series' own name: `x` of a series `x_bucket`
   */
  family(name: string, help: string, type: MetricType, labelNames: readonly string[], metadataName?: string): Family;
}

/**
 * What a collection is written into. A slot that was set at the last collection and is not set at this one ends with a
 * staleness marker; nobody has to say so.
 */
export interface BatchWriter {
  /** The collection's time, ms. */
  readonly atMs: number;
  /** The same instant on a clock that never jumps, ms: for what is done every so often. */
  readonly monotonicMs: number;
  set(slot: Slot, value: number): void;
}

/** A file whose descriptor stays open and whose content lands in one shared buffer. */
export interface HostFile {
  /**
   * The whole content, read anew from offset 0. The bytes belong to the host and are overwritten by the next `read` of any
   * file: parse first, keep numbers.
   *
   * @param enough stop where so many bytes were read, if the file is longer; all of it where not given
   * @throws {DmonError} `host_read` where the file is missing or may not be read
   */
  read(enough?: number): Uint8Array;
  /**
   * The same, or undefined where the file, or the device behind it, does not exist (any more). Other failures throw.
   * After some tries in vain the file is looked for at every tenth call only.
   */
  tryRead(): Uint8Array | undefined;
  /** Closes the descriptor. A later read opens it again. */
  close(): void;
}

/** The machine being watched; in a container its root, `/proc` and `/sys` are mounted somewhere else. */
export interface Host {
  /** A file under `/proc`: `host.proc("loadavg")`. */
  proc(path: string): HostFile;
  /** A file under `/sys`. */
  sys(path: string): HostFile;
  /** A file of the host's network: `host.procNet("dev")` is `/proc/net/dev`, in a container the host's `/proc/1/net/dev`. */
  procNet(path: string): HostFile;
  /** A file by its absolute path on this program's side. */
  file(path: string): HostFile;
  /**
   * Reads a file of which no `HostFile` is held: for what is read every few seconds. The bytes are the host's, as those of a
   * `HostFile`; a descriptor stays open only where the kernel makes the content.
   * Undefined where it does not exist. @throws {DmonError} `host_read`
   */
  readOnce(path: string): Uint8Array | undefined;
  /**
   * The same on the thread pool, into bytes of its own: for what a driver may take long to answer, or never.
   * Undefined also where the file may not be read. Never rejects.
   *
   * @param touchesDevice false for what answers whether or not the device does, such as a label
   */
  readAside(path: string, touchesDevice?: boolean): Promise<Uint8Array | undefined>;
  /** Names within a directory, sorted; none where it does not exist. @throws {DmonError} `host_read` */
  list(path: string): readonly string[];
  exists(path: string): boolean;
  /** What a symbolic link says; undefined where it is none. */
  linkTarget(path: string): string | undefined;
  /** The path behind all symbolic links; undefined where there is none. */
  realPath(path: string): string | undefined;
  /** Absolute path, on this program's side, of a path of the host (`/mnt/data` → `/host/mnt/data`). */
  procPath(path?: string): string;
  sysPath(path?: string): string;
  rootPath(path: string): string;
  procNetPath(): string;
}

/** Runs once a collection. Throws where it cannot tell; the scheduler then reports `node_scrape_collector_success 0`. */
export type Collect = (batch: BatchWriter) => void;

/**
 * A collector that has more to do than to read files that answer at once.
 *
 * What may be slow or hang (a dead mount, a sensor behind a bus, another program) belongs in `refresh`, which runs beside
 * the collections and leaves its results for `collect` to write. At most one refresh is under way.
 */
export interface Collector {
  collect(batch: BatchWriter): void;
  /** Rejects where it cannot tell; reported like a `collect` that throws. */
  refresh?(): Promise<void>;
  /** Pause between the beginnings of two refreshes, ms. */
  readonly refreshEveryMs?: number;
  /** Releases what the collector holds beside host files. */
  close?(): void;
}

export type OptionValue = string | number | boolean;

/** One setting of a collector: `collect.collectors.<name>.<option>`, in snake_case there. */
export interface Option<T extends OptionValue = OptionValue> {
  readonly default: T;
  readonly describe: string;
  /** The only values allowed. */
  readonly oneOf?: readonly T[];
  /** The text is a pattern in RE2 syntax; a wrong one is refused with the configuration. */
  readonly isPattern?: boolean;
}

export type OptionsOf<Spec extends Readonly<Record<string, Option>>> = {
  readonly [Name in keyof Spec]: Spec[Name]["default"] extends boolean
    ? boolean
    : Spec[Name]["default"] extends number
      ? number
      : string;
};

export type NoOptions = Readonly<Record<never, never>>;

export interface CollectorFactory<Options = NoOptions> {
  /** As in `collect.collectors.<name>` and `node_scrape_collector_success{collector}`. */
  readonly name: string;
  readonly defaultEnabled: boolean;
  /** The `job` label of its stored series; "node" where not given. */
  readonly job?: string;
  /** Settings by name in camelCase; the scheduler fills in the defaults. */
  readonly options?: { readonly [Name in keyof Options]: Option };
  /**
   * @returns undefined where the kernel has no such thing: the collector is then absent, which is not an error, and is
   *   asked again now and then
   * @throws whatever makes it unusable; reported as a failure of this collector alone
   */
  create(host: Host, registry: CollectorRegistry, options: Options): Collect | Collector | undefined;
}

/** A factory whose options are known only by their specification: what lists and schedules collectors sees this. */
export type AnyCollectorFactory = Omit<CollectorFactory, "options" | "create"> & {
  readonly options?: Readonly<Record<string, Option>>;
  create(host: Host, registry: CollectorRegistry, options: never): Collect | Collector | undefined;
};
