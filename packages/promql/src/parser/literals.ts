/** Values of number and duration tokens, with Go's errors. */

const GO_OCTAL = /^0[0-7]+$/;
const HEX = /^0[xX]/;
const MAX_INT64 = 2n ** 63n - 1n;
/** Underscores stand between digits, or after `0x`. */
const LONE_UNDERSCORE = /(?:^|[^0-9a-fA-FxX])_|_(?:[^0-9a-fA-F]|$)/;

/** @returns the number, or what is wrong with it */
export function parseNumber(text: string): number | string {
  if (LONE_UNDERSCORE.test(text)) return invalidNumber(text);
  const plain = text.replaceAll("_", "");
  const lower = plain.toLowerCase();
  if (lower === "inf") return Number.POSITIVE_INFINITY;
  if (lower === "nan") return Number.NaN;
  if (GO_OCTAL.test(plain)) {
    const value = BigInt(`0o${plain}`);
    // Too large for an int64 it is read as a decimal.
    return Number(value <= MAX_INT64 ? value : plain);
  }
  const value = plain === "" ? Number.NaN : Number(plain);
  // Go reads hexadecimal as int64 only.
  if (Number.isNaN(value) || (HEX.test(plain) && BigInt(plain) > MAX_INT64)) return invalidNumber(text);
  if (!Number.isFinite(value)) {
    return `error parsing number: strconv.ParseFloat: parsing ${JSON.stringify(text)}: value out of range`;
  }
  return value;
}

function invalidNumber(text: string): string {
  return `error parsing number: strconv.ParseFloat: parsing ${JSON.stringify(text)}: invalid syntax`;
}

const UNITS: Readonly<Record<string, readonly [order: number, ms: number]>> = {
  ms: [7, 1],
  s: [6, 1000],
  m: [5, 60_000],
  h: [4, 3_600_000],
  d: [3, 86_400_000],
  w: [2, 7 * 86_400_000],
  y: [1, 365 * 86_400_000],
};

const PART = /(\d+)(\D*)/g;

/** Largest duration: int64 nanoseconds, in seconds. */
export const MAX_DURATION_SECONDS = 2 ** 63 / 1e9;

/** @returns seconds, or what is wrong */
export function parseDurationSeconds(text: string): number | string {
  let totalMs = 0;
  let lastOrder = 0;
  for (const [, digits, unit] of text.matchAll(PART)) {
    const known = UNITS[unit!];
    if (known === undefined) return `unknown unit ${JSON.stringify(unit)} in duration ${JSON.stringify(text)}`;
    const [order, unitMs] = known;
    if (order <= lastOrder) return `not a valid duration string: ${JSON.stringify(text)}`;
    lastOrder = order;
    totalMs += Number(digits) * unitMs;
    if (totalMs / 1000 > MAX_DURATION_SECONDS) return "duration out of range";
  }
  return totalMs / 1000;
}

/** Seconds to whole milliseconds, by way of whole nanoseconds as Go does it. */
export function secondsToMs(seconds: number): number {
  const ms = Math.trunc(Math.round(seconds * 1e9) / 1e6);
  return ms === 0 ? 0 : ms;
}
