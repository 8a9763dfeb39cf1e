/**
 * JSON as bytes, written by hand where there are many numbers: an answer of 20,000 points as one string after another costs
 * more in garbage than in writing. Numbers are in Prometheus' form (`formatJsonFloat`).
 */
import { formatJsonFloat } from "@dmon/model";

/** Bytes after which a piece is full. */
const PIECE_BYTES = 64 * 1024;
/** What one point takes at most, with room to spare. */
const POINT_BYTES = 128;
/** Integers below are exact; so are decimals below {@link MAX_DECIMAL} once they are multiplied by a million. */
const MAX_WHOLE = 2 ** 53;
const MAX_DECIMAL = 1e9;
const EIGHT_DIGITS = 1e8;
const ZERO = 48;
const QUOTE = 34;
const COMMA = 44;
const MINUS = 45;
const POINT = 46;
const OPEN = 91;
const CLOSE = 93;

/** What stands before the values of a column of times, `,[1764000000,"`, one behind the other, and where each ends. */
interface Stamps {
  readonly bytes: Uint8Array;
  readonly ends: Uint32Array;
}

export class JsonBytes {
  #buffer = Buffer.allocUnsafeSlow(PIECE_BYTES + POINT_BYTES);
  #length = 0;
  /** Made while a column of times is in use: series and queries of the same grid share theirs. */
  readonly #stamps = new WeakMap<Float64Array, Stamps>();

  get isFull(): boolean {
    return this.#length >= PIECE_BYTES;
  }

  /** A copy of what was written since the last call. */
  take(): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(this.#length);
    bytes.set(this.#buffer.subarray(0, this.#length));
    this.#length = 0;
    return bytes;
  }

  /** Forgets what was written since. */
  clear(): void {
    this.#length = 0;
  }

  text(text: string): void {
    this.#reserve(text.length * 3);
    this.#length += this.#buffer.write(text, this.#length);
  }

  /** A point, `[1764000000,"0.5"]`. */
  point(atMs: number, value: number): void {
    this.#reserve(0);
    const buffer = this.#buffer;
    buffer[this.#length++] = OPEN;
    this.#float(atMs / 1000);
    buffer[this.#length++] = COMMA;
    buffer[this.#length++] = QUOTE;
    this.#float(value);
    buffer[this.#length++] = QUOTE;
    buffer[this.#length++] = CLOSE;
  }

  /**
   * Points `from` … of a series, with a comma before each but the first of all.
   *
   * @returns the next point: the end, or where the piece was full
   */
  points(timesMs: Float64Array, values: Float64Array, from: number): number {
    const { bytes, ends } = this.#stampsOf(timesMs);
    this.#reserve(0);
    const buffer = this.#buffer;
    const { length } = timesMs;
    let i = from;
    let before = Number.NaN;
    let start = 0;
    let end = 0;
    for (; i < length && this.#length < PIECE_BYTES; i++) {
      let at = this.#length;
      for (let k = i === 0 ? 1 : ends[i - 1]!; k < ends[i]!; k++) buffer[at++] = bytes[k]!;
      const value = values[i]!;
      // Zero is short, and equals what is written otherwise.
      if (value === before && value !== 0) {
        const next = at;
        for (let k = start; k < end; k++) buffer[at++] = buffer[k]!;
        start = next;
        this.#length = at;
      } else {
        start = at;
        this.#length = at;
        this.#float(value);
      }
      before = value;
      end = this.#length;
      buffer[this.#length++] = QUOTE;
      buffer[this.#length++] = CLOSE;
    }
    return i;
  }

  #stampsOf(timesMs: Float64Array): Stamps {
    const known = this.#stamps.get(timesMs);
    if (known !== undefined) return known;
    const ends = new Uint32Array(timesMs.length);
    const begin = this.#length;
    for (let i = 0; i < timesMs.length; i++) {
      this.#reserve(0);
      this.#buffer[this.#length++] = COMMA;
      this.#buffer[this.#length++] = OPEN;
      this.#float(timesMs[i]! / 1000);
      this.#buffer[this.#length++] = COMMA;
      this.#buffer[this.#length++] = QUOTE;
      ends[i] = this.#length - begin;
    }
    const stamps = { bytes: new Uint8Array(this.#buffer.subarray(begin, this.#length)), ends };
    this.#length = begin;
    this.#stamps.set(timesMs, stamps);
    return stamps;
  }

  #float(value: number): void {
    const start = this.#length;
    let size = value;
    if (value < 0) {
      size = -value;
      this.#buffer[this.#length++] = MINUS;
    }
    if (size < MAX_WHOLE && Math.floor(size) === size && (size > 0 || !Object.is(value, -0))) this.#whole(size);
    else if (size === 0 || !this.#decimal(size)) {
      this.#length = start;
      const text = formatJsonFloat(value);
      for (let i = 0; i < text.length; i++) this.#buffer[this.#length++] = text.charCodeAt(i);
    }
  }

  /** @param value whole, 0 ≤ value < 2^53 */
  #whole(value: number): void {
    if (value < EIGHT_DIGITS) {
      this.#digits(value | 0, 1);
      return;
    }
    const high = Math.floor(value / EIGHT_DIGITS);
    this.#digits(high, 1);
    this.#digits((value - high * EIGHT_DIGITS) | 0, 8);
  }

  /** @param value below 2^31, with zeros before it up to `width` digits */
  #digits(value: number, width: number): void {
    const buffer = this.#buffer;
    let count = 1;
    for (let power = 10; count < 10 && power <= value; power *= 10) count++;
    if (count < width) count = width;
    let rest = value;
    for (let at = this.#length + count - 1; at >= this.#length; at--) {
      const next = (rest / 10) | 0;
      buffer[at] = ZERO + rest - next * 10;
      rest = next;
    }
    this.#length += count;
  }

  /**
   * A number of at most six decimals, such as most that are measured. A decimal of at most fifteen digits that reads back is
   * the shortest that does: no other of them reads as the same float.
   *
   * @returns false where it is none
   */
  #decimal(value: number): boolean {
    if (!(value < MAX_DECIMAL)) return false;
    let power = 1000;
    let scaled = Math.round(value * power);
    if (scaled / power !== value) {
      power = 1_000_000;
      scaled = Math.round(value * power);
      if (scaled / power !== value) return false;
    }
    const whole = Math.floor(scaled / power);
    let fraction = scaled - whole * power;
    let width = power === 1000 ? 3 : 6;
    for (; fraction % 10 === 0 && width > 1; width--) fraction /= 10;
    this.#whole(whole);
    this.#buffer[this.#length++] = POINT;
    this.#digits(fraction, width);
    return true;
  }

  /** Room for so many bytes, and a point behind them. */
  #reserve(bytes: number): void {
    const needed = this.#length + bytes + POINT_BYTES;
    if (needed <= this.#buffer.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.#buffer.length * 2));
    grown.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = grown;
  }
}
