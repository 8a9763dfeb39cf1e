/**
 * Compensated summation (Kahan, with Neumaier's improvement), as Prometheus sums: `1 + 1e100 + 1 - 1e100` is 2.
 *
 * The pair sum and compensation lives in the caller's variables or columns; the compensation of a sum that became infinite is 0.
 */

/** The compensation after adding `value` to `sum`, whose compensation was `compensation`. The new sum is `sum + value`. */
export function compensate(value: number, sum: number, compensation: number): number {
  const next = sum + value;
  if (next === Number.POSITIVE_INFINITY || next === Number.NEGATIVE_INFINITY) return 0;
  // The larger of the two loses no digits in the difference.
  return Math.abs(sum) >= Math.abs(value) ? compensation + (sum - next + value) : compensation + (value - next + sum);
}
