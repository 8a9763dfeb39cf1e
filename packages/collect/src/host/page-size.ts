/**
 * The size of a memory page: 4 KiB on most machines, 16 or 64 KiB on some of arm64 and ppc64.
 *
 * Source: the auxiliary vector that the kernel gives each process, getauxval(3): pairs of native words, type and value.
 */
import { readFileSync } from "node:fs";
import { endianness } from "node:os";

const AT_PAGESZ = 6n;
const WORD_BYTES = 8;
const USUAL_BYTES = 4096;

let known: number | undefined;

/** Bytes; 4096 where the kernel does not say. */
export function pageSizeBytes(): number {
  known ??= readPageSize();
  return known;
}

function readPageSize(): number {
  try {
    const vector = readFileSync("/proc/self/auxv");
    const littleEndian = endianness() === "LE";
    const view = new DataView(vector.buffer, vector.byteOffset, vector.byteLength);
    for (let at = 0; at + 2 * WORD_BYTES <= vector.length; at += 2 * WORD_BYTES) {
      if (view.getBigUint64(at, littleEndian) === AT_PAGESZ)
        return Number(view.getBigUint64(at + WORD_BYTES, littleEndian));
    }
  } catch {
    // No such file outside Linux.
  }
  return USUAL_BYTES;
}
