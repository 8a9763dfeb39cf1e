/**
 * Which tier answers a selector: docs/formats/tiers.md, "Which tier".
 *
 * Raw while it reaches back far enough and the range is short; else the coarsest tier whose buckets are not longer than the
 * query's step and short against its range.
 */
import { DmonError, type SelectHints, type Tier } from "@dmon/model";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../windows.ts";

export const TIER_STEP_MS: Readonly<Record<Tier, number>> = { raw: 0, "1m": MINUTE_MS, "1h": HOUR_MS };

/** Functions over a range that tier points can answer. Instant selectors always can be. */
export const TIER_FUNCTIONS: ReadonlySet<string> = new Set([
  "rate",
  "increase",
  "min_over_time",
  "max_over_time",
  "sum_over_time",
  "count_over_time",
  "avg_over_time",
  "last_over_time",
]);

/** Shorter ranges are read raw while raw samples are there: exact, and cheap enough. */
const RAW_SPAN_MS = DAY_MS;
/** A range holds at least so many buckets, so that its ends weigh at most a fifth each. */
const MIN_BUCKETS = 5;

/** Time of the oldest sample or point of each tier, ms; +Infinity where a tier is empty. */
export type TierStarts = Readonly<Record<Tier, number>>;

/** @throws {DmonError} `tier_cannot_answer` */
export function chooseTier(hints: SelectHints, oldest: TierStarts): Tier {
  if (hints.tier !== undefined) return hints.tier;
  const { startMs, endMs, stepMs, rangeMs, func } = hints;
  const possible = rangeMs === 0 || TIER_FUNCTIONS.has(func);
  // Points may begin before the raw samples that remain; half an hour apart is the same data seen in windows.
  const older = (["1m", "1h"] as const).filter((tier) => oldest[tier] < oldest.raw - HOUR_MS && oldest[tier] <= endMs);
  const rawReaches = oldest.raw <= startMs || older.length === 0;
  if (!rawReaches) {
    if (!possible) {
      throw new DmonError(
        "tier_cannot_answer",
        `${func}() needs raw samples, and they are kept only since ${new Date(oldest.raw).toISOString()}: shorten the range`,
      );
    }
    const reaching = older.filter((tier) => oldest[tier] <= startMs);
    const finest = reaching[0] ?? older.at(-1)!;
    return fits("1h", stepMs, rangeMs) && oldest["1h"] <= Math.max(startMs, oldest[finest]) ? "1h" : finest;
  }
  if (!possible || Math.min(endMs, Number.MAX_SAFE_INTEGER) - Math.max(startMs, oldest.raw) <= RAW_SPAN_MS)
    return "raw";
  if (fits("1h", stepMs, rangeMs)) return "1h";
  return fits("1m", stepMs, rangeMs) ? "1m" : "raw";
}

function fits(tier: Tier, stepMs: number, rangeMs: number): boolean {
  const tierMs = TIER_STEP_MS[tier];
  if (rangeMs > 0 && rangeMs < tierMs * MIN_BUCKETS) return false;
  // An instant query has no step to hide a bucket's length in: it reads a tier only for its range.
  return stepMs === 0 ? rangeMs > 0 : tierMs <= stepMs;
}
