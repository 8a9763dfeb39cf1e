/**
 * The watched machine's files, with descriptors kept open and one buffer for all of them.
 *
 * Opening a file of `/proc` costs more than reading it, so a {@link HostFile} opens once and reads from offset 0 ever after
 * (the kernel generates the content anew at each such read). All reads land in one buffer, which grows to the largest file.
 */
import { closeSync, existsSync, openSync, readdirSync, readlinkSync, readSync, realpathSync } from "node:fs";
import { DmonError, messageOf } from "@dmon/model";
import type { Host, HostFile } from "../collector.ts";
import { AsideFiles } from "./aside-files.ts";
import { loadLibc } from "./libc.ts";

/** Where the watched machine's trees are mounted on this program's side. */
export interface HostPaths {
  readonly procfs: string;
  readonly sysfs: string;
  readonly rootfs: string;
}

const OWN_PATHS: HostPaths = { procfs: "/proc", sysfs: "/sys", rootfs: "/" };

/** The trees of the machine around this container where they are mounted under `/host`, else this machine's own. */
export function detectHostPaths(exists: (path: string) => boolean = existsSync): HostPaths {
  return {
    procfs: exists("/host/proc/1") ? "/host/proc" : OWN_PATHS.procfs,
    sysfs: exists("/host/sys/class") ? "/host/sys" : OWN_PATHS.sysfs,
    rootfs: exists("/host/root/etc") ? "/host/root" : exists("/host/etc") ? "/host" : OWN_PATHS.rootfs,
  };
}

/** A `Host` whose descriptors can all be closed. */
export interface OpenHost extends Host {
  close(): void;
}

export function openHost(paths: HostPaths = OWN_PATHS): OpenHost {
  return new FileHost(paths);
}

/** Below this many bytes a short read is the whole file: no record of any `/proc` file is as long as the rest of a page. */
const SURELY_WHOLE_BYTES = 2048;
/** What a file is read with beyond twice its length at the last reading, so that it is read at once also where it grew. */
const ROOM_BYTES = 512;
/** A file that was missing at so many tries in a row is looked for at every tenth: opening nothing costs as much as ten reads. */
const MISSED_BEFORE_REST = 3;
const MISSING_LEFT_OUT = 9;
const MAX_RARE_DESCRIPTORS = 512;
const MAX_MISSING = 2048;
/** Below `/proc`: what belongs to one process. */
const PROCESS = /^\/(\d+|self|thread-self)\//;
/** As seen by `read(2)`: the file or the device behind it is not there (any more). */
const MISSING = new Set(["ENOENT", "ENODEV", "ENXIO", "ESRCH", "ENOTDIR"]);

class FileHost implements OpenHost {
  readonly #paths: HostPaths;
  readonly #files = new Set<OpenFile>();
  readonly #buffer = new SharedBuffer();
  readonly #aside = new AsideFiles();
  /** Open files of {@link readOnce}, by path. */
  readonly #rareDescriptors = new Map<string, number>();
  /** What {@link readOnce} looked for in vain: to ask costs 2 µs, to be refused by an exception twenty times that. */
  readonly #missing = new Set<string>();
  #netDir: string | undefined;

  constructor(paths: HostPaths) {
    this.#paths = paths;
  }

  proc(path: string): HostFile {
    return this.file(this.procPath(path));
  }

  sys(path: string): HostFile {
    return this.file(this.sysPath(path));
  }

  procNet(path: string): HostFile {
    return this.file(`${this.procNetPath()}/${path}`);
  }

  file(path: string): HostFile {
    const file = new OpenFile(path, this.#buffer, this.#files);
    this.#files.add(file);
    return file;
  }

  procPath(path = ""): string {
    return join(this.#paths.procfs, path);
  }

  sysPath(path = ""): string {
    return join(this.#paths.sysfs, path);
  }

  rootPath(path: string): string {
    return join(this.#paths.rootfs, path);
  }

  /** `/proc/net` is a link to the reader's own network namespace; process 1 of a mounted `/proc` is in the host's. */
  procNetPath(): string {
    if (this.#netDir === undefined) {
      const ofInit = this.procPath("1/net");
      this.#netDir =
        this.#paths.procfs !== OWN_PATHS.procfs && existsSync(`${ofInit}/dev`) ? ofInit : this.procPath("net");
    }
    return this.#netDir;
  }

  readOnce(path: string): Uint8Array | undefined {
    const kept = this.#rareDescriptors.get(path);
    if (kept !== undefined) {
      try {
        return this.#buffer.read(kept);
      } catch {
        // The device went, and may have come back: what stands at this path now is another file.
        this.#rareDescriptors.delete(path);
        closeSync(kept);
      }
    }
    if (this.#missing.has(path)) {
      if (!existsSync(path)) return undefined;
      this.#missing.delete(path);
    }
    let descriptor: number;
    try {
      descriptor = openSync(path, "r");
    } catch (error) {
      missingOrThrow(error, path);
      if (this.#missing.size < MAX_MISSING && !this.#comesAndGoes(path)) this.#missing.add(path);
      return undefined;
    }
    let keep = false;
    try {
      const bytes = this.#buffer.read(descriptor);
      keep = this.#rareDescriptors.size < MAX_RARE_DESCRIPTORS && this.#staysTheSame(path);
      if (keep) this.#rareDescriptors.set(path, descriptor);
      return bytes;
    } catch (error) {
      return missingOrThrow(error, path);
    } finally {
      if (!keep) closeSync(descriptor);
    }
  }

  /** True for what the kernel makes at each read, as long as it runs. A file on disk may be replaced by another. */
  #staysTheSame(path: string): boolean {
    const { procfs, sysfs } = this.#paths;
    return (path.startsWith(`${sysfs}/`) || path.startsWith(`${procfs}/`)) && !this.#comesAndGoes(path);
  }

  /** True for what belongs to a process or a cgroup. */
  #comesAndGoes(path: string): boolean {
    const { procfs, sysfs } = this.#paths;
    return (
      path.startsWith(`${sysfs}/fs/cgroup/`) ||
      (path.startsWith(`${procfs}/`) && PROCESS.test(path.slice(procfs.length)))
    );
  }

  readAside(path: string, touchesDevice = true): Promise<Uint8Array | undefined> {
    return this.#aside.read(path, touchesDevice);
  }

  list(path: string): readonly string[] {
    try {
      return readdirSync(path).sort();
    } catch (error) {
      missingOrThrow(error, path);
      return [];
    }
  }

  exists(path: string): boolean {
    return existsSync(path);
  }

  linkTarget(path: string): string | undefined {
    try {
      return readlinkSync(path);
    } catch {
      return undefined;
    }
  }

  realPath(path: string): string | undefined {
    try {
      return realpathSync(path);
    } catch {
      return undefined;
    }
  }

  close(): void {
    for (const file of [...this.#files]) file.close();
    for (const descriptor of this.#rareDescriptors.values()) closeSync(descriptor);
    this.#rareDescriptors.clear();
    this.#aside.close();
  }
}

/** One buffer, overwritten by each read. */
class SharedBuffer {
  #bytes = new Uint8Array(64 * 1024);
  /**
   * pread(2) itself, where it can be called: `readSync` takes a microsecond longer, as much as the kernel takes for a small
   * file. What fails is tried anew by `readSync`, which says why.
   */
  #pread: ((descriptor: number, into: Uint8Array, count: number, from: number) => number) | undefined;
  #triedLibc = false;

  /**
   * All content from offset 0.
   *
   * @param expected about how many bytes there are. For a file of `/proc/sys` the kernel clears as much memory as it is asked
   *   for: 64 KiB take it 5 µs longer than a page
   * @param enough stop at so many bytes
   */
  read(descriptor: number, expected = this.#bytes.length, enough = Number.POSITIVE_INFINITY): Uint8Array {
    const asked = Math.min(this.#bytes.length, expected, enough);
    if (!this.#triedLibc) this.#loadPread();
    let length = this.#pread?.(descriptor, this.#bytes, asked, 0) ?? -1;
    if (length < 0) length = readSync(descriptor, this.#bytes, 0, asked, 0);
    if (length >= enough || (length < asked && length < SURELY_WHOLE_BYTES)) return this.#bytes.subarray(0, length);
    for (;;) {
      if (length === this.#bytes.length) this.#grow();
      const more = readSync(descriptor, this.#bytes, length, this.#bytes.length - length, length);
      if (more === 0) return this.#bytes.subarray(0, length);
      length += more;
    }
  }

  #loadPread(): void {
    this.#triedLibc = true;
    try {
      this.#pread = loadLibc()?.func("int64_t pread(int descriptor, void *into, size_t count, int64_t from)");
    } catch {
      // A library without it: `readSync` does.
    }
  }

  #grow(): void {
    const larger = new Uint8Array(this.#bytes.length * 2);
    larger.set(this.#bytes);
    this.#bytes = larger;
  }
}

class OpenFile implements HostFile {
  readonly #path: string;
  readonly #buffer: SharedBuffer;
  readonly #siblings: Set<OpenFile>;
  #descriptor = -1;
  #expected: number | undefined;
  /** Tries in a row that found no file, and how many more of them to leave out. */
  #missed = 0;
  #leftOut = 0;

  constructor(path: string, buffer: SharedBuffer, siblings: Set<OpenFile>) {
    this.#path = path;
    this.#buffer = buffer;
    this.#siblings = siblings;
  }

  read(enough?: number): Uint8Array {
    const bytes = this.#tryNow(enough);
    if (bytes === undefined) throw new DmonError("host_read", `${this.#path} does not exist`);
    return bytes;
  }

  tryRead(): Uint8Array | undefined {
    if (this.#leftOut > 0) {
      this.#leftOut--;
      return undefined;
    }
    return this.#tryNow();
  }

  #tryNow(enough?: number): Uint8Array | undefined {
    try {
      if (this.#descriptor < 0) this.#descriptor = openSync(this.#path, "r");
      const bytes = this.#buffer.read(this.#descriptor, this.#expected, enough);
      const roomy = bytes.length * 2 + ROOM_BYTES;
      if (this.#expected === undefined || this.#expected < roomy) this.#expected = roomy;
      this.#missed = 0;
      return bytes;
    } catch (error) {
      this.#closeDescriptor();
      missingOrThrow(error, this.#path);
      if (++this.#missed >= MISSED_BEFORE_REST) this.#leftOut = MISSING_LEFT_OUT;
      return undefined;
    }
  }

  close(): void {
    this.#closeDescriptor();
    this.#siblings.delete(this);
  }

  #closeDescriptor(): void {
    if (this.#descriptor >= 0) closeSync(this.#descriptor);
    this.#descriptor = -1;
  }
}

function missingOrThrow(error: unknown, path: string): undefined {
  const { code } = error as NodeJS.ErrnoException;
  if (code !== undefined && MISSING.has(code)) return undefined;
  throw new DmonError("host_read", `cannot read ${path}: ${messageOf(error)}`, { cause: error });
}

function join(prefix: string, path: string): string {
  const trimmed = path.startsWith("/") ? path.slice(1) : path;
  if (trimmed === "") return prefix;
  return prefix.endsWith("/") ? prefix + trimmed : `${prefix}/${trimmed}`;
}
