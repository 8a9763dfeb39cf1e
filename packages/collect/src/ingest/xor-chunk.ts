/**
 * Prometheus' XOR chunk: times as deltas of deltas, values XORed with the one before.
 *
 * Only written here, for remote read; the store has codecs of its own.
 * Source: prometheus `tsdb/chunkenc/xor.go`, after Facebook's Gorilla paper.
 */
import { BitWriter } from "./bit-writer.ts";

const NO_LEADING = 0xff;

export class XorChunk {
  static readonly MAX_SAMPLES = 120;
  /** The first two bytes hold the number of samples. */
  readonly #out = new BitWriter(2);
  #count = 0;
  #atMs = 0;
  #deltaMs = 0;
  #high = 0;
  #low = 0;
  #leading = NO_LEADING;
  #trailing = 0;
  readonly #scratch = new DataView(new ArrayBuffer(8));

  append(atMs: number, value: number): void {
    this.#scratch.setFloat64(0, value);
    this.appendBits(atMs, this.#scratch.getUint32(0), this.#scratch.getUint32(4));
  }

  /** @param high upper half of the value's bits */
  appendBits(atMs: number, high: number, low: number): void {
    if (this.#count === 0) {
      this.#varint(atMs);
      this.#out.write(high, 32);
      this.#out.write(low, 32);
    } else {
      const deltaMs = atMs - this.#atMs;
      if (this.#count === 1) this.#uvarint(deltaMs);
      else this.#deltaOfDelta(deltaMs - this.#deltaMs);
      this.#deltaMs = deltaMs;
      this.#xor((high ^ this.#high) >>> 0, (low ^ this.#low) >>> 0);
    }
    this.#atMs = atMs;
    this.#high = high;
    this.#low = low;
    this.#count++;
  }

  finish(): Uint8Array {
    this.#out.setHeader(0, this.#count >>> 8);
    this.#out.setHeader(1, this.#count & 0xff);
    return this.#out.finish();
  }

  #deltaOfDelta(dod: number): void {
    if (dod === 0) this.#out.write(0, 1);
    else if (fits(dod, 14)) this.#tagged(0b10, 2, dod, 14);
    else if (fits(dod, 17)) this.#tagged(0b110, 3, dod, 17);
    else if (fits(dod, 20)) this.#tagged(0b1110, 4, dod, 20);
    else {
      this.#out.write(0b1111, 4);
      this.#out.write(Math.floor(dod / 0x1_0000_0000) >>> 0, 32);
      this.#out.write(dod >>> 0, 32);
    }
  }

  #tagged(tag: number, tagBits: number, value: number, bits: number): void {
    this.#out.write(tag, tagBits);
    this.#out.write(value & (2 ** bits - 1), bits);
  }

  #xor(high: number, low: number): void {
    if (high === 0 && low === 0) {
      this.#out.write(0, 1);
      return;
    }
    this.#out.write(1, 1);
    // Five bits hold the number of leading zeros.
    const leading = Math.min(31, high === 0 ? 32 + Math.clz32(low) : Math.clz32(high));
    const trailing = low === 0 ? 32 + ctz32(high) : ctz32(low);
    if (this.#leading !== NO_LEADING && leading >= this.#leading && trailing >= this.#trailing) {
      this.#out.write(0, 1);
      this.#middle(high, low, this.#trailing, 64 - this.#leading - this.#trailing);
      return;
    }
    this.#leading = leading;
    this.#trailing = trailing;
    const significant = 64 - leading - trailing;
    this.#out.write(1, 1);
    this.#out.write(leading, 5);
    // 64 does not fit in six bits and is written as 0.
    this.#out.write(significant & 63, 6);
    this.#middle(high, low, trailing, significant);
  }

  /** Writes `bits` bits of a 64-bit number, above its lowest `shift` bits. */
  #middle(high: number, low: number, shift: number, bits: number): void {
    const value = ((BigInt(high) << 32n) | BigInt(low)) >> BigInt(shift);
    if (bits > 32) this.#out.write(Number((value >> 32n) & 0xffffffffn), bits - 32);
    this.#out.write(Number(value & 0xffffffffn), Math.min(bits, 32));
  }

  #varint(value: number): void {
    this.#uvarint(value < 0 ? -2 * value - 1 : 2 * value);
  }

  #uvarint(value: number): void {
    let rest = value;
    for (; rest >= 0x80; rest = Math.floor(rest / 128)) this.#out.write((rest % 128) | 0x80, 8);
    this.#out.write(rest, 8);
  }
}

/** Prometheus' `bitRange`: asymmetric, one more on the positive side. */
function fits(value: number, bits: number): boolean {
  return -(2 ** (bits - 1) - 1) <= value && value <= 2 ** (bits - 1);
}

function ctz32(value: number): number {
  return value === 0 ? 32 : 31 - Math.clz32(value & -value);
}
