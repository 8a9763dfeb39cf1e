/** Readings on the thread pool of small files that may be slow, or never answer. */
import type { Host } from "../collector.ts";
import { integerOf, trimmedText } from "./bytes.ts";

/** The text without white space around it; undefined where the file is missing or the device refuses. Never rejects. */
export async function readTextAside(host: Host, path: string): Promise<string | undefined> {
  const bytes = await host.readAside(path);
  return bytes === undefined ? undefined : trimmedText(bytes);
}

/** The integer that the file holds; undefined where there is none. Never rejects. */
export async function readIntegerAside(host: Host, path: string): Promise<number | undefined> {
  const bytes = await host.readAside(path);
  const value = bytes === undefined ? Number.NaN : integerOf(bytes);
  return Number.isNaN(value) ? undefined : value;
}
