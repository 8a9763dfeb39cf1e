/**
 * Snappy, block format: what remote write and remote read are packed with.
 *
 * The decoder writes into one buffer that grows and is used again. Every length and offset is checked, so hostile input gives an
 * error and touches nothing outside. Words of four bytes are copied where that may not overlap; both buffers have room for the
 * last word's excess.
 * Source: google/snappy `format_description.txt`.
 */
import { DmonError } from "@dmon/model";
import { viewOf } from "../bytes/byte-table.ts";

/** Room after the output's end that a copy in words may scribble on. */
const SLACK = 8;
const MAX_HEADER_BYTES = 5;

export class SnappyDecoder {
  readonly #maxBytes: number;
  #out = new Uint8Array(64 * 1024 + SLACK);
  #outView = viewOf(this.#out);

  /** @param maxBytes largest decoded size */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /**
   * @returns the decoded bytes, in a buffer that the next call overwrites
   * @throws {DmonError} `bad_snappy`, `snappy_too_large`
   */
  decode(input: Uint8Array): Uint8Array {
    let at = 0;
    let size = 0;
    for (let scale = 1; ; scale *= 128) {
      if (at === input.length || at === MAX_HEADER_BYTES) throw corrupt();
      const byte = input[at++]!;
      size += (byte & 0x7f) * scale;
      if (byte < 0x80) break;
    }
    if (size > 0xffff_ffff) throw corrupt();
    if (size > this.#maxBytes) {
      throw new DmonError("snappy_too_large", `snappy: decoded length ${size} exceeds limit ${this.#maxBytes}`);
    }
    // A block cannot grow more than this by any element, so a lying header allocates little.
    if (size > input.length * 64 + 64) throw corrupt();
    if (size + SLACK > this.#out.length) {
      this.#out = new Uint8Array(Math.max(size + SLACK, Math.min(this.#out.length * 2, this.#maxBytes + SLACK)));
      this.#outView = viewOf(this.#out);
    }
    if (!unpack(input, viewOf(input), at, this.#out, this.#outView, size)) throw corrupt();
    return this.#out.subarray(0, size);
  }
}

function unpack(
  input: Uint8Array,
  inView: DataView,
  start: number,
  out: Uint8Array,
  outView: DataView,
  size: number,
): boolean {
  const end = input.length;
  let at = start;
  let to = 0;
  while (at < end) {
    const tag = input[at]!;
    if ((tag & 3) === 0) {
      let length = (tag >>> 2) + 1;
      at++;
      if (length > 60) {
        const bytes = length - 60;
        if (at + bytes > end) return false;
        length = input[at]! + 1;
        if (bytes > 1) length += input[at + 1]! * 0x100;
        if (bytes > 2) length += input[at + 2]! * 0x1_0000;
        if (bytes > 3) length += input[at + 3]! * 0x100_0000;
        at += bytes;
      }
      if (length > end - at || length > size - to) return false;
      if (length <= 64 && at + length + 4 <= end) {
        for (let i = 0; i < length; i += 4) outView.setInt32(to + i, inView.getInt32(at + i, true), true);
      } else if (length <= 64) {
        for (let i = 0; i < length; i++) out[to + i] = input[at + i]!;
      } else out.set(input.subarray(at, at + length), to);
      at += length;
      to += length;
      continue;
    }
    let length: number;
    let offset: number;
    if ((tag & 3) === 1) {
      if (at + 2 > end) return false;
      length = ((tag >>> 2) & 7) + 4;
      offset = ((tag & 0xe0) << 3) | input[at + 1]!;
      at += 2;
    } else if ((tag & 3) === 2) {
      if (at + 3 > end) return false;
      length = (tag >>> 2) + 1;
      offset = input[at + 1]! | (input[at + 2]! << 8);
      at += 3;
    } else {
      if (at + 5 > end) return false;
      length = (tag >>> 2) + 1;
      offset = inView.getUint32(at + 1, true);
      at += 5;
    }
    if (offset === 0 || offset > to || length > size - to) return false;
    const from = to - offset;
    // Words may be copied in order where each one's source is complete before it is read.
    if (offset >= 4)
      for (let i = 0; i < length; i += 4) outView.setInt32(to + i, outView.getInt32(from + i, true), true);
    else for (let i = 0; i < length; i++) out[to + i] = out[from + i]!;
    to += length;
  }
  return to === size;
}

function corrupt(): DmonError {
  return new DmonError("bad_snappy", "snappy: corrupt input");
}

const HASH_BITS = 14;
/** Positions are searched within blocks of this size, as the format's offsets of two bytes want it. */
const BLOCK = 65_536;

/** Packs bytes as one snappy block. */
export function snappyEncode(input: Uint8Array): Uint8Array {
  const out = new Uint8Array(input.length + Math.ceil(input.length / 6) + 32);
  let to = writeSize(out, input.length);
  const view = viewOf(input);
  const heads = new Int32Array(1 << HASH_BITS);
  for (let base = 0; base < input.length; base += BLOCK) {
    const end = Math.min(base + BLOCK, input.length);
    heads.fill(-1);
    let literalFrom = base;
    let at = base;
    while (at + 8 <= end) {
      const word = view.getInt32(at, true);
      const hash = Math.imul(word, 0x1e35a7bd) >>> (32 - HASH_BITS);
      const candidate = heads[hash]!;
      heads[hash] = at;
      if (candidate < 0 || view.getInt32(candidate, true) !== word) {
        // Steps widen over stretches without a match.
        at += 1 + ((at - literalFrom) >>> 5);
        continue;
      }
      to = writeLiteral(out, to, input, literalFrom, at);
      let length = 4;
      while (at + length < end && input[candidate + length] === input[at + length]) length++;
      to = writeCopy(out, to, at - candidate, length);
      at += length;
      literalFrom = at;
    }
    to = writeLiteral(out, to, input, literalFrom, end);
  }
  return out.subarray(0, to);
}

function writeSize(out: Uint8Array, size: number): number {
  let to = 0;
  let rest = size;
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) out[to++] = (rest % 128) | 0x80;
  out[to++] = rest;
  return to;
}

function writeLiteral(out: Uint8Array, at: number, input: Uint8Array, from: number, end: number): number {
  const length = end - from;
  if (length === 0) return at;
  let to = at;
  if (length <= 60) out[to++] = (length - 1) << 2;
  else if (length <= 0x100) {
    out[to++] = 60 << 2;
    out[to++] = length - 1;
  } else {
    out[to++] = 61 << 2;
    out[to++] = (length - 1) & 0xff;
    out[to++] = (length - 1) >>> 8;
  }
  out.set(input.subarray(from, end), to);
  return to + length;
}

function writeCopy(out: Uint8Array, at: number, offset: number, length: number): number {
  let to = at;
  for (let rest = length; rest > 0; ) {
    const part = Math.min(rest, 64);
    out[to++] = ((part - 1) << 2) | 2;
    out[to++] = offset & 0xff;
    out[to++] = offset >>> 8;
    rest -= part;
  }
  return to;
}
