/** One-off readings of small files: attributes under `/sys`, release files. For {@link slowly} and for making collectors. */
import type { Host } from "../collector.ts";
import { integerOf, trimmedText } from "./bytes.ts";

/** The text of a file without the white space around it; undefined where it does not exist. */
export function readText(host: Host, path: string): string | undefined {
  const bytes = host.readOnce(path);
  return bytes === undefined ? undefined : trimmedText(bytes);
}

/** The same, and undefined also where the file may not be read or the device refuses to say. */
export function readTextIfAllowed(host: Host, path: string): string | undefined {
  const bytes = readBytesIfAllowed(host, path);
  return bytes === undefined ? undefined : trimmedText(bytes);
}

/** The content; undefined where the file is missing, may not be read, or the device refuses to say. The bytes are the host's. */
export function readBytesIfAllowed(host: Host, path: string): Uint8Array | undefined {
  try {
    return host.readOnce(path);
  } catch {
    return undefined;
  }
}

/** The integer that a file holds (decimal, or hexadecimal after `0x`); undefined where it is missing or holds none. */
export function readInteger(host: Host, path: string): number | undefined {
  const bytes = host.readOnce(path);
  if (bytes === undefined) return undefined;
  const value = integerOf(bytes);
  return Number.isNaN(value) ? undefined : value;
}

/** The same, and undefined also where the file may not be read or the device refuses to say. */
export function readIntegerIfAllowed(host: Host, path: string): number | undefined {
  try {
    return readInteger(host, path);
  } catch {
    return undefined;
  }
}

/** The numbers that a list of CPUs or nodes names: `0-2,5` gives 0, 1, 2, 5. */
export function parseNumberList(text: string): number[] {
  const out: number[] = [];
  for (const part of text.split(",")) {
    const [from, to = from] = part.split("-").map(Number);
    if (part === "" || from === undefined || to === undefined) continue;
    for (let i = from; i <= to; i++) out.push(i);
  }
  return out;
}
