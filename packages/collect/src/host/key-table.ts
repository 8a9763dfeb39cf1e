/**
 * Finds what belongs to a name in a file whose names come in the same order at every read.
 *
 * Lines of `/proc` files keep their order, so the entry after the last one found is nearly always the right one: one
 * comparison of bytes, no string and no hash. Where the order changed, the entries after it are searched, then those before.
 */
import { asciiText, bytesEqual } from "./bytes.ts";

interface Entry<T> {
  readonly key: Uint8Array;
  readonly value: T;
  /** The sweep at which the entry was last found. */
  seen: number;
}

export class KeyTable<T> {
  readonly #make: (name: string) => T;
  #entries: Entry<T>[] = [];
  #next = 0;
  #sweep = 0;

  /** @param make called once for each new name; its answer is what {@link find} then gives */
  constructor(make: (name: string) => T) {
    this.#make = make;
  }

  /** Call before the first line of a file. */
  rewind(): void {
    this.#next = 0;
    this.#sweep++;
  }

  /** What belongs to the name `bytes[start, end)`. */
  find(bytes: Uint8Array, start: number, end: number): T {
    const entries = this.#entries;
    const expected = entries[this.#next];
    if (expected !== undefined && bytesEqual(bytes, start, end, expected.key)) {
      this.#next++;
      expected.seen = this.#sweep;
      return expected.value;
    }
    for (let k = 0; k < entries.length; k++) {
      const i = (this.#next + k) % entries.length;
      const entry = entries[i]!;
      if (!bytesEqual(bytes, start, end, entry.key)) continue;
      this.#next = i + 1;
      entry.seen = this.#sweep;
      return entry.value;
    }
    const entry = { key: bytes.slice(start, end), value: this.#make(asciiText(bytes, start, end)), seen: this.#sweep };
    // Where it was met, so that the order of the table stays that of the file.
    entries.splice(this.#next, 0, entry);
    this.#next++;
    return entry.value;
  }

  /** Drops the names that were not found since the last {@link rewind}. Call after the last line. */
  forgetUnseen(onForget: (value: T) => void): void {
    const { length } = this.#entries;
    for (let i = 0; i < length; i++) {
      if (this.#entries[i]!.seen === this.#sweep) continue;
      const kept = this.#entries.filter((entry) => entry.seen === this.#sweep);
      for (const entry of this.#entries) if (entry.seen !== this.#sweep) onForget(entry.value);
      this.#entries = kept;
      return;
    }
  }
}
