/** Resets that the start times of counters tell. Times are ms; NaN where unknown. */

/** Whether a counter was begun anew between two samples. */
export function isStartReset(previousStart: number, previousAt: number, start: number, at: number): boolean {
  if (Number.isNaN(start) || start >= at || start < previousAt) return false;
  if (start > previousAt) return true;
  // The start is the sample before: a delta, unless that one's own start is unknown or makes no sense.
  return !Number.isNaN(previousStart) && previousStart < previousAt;
}

/** Whether a sample claims to have begun before the one before it was taken, without having the same start. */
export function isStartOverlap(previousStart: number, previousAt: number, start: number): boolean {
  if (Number.isNaN(start) || start >= previousAt) return false;
  return Number.isNaN(previousStart) || start !== previousStart;
}
