/** Readings on the thread pool of small files that may be slow, or never answer. */
import type { Host } from "../collector.ts";
import { integerOf, trimmedText } from "./bytes.ts";

const REFRESHES_REMEMBERED = 12;

/** The text without white space around it; undefined where the file is missing or the device refuses. Never rejects. */
export async function readTextAside(host: Host, path: string, touchesDevice = true): Promise<string | undefined> {
  const bytes = await host.readAside(path, touchesDevice);
  return bytes === undefined ? undefined : trimmedText(bytes);
}

/** The integer that the file holds; undefined where there is none. Never rejects. */
export async function readIntegerAside(host: Host, path: string): Promise<number | undefined> {
  const bytes = await host.readAside(path);
  const value = bytes === undefined ? Number.NaN : integerOf(bytes);
  return Number.isNaN(value) ? undefined : value;
}

/**
 * Attributes that hardly ever change (labels, limits, who made it): read at every twelfth refresh, remembered between.
 * Call {@link next} at the beginning of a refresh.
 */
export class RareTexts {
  readonly #host: Host;
  readonly #texts = new Map<string, string | undefined>();
  #refreshes = 0;

  constructor(host: Host) {
    this.#host = host;
  }

  next(): void {
    if (this.#refreshes++ % REFRESHES_REMEMBERED === 0) this.#texts.clear();
  }

  async text(path: string): Promise<string | undefined> {
    if (this.#texts.has(path)) return this.#texts.get(path);
    const text = await readTextAside(this.#host, path, false);
    this.#texts.set(path, text);
    return text;
  }
}
