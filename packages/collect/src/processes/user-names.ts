/** User names by number, from the watched machine's `/etc/passwd`. Source: passwd(5). */
import type { Host } from "../collector.ts";

/** How often an unknown number may make us read the file again. */
const REREAD_MS = 60_000;

export class UserNames {
  readonly #host: Host;
  #names = new Map<number, string>();
  #readAtMs = Number.NEGATIVE_INFINITY;

  constructor(host: Host) {
    this.#host = host;
  }

  /** The user's name; the number as text where it has none (a container's user, a directory service's). */
  nameOf(uid: number, nowMs: number): string {
    if (Number.isNaN(uid)) return "";
    const known = this.#names.get(uid);
    if (known !== undefined) return known;
    if (nowMs - this.#readAtMs >= REREAD_MS) {
      this.#readAtMs = nowMs;
      this.#names = parsePasswd(this.#read());
    }
    return this.#names.get(uid) ?? String(uid);
  }

  #read(): string {
    try {
      const bytes = this.#host.readOnce(this.#host.rootPath("etc/passwd"));
      return bytes === undefined ? "" : new TextDecoder().decode(bytes);
    } catch {
      // Without the file people see numbers, which is what there is to say.
      return "";
    }
  }
}

export function parsePasswd(text: string): Map<number, string> {
  const names = new Map<number, string>();
  for (const line of text.split("\n")) {
    const [name, , uid] = line.split(":");
    // The first of several names for one number is the one that tools show.
    if (name && uid && /^\d+$/.test(uid) && !names.has(Number(uid))) names.set(Number(uid), name);
  }
  return names;
}
