/**
 * Numbers as Go prints them, because that is what Prometheus' readers expect: `+Inf`, `-Inf`, `NaN`, `1e+06`, `1e-07`.
 *
 * JavaScript and Go agree on the shortest digits that read back; they differ in when an exponent is used and in its form
 * (`1e-7` against `1e-07`).
 */

/** Go's `strconv.FormatFloat(v, 'g', -1, 64)`: exponents below -4 and from 21 on. Used by PromQL's own printing (`%v`). */
export function formatFloat(value: number): string {
  return format(value, -4, 21);
}

/** The text of the exposition formats (`'g'` with shortest digits): exponents below -4 and from 6 digits on, as in `1e+06`. */
export function formatExpositionFloat(value: number): string {
  // Between these limits neither Go nor JavaScript uses an exponent, and their digits are the same.
  const size = Math.abs(value);
  return size < 1e6 && size >= 1e-4 ? String(value) : format(value, -4, 6);
}

/** The text of a value in the HTTP API's JSON: exponents below 1e-6 and from 1e21 on. */
export function formatJsonFloat(value: number): string {
  // JavaScript switches to exponents at just these limits; only the exponent's two digits and -0 differ.
  const size = Math.abs(value);
  if (size >= 1e-6 && size < 1e21) return String(value);
  return format(value, -6, 21);
}

/** Without an exponent, with the fewest digits that read back (Go's `'f', -1`). */
export function formatPlainFloat(value: number): string {
  return format(value, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY);
}

function format(value: number, belowExponent: number, fromExponent: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (value === Number.POSITIVE_INFINITY) return "+Inf";
  if (value === Number.NEGATIVE_INFINITY) return "-Inf";
  if (value === 0) return Object.is(value, -0) ? "-0" : "0";
  const scientific = value.toExponential();
  const e = scientific.indexOf("e");
  const exponent = Number(scientific.slice(e + 1));
  if (exponent < belowExponent || exponent >= fromExponent) {
    const size = Math.abs(exponent);
    return `${scientific.slice(0, e)}e${exponent < 0 ? "-" : "+"}${size < 10 ? "0" : ""}${size}`;
  }
  return plain(scientific.slice(0, e), exponent);
}

/** Writes `mantissa × 10^exponent` without an exponent. */
function plain(mantissa: string, exponent: number): string {
  const negative = mantissa.startsWith("-");
  const digits = mantissa.replace("-", "").replace(".", "");
  const point = exponent + 1;
  const sign = negative ? "-" : "";
  if (point <= 0) return `${sign}0.${"0".repeat(-point)}${digits}`;
  if (point >= digits.length) return `${sign}${digits}${"0".repeat(point - digits.length)}`;
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}

/**
 * Reads a float as Go's `strconv.ParseFloat` does for the exposition formats: decimal, hexadecimal, `NaN`, `±Inf`, `Infinity`.
 *
 * @returns undefined where the text is not a number
 */
export function parseGoFloat(text: string): number | undefined {
  if (DECIMAL.test(text)) return Number(text);
  const lower = text.toLowerCase();
  const named = NAMED[lower];
  if (named !== undefined) return named;
  const hex = HEX.exec(lower);
  if (hex === null) return undefined;
  const whole = hex[2] ?? "";
  const fraction = hex[3] ?? "";
  if (whole === "" && fraction === "") return undefined;
  const mantissa = Number(`0x${whole}${fraction}`);
  return (hex[1] === "-" ? -1 : 1) * mantissa * 2 ** (Number(hex[4]) - 4 * fraction.length);
}

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const HEX = /^([+-]?)0x([0-9a-f]*)\.?([0-9a-f]*)p([+-]?\d+)$/;
const NAMED: Readonly<Record<string, number>> = {
  nan: Number.NaN,
  inf: Number.POSITIVE_INFINITY,
  "+inf": Number.POSITIVE_INFINITY,
  "-inf": Number.NEGATIVE_INFINITY,
  infinity: Number.POSITIVE_INFINITY,
  "+infinity": Number.POSITIVE_INFINITY,
  "-infinity": Number.NEGATIVE_INFINITY,
};
