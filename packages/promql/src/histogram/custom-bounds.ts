/** Custom bucket bounds: comparing them, and mapping counts onto the bounds that two histograms share. */
import type { Side } from "./buckets.ts";

export function sameBounds(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((bound, i) => bound === b[i]);
}

/** The bounds that are in both, ascending. */
export function commonBounds(a: readonly number[], b: readonly number[]): number[] {
  const inB = new Set(b);
  return a.filter((bound) => inB.has(bound));
}

/**
 * Counts of a custom histogram's buckets over coarser bounds.
 *
 * @param target a subset of `bounds`, ascending
 * @returns one count a bucket of `target`, the last for what lies above all of its bounds
 */
export function countsWithin(side: Side, bounds: readonly number[], target: readonly number[]): number[] {
  const counts = new Array<number>(target.length + 1).fill(0);
  let at = 0;
  side.indexes.forEach((index, i) => {
    const upper = index < bounds.length ? bounds[index]! : Number.POSITIVE_INFINITY;
    while (at < target.length && target[at]! < upper) at++;
    counts[at]! += side.counts[i]!;
  });
  return counts;
}
