/**
 * Bytes in and out: variable-length integers (LEB128 over up to 53 bits), zigzag, little-endian words, UTF-8.
 *
 * A writer grows by itself and is reused; what `take` gives is a copy. A reader never reads beyond its end: a length that
 * lies throws {@link CorruptBytes}, which callers turn into counted damage.
 */

/** Bytes that cannot be what was written: a torn or altered blob. Caught by whoever knows which blob it was. */
export class CorruptBytes extends Error {}

const scratch = new DataView(new ArrayBuffer(8));
const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8");

export class ByteWriter {
  buffer: Uint8Array<ArrayBuffer>;
  length = 0;

  constructor(capacity = 1024) {
    this.buffer = new Uint8Array(capacity);
  }

  reset(): this {
    this.length = 0;
    return this;
  }

  /** Makes room for `extra` more bytes. */
  reserve(extra: number): void {
    const need = this.length + extra;
    if (need <= this.buffer.length) return;
    const grown = new Uint8Array(Math.max(need, this.buffer.length * 2));
    grown.set(this.buffer.subarray(0, this.length));
    this.buffer = grown;
  }

  u8(value: number): void {
    this.reserve(1);
    this.buffer[this.length++] = value;
  }

  u32(value: number): void {
    this.reserve(4);
    const { buffer } = this;
    buffer[this.length++] = value;
    buffer[this.length++] = value >>> 8;
    buffer[this.length++] = value >>> 16;
    buffer[this.length++] = value >>> 24;
  }

  f64(value: number): void {
    scratch.setFloat64(0, value, true);
    this.u32(scratch.getUint32(0, true));
    this.u32(scratch.getUint32(4, true));
  }

  /** @param value whole, 0 … 2^53 */
  varint(value: number): void {
    this.reserve(8);
    let rest = value;
    while (rest >= 0x1000_0000) {
      this.buffer[this.length++] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    while (rest >= 128) {
      this.buffer[this.length++] = (rest & 127) | 128;
      rest >>>= 7;
    }
    this.buffer[this.length++] = rest;
  }

  /** @param value whole, |value| < 2^53 */
  zigzag(value: number): void {
    if (Math.abs(value) < 0x2000_0000) this.varint(value < 0 ? -value * 2 - 1 : value * 2);
    else this.wideZigzag(value);
  }

  /** Sign in the first byte, so that the magnitude keeps all its 53 bits. */
  private wideZigzag(value: number): void {
    const magnitude = Math.abs(value);
    // magnitude * 2 may need 54 bits: write the lowest seven bits of the doubled value by hand.
    const low = (magnitude % 64) * 2 - (value < 0 ? 1 : 0);
    if (low < 0) {
      // value < 0 and the magnitude is a multiple of 64: borrow from the rest.
      this.u8(127 | 128);
      this.varint(magnitude / 64 - 1);
      return;
    }
    this.u8(low | 128);
    this.varint(Math.floor(magnitude / 64));
  }

  bytes(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.buffer.set(bytes, this.length);
    this.length += bytes.length;
  }

  /** Length in bytes as a varint, then UTF-8. */
  text(value: string): void {
    const bytes = encoder.encode(value);
    this.varint(bytes.length);
    this.bytes(bytes);
  }

  /** A copy of what was written. */
  take(): Uint8Array<ArrayBuffer> {
    return this.buffer.slice(0, this.length);
  }
}

export class ByteReader {
  buffer: Uint8Array;
  position: number;
  end: number;

  constructor(buffer: Uint8Array, position = 0, end = buffer.length) {
    this.buffer = buffer;
    this.position = position;
    this.end = end;
  }

  get remaining(): number {
    return this.end - this.position;
  }

  u8(): number {
    if (this.position >= this.end) throw new CorruptBytes("ends too early");
    return this.buffer[this.position++]!;
  }

  u32(): number {
    if (this.position + 4 > this.end) throw new CorruptBytes("ends too early");
    const { buffer, position } = this;
    this.position += 4;
    return (
      (buffer[position]! |
        (buffer[position + 1]! << 8) |
        (buffer[position + 2]! << 16) |
        (buffer[position + 3]! << 24)) >>>
      0
    );
  }

  f64(): number {
    scratch.setUint32(0, this.u32(), true);
    scratch.setUint32(4, this.u32(), true);
    return scratch.getFloat64(0, true);
  }

  varint(): number {
    let result = 0;
    let scale = 1;
    for (let i = 0; i < 8; i++) {
      const byte = this.u8();
      result += (byte & 127) * scale;
      if (byte < 128) return result;
      scale *= 128;
    }
    throw new CorruptBytes("number too long");
  }

  zigzag(): number {
    // The doubled magnitude may need 54 bits, so the first byte is taken apart before anything is added up.
    const first = this.u8();
    const high = first >= 128 ? this.varint() : 0;
    const low = first & 127;
    return low & 1 ? -((low + 1) / 2 + high * 64) : low / 2 + high * 64;
  }

  /** A view, not a copy. */
  bytes(length: number): Uint8Array {
    const start = this.skip(length);
    return this.buffer.subarray(start, start + length);
  }

  /** Moves behind so many bytes, for readers that look at `buffer` themselves: a view costs more than few bytes do. @returns where they begin */
  skip(length: number): number {
    const start = this.position;
    if (length < 0 || start + length > this.end) throw new CorruptBytes("ends too early");
    this.position = start + length;
    return start;
  }

  text(): string {
    return decoder.decode(this.bytes(this.varint()));
  }

  /** A varint that counts things of at least `minBytes` each: refused where the rest cannot hold them. */
  count(minBytes = 0): number {
    const count = this.varint();
    if (count * minBytes > this.remaining) throw new CorruptBytes("count beyond the end");
    return count;
  }
}
