/** Opened packs, the most recently used first, bounded by bytes. */
import type { Pack } from "../codec/pack.ts";
import type { PackFile, PackRow } from "../files/pack-file.ts";

export class PackCache {
  readonly maxBytes: number;
  #entries = new Map<PackRow, Pack>();
  #bytes = 0;

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  get sizeBytes(): number {
    return this.#bytes;
  }

  /** The pack if it is here. */
  peek(row: PackRow): Pack | undefined {
    return this.#entries.get(row);
  }

  /** Undefined where the pack is damaged. */
  get(file: PackFile, row: PackRow): Pack | undefined {
    const known = this.#entries.get(row);
    if (known !== undefined) {
      this.#entries.delete(row);
      this.#entries.set(row, known);
      return known;
    }
    const pack = file.read(row);
    if (pack === undefined) return undefined;
    this.#entries.set(row, pack);
    this.#bytes += pack.sizeBytes;
    for (const [oldest, entry] of this.#entries) {
      if (this.#bytes <= this.maxBytes || oldest === row) break;
      this.#entries.delete(oldest);
      this.#bytes -= entry.sizeBytes;
    }
    return pack;
  }

  /** Forgets the packs of a file. */
  drop(file: PackFile): void {
    for (const row of file.packs) {
      this.#bytes -= this.#entries.get(row)?.sizeBytes ?? 0;
      this.#entries.delete(row);
    }
  }
}
