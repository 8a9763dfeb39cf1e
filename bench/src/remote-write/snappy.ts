/**
 * Snappy's block format, compressing: greedy matches of four bytes or more by a hash of four, as real senders do, so that
 * receivers decode what they meet in production.
 * Source: google/snappy format_description.txt.
 */

const HASH_BITS = 14;
const MAX_OFFSET = 65_535;

export function snappyCompress(input: Uint8Array): Uint8Array {
  const output = new Output(32 + input.length + Math.ceil(input.length / 6));
  output.varint(input.length);
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength);
  const table = new Int32Array(1 << HASH_BITS).fill(-1);
  let literalFrom = 0;
  let at = 0;
  while (at + 4 <= input.length) {
    const word = view.getUint32(at, true);
    const slot = Math.imul(word, 0x1e35a7bd) >>> (32 - HASH_BITS);
    const candidate = table[slot]!;
    table[slot] = at;
    if (candidate < 0 || at - candidate > MAX_OFFSET || view.getUint32(candidate, true) !== word) {
      at++;
      continue;
    }
    output.literal(input, literalFrom, at);
    let length = 4;
    while (at + length < input.length && input[candidate + length] === input[at + length]) length++;
    output.copy(at - candidate, length);
    at += length;
    literalFrom = at;
  }
  output.literal(input, literalFrom, input.length);
  return output.bytes.subarray(0, output.length);
}

class Output {
  readonly bytes: Uint8Array;
  length = 0;

  constructor(capacity: number) {
    this.bytes = new Uint8Array(capacity);
  }

  varint(value: number): void {
    let rest = value;
    for (; rest >= 0x80; rest >>>= 7) this.bytes[this.length++] = (rest & 0x7f) | 0x80;
    this.bytes[this.length++] = rest;
  }

  literal(input: Uint8Array, from: number, to: number): void {
    const length = to - from;
    if (length === 0) return;
    const stored = length - 1;
    if (stored < 60) this.bytes[this.length++] = stored << 2;
    else {
      const size = stored < 0x100 ? 1 : stored < 0x1_0000 ? 2 : stored < 0x100_0000 ? 3 : 4;
      this.bytes[this.length++] = (59 + size) << 2;
      for (let i = 0; i < size; i++) this.bytes[this.length++] = (stored >>> (8 * i)) & 0xff;
    }
    this.bytes.set(input.subarray(from, to), this.length);
    this.length += length;
  }

  /** Copies with a two-byte offset, up to 64 bytes each. */
  copy(offset: number, length: number): void {
    for (let rest = length; rest > 0; ) {
      const part = Math.min(rest, 64);
      this.bytes[this.length++] = ((part - 1) << 2) | 2;
      this.bytes[this.length++] = offset & 0xff;
      this.bytes[this.length++] = offset >>> 8;
      rest -= part;
    }
  }
}
