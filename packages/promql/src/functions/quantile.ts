/** Quantiles of plain values. */

/**
 * The `q`-quantile of values in ascending order (NaN first), interpolated between neighbours; NaN without values, ±Inf where
 * `q` lies outside of 0…1.
 */
export function quantileOfSorted(q: number, sorted: ArrayLike<number>): number {
  const count = sorted.length;
  if (count === 0 || Number.isNaN(q)) return Number.NaN;
  if (q < 0) return Number.NEGATIVE_INFINITY;
  if (q > 1) return Number.POSITIVE_INFINITY;
  const rank = q * (count - 1);
  const lower = Math.max(0, Math.floor(rank));
  const upper = Math.min(count - 1, lower + 1);
  const weight = rank - Math.floor(rank);
  return sorted[lower]! * (1 - weight) + sorted[upper]! * weight;
}

/** For sorting: ascending, NaN before all numbers. */
export function nanFirst(a: number, b: number): number {
  if (a < b || (Number.isNaN(a) && !Number.isNaN(b))) return -1;
  return a === b || (Number.isNaN(a) && Number.isNaN(b)) ? 0 : 1;
}
