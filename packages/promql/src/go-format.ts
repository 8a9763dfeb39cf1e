/** Numbers as Go's `fmt` prints them, where the model's texts do not fit. */
import { formatExpositionFloat } from "@dmon/model";

/** Go's `%.<digits>g`. */
export function goPrecision(value: number, digits: number): string {
  if (!Number.isFinite(value) || value === 0) return formatExpositionFloat(value);
  const [mantissa, exponentText] = value.toExponential(digits - 1).split("e") as [string, string];
  const exponent = Number(exponentText);
  if (exponent < -4 || exponent >= digits) {
    const size = Math.abs(exponent);
    return `${trimZeros(mantissa)}e${exponent < 0 ? "-" : "+"}${size < 10 ? "0" : ""}${size}`;
  }
  return trimZeros(value.toFixed(Math.max(0, digits - 1 - exponent)));
}

/** Go's `%f`. */
export function goFixed(value: number): string {
  if (!Number.isFinite(value)) return formatExpositionFloat(value);
  return Math.abs(value) < 1e21 ? value.toFixed(6) : `${BigInt(value)}.000000`;
}

function trimZeros(digits: string): string {
  return digits.includes(".") ? digits.replace(/\.?0+$/, "") : digits;
}
