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
import { GridBuilder, Grids } from "./grid.ts";
import { decodeTierChunk, encodeTierChunk } from "./tier-chunk.ts";

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

/** A pack, opened: its checksum holds, its directory is read, its chunks wait. */
export class Pack implements PackMeta {
  readonly minId: number;
  readonly maxId: number;
  readonly minMs: number;
  readonly maxMs: number;
  readonly sampleCount: number;
  /** Series ids, ascending. */
  readonly ids: Float64Array;
  readonly sizeBytes: number;
  #starts: Uint32Array;
  #grids: Grids;
  #data: Uint8Array;

  /** @throws {CorruptBytes} where the blob is not what was written, or of a version unknown here */
  constructor(data: Uint8Array) {
    const input = new ByteReader(data);
    if (input.u32() !== MAGIC) throw new CorruptBytes("not a pack");
    const checksum = input.u32();
    if (crc32(data.subarray(8)) !== checksum) throw new CorruptBytes("checksum differs");
    const version = input.u8();
    if (version !== VERSION) throw new CorruptBytes(`pack version ${version}`);
    this.minMs = input.zigzag();
    this.maxMs = this.minMs + input.varint();
    this.sampleCount = input.varint();
    const count = input.count(2);
    this.ids = new Float64Array(count);
    this.#starts = new Uint32Array(count + 1);
    let id = 0;
    let end = 0;
    for (let i = 0; i < count; i++) {
      id += input.varint();
      end += input.varint();
      this.ids[i] = id;
      this.#starts[i + 1] = end;
    }
    this.#grids = new Grids(input, (from, to) => new ByteReader(data, from, to));
    const body = input.position;
    for (let i = 0; i <= count; i++) this.#starts[i]! += body;
    if (this.#starts[count]! > data.length) throw new CorruptBytes("chunks beyond the end");
    this.minId = this.ids[0] ?? 0;
    this.maxId = id;
    this.#data = data;
    this.sizeBytes = data.length + count * 12;
  }

  /** Position of a series in the directory, -1 where it has no chunk here. */
  find(id: number): number {
    const { ids } = this;
    let lo = 0;
    let hi = ids.length;
    while (lo < hi) {
      const middle = (lo + hi) >>> 1;
      if (ids[middle]! < id) lo = middle + 1;
      else hi = middle;
    }
    return ids[lo] === id ? lo : -1;
  }

  /** Bytes of the chunk at a position of the directory. */
  chunkSize(position: number): number {
    return this.#starts[position + 1]! - this.#starts[position]!;
  }

  /** Instants of the chunk at `position`, ascending; nothing else of it is decoded. Not to be changed. */
  times(position: number): Float64Array {
    const input = this.#reader(position);
    input.u8();
    return this.#grids.times(input);
  }

  /** Appends to `out` the samples of the chunk at `position` within `[minMs, maxMs]`. */
  readRaw(position: number, minMs: number, maxMs: number, out: SampleColumns): void {
    decodeChunk(this.#reader(position), this.#grids, minMs, maxMs, out);
  }

  /** Appends to `out` the tier points whose bucket ends within `[minMs, maxMs]`. */
  readTier(position: number, minMs: number, maxMs: number, out: TierPoints): void {
    decodeTierChunk(this.#reader(position), this.#grids, minMs, maxMs, out);
  }

  #reader(position: number): ByteReader {
    return new ByteReader(this.#data, this.#starts[position]!, this.#starts[position + 1]!);
  }
}
