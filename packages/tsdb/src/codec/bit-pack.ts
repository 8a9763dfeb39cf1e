/**
 * Fixed-width bit packing of unsigned 32-bit residuals, little-endian: value `i` occupies bits `[i·width, (i+1)·width)` of
 * the stream, lowest bit first.
 */
import { type ByteReader, type ByteWriter, CorruptBytes } from "./bytes.ts";

/** Bytes that `count` values of `width` bits take. */
export function packedSize(count: number, width: number): number {
  return (count * width + 7) >>> 3;
}

/** Appends the lowest `width` (0–32) bits of each of `values[0 … count)`. */
export function packBits(out: ByteWriter, values: Uint32Array, count: number, width: number): void {
  if (width === 0) return;
  const size = packedSize(count, width);
  out.reserve(size);
  const { buffer } = out;
  let at = out.length;
  let acc = 0;
  let bits = 0;
  for (let i = 0; i < count; i++) {
    let rest = values[i]!;
    let left = width;
    while (left > 0) {
      const take = left < 8 - bits ? left : 8 - bits;
      acc |= (rest & ((1 << take) - 1)) << bits;
      bits += take;
      rest = take === 32 ? 0 : rest >>> take;
      left -= take;
      if (bits === 8) {
        buffer[at++] = acc;
        acc = 0;
        bits = 0;
      }
    }
  }
  if (bits > 0) buffer[at] = acc;
  out.length += size;
}

/** Reads `count` values of `width` (0–32) bits into `values` from index 0. */
export function unpackBits(input: ByteReader, values: Uint32Array, count: number, width: number): void {
  if (width === 0) {
    values.fill(0, 0, count);
    return;
  }
  if (width > 32) throw new CorruptBytes("width");
  const size = packedSize(count, width);
  const start = input.skip(size);
  if (width <= 8) unpackNarrow(input.buffer, start, values, count, width);
  else unpackWide(input.buffer, start, start + size, values, count, width);
}

/** At most two bytes hold a value: the width of nearly all blocks. */
function unpackNarrow(bytes: Uint8Array, start: number, values: Uint32Array, count: number, width: number): void {
  const mask = (1 << width) - 1;
  let acc = 0;
  let bits = 0;
  let at = start;
  for (let i = 0; i < count; i++) {
    if (bits < width) {
      acc |= bytes[at++]! << bits;
      bits += 8;
    }
    values[i] = acc & mask;
    acc >>>= width;
    bits -= width;
  }
}

function unpackWide(
  bytes: Uint8Array,
  start: number,
  end: number,
  values: Uint32Array,
  count: number,
  width: number,
): void {
  const mask = width === 32 ? 0xffff_ffff : (1 << width) - 1;
  let position = 0;
  for (let i = 0; i < count; i++) {
    const at = start + (position >>> 3);
    const shift = position & 7;
    const low =
      bytes[at]! |
      (at + 1 < end ? bytes[at + 1]! << 8 : 0) |
      (at + 2 < end ? bytes[at + 2]! << 16 : 0) |
      (at + 3 < end ? bytes[at + 3]! << 24 : 0);
    let value = low >>> shift;
    if (shift + width > 32) value |= bytes[at + 4]! << (32 - shift);
    values[i] = (value & mask) >>> 0;
    position += width;
  }
}
