/** Tier points by their definition, one bucket after the other: what the store's are compared with. */

export interface Sample {
  readonly atMs: number;
  /** Undefined for a staleness marker. */
  readonly value: number | undefined;
}

export interface NaivePoint {
  endMs: number;
  min: number;
  max: number;
  sum: number;
  count: number;
  last: number;
  lastAtMs: number;
  increase: number;
  endedStale: boolean;
}

/** @param samples ascending */
export function naivePoints(samples: readonly Sample[], stepMs: number): NaivePoint[] {
  const points: NaivePoint[] = [];
  let previous: number | undefined;
  for (const { atMs, value } of samples) {
    const endMs = Math.ceil(atMs / stepMs) * stepMs;
    let point = points.at(-1);
    if (point?.endMs !== endMs) {
      point = {
        endMs,
        min: Number.NaN,
        max: Number.NaN,
        sum: 0,
        count: 0,
        last: Number.NaN,
        lastAtMs: endMs,
        increase: 0,
        endedStale: false,
      };
      points.push(point);
    }
    point.endedStale = value === undefined;
    if (value === undefined) continue;
    point.min = point.count === 0 ? value : Math.min(point.min, value);
    point.max = point.count === 0 ? value : Math.max(point.max, value);
    point.sum += value;
    point.count++;
    point.last = value;
    point.lastAtMs = atMs;
    if (previous !== undefined) point.increase += value < previous ? value : value - previous;
    previous = value;
  }
  return points;
}
