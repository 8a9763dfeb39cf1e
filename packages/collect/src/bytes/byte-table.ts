/**
 * Numbers byte ranges: equal bytes always give the same small number, without making a string.
 *
 * Used where the same names arrive again and again (lines of a scrape, label bytes of remote write). Open addressing over a
 * multiplicative hash of 4-byte words; the bytes are kept in one arena and compared in full, so a colliding hash costs time and
 * never correctness. Each entry also remembers which entry followed it last time: senders repeat their order, and a correct
 * guess needs one comparison and no hash.
 */
const MIN_ENTRIES = 64;
const MIN_BYTES = 1024;

export class ByteTable {
  /** Number of entries; they are numbered 0 … count - 1 in order of their arrival. */
  count = 0;
  #ends = new Uint32Array(MIN_ENTRIES);
  #hashes = new Int32Array(MIN_ENTRIES);
  #next = new Int32Array(MIN_ENTRIES);
  /** Entry + 1; 0 is free. Length is a power of two, at least twice the room for entries. */
  #index = new Int32Array(MIN_ENTRIES * 2);
  #arena = new Uint8Array(MIN_BYTES);
  #view = new DataView(this.#arena.buffer);
  #used = 0;
  #lastHash = 0;

  /** Bytes held, for limits. */
  get sizeBytes(): number {
    return this.#arena.length + this.#ends.length * 12 + this.#index.length * 4;
  }

  /** @returns the entry equal to `view[start, end)`, or -1 */
  find(view: DataView, start: number, end: number): number {
    this.#lastHash = hashBytes(view, start, end);
    return this.#lookup(view, start, end, this.#lastHash);
  }

  /** Adds the range that the last {@link find} did not find. @returns its entry */
  addMissed(view: DataView, start: number, end: number): number {
    return this.#add(view, start, end, this.#lastHash);
  }

  /** @returns the entry equal to `view[start, end)`, made if need be: it is new where the answer equals the old `count` */
  findOrAdd(view: DataView, start: number, end: number): number {
    const hash = hashBytes(view, start, end);
    const found = this.#lookup(view, start, end, hash);
    return found >= 0 ? found : this.#add(view, start, end, hash);
  }

  /** @returns the offset after the entry's bytes where they stand at `at`, or -1 */
  matchAt(entry: number, view: DataView, at: number): number {
    const start = entry === 0 ? 0 : this.#ends[entry - 1]!;
    const length = this.#ends[entry]! - start;
    if (at + length > view.byteLength) return -1;
    return equalBytes(this.#view, start, view, at, length) ? at + length : -1;
  }

  /** The entry that followed `entry` when {@link follow} was last told, or -1. */
  after(entry: number): number {
    return this.#next[entry]! - 1;
  }

  follow(entry: number, next: number): void {
    this.#next[entry] = next + 1;
  }

  /** The entry's bytes; valid until the table changes. */
  bytesOf(entry: number): Uint8Array {
    return this.#arena.subarray(entry === 0 ? 0 : this.#ends[entry - 1]!, this.#ends[entry]!);
  }

  /** Forgets everything and gives the room back. */
  clear(): void {
    this.count = 0;
    this.#used = 0;
    this.#ends = new Uint32Array(MIN_ENTRIES);
    this.#hashes = new Int32Array(MIN_ENTRIES);
    this.#next = new Int32Array(MIN_ENTRIES);
    this.#index = new Int32Array(MIN_ENTRIES * 2);
    this.#arena = new Uint8Array(MIN_BYTES);
    this.#view = new DataView(this.#arena.buffer);
  }

  #lookup(view: DataView, start: number, end: number, hash: number): number {
    const mask = this.#index.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const entry = this.#index[slot]! - 1;
      if (entry < 0) return -1;
      if (this.#hashes[entry] !== hash) continue;
      const from = entry === 0 ? 0 : this.#ends[entry - 1]!;
      const length = this.#ends[entry]! - from;
      if (length === end - start && equalBytes(this.#view, from, view, start, length)) return entry;
    }
  }

  #add(view: DataView, start: number, end: number, hash: number): number {
    if (this.count === this.#ends.length) this.#growEntries();
    const length = end - start;
    if (this.#used + length > this.#arena.length) this.#growArena(this.#used + length);
    copyBytes(view, start, this.#view, this.#used, length);
    this.#used += length;
    const entry = this.count++;
    this.#ends[entry] = this.#used;
    this.#hashes[entry] = hash;
    this.#place(entry, hash);
    return entry;
  }

  #place(entry: number, hash: number): void {
    const mask = this.#index.length - 1;
    let slot = hash & mask;
    while (this.#index[slot] !== 0) slot = (slot + 1) & mask;
    this.#index[slot] = entry + 1;
  }

  #growEntries(): void {
    const size = this.#ends.length * 2;
    const ends = new Uint32Array(size);
    const hashes = new Int32Array(size);
    const next = new Int32Array(size);
    ends.set(this.#ends);
    hashes.set(this.#hashes);
    next.set(this.#next);
    this.#ends = ends;
    this.#hashes = hashes;
    this.#next = next;
    this.#index = new Int32Array(size * 2);
    for (let entry = 0; entry < this.count; entry++) this.#place(entry, hashes[entry]!);
  }

  #growArena(needed: number): void {
    const arena = new Uint8Array(Math.max(needed, this.#arena.length * 2));
    arena.set(this.#arena);
    this.#arena = arena;
    this.#view = new DataView(arena.buffer);
  }
}

/** A 32-bit hash of `view[start, end)`; good in its low bits. */
function hashBytes(view: DataView, start: number, end: number): number {
  let hash = end - start;
  let i = start;
  for (; i + 4 <= end; i += 4) {
    hash = Math.imul(hash ^ view.getInt32(i, true), 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  for (; i < end; i++) hash = Math.imul(hash ^ view.getUint8(i), 0x01000193);
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  return hash ^ (hash >>> 13);
}

function copyBytes(from: DataView, start: number, to: DataView, at: number, length: number): void {
  let i = 0;
  for (; i + 4 <= length; i += 4) to.setInt32(at + i, from.getInt32(start + i, true), true);
  for (; i < length; i++) to.setUint8(at + i, from.getUint8(start + i));
}

function equalBytes(a: DataView, aStart: number, b: DataView, bStart: number, length: number): boolean {
  let i = 0;
  for (; i + 4 <= length; i += 4) if (a.getInt32(aStart + i, true) !== b.getInt32(bStart + i, true)) return false;
  for (; i < length; i++) if (a.getUint8(aStart + i) !== b.getUint8(bStart + i)) return false;
  return true;
}

/** A view over exactly the bytes of an array. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
