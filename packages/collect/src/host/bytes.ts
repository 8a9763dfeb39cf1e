/**
 * Reading numbers and names out of the bytes of `/proc` and `/sys` files, without making strings.
 *
 * Content is ASCII. Numbers are decimal unless said otherwise. Integers of up to 15 digits are exact; longer ones and
 * fractions are rounded once, to the nearest double, as any other parser does.
 */

const NEWLINE = 10;
const TAB = 9;
const SPACE = 32;
const PLUS = 43;
const MINUS = 45;
const DOT = 46;
const ZERO = 48;
/** An integer of so many digits is exact in a double. */
const EXACT_DIGITS = 15;

/** 10^0 … 10^22: the powers of ten that a double holds exactly. */
const POWERS_OF_TEN = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));

/** The text of `bytes[start, end)`, as Latin-1: one byte, one character. */
export function asciiText(bytes: Uint8Array, start = 0, end = bytes.length): string {
  let text = "";
  for (let i = start; i < end; i++) text += String.fromCharCode(bytes[i]!);
  return text;
}

/** The text of a whole file as UTF-8 without the white space around it. */
export function trimmedText(bytes: Uint8Array): string {
  return utf8.decode(bytes).trim();
}

const utf8 = new TextDecoder();

/** Goes through the bytes of one file: field by field within a line, line by line. Made once and reused. */
export class ByteScanner {
  bytes: Uint8Array = new Uint8Array(0);
  pos = 0;
  end = 0;
  /** Bounds of the field that {@link field} met last. */
  fieldStart = 0;
  fieldEnd = 0;

  /** Begins anew at the first byte of `bytes`. */
  over(bytes: Uint8Array): this {
    this.bytes = bytes;
    this.pos = 0;
    this.end = bytes.length;
    return this;
  }

  get atEnd(): boolean {
    return this.pos >= this.end;
  }

  /** To the first byte after the next newline. */
  nextLine(): void {
    const { bytes, end } = this;
    let pos = this.pos;
    while (pos < end && bytes[pos] !== NEWLINE) pos++;
    this.pos = pos < end ? pos + 1 : end;
  }

  skipBlanks(): void {
    const { bytes, end } = this;
    let pos = this.pos;
    while (pos < end && (bytes[pos] === SPACE || bytes[pos] === TAB)) pos++;
    this.pos = pos;
  }

  /** To the byte after the next `byte` on this line. False, and at the line's end, where there is none. */
  skipPast(byte: number): boolean {
    const { bytes, end } = this;
    let pos = this.pos;
    while (pos < end && bytes[pos] !== byte && bytes[pos] !== NEWLINE) pos++;
    const found = pos < end && bytes[pos] === byte;
    this.pos = found ? pos + 1 : pos;
    return found;
  }

  /** The next run of bytes that are not blank, on this line. False at the line's end. */
  field(): boolean {
    this.skipBlanks();
    const { bytes, end } = this;
    let pos = this.pos;
    this.fieldStart = pos;
    while (pos < end && bytes[pos]! > SPACE) pos++;
    this.fieldEnd = pos;
    this.pos = pos;
    return pos > this.fieldStart;
  }

  /** Passes over `count` fields. */
  skipFields(count: number): void {
    for (let i = 0; i < count; i++) if (!this.field()) return;
  }

  fieldText(): string {
    return asciiText(this.bytes, this.fieldStart, this.fieldEnd);
  }

  /** The next number on this line, wherever it ends; NaN, with nothing consumed, where none begins here. */
  number(): number {
    const { bytes, end } = this;
    let pos = this.pos;
    while (pos < end && (bytes[pos] === SPACE || bytes[pos] === TAB)) pos++;
    // Nearly all are counters: digits and then something else.
    const start = pos;
    let value = 0;
    while (pos < end) {
      const digit = bytes[pos]! - ZERO;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
      pos++;
    }
    if (pos > start && pos - start <= EXACT_DIGITS && bytes[pos] !== DOT) {
      this.pos = pos;
      return value;
    }
    this.pos = start;
    return this.#anyNumber();
  }

  #anyNumber(): number {
    const { bytes, end } = this;
    const start = this.pos;
    let pos = start;
    const sign = bytes[pos] === MINUS ? -1 : 1;
    if (pos < end && (bytes[pos] === MINUS || bytes[pos] === PLUS)) pos++;
    let mantissa = 0;
    const digitsStart = pos;
    while (pos < end) {
      const digit = bytes[pos]! - ZERO;
      if (digit < 0 || digit > 9) break;
      mantissa = mantissa * 10 + digit;
      pos++;
    }
    let digits = pos - digitsStart;
    let fraction = 0;
    if (pos < end && bytes[pos] === DOT) {
      pos++;
      const fractionStart = pos;
      while (pos < end) {
        const digit = bytes[pos]! - ZERO;
        if (digit < 0 || digit > 9) break;
        mantissa = mantissa * 10 + digit;
        pos++;
      }
      fraction = pos - fractionStart;
      digits += fraction;
    }
    if (digits === 0) return Number.NaN;
    this.pos = pos;
    // Beyond that the running sum is rounded more than once.
    if (digits > EXACT_DIGITS) return Number(asciiText(bytes, start, pos));
    return (sign * mantissa) / POWERS_OF_TEN[fraction]!;
  }

  /** The next hexadecimal number on this line, without a prefix; NaN where none begins here. Exact up to 2^53. */
  hex(): number {
    this.skipBlanks();
    const { bytes, end } = this;
    let pos = this.pos;
    let value = 0;
    while (pos < end) {
      const digit = hexDigit(bytes[pos]!);
      if (digit < 0) break;
      value = value * 16 + digit;
      pos++;
    }
    if (pos === this.pos) return Number.NaN;
    this.pos = pos;
    return value;
  }
}

function hexDigit(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  if (byte >= 97 && byte <= 102) return byte - 87;
  if (byte >= 65 && byte <= 70) return byte - 55;
  return -1;
}

const shared = new ByteScanner();

/** The number in field `index` (from 0) of the first line; NaN where there is none. */
export function decimalField(bytes: Uint8Array, index: number): number {
  shared.over(bytes);
  shared.skipFields(index);
  return shared.number();
}

/** The number that a one-value file holds; NaN where it holds none. */
export function decimalOf(bytes: Uint8Array): number {
  return shared.over(bytes).number();
}

/** Like {@link decimalOf}, with a leading `0x` for hexadecimal as some files of `/sys` write it. */
export function integerOf(bytes: Uint8Array): number {
  shared.over(bytes);
  shared.skipBlanks();
  const { pos } = shared;
  if (bytes[pos] === ZERO && (bytes[pos + 1] === 120 || bytes[pos + 1] === 88)) {
    shared.pos = pos + 2;
    return shared.hex();
  }
  return shared.number();
}

/** True where `bytes[start, end)` spells `key`. */
export function bytesEqual(bytes: Uint8Array, start: number, end: number, key: Uint8Array): boolean {
  if (end - start !== key.length) return false;
  for (let i = 0; i < key.length; i++) if (bytes[start + i] !== key[i]) return false;
  return true;
}
