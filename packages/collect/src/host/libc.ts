/**
 * The few calls of the C library that Node.js does not offer, through koffi; undefined where that cannot load, and on machines
 * whose structures are laid out differently (32 bits, big endian).
 */
import { createRequire } from "node:module";
import { platform } from "node:os";

const ARCHITECTURES = ["x64", "arm64", "riscv64", "loong64"];
/** glibc, then musl. */
const LIBRARIES = ["libc.so.6", "libc.so"];

export interface Libc {
  /** A function by its C declaration. @throws where there is none of that name */
  func(declaration: string): (...args: readonly (number | string | Uint8Array)[]) => number;
  /** Where the bytes lie. They must stay referenced while the address is in use. */
  addressOf(bytes: Uint8Array): bigint;
}

let loaded: Libc | undefined | "not yet" = "not yet";

export function loadLibc(): Libc | undefined {
  if (loaded === "not yet") loaded = tryLoad();
  return loaded;
}

function tryLoad(): Libc | undefined {
  if (platform() !== "linux" || !ARCHITECTURES.includes(process.arch)) return undefined;
  let koffi: typeof import("koffi");
  try {
    koffi = createRequire(import.meta.url)("koffi") as typeof import("koffi");
  } catch {
    return undefined;
  }
  for (const name of LIBRARIES) {
    try {
      const library = koffi.load(name);
      return {
        func: (declaration) => library.func(declaration) as unknown as ReturnType<Libc["func"]>,
        addressOf: (bytes) => BigInt(koffi.address(bytes)),
      };
    } catch {
      // The next name.
    }
  }
  return undefined;
}
