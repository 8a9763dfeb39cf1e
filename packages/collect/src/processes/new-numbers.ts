/**
 * Which process numbers the kernel gave away since it was last asked.
 *
 * To list `/proc` takes the kernel about 3 µs a process, a millisecond on a small host; but it gives numbers away in order, and the
 * last field of `/proc/loadavg` is the newest of them. What lies between two readings is all that can be new: processes,
 * threads, and what has ended already.
 *
 * The file tells of the numbers of its reader's namespace. So it is asked only where the watched `/proc` is of that namespace, and
 * where the kernel itself answers (LXCFS mounts a file of its own over it, which is some seconds late).
 * Sources: proc_loadavg(5), pid_namespaces(7), linux `kernel/pid.c`.
 */
import { statSync } from "node:fs";
import type { Host, HostFile } from "../collector.ts";
import { asciiText, decimalField } from "../host/bytes.ts";

const NEWEST_FIELD = 4;

export class NewNumbers {
  readonly #loadavg: HostFile | undefined;
  #newest = Number.NaN;

  constructor(host: Host) {
    this.#loadavg = isOfOwnNamespace(host) ? host.proc("loadavg") : undefined;
  }

  /** False where this machine does not tell, ever. */
  get isTold(): boolean {
    return this.#loadavg !== undefined;
  }

  /** The newest number as of the last {@link advance}; NaN where it was not said. */
  get newest(): number {
    return this.#newest;
  }

  /**
   * Moves on to the newest number.
   *
   * @returns how many numbers up to and including it may have been given away since the last call, 0 where none was; NaN where
   *   that is not known: at the first call, and where they began again from the lowest
   */
  advance(): number {
    const before = this.#newest;
    const bytes = this.#loadavg?.tryRead();
    const newest = bytes === undefined ? Number.NaN : decimalField(bytes, NEWEST_FIELD);
    // A kernel that has no such count says 0.
    this.#newest = newest > 0 ? newest : Number.NaN;
    const given = this.#newest - before;
    return given >= 0 ? given : Number.NaN;
  }

  close(): void {
    this.#loadavg?.close();
  }
}

function isOfOwnNamespace(host: Host): boolean {
  try {
    const status = host.readOnce(host.procPath("self/status"));
    // One number a namespace, from the one of this `/proc` down to the process' own.
    const numbers = status && /^NSpid:\t(.*)$/m.exec(asciiText(status))?.[1];
    if (numbers !== String(process.pid)) return false;
    return statSync(host.procPath("loadavg")).dev === statSync(host.procPath()).dev;
  } catch {
    return false;
  }
}
