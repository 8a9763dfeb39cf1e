/** Comparison with the tolerance of test scripts. */
import type { FloatHistogram } from "@dmon/model";
import { compact, sameLayout } from "../histogram/index.ts";

/** Relative tolerance. */
const EPSILON = 1e-6;
const SMALLEST_NORMAL = 2 ** -1022;

/** Equal, both NaN, or within a relative 1e-6. */
export function nearlyEqual(a: number, b: number): boolean {
  if (a === b || (Number.isNaN(a) && Number.isNaN(b))) return true;
  const total = Math.abs(a) + Math.abs(b);
  const difference = Math.abs(a - b);
  if (a === 0 || b === 0 || total < SMALLEST_NORMAL) return difference < EPSILON * SMALLEST_NORMAL;
  return difference / Math.min(total, Number.MAX_VALUE) < EPSILON;
}

/** Same populated buckets with nearly equal counts; the hint is compared where the script gives one. */
export function nearlyEqualHistograms(expected: FloatHistogram, got: FloatHistogram, compareHint: boolean): boolean {
  if (compareHint && expected.counterResetHint !== got.counterResetHint) return false;
  const a = compact(expected);
  const b = compact(got);
  return (
    sameLayout(a, b) &&
    nearlyEqual(a.count, b.count) &&
    nearlyEqual(a.sum, b.sum) &&
    nearlyEqual(a.zeroCount, b.zeroCount) &&
    nearlyEqualAll(a.positiveBuckets, b.positiveBuckets) &&
    nearlyEqualAll(a.negativeBuckets, b.negativeBuckets)
  );
}

function nearlyEqualAll(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((value, i) => nearlyEqual(value, b[i]!));
}
