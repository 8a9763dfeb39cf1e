/**
 * Go's `math` where its results differ from JavaScript's in the last digit or at the edges, so that answers equal Prometheus'.
 *
 * Source: Go's `math.Log`, `Log2`, `Log10` and `Pow` (after FreeBSD's msun and Cephes), as described in their comments.
 */

/** Go's `math.Max`: +Inf before NaN. */
export function goMax(a: number, b: number): number {
  return a === Number.POSITIVE_INFINITY || b === Number.POSITIVE_INFINITY ? Number.POSITIVE_INFINITY : Math.max(a, b);
}

/** Go's `math.Min`: -Inf before NaN. */
export function goMin(a: number, b: number): number {
  return a === Number.NEGATIVE_INFINITY || b === Number.NEGATIVE_INFINITY ? Number.NEGATIVE_INFINITY : Math.min(a, b);
}

const floatBits = new DataView(new ArrayBuffer(8));
/** Mantissa and exponent of the float that was split last. */
let mantissa = 0;
let exponent = 0;

/** `value` = mantissa × 2 ** exponent, 0.5 ≤ |mantissa| < 1; for finite values other than 0. */
function split(value: number): void {
  const isSubnormal = Math.abs(value) < 2 ** -1022;
  floatBits.setFloat64(0, isSubnormal ? value * 2 ** 54 : value);
  const high = floatBits.getUint32(0);
  floatBits.setUint32(0, (high & 0x800fffff) | (1022 << 20));
  mantissa = floatBits.getFloat64(0);
  exponent = ((high >>> 20) & 0x7ff) - 1022 - (isSubnormal ? 54 : 0);
}

const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;
const L1 = 0.6666666666666735;
const L2 = 0.3999999999940942;
const L3 = 0.2857142874366239;
const L4 = 0.22222198432149784;
const L5 = 0.1818357216161805;
const L6 = 0.15313837699209373;
const L7 = 0.14798198605116586;

/** Natural logarithm: the argument is brought to √½…√2, where a polynomial of f / (2 + f) is precise. */
export function goLog(value: number): number {
  if (!(value > 0) || value === Number.POSITIVE_INFINITY) return Math.log(value);
  split(value);
  let reduced = mantissa;
  let k = exponent;
  if (reduced < Math.SQRT1_2) {
    reduced *= 2;
    k--;
  }
  const f = reduced - 1;
  const s = f / (2 + f);
  const s2 = s * s;
  const s4 = s2 * s2;
  const odd = s2 * (L1 + s4 * (L3 + s4 * (L5 + s4 * L7)));
  const even = s4 * (L2 + s4 * (L4 + s4 * L6));
  const halfSquare = 0.5 * f * f;
  return k * LN2_HIGH - (halfSquare - (s * (halfSquare + (odd + even)) + k * LN2_LOW) - f);
}

/** Exact for powers of two. */
export function goLog2(value: number): number {
  if (!(value > 0) || value === Number.POSITIVE_INFINITY) return Math.log2(value);
  split(value);
  const whole = exponent;
  return mantissa === 0.5 ? whole - 1 : goLog(mantissa) * Math.LOG2E + whole;
}

/** By way of the binary logarithm. */
export function goLog10(value: number): number {
  return goLog2(value) * 0.3010299956639812;
}

/** 2 to the power of `value`. */
export function goExp2(value: number): number {
  if (Number.isNaN(value) || value === Number.POSITIVE_INFINITY) return value;
  if (value > 1023.9999999999999) return Number.POSITIVE_INFINITY;
  if (value < -1074) return 0;
  // value = k + t, |t| ≤ ½; then e to the power of t × ln 2, in two parts so that nothing is lost.
  const k = Math.trunc(value + (value > 0 ? 0.5 : value < 0 ? -0.5 : 0));
  const t = value - k;
  return scaled(expOfParts(t * LN2_HIGH, -t * LN2_LOW), k);
}

/** e ** (high - low) for |high - low| ≤ ½ ln 2. */
function expOfParts(high: number, low: number): number {
  const r = high - low;
  const t = r * r;
  const c =
    r -
    t *
      (0.16666666666666666 +
        t *
          (-0.0027777777777015593 +
            t * (0.00006613756321437934 + t * (-0.0000016533902205465252 + t * 4.1381367970572385e-8))));
  return 1 - (low - (r * c) / (2 - c) - high);
}

/** Powers by repeated squaring of the mantissa; `1 ** NaN` and `(-1) ** Inf` are 1. */
export function goPow(x: number, y: number): number {
  if (x === 1 || (x === -1 && (y === Number.POSITIVE_INFINITY || y === Number.NEGATIVE_INFINITY))) return 1;
  const size = Math.abs(y);
  // The edges (0, NaN, infinities, roots, overflow) are the same in both.
  if (!Number.isFinite(x) || !Number.isFinite(y) || x === 0 || y === 0 || size === 0.5 || size >= 2 ** 63)
    return x ** y;
  let whole = Math.trunc(size);
  let fraction = size - whole;
  if (fraction !== 0 && x < 0) return Number.NaN;
  let result = 1;
  if (fraction !== 0) {
    if (fraction > 0.5) {
      fraction--;
      whole++;
    }
    result = Math.exp(fraction * goLog(x));
  }
  split(x);
  let base = mantissa;
  let baseExponent = exponent;
  let resultExponent = 0;
  for (; whole !== 0; whole = Math.floor(whole / 2)) {
    if (baseExponent < -4096 || baseExponent > 4096) {
      resultExponent += baseExponent;
      break;
    }
    if (whole % 2 === 1) {
      result *= base;
      resultExponent += baseExponent;
    }
    base *= base;
    baseExponent *= 2;
    if (base < 0.5) {
      base += base;
      baseExponent--;
    }
  }
  return y < 0 ? scaled(1 / result, -resultExponent) : scaled(result, resultExponent);
}

/** `value` × 2 ** `power`, in two steps where one would leave the range. */
function scaled(value: number, power: number): number {
  if (power > 1000) return value * 2 ** 1000 * 2 ** Math.min(1000, power - 1000);
  return power < -1000 ? value * 2 ** -1000 * 2 ** Math.max(-1074, power + 1000) : value * 2 ** power;
}
