/** Strings from byte ranges, and what Go's `%q` makes of bytes. */
import { quoteLabelValue } from "@dmon/model";

const lenient = new TextDecoder("utf-8", { ignoreBOM: true });
const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Longest range that is looked at byte by byte for being ASCII; longer ones go to the decoder at once. */
const SHORT = 96;

/** UTF-8 text of `bytes[start, end)`; invalid bytes become U+FFFD. */
export function textOf(bytes: Uint8Array, start = 0, end = bytes.length): string {
  if (end - start <= SHORT) {
    let text = "";
    for (let i = start; i < end; i++) {
      const c = bytes[i]!;
      if (c >= 0x80) return lenient.decode(bytes.subarray(start, end));
      text += String.fromCharCode(c);
    }
    return text;
  }
  return lenient.decode(bytes.subarray(start, end));
}

/** @returns the text, or undefined where the bytes are not valid UTF-8 */
export function validTextOf(bytes: Uint8Array, start = 0, end = bytes.length): string | undefined {
  for (let i = start; ; i++) {
    if (i === end) return textOf(bytes, start, end);
    if (bytes[i]! >= 0x80) break;
  }
  try {
    return strict.decode(bytes.subarray(start, end));
  } catch {
    return undefined;
  }
}

/** Go's `%q` of a byte slice: as of a string, with bytes that are not UTF-8 as `\xff`. */
export function quoteBytes(bytes: Uint8Array): string {
  const whole = validTextOf(bytes);
  if (whole !== undefined) return quoteLabelValue(whole);
  let out = "";
  for (let i = 0; i < bytes.length; ) {
    const length = [1, 2, 3, 4].find((n) => i + n <= bytes.length && validTextOf(bytes, i, i + n) !== undefined);
    if (length === undefined) out += `\\x${bytes[i]!.toString(16).padStart(2, "0")}`;
    else out += quoteLabelValue(validTextOf(bytes, i, i + length)!).slice(1, -1);
    i += length ?? 1;
  }
  return `"${out}"`;
}
