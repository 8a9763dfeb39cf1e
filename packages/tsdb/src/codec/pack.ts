/**
 * A pack: the chunks of several series over one while, in one blob: docs/formats/pack.md.
 *
 * Few large blobs, because a row of SQLite costs about as much to reach as 64 KB cost to read. Series are in order of their
 * id, so that those that were defined together (the modes of a CPU, the counters of a disk) are read together.
 */

import { crc32 } from "node:zlib";
import type { SampleColumns } from "@dmon/model";
import type { TierPoints } from "../tiers/points.ts";
import { ByteReader, ByteWriter, CorruptBytes } from "./bytes.ts";
import { decodeChunk, encodeChunk } from "./chunk.ts";
import type { Deletions } from "./deletions.ts";
import { GridBuilder, Grids, lowerBound } from "./grid.ts";
import { decodeTierChunk, encodeTierChunk, type TierNeeds } from "./tier-chunk.ts";

const MAGIC = 0x4b504d44; // "DMPK"
const VERSION = 1;

/** Chunk bytes after which a pack is closed. */
export const PACK_TARGET_BYTES = 64 * 1024;

export interface PackMeta {
  readonly minId: number;
  readonly maxId: number;
  /** Inclusive, ms. */
  readonly minMs: number;
  readonly maxMs: number;
  readonly sampleCount: number;
}

export interface BuiltPack extends PackMeta {
  readonly data: Uint8Array<ArrayBuffer>;
}

/** Collects chunks in ascending order of series id. */
export class PackBuilder {
  #grids = new GridBuilder();
  #chunks = new ByteWriter(PACK_TARGET_BYTES + 16 * 1024);
  #ids: number[] = [];
  #ends: number[] = [];
  #minMs = Number.POSITIVE_INFINITY;
  #maxMs = Number.NEGATIVE_INFINITY;
  #samples = 0;

  get size(): number {
    return this.#chunks.length;
  }

  get lastId(): number {
    return this.#ids.at(-1) ?? -1;
  }

  /** @param id larger than {@link lastId} */
  addRaw(id: number, columns: SampleColumns): void {
    encodeChunk(this.#chunks, columns, this.#grids);
    this.#added(id, columns.timesMs[0]!, columns.timesMs[columns.length - 1]!, columns.length);
  }

  addTier(id: number, points: TierPoints): void {
    encodeTierChunk(this.#chunks, points, this.#grids);
    this.#added(id, points.endsMs[0]!, points.endsMs[points.length - 1]!, points.length);
  }

  #added(id: number, minMs: number, maxMs: number, count: number): void {
    this.#ids.push(id);
    this.#ends.push(this.#chunks.length);
    this.#minMs = Math.min(this.#minMs, minMs);
    this.#maxMs = Math.max(this.#maxMs, maxMs);
    this.#samples += count;
  }

  /** The pack, and an empty builder again; undefined where nothing was added. */
  finish(): BuiltPack | undefined {
    if (this.#ids.length === 0) return undefined;
    const out = new ByteWriter(this.#chunks.length + 1024);
    out.u32(MAGIC);
    out.u32(0);
    out.u8(VERSION);
    out.zigzag(this.#minMs);
    out.varint(this.#maxMs - this.#minMs);
    out.varint(this.#samples);
    out.varint(this.#ids.length);
    let lastId = 0;
    let lastEnd = 0;
    for (let i = 0; i < this.#ids.length; i++) {
      out.varint(this.#ids[i]! - lastId);
      out.varint(this.#ends[i]! - lastEnd);
      lastId = this.#ids[i]!;
      lastEnd = this.#ends[i]!;
    }
    this.#grids.write(out);
    out.bytes(this.#chunks.buffer.subarray(0, this.#chunks.length));
    const data = out.take();
    new DataView(data.buffer).setUint32(4, crc32(data.subarray(8)), true);
    const built: BuiltPack = {
      minId: this.#ids[0]!,
      maxId: lastId,
      minMs: this.#minMs,
      maxMs: this.#maxMs,
      sampleCount: this.#samples,
      data,
    };
    this.#grids = new GridBuilder();
    this.#chunks.reset();
    this.#ids = [];
    this.#ends = [];
    this.#minMs = Number.POSITIVE_INFINITY;
    this.#maxMs = Number.NEGATIVE_INFINITY;
    this.#samples = 0;
    return built;
  }
}

/** Chunks of some series of a pack, ready to be decoded. */
export class PackChunks {
  /** Series ids, ascending. */
  readonly ids: Float64Array;
  /** Memory that it takes, bytes. */
  readonly sizeBytes: number;
  /** What of the pack was deleted; given by the file that it was read from. Readers pass over it. */
  deletions: Deletions | undefined;
  #starts: Uint32Array;
  #grids: Grids;
  #data: Uint8Array;

  /** @param starts where each series' chunk begins in `data`, and where the last one ends */
  protected constructor(ids: Float64Array, starts: Uint32Array, grids: Grids, data: Uint8Array) {
    this.ids = ids;
    this.#starts = starts;
    this.#grids = grids;
    this.#data = data;
    this.sizeBytes = data.length + ids.length * 12;
  }

  /** Position of a series in the directory, -1 where it has no chunk here. */
  find(id: number): number {
    const at = lowerBound(this.ids, this.ids.length, id);
    return this.ids[at] === id ? at : -1;
  }

  /** Bytes of the chunk at a position of the directory. */
  chunkSize(position: number): number {
    return this.#starts[position + 1]! - this.#starts[position]!;
  }

  /** Instants of the chunk at `position`, ascending, deleted ones too; nothing else of it is decoded. Not to be changed. */
  times(position: number): Float64Array {
    const input = this.#reader(position);
    input.u8();
    return this.#grids.times(input);
  }

  /** How many instants of the chunk at `position` within `[minMs, maxMs]` are not deleted. */
  countLeft(position: number, minMs = Number.NEGATIVE_INFINITY, maxMs = Number.POSITIVE_INFINITY): number {
    const times = this.times(position);
    if (this.deletions !== undefined) return this.deletions.countLeft(this.ids[position]!, times, minMs, maxMs);
    return upperBound(times, maxMs) - lowerBound(times, times.length, minMs);
  }

  /** Appends to `out` the samples of the chunk at `position` within `[minMs, maxMs]`. */
  readRaw(position: number, minMs: number, maxMs: number, out: SampleColumns): void {
    const before = out.length;
    decodeChunk(this.#reader(position), this.#grids, minMs, maxMs, out);
    this.deletions?.dropSamples(this.ids[position]!, out, before);
  }

  /** Appends to `out` the tier points whose bucket ends within `[minMs, maxMs]`. */
  readTier(position: number, minMs: number, maxMs: number, out: TierPoints, needs?: TierNeeds): void {
    const before = out.length;
    decodeTierChunk(this.#reader(position), this.#grids, minMs, maxMs, out, needs);
    this.deletions?.dropPoints(this.ids[position]!, out, before);
  }

  /** The chunks of those series alone that are among `ids` (ascending), as a copy that keeps nothing else in memory. */
  only(ids: Float64Array): PackChunks {
    const positions: number[] = [];
    const grids = new Set<number>();
    for (let at = lowerBound(ids, ids.length, this.ids[0] ?? 0); at < ids.length; at++) {
      if (ids[at]! > this.ids[this.ids.length - 1]!) break;
      const position = this.find(ids[at]!);
      if (position < 0) continue;
      positions.push(position);
      const input = this.#reader(position);
      input.u8();
      grids.add(input.varint());
    }
    const starts = new Uint32Array(positions.length + 1);
    positions.forEach((position, i) => {
      starts[i + 1] = starts[i]! + this.chunkSize(position);
    });
    const data = new Uint8Array(starts[positions.length]!);
    positions.forEach((position, i) => {
      data.set(this.#data.subarray(this.#starts[position]!, this.#starts[position + 1]!), starts[i]!);
    });
    const kept = Float64Array.from(positions, (position) => this.ids[position]!);
    const part = new PackChunks(kept, starts, this.#grids.only(grids), data);
    part.deletions = this.deletions;
    return part;
  }

  /** What it takes once it has been read, its decoded times with it, bytes. */
  get decodedBytes(): number {
    return this.sizeBytes + this.#grids.sizeBytes;
  }

  #reader(position: number): ByteReader {
    return new ByteReader(this.#data, this.#starts[position]!, this.#starts[position + 1]!);
  }
}

/** A pack, opened: its checksum holds, its directory is read, its chunks wait. */
export class Pack extends PackChunks implements PackMeta {
  readonly minId: number;
  readonly maxId: number;
  readonly minMs: number;
  readonly maxMs: number;
  readonly sampleCount: number;
  /** Checksum of the whole pack, which names it. */
  readonly sum: number;

  /** @throws {CorruptBytes} where the blob is not what was written, or of a version unknown here */
  constructor(data: Uint8Array) {
    const input = new ByteReader(data);
    if (input.u32() !== MAGIC) throw new CorruptBytes("not a pack");
    const checksum = input.u32();
    if (crc32(data.subarray(8)) !== checksum) throw new CorruptBytes("checksum differs");
    const version = input.u8();
    if (version !== VERSION) throw new CorruptBytes(`pack version ${version}`);
    const minMs = input.zigzag();
    const maxMs = minMs + input.varint();
    const sampleCount = input.varint();
    const count = input.count(2);
    const ids = new Float64Array(count);
    const starts = new Uint32Array(count + 1);
    let id = 0;
    let end = 0;
    for (let i = 0; i < count; i++) {
      id += input.varint();
      end += input.varint();
      ids[i] = id;
      starts[i + 1] = end;
    }
    const grids = Grids.read(input);
    const body = input.position;
    for (let i = 0; i <= count; i++) starts[i]! += body;
    if (starts[count]! > data.length) throw new CorruptBytes("chunks beyond the end");
    super(ids, starts, grids, data);
    this.minId = ids[0] ?? 0;
    this.maxId = id;
    this.minMs = minMs;
    this.maxMs = maxMs;
    this.sampleCount = sampleCount;
    this.sum = checksum;
  }
}

function upperBound(times: Float64Array, atMs: number): number {
  const at = lowerBound(times, times.length, atMs);
  return at < times.length && times[at] === atMs ? at + 1 : at;
}
