/** Writes bits into bytes, highest bit first, and the variable numbers that Prometheus' chunks are made of. */

export class BitWriter {
  #bytes = new Uint8Array(256);
  #bits: number;
  readonly #scratch = new DataView(new ArrayBuffer(8));

  /** @param headerBytes kept free at the beginning, zeroed */
  constructor(headerBytes: number) {
    this.#bits = headerBytes * 8;
  }

  /** What was written, the last byte filled with zero bits; not a copy. */
  finish(): Uint8Array {
    return this.#bytes.subarray(0, Math.ceil(this.#bits / 8));
  }

  setHeader(at: number, byte: number): void {
    this.#bytes[at] = byte;
  }

  /** Writes the lowest `bits` (up to 32) bits of a number. */
  write(value: number, bits: number): void {
    const needed = Math.ceil((this.#bits + bits) / 8);
    if (needed > this.#bytes.length) {
      const bytes = new Uint8Array(needed * 2);
      bytes.set(this.#bytes);
      this.#bytes = bytes;
    }
    for (let left = bits; left > 0; ) {
      const free = 8 - (this.#bits & 7);
      const take = Math.min(free, left);
      const part = (value >>> (left - take)) & ((1 << take) - 1);
      this.#bytes[this.#bits >>> 3]! |= part << (free - take);
      this.#bits += take;
      left -= take;
    }
  }

  double(value: number): void {
    this.#scratch.setFloat64(0, value);
    this.write(this.#scratch.getUint32(0), 32);
    this.write(this.#scratch.getUint32(4), 32);
  }

  /** A signed number of up to 53 bits in as few bits as its size class needs (`chunkenc/varbit.go`). */
  varbitInt(value: number): void {
    if (value === 0) this.write(0, 1);
    else this.#varbit(value, (bits) => -(2 ** (bits - 1) - 1) <= value && value <= 2 ** (bits - 1));
  }

  /** The same for one that is not negative. */
  varbitUint(value: number): void {
    if (value === 0) this.write(0, 1);
    else this.#varbit(value, (bits) => value < 2 ** bits);
  }

  /** Each class is told by a run of ones and a zero before the number; 56 bits are the last that are needed here. */
  #varbit(value: number, fits: (bits: number) => boolean): void {
    const at = VARBIT_CLASSES.findIndex(fits);
    const bits = VARBIT_CLASSES[at]!;
    this.write(2 ** (at + 2) - 2, at + 2);
    if (bits > 32) this.write(Math.floor(value / 2 ** 32), bits - 32);
    this.write(value % 2 ** 32, Math.min(bits, 32));
  }
}

const VARBIT_CLASSES = [3, 6, 9, 12, 18, 25, 56] as const;
