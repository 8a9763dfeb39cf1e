/** Writes protobuf wire format into one growing buffer. Fields with their default value are left to the caller to leave out. */
import { viewOf } from "./byte-table.ts";

const encoder = new TextEncoder();

export class ProtoWriter {
  #bytes = new Uint8Array(1024);
  #view = viewOf(this.#bytes);
  #length = 0;

  /** What was written; a copy. */
  finish(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#length);
  }

  get length(): number {
    return this.#length;
  }

  clear(): this {
    this.#length = 0;
    return this;
  }

  /** An unsigned varint up to 2^53, or a negative integer as ten bytes. */
  raw(value: number): this {
    this.#room(10);
    if (value < 0) {
      for (let rest = BigInt.asUintN(64, BigInt(value)); ; rest >>= 7n) {
        const low = Number(rest & 0x7fn);
        this.#bytes[this.#length++] = rest > 0x7fn ? low | 0x80 : low;
        if (rest <= 0x7fn) return this;
      }
    }
    let rest = value;
    for (; rest >= 0x80; rest = Math.floor(rest / 128)) this.#bytes[this.#length++] = (rest % 128) | 0x80;
    this.#bytes[this.#length++] = rest;
    return this;
  }

  varint(field: number, value: number): this {
    return this.raw(field * 8).raw(value);
  }

  sint(field: number, value: number): this {
    return this.varint(field, zigzag(value));
  }

  double(field: number, value: number): this {
    this.raw(field * 8 + 1).#room(8);
    this.#view.setFloat64(this.#length, value, true);
    this.#length += 8;
    return this;
  }

  /** Eight bytes as two halves: for values that are bits rather than numbers. */
  fixed64(field: number, low: number, high: number): this {
    this.raw(field * 8 + 1).#room(8);
    this.#view.setUint32(this.#length, low, true);
    this.#view.setUint32(this.#length + 4, high, true);
    this.#length += 8;
    return this;
  }

  string(field: number, text: string): this {
    return this.bytes(field, encoder.encode(text));
  }

  bytes(field: number, value: Uint8Array): this {
    this.raw(field * 8 + 2).raw(value.length);
    this.#room(value.length);
    this.#bytes.set(value, this.#length);
    this.#length += value.length;
    return this;
  }

  /** A nested message, written by `write` into a writer of its own. */
  message(field: number, write: (inner: ProtoWriter) => void): this {
    const inner = new ProtoWriter();
    write(inner);
    return this.bytes(field, inner.#bytes.subarray(0, inner.#length));
  }

  /** Packed varints. */
  packed(field: number, values: readonly number[]): this {
    return this.message(field, (inner) => {
      for (const value of values) inner.raw(value);
    });
  }

  /** Packed zigzag varints. */
  packedSint(field: number, values: readonly number[]): this {
    return this.packed(field, values.map(zigzag));
  }

  packedDouble(field: number, values: readonly number[]): this {
    const bytes = new Uint8Array(values.length * 8);
    const view = viewOf(bytes);
    values.forEach((value, i) => {
      view.setFloat64(i * 8, value, true);
    });
    return this.bytes(field, bytes);
  }

  #room(size: number): void {
    if (this.#length + size <= this.#bytes.length) return;
    const bytes = new Uint8Array(Math.max(this.#length + size, this.#bytes.length * 2));
    bytes.set(this.#bytes);
    this.#bytes = bytes;
    this.#view = viewOf(bytes);
  }
}

function zigzag(value: number): number {
  return value < 0 ? -2 * value - 1 : 2 * value;
}
