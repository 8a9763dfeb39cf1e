/**
 * A column of floats, compressed without loss: docs/formats/chunk.md, "Columns".
 *
 * Most samples are decimals with few digits, so a column is kept as integers times a power of ten, in blocks of 256 values.
 * Each block takes the smallest of: one repeated value; frame of reference over values or over differences, with the outliers
 * patched (PFOR); a two-level bit code over differences (`0`, `10` + short, `11` + long); XOR of neighbouring bit patterns
 * for what is no decimal. Blocks begin with their own base and carry their length, so that a reader skips to what it wants.
 *
 * Every bit pattern but NaN's payload survives; NaN comes back as NaN.
 */
import { packBits, packedSize, unpackBits } from "./bit-pack.ts";
import { type ByteReader, type ByteWriter, CorruptBytes } from "./bytes.ts";

/** Values a block holds; the last one of a column may hold fewer. */
const BLOCK_LENGTH = 256;

const LAYOUT_CONST_SCALED = 0;
const LAYOUT_CONST_RAW = 1;
const LAYOUT_BLOCKS = 2;

const MODE_VALUES = 0;
const MODE_DIFFERENCES = 1;
const MODE_TWO_LEVEL = 2;
const MODE_XOR = 3;
const MODE_REPEAT = 4;
const MODE_MASK = 7;
/** Set where single values of the block are no decimals of the column's scale and follow as raw bits. */
const FLAG_RAW_VALUES = 8;

const MAX_SCALE = 14;
const POWERS = Float64Array.from({ length: MAX_SCALE + 1 }, (_, i) => Number(`1e${i}`));
/** Largest scaled integer: differences of two, and differences of those, stay exact. */
const MAX_INTEGER = 2 ** 51;
const TWO_32 = 2 ** 32;

// One thread encodes and decodes one column at a time, so the scratch space is shared.
const integers = new Float64Array(BLOCK_LENGTH);
const residuals = new Float64Array(BLOCK_LENGTH);
const packed = new Uint32Array(BLOCK_LENGTH);
const rawAt = new Uint8Array(BLOCK_LENGTH);
const block = new Float64Array(BLOCK_LENGTH);
const blockWords = new Uint32Array(block.buffer);
const bitLengths = new Uint32Array(64);

/** Appends `values[0 … count)`; `count` ≥ 1 and known to the reader. */
export function encodeColumn(out: ByteWriter, values: Float64Array, count: number): void {
  const first = values[0]!;
  if (isConstant(values, count)) {
    const scale = scaleOf(first, 0);
    if (scale >= 0) {
      out.u8(LAYOUT_CONST_SCALED | (scale << 2));
      out.zigzag(Math.round(first * POWERS[scale]!));
    } else {
      out.u8(LAYOUT_CONST_RAW);
      out.f64(first);
    }
    return;
  }
  const scale = columnScale(values, count);
  out.u8(LAYOUT_BLOCKS | (scale << 2));
  let base = 0;
  for (let at = 0; at < count; at += BLOCK_LENGTH) {
    base = encodeBlock(out, values, at, Math.min(BLOCK_LENGTH, count - at), scale, base);
  }
}

/**
 * Reads values `[from, to)` of a column of `count` values into `out`, from index `at` on, and moves the reader behind the
 * whole column where `to` is `count` (else somewhere within it).
 */
export function decodeColumn(
  input: ByteReader,
  count: number,
  out: Float64Array,
  at: number,
  from = 0,
  to = count,
): void {
  const head = input.u8();
  const scale = head >>> 2;
  if (scale > MAX_SCALE) throw new CorruptBytes("scale");
  switch (head & 3) {
    case LAYOUT_CONST_SCALED:
      out.fill(input.zigzag() / POWERS[scale]!, at, at + to - from);
      return;
    case LAYOUT_CONST_RAW:
      out.fill(input.f64(), at, at + to - from);
      return;
    case LAYOUT_BLOCKS:
      break;
    default:
      throw new CorruptBytes("column layout");
  }
  let base = 0;
  for (let start = 0; start < to; start += BLOCK_LENGTH) {
    const length = Math.min(BLOCK_LENGTH, count - start);
    const inside = start >= from && start + length <= to;
    if (start + length <= from) base = skipBlock(input, base);
    else if (inside) base = decodeBlock(input, length, scale, base, out, at + start - from);
    else {
      base = decodeBlock(input, length, scale, base, block, 0);
      const lo = Math.max(from - start, 0);
      const hi = Math.min(to - start, length);
      for (let i = lo; i < hi; i++) out[at + start - from + i] = block[i]!;
    }
  }
}

/** Moves the reader behind a column of `count` values. */
export function skipColumn(input: ByteReader, count: number): void {
  switch (input.u8() & 3) {
    case LAYOUT_CONST_SCALED:
      input.zigzag();
      return;
    case LAYOUT_CONST_RAW:
      input.f64();
      return;
    case LAYOUT_BLOCKS:
      for (let start = 0; start < count; start += BLOCK_LENGTH) skipBlock(input, 0);
      return;
    default:
      throw new CorruptBytes("column layout");
  }
}

function isConstant(values: Float64Array, count: number): boolean {
  const first = values[0]!;
  if (first === 0 || Number.isNaN(first)) {
    for (let i = 1; i < count; i++) if (!Object.is(values[i], first)) return false;
    return true;
  }
  for (let i = 1; i < count; i++) if (values[i] !== first) return false;
  return true;
}

/** Smallest scale ≥ `atLeast` at which `value` is a whole number of at most 52 bits; -1 where there is none. */
function scaleOf(value: number, atLeast: number): number {
  if (value === 0) return Object.is(value, -0) ? -1 : atLeast;
  for (let scale = atLeast; scale <= MAX_SCALE; scale++) {
    const power = POWERS[scale]!;
    const integer = Math.round(value * power);
    if (integer > MAX_INTEGER || integer < -MAX_INTEGER) return -1;
    if (integer / power === value) return scale;
  }
  return -1;
}

/** The scale that makes most values whole; values that it does not fit are kept raw or their block becomes XOR. */
function columnScale(values: Float64Array, count: number): number {
  let scale = 0;
  let misses = 0;
  for (let i = 0; i < count; i++) {
    const value = values[i]!;
    const power = POWERS[scale]!;
    if (Math.round(value * power) / power === value) continue;
    const needed = scaleOf(value, scale);
    if (needed >= 0) scale = needed;
    // A column of arbitrary doubles will not become decimal further on: stop trying.
    else if (++misses > 64 && misses * 2 > i) break;
  }
  return scale;
}

function encodeBlock(
  out: ByteWriter,
  values: Float64Array,
  at: number,
  length: number,
  scale: number,
  previousBase: number,
): number {
  const power = POWERS[scale]!;
  let rawCount = 0;
  let last = previousBase;
  for (let i = 0; i < length; i++) {
    const value = values[at + i]!;
    const integer = Math.round(value * power);
    const fits =
      integer <= MAX_INTEGER && integer >= -MAX_INTEGER && integer / power === value && (value !== 0 || 1 / value > 0);
    if (fits) last = integer;
    else rawAt[rawCount++] = i;
    integers[i] = last;
  }
  if (rawCount * 6 > length) {
    encodeXor(out, values, at, length);
    return previousBase;
  }
  const flag = rawCount > 0 ? FLAG_RAW_VALUES : 0;
  const base = encodeIntegers(out, length, flag, previousBase);
  if (rawCount > 0) {
    out.u8(rawCount);
    for (let i = 0; i < rawCount; i++) {
      out.u8(rawAt[i]!);
      out.f64(values[at + rawAt[i]!]!);
    }
  }
  return base;
}

interface Patched {
  width: number;
  /** Bytes of the packed values and the patches. */
  size: number;
}

/** The width of least size for `residuals[0 … count)`, outliers patched. */
function bestWidth(count: number, into: Patched): void {
  bitLengths.fill(0);
  let longest = 0;
  for (let i = 0; i < count; i++) {
    const bits = bitLength(residuals[i]!);
    bitLengths[bits]!++;
    if (bits > longest) longest = bits;
  }
  into.width = Math.min(longest, 32);
  into.size = Number.POSITIVE_INFINITY;
  for (let width = Math.min(longest, 32); width >= 0; width--) {
    let size = packedSize(count, width);
    for (let bits = width + 1; bits <= longest; bits++) size += bitLengths[bits]! * (1 + Math.ceil((bits - width) / 7));
    if (size < into.size) {
      into.size = size;
      into.width = width;
    }
  }
}

function bitLength(value: number): number {
  return value < TWO_32 ? 32 - Math.clz32(value) : 64 - Math.clz32(Math.floor(value / TWO_32));
}

const byValue: Patched = { width: 0, size: 0 };
const byDifference: Patched = { width: 0, size: 0 };
const levels = { short: 0, long: 0, size: 0 };

/** Encodes `integers[0 … length)` in the smallest mode. Answers the base that the next block counts from. */
function encodeIntegers(out: ByteWriter, length: number, flag: number, previousBase: number): number {
  const first = integers[0]!;
  let min = first;
  let max = first;
  let minDifference = 0;
  let maxDifference = 0;
  for (let i = 1; i < length; i++) {
    const value = integers[i]!;
    const difference = value - integers[i - 1]!;
    if (value < min) min = value;
    else if (value > max) max = value;
    if (i === 1 || difference < minDifference) minDifference = difference;
    if (i === 1 || difference > maxDifference) maxDifference = difference;
  }
  if (min === max) {
    out.u8(MODE_REPEAT | flag);
    out.zigzag(first - previousBase);
    return first;
  }
  for (let i = 0; i < length; i++) residuals[i] = integers[i]! - min;
  bestWidth(length, byValue);
  bestTwoLevel(length);
  for (let i = 1; i < length; i++) residuals[i - 1] = integers[i]! - integers[i - 1]! - minDifference;
  bestWidth(length - 1, byDifference);

  if (levels.size < byValue.size && levels.size <= byDifference.size) {
    out.u8(MODE_TWO_LEVEL | flag);
    out.zigzag(first - previousBase);
    writeTwoLevel(out, length);
    return first;
  }
  // `residuals` holds the differences now; a tie goes to them, since counters are the rule.
  if (byDifference.size <= byValue.size) {
    out.u8(MODE_DIFFERENCES | flag);
    out.zigzag(first - previousBase);
    writePatched(out, length - 1, byDifference, minDifference);
    return first;
  }
  for (let i = 0; i < length; i++) residuals[i] = integers[i]! - min;
  out.u8(MODE_VALUES | flag);
  out.zigzag(min - previousBase);
  writePatched(out, length, byValue, undefined);
  return min;
}

function writePatched(out: ByteWriter, count: number, { width, size }: Patched, minimum: number | undefined): void {
  // Room for the length is taken first: one byte holds it nearly always, so try that and move up where it does not.
  const modulus = 2 ** width;
  let patches = 0;
  for (let i = 0; i < count; i++) {
    const value = residuals[i]!;
    if (value >= modulus) patches++;
    packed[i] = value < TWO_32 ? value : value % TWO_32;
  }
  out.varint(size + 2);
  if (minimum !== undefined) out.zigzag(minimum);
  out.u8(width);
  out.u8(patches);
  packBits(out, packed, count, width);
  if (patches === 0) return;
  for (let i = 0; i < count; i++) {
    const value = residuals[i]!;
    if (value < modulus) continue;
    out.u8(i);
    out.varint(Math.floor(value / modulus));
  }
}

/** Finds the two widths of the bit code over the zigzag differences of `integers`, into `levels`. */
function bestTwoLevel(length: number): void {
  bitLengths.fill(0);
  let longest = 0;
  for (let i = 1; i < length; i++) {
    const bits = bitLength(zigzagged(integers[i]! - integers[i - 1]!));
    bitLengths[bits]!++;
    if (bits > longest) longest = bits;
  }
  levels.size = Number.POSITIVE_INFINITY;
  if (longest > 32) return;
  const nonZero = length - 1 - bitLengths[0]!;
  let small = 0;
  for (let short = 1; short <= longest; short++) {
    small += bitLengths[short]!;
    const bits = length - 1 + nonZero + small * short + (nonZero - small) * longest;
    const size = (bits + 7) >>> 3;
    if (size < levels.size) {
      levels.size = size;
      levels.short = short;
      levels.long = longest;
    }
  }
}

function zigzagged(value: number): number {
  return value < 0 ? -value * 2 - 1 : value * 2;
}

function writeTwoLevel(out: ByteWriter, length: number): void {
  const { short, long, size } = levels;
  out.varint(size + 2);
  out.u8(short);
  out.u8(long);
  out.reserve(size + 8);
  const { buffer } = out;
  let at = out.length;
  let acc = 0;
  let bits = 0;
  for (let i = 1; i < length; i++) {
    const value = zigzagged(integers[i]! - integers[i - 1]!);
    if (value === 0) bits++;
    else {
      const small = bitLength(value) <= short;
      acc |= (small ? 1 : 3) << bits;
      bits += 2;
      let rest = value;
      let left = small ? short : long;
      while (left > 0) {
        while (bits >= 8) {
          buffer[at++] = acc & 255;
          acc >>>= 8;
          bits -= 8;
        }
        const take = left < 16 ? left : 16;
        acc |= ((rest % 65536) & ((1 << take) - 1)) << bits;
        rest = Math.floor(rest / 65536);
        bits += take;
        left -= take;
      }
    }
    while (bits >= 8) {
      buffer[at++] = acc & 255;
      acc >>>= 8;
      bits -= 8;
    }
  }
  if (bits > 0) buffer[at] = acc & 255;
  out.length += size;
}

function encodeXor(out: ByteWriter, values: Float64Array, at: number, length: number): void {
  out.u8(MODE_XOR);
  block.set(values.subarray(at, at + length));
  let low = 0;
  let high = 0;
  for (let i = 1; i < length; i++) {
    low |= blockWords[2 * i]! ^ blockWords[2 * i - 2]!;
    high |= blockWords[2 * i + 1]! ^ blockWords[2 * i - 1]!;
  }
  const lowShift = low === 0 ? 0 : 31 - Math.clz32(low & -low);
  const highShift = high === 0 ? 0 : 31 - Math.clz32(high & -high);
  const lowWidth = 32 - Math.clz32(low >>> lowShift);
  const highWidth = 32 - Math.clz32(high >>> highShift);
  out.varint(12 + packedSize(length - 1, lowWidth) + packedSize(length - 1, highWidth));
  out.u32(blockWords[0]!);
  out.u32(blockWords[1]!);
  out.u8(lowShift);
  out.u8(lowWidth);
  out.u8(highShift);
  out.u8(highWidth);
  for (let i = 1; i < length; i++) packed[i - 1] = (blockWords[2 * i]! ^ blockWords[2 * i - 2]!) >>> lowShift;
  packBits(out, packed, length - 1, lowWidth);
  for (let i = 1; i < length; i++) packed[i - 1] = (blockWords[2 * i + 1]! ^ blockWords[2 * i - 1]!) >>> highShift;
  packBits(out, packed, length - 1, highWidth);
}

function skipBlock(input: ByteReader, previousBase: number): number {
  const head = input.u8();
  const mode = head & MODE_MASK;
  const base = mode === MODE_XOR ? previousBase : previousBase + input.zigzag();
  if (mode === MODE_DIFFERENCES || mode === MODE_VALUES || mode === MODE_TWO_LEVEL) {
    skipSized(input, mode);
  } else if (mode === MODE_XOR) input.skip(input.varint());
  if (head & FLAG_RAW_VALUES) input.skip(input.u8() * 9);
  return base;
}

/** A patched or two-level body: its length, then (differences only) the minimum, which the length does not count. */
function skipSized(input: ByteReader, mode: number): void {
  const size = input.varint();
  if (mode === MODE_DIFFERENCES) input.zigzag();
  input.skip(size);
}

function decodeBlock(
  input: ByteReader,
  length: number,
  scale: number,
  previousBase: number,
  out: Float64Array,
  at: number,
): number {
  const head = input.u8();
  const mode = head & MODE_MASK;
  if (mode === MODE_XOR) {
    decodeXor(input, length, out, at);
    return previousBase;
  }
  const base = previousBase + input.zigzag();
  const power = POWERS[scale]!;
  switch (mode) {
    case MODE_REPEAT:
      out.fill(base / power, at, at + length);
      break;
    case MODE_VALUES:
      input.varint();
      decodeValues(input, length, base, power, out, at);
      break;
    case MODE_DIFFERENCES:
      input.varint();
      decodeDifferences(input, length, base, power, out, at);
      break;
    case MODE_TWO_LEVEL:
      decodeTwoLevel(input, length, base, power, out, at);
      break;
    default:
      throw new CorruptBytes("block mode");
  }
  if (head & FLAG_RAW_VALUES) {
    for (let rest = input.u8(); rest > 0; rest--) {
      const index = input.u8();
      const value = input.f64();
      if (index < length) out[at + index] = value;
    }
  }
  return base;
}

function decodeValues(
  input: ByteReader,
  length: number,
  base: number,
  power: number,
  out: Float64Array,
  at: number,
): void {
  const width = input.u8();
  const patches = input.u8();
  unpackBits(input, packed, length, width);
  if (power === 1) for (let i = 0; i < length; i++) out[at + i] = base + packed[i]!;
  else for (let i = 0; i < length; i++) out[at + i] = (base + packed[i]!) / power;
  const modulus = 2 ** width;
  for (let i = 0; i < patches; i++) {
    const index = input.u8();
    const high = input.varint();
    if (index < length) out[at + index] = (base + packed[index]! + high * modulus) / power;
  }
}

function decodeDifferences(
  input: ByteReader,
  length: number,
  base: number,
  power: number,
  out: Float64Array,
  at: number,
): void {
  const minimum = input.zigzag();
  const width = input.u8();
  const patches = input.u8();
  unpackBits(input, packed, length - 1, width);
  let sum = base;
  if (patches > 0) {
    for (let i = 1; i < length; i++) residuals[i] = packed[i - 1]!;
    const modulus = 2 ** width;
    for (let i = 0; i < patches; i++) {
      const index = input.u8();
      const high = input.varint();
      if (index < length - 1) residuals[index + 1]! += high * modulus;
    }
    out[at] = base / power;
    for (let i = 1; i < length; i++) {
      sum += minimum + residuals[i]!;
      out[at + i] = sum / power;
    }
    return;
  }
  out[at] = base / power;
  if (power === 1) {
    for (let i = 1; i < length; i++) {
      sum += minimum + packed[i - 1]!;
      out[at + i] = sum;
    }
  } else {
    for (let i = 1; i < length; i++) {
      sum += minimum + packed[i - 1]!;
      out[at + i] = sum / power;
    }
  }
}

function decodeTwoLevel(
  input: ByteReader,
  length: number,
  base: number,
  power: number,
  out: Float64Array,
  at: number,
): void {
  const size = input.varint();
  const short = input.u8();
  const long = input.u8();
  if (short > 32 || long > 32) throw new CorruptBytes("width");
  const start = input.skip(size - 2);
  const bytes = input.buffer;
  const last = start + size - 2;
  let position = 0;
  let sum = base;
  let value = base / power;
  out[at] = value;
  for (let i = 1; i < length; i++) {
    const byte = start + (position >>> 3);
    if (byte >= last) throw new CorruptBytes("ends too early");
    const shift = position & 7;
    const word =
      bytes[byte]! | (byte + 1 < last ? bytes[byte + 1]! << 8 : 0) | (byte + 2 < last ? bytes[byte + 2]! << 16 : 0);
    const code = word >>> shift;
    if ((code & 1) === 0) {
      position++;
    } else {
      const width = (code & 2) === 0 ? short : long;
      let coded: number;
      if (width <= 14) {
        coded = (code >>> 2) & ((1 << width) - 1);
      } else {
        coded = readWide(bytes, start, position + 2, width);
      }
      position += 2 + width;
      sum += coded % 2 === 1 ? -(coded + 1) / 2 : coded / 2;
      value = sum / power;
    }
    out[at + i] = value;
  }
}

/** `width` (15–32) bits from bit `position` behind byte `start` on. */
function readWide(bytes: Uint8Array, start: number, position: number, width: number): number {
  let value = 0;
  let scale = 1;
  let at = position;
  let left = width;
  while (left > 0) {
    const shift = at & 7;
    const take = left < 8 - shift ? left : 8 - shift;
    value += (((bytes[start + (at >>> 3)] ?? 0) >>> shift) & ((1 << take) - 1)) * scale;
    scale *= 2 ** take;
    at += take;
    left -= take;
  }
  return value;
}

function decodeXor(input: ByteReader, length: number, out: Float64Array, at: number): void {
  input.varint();
  let low = input.u32();
  let high = input.u32();
  const lowShift = input.u8();
  const lowWidth = input.u8();
  const highShift = input.u8();
  const highWidth = input.u8();
  // Where `out` is the scratch block itself its words are written last, so the low words wait in `block` only.
  blockWords[0] = low;
  blockWords[1] = high;
  unpackBits(input, packed, length - 1, lowWidth);
  for (let i = 1; i < length; i++) {
    low ^= packed[i - 1]! << lowShift;
    blockWords[2 * i] = low;
  }
  unpackBits(input, packed, length - 1, highWidth);
  for (let i = 1; i < length; i++) {
    high ^= packed[i - 1]! << highShift;
    blockWords[2 * i + 1] = high;
  }
  if (out !== block) out.set(block.subarray(0, length), at);
}
