/** Counter resets of native histograms: combining hints, and finding a reset between two samples. */
import type { CounterResetHint, FloatHistogram } from "@dmon/model";
import { isCustomBuckets } from "./bounds.ts";
import { negativeSide, positiveSide, type Side } from "./buckets.ts";
import { commonBounds, countsWithin, sameBounds } from "./custom-bounds.ts";
import { reduceSide } from "./resolution.ts";
import { indexAbove, widenedZero } from "./zero-bucket.ts";

interface CombinedHint {
  readonly hint: CounterResetHint;
  /** True where one side says "reset" and the other "not reset", which cannot both be. */
  readonly collision: boolean;
}

/** The hint of a sum or difference: a gauge makes it a gauge, an unknown one unknown. */
export function combineHints(a: CounterResetHint, b: CounterResetHint): CombinedHint {
  if (a === b) return { hint: a, collision: false };
  if (a === "gauge" || b === "gauge") return { hint: "gauge", collision: false };
  return { hint: "unknown", collision: a !== "unknown" && b !== "unknown" };
}

/**
 * Whether the counter was reset between `previous` and `current`: a count went down, a populated bucket vanished, or the
 * layout changed in a way that only a restart explains (finer schema, narrower zero bucket, a threshold within a populated
 * bucket). The hint of `current` decides where it is known; the sum of observations says nothing.
 */
export function detectReset(current: FloatHistogram, previous: FloatHistogram): boolean {
  if (current.counterResetHint === "reset") return true;
  if (current.counterResetHint === "not_reset") return false;
  if (current.count < previous.count) return true;
  if (isCustomBuckets(current)) {
    if (!isCustomBuckets(previous)) return true;
    if (!sameBounds(current.customValues, previous.customValues)) return customReset(current, previous);
  }
  if (current.schema > previous.schema || current.zeroThreshold < previous.zeroThreshold) return true;
  // A change from custom to exponential buckets.
  if (isCustomBuckets(previous) !== isCustomBuckets(current)) return true;
  const zero = widenedZero(previous, current.zeroThreshold);
  if (zero.threshold !== current.zeroThreshold || current.zeroCount < zero.count) return true;
  return (
    sideReset(current, positiveSide(current), previous, positiveSide(previous)) ||
    sideReset(current, negativeSide(current), previous, negativeSide(previous))
  );
}

function sideReset(current: FloatHistogram, now: Side, previous: FloatHistogram, before: Side): boolean {
  const then = previous.schema === current.schema ? before : reduceSide(before, previous.schema, current.schema);
  const first = isCustomBuckets(current)
    ? Number.NEGATIVE_INFINITY
    : indexAbove(then.indexes, current.schema, current.zeroThreshold);
  let at = 0;
  for (let i = 0; i < then.indexes.length; i++) {
    const index = then.indexes[i]!;
    if (index < first) continue;
    while (at < now.indexes.length && now.indexes[at]! < index) at++;
    const count = now.indexes[at] === index ? now.counts[at]! : 0;
    if (count < then.counts[i]!) return true;
  }
  return false;
}

/** Custom bounds that differ: only what both can tell apart is compared. */
function customReset(current: FloatHistogram, previous: FloatHistogram): boolean {
  const bounds = commonBounds(current.customValues, previous.customValues);
  const now = countsWithin(positiveSide(current), current.customValues, bounds);
  const before = countsWithin(positiveSide(previous), previous.customValues, bounds);
  return before.some((count, i) => now[i]! < count);
}
