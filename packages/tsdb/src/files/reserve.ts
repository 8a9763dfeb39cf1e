/**
 * Ten megabytes kept on the disk for the day it is full: given back, they let the store remove old files, finish what was
 * begun and say so; taken again once there is room.
 */
import { closeSync, existsSync, openSync, rmSync, statfsSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";

export const RESERVE_BYTES = 10 * 1024 * 1024;
/** Free space, as a multiple of the reserve, from which on it is taken again. */
const ENOUGH = 3;

export class Reserve {
  readonly path: string;
  readonly #dir: string;
  readonly #bytes: number;

  /** @param bytes 0 for no reserve */
  constructor(dir: string, bytes: number) {
    this.#dir = dir;
    this.#bytes = bytes;
    this.path = join(dir, "reserve");
  }

  /** Makes the reserve if it is not there and the disk has plenty. Never throws. */
  take(): void {
    if (this.#bytes === 0) return;
    try {
      if (statSync(this.path, { throwIfNoEntry: false })?.size === this.#bytes) return;
      const { bavail, bsize } = statfsSync(this.#dir);
      if (bavail * bsize < this.#bytes * ENOUGH) return;
      const file = openSync(this.path, "w");
      try {
        // Written, not only sized: a hole in the file would hold no room.
        const block = new Uint8Array(1024 * 1024).fill(0x5a);
        for (let at = 0; at < this.#bytes; at += block.length) {
          writeSync(file, block, 0, Math.min(block.length, this.#bytes - at));
        }
      } finally {
        closeSync(file);
      }
    } catch {
      rmSync(this.path, { force: true });
    }
  }

  /** Gives the room back. @returns whether there was any */
  give(): boolean {
    const was = existsSync(this.path);
    rmSync(this.path, { force: true });
    return was;
  }
}
