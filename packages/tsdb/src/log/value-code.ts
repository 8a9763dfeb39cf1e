/**
 * One value against the one before, for the tail log: docs/formats/head.md, "Values".
 *
 * A difference of scaled integers where both values have the same few decimals (one or two bytes nearly always); else a
 * value that stands alone, after a zero byte that no difference begins with.
 */
import { type ByteReader, type ByteWriter, CorruptBytes } from "../codec/bytes.ts";

const MAX_SCALE = 9;
const POWERS = Array.from({ length: MAX_SCALE + 1 }, (_, i) => 10 ** i);
const MAX_INTEGER = 2 ** 52;
const ALONE = 0;
const RAW = 255;

/**
 * @param scale decimal digits of the value before
 * @returns decimal digits to pass with the next value
 */
export function writeValue(out: ByteWriter, value: number, previous: number, scale: number): number {
  const power = POWERS[scale]!;
  const now = Math.round(value * power);
  const before = Math.round(previous * power);
  if (now / power === value && before / power === previous && isWhole(now) && isWhole(before) && now !== before) {
    if (value !== 0 || 1 / value > 0) {
      out.zigzag(now - before);
      return scale;
    }
  }
  return writeAlone(out, value);
}

/** Writes a value that needs none before it. */
export function writeAlone(out: ByteWriter, value: number): number {
  out.u8(ALONE);
  for (let scale = 0; scale <= MAX_SCALE; scale++) {
    const power = POWERS[scale]!;
    const integer = Math.round(value * power);
    if (!isWhole(integer) || (value === 0 && 1 / value < 0)) break;
    if (integer / power !== value) continue;
    out.u8(scale);
    out.zigzag(integer);
    return scale;
  }
  out.u8(RAW);
  out.f64(value);
  return 0;
}

function isWhole(integer: number): boolean {
  return integer <= MAX_INTEGER && integer >= -MAX_INTEGER;
}

/** What {@link readValue} found besides the value. */
export const readState = { scale: 0 };

/** @returns the value; its scale is left in {@link readState} */
export function readValue(input: ByteReader, previous: number, scale: number): number {
  const difference = input.zigzag();
  if (difference !== 0) {
    const power = POWERS[scale]!;
    readState.scale = scale;
    return (Math.round(previous * power) + difference) / power;
  }
  const head = input.u8();
  if (head === RAW) {
    readState.scale = 0;
    return input.f64();
  }
  const power = POWERS[head];
  if (power === undefined) throw new CorruptBytes("scale of a value");
  readState.scale = head;
  return input.zigzag() / power;
}
