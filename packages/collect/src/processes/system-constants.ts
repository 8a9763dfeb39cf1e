/** Units in which the kernel counts: clock ticks and pages. Source: getauxval(3), `linux/auxvec.h`. */
import { existsSync, readFileSync } from "node:fs";

/** `USER_HZ`: 100 on every architecture that Node.js runs on. */
export const TICKS_PER_SECOND = 100;

const AT_PAGESZ = 6n;
const USUAL_PAGE_BYTES = 4096;

/** Bytes a page: 4096 almost everywhere, 16 or 64 KiB on some arm64 kernels. */
export function pageBytes(auxv: Uint8Array = ownAuxv()): number {
  const words = new BigUint64Array(auxv.slice(0, auxv.length - (auxv.length % 16)).buffer);
  for (let i = 0; i < words.length; i += 2) if (words[i] === AT_PAGESZ) return Number(words[i + 1]);
  return USUAL_PAGE_BYTES;
}

function ownAuxv(): Uint8Array {
  return existsSync("/proc/self/auxv") ? Uint8Array.from(readFileSync("/proc/self/auxv")) : new Uint8Array(0);
}
