/**
 * Reads floats straight from bytes, as Go's `strconv.ParseFloat` would after Prometheus' own refusal of `_` and `p`.
 *
 * Up to 15 digits with a power of ten up to 22 are exact in one multiplication or division of doubles (Clinger's fast path);
 * everything else goes through a string.
 */
import { parseGoFloat } from "@dmon/model";
import { textOf } from "./text.ts";

const POWERS_OF_TEN = Float64Array.from({ length: 23 }, (_, i) => 10 ** i);

/** Why a token is no float. */
export type FloatFault = "" | "unsupported" | "syntax" | "range";

export class FloatReader {
  /** Offset after the token that was read last; a token ends at a space, a tab, a line feed or the limit. */
  end = 0;
  /** "" where the last token was a float. */
  fault: FloatFault = "";

  /** @returns the float at `start`; meaningless where `fault` is set */
  read(bytes: Uint8Array, start: number, limit: number): number {
    let i = start;
    let mantissa = 0;
    let digits = 0;
    let fraction = 0;
    let c = i < limit ? bytes[i]! : 0x20;
    const negative = c === 0x2d;
    if (negative || c === 0x2b) c = ++i < limit ? bytes[i]! : 0x20;
    while (c >= 0x30 && c <= 0x39) {
      mantissa = mantissa * 10 + (c - 0x30);
      digits++;
      c = ++i < limit ? bytes[i]! : 0x20;
    }
    if (c === 0x2e) {
      const point = i;
      c = ++i < limit ? bytes[i]! : 0x20;
      while (c >= 0x30 && c <= 0x39) {
        mantissa = mantissa * 10 + (c - 0x30);
        c = ++i < limit ? bytes[i]! : 0x20;
      }
      fraction = i - point - 1;
      digits += fraction;
    }
    if (digits === 0 || digits > 15) return this.#slow(bytes, start, limit);
    let exponent = -fraction;
    if (c === 0x65 || c === 0x45) {
      c = ++i < limit ? bytes[i]! : 0x20;
      const negativeExponent = c === 0x2d;
      if (negativeExponent || c === 0x2b) c = ++i < limit ? bytes[i]! : 0x20;
      const from = i;
      let power = 0;
      while (c >= 0x30 && c <= 0x39) {
        power = power * 10 + (c - 0x30);
        c = ++i < limit ? bytes[i]! : 0x20;
      }
      if (i === from) return this.#slow(bytes, start, limit);
      exponent += negativeExponent ? -power : power;
    }
    if ((c !== 0x20 && c !== 0x0a && c !== 0x09) || exponent > 22 || exponent < -22) {
      return this.#slow(bytes, start, limit);
    }
    this.end = i;
    this.fault = "";
    if (exponent > 0) mantissa *= POWERS_OF_TEN[exponent]!;
    else if (exponent < 0) mantissa /= POWERS_OF_TEN[-exponent]!;
    return negative ? -mantissa : mantissa;
  }

  #slow(bytes: Uint8Array, start: number, limit: number): number {
    let end = start;
    while (end < limit && bytes[end] !== 0x20 && bytes[end] !== 0x0a && bytes[end] !== 0x09) end++;
    this.end = end;
    const text = textOf(bytes, start, end);
    if (/[_pP]/.test(text)) {
      this.fault = "unsupported";
      return Number.NaN;
    }
    const value = parseGoFloat(text);
    // Go refuses a finite text that overflows.
    const overflows = value !== undefined && Math.abs(value) === Infinity && !/inf/i.test(text);
    this.fault = value === undefined ? "syntax" : overflows ? "range" : "";
    return value ?? Number.NaN;
  }
}
