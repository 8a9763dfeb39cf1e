/**
 * How time is cut: windows of two hours within files of a day (raw) or coarser.
 *
 * All intervals are left-open, `(start, start + length]`, as the ranges of PromQL and the buckets of the tiers: a sample on
 * the boundary belongs to what ends there.
 */
export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;

/** Raw samples and one-minute points are merged by this much at a time. */
export const WINDOW_MS = 2 * HOUR_MS;

/** Start of the interval of `lengthMs` that holds `atMs`. */
export function intervalStart(atMs: number, lengthMs: number): number {
  return (Math.ceil(atMs / lengthMs) - 1) * lengthMs;
}

/** End of the interval of `lengthMs` that holds `atMs`. */
export function intervalEnd(atMs: number, lengthMs: number): number {
  return Math.ceil(atMs / lengthMs) * lengthMs;
}
