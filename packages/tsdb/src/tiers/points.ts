/**
 * Points of a tier as they are stored: what a bucket `(endMs - stepMs, endMs]` held.
 *
 * Growth as a counter is not stored but what it takes to compute it wherever the reader begins: the first and last value and
 * the sum of the values before each reset. Growth within the bucket is `last - first + drops`, and from the point before
 * `first - previous last`, or `first` where that is negative (a reset).
 */
export class TierPoints {
  length = 0;
  endsMs = new Float64Array(128);
  min = new Float64Array(128);
  max = new Float64Array(128);
  sum = new Float64Array(128);
  count = new Float64Array(128);
  first = new Float64Array(128);
  last = new Float64Array(128);
  lastAtMs = new Float64Array(128);
  drops = new Float64Array(128);
  endedStale = new Uint8Array(128);

  reserve(capacity: number): void {
    if (capacity <= this.endsMs.length) return;
    const size = Math.max(capacity, this.endsMs.length * 2);
    for (const name of TIER_COLUMNS) {
      const grown = new Float64Array(size);
      grown.set(this[name]);
      this[name] = grown;
    }
    const stale = new Uint8Array(size);
    stale.set(this.endedStale);
    this.endedStale = stale;
  }
}

export const TIER_COLUMNS = ["endsMs", "min", "max", "sum", "count", "first", "last", "lastAtMs", "drops"] as const;
