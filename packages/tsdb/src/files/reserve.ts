/**
 * Ten megabytes kept on the disk for the day it is full: given back, they let the store remove old files, finish what was
 * begun and say so; taken again once there is room.
 */
import { closeSync, existsSync, openSync, rmSync, statfsSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";

const RESERVE_BYTES = 10 * 1024 * 1024;
/** Free space, as a multiple of the reserve, from which on it is taken again. */
const ENOUGH = 3;

export class Reserve {
  readonly path: string;
  readonly #dir: string;

  constructor(dir: string) {
    this.#dir = dir;
    this.path = join(dir, "reserve");
  }

  /** Makes the reserve if it is not there and the disk has plenty. Never throws. */
  take(): void {
    try {
      if (statSync(this.path, { throwIfNoEntry: false })?.size === RESERVE_BYTES) return;
      const { bavail, bsize } = statfsSync(this.#dir);
      if (bavail * bsize < RESERVE_BYTES * ENOUGH) return;
      const file = openSync(this.path, "w");
      try {
        // Written, not only sized: a hole in the file would hold no room.
        const block = new Uint8Array(1024 * 1024).fill(0x5a);
        for (let at = 0; at < RESERVE_BYTES; at += block.length) writeSync(file, block);
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
