/**
 * How much a series changed between two stretches of time.
 *
 * The effect is the difference of the means in units of the pooled standard deviation (Cohen's d), bounded, times the change
 * relative to the size of the values. The first factor lets through what stands out of its own noise, the second keeps a
 * steady value that moved by a millionth from leading the list. Range 0 to {@link MAX_EFFECT}.
 */

/** Beyond so many standard deviations more does not say more. */
export const MAX_EFFECT = 10;
/** Of a series that appears or vanishes: short-lived processes do so all the time, and must not hide what rose or fell. */
const COMING_EFFECT = 0.5;
/** More swing is less news than another level. */
const SPREAD_SHARE = 8;
/** That something came to rest is less news than that it began to swing. */
const CALM_SHARE = 0.3;
/** Noise is taken to be at least this share of the value, so that a constant that moves is not infinitely unusual. */
const NOISE_RATIO = 0.01;
/** Fewer values than this say nothing about a stretch. */
const MIN_COUNT = 2;

/** Mean and spread of a stretch, taken in one pass (Welford). */
export class Moments {
  count = 0;
  mean = 0;
  #squares = 0;

  clear(): void {
    this.count = 0;
    this.mean = 0;
    this.#squares = 0;
  }

  /** @param weight how many equal values this stands for */
  add(value: number, weight = 1): void {
    this.count += weight;
    const delta = value - this.mean;
    this.mean += (delta * weight) / this.count;
    this.#squares += weight * delta * (value - this.mean);
  }

  get variance(): number {
    return this.count < 2 ? 0 : this.#squares / (this.count - 1);
  }
}

export interface Effect {
  readonly kind: "rose" | "fell" | "appeared" | "vanished" | "varied";
  readonly effect: number;
  /** How far it moved, in its own unit, ≥ 0. */
  readonly distance: number;
}

/** Undefined where nothing can be said: too few values, or no change at all. */
export function effectOf(before: Moments, during: Moments): Effect | undefined {
  const isBefore = before.count >= MIN_COUNT;
  const isDuring = during.count >= MIN_COUNT;
  if (!isBefore && !isDuring) return undefined;
  if (!isBefore) return before.count > 0 ? undefined : appeared("appeared", during);
  if (!isDuring) return during.count > 0 ? undefined : appeared("vanished", before);
  const difference = during.mean - before.mean;
  const size = Math.max(Math.abs(before.mean), Math.abs(during.mean));
  const pooled = Math.sqrt((before.variance + during.variance) / 2);
  const noise = Math.max(pooled, NOISE_RATIO * size);
  const byMean = noise === 0 ? 0 : Math.min(MAX_EFFECT, Math.abs(difference) / noise) * (Math.abs(difference) / size);
  const bySpread = spreadEffect(before, during, size);
  if (byMean === 0 && bySpread === 0) return undefined;
  if (bySpread > byMean) {
    return { kind: "varied", effect: bySpread, distance: Math.sqrt(Math.max(before.variance, during.variance)) };
  }
  return { kind: difference > 0 ? "rose" : "fell", effect: byMean, distance: Math.abs(difference) };
}

function appeared(kind: "appeared" | "vanished", there: Moments): Effect {
  return { kind, effect: COMING_EFFECT, distance: Math.abs(there.mean) };
}

/** A value that swings more (or less) than before around the same mean. */
function spreadEffect(before: Moments, during: Moments, size: number): number {
  const a = Math.sqrt(before.variance);
  const b = Math.sqrt(during.variance);
  const larger = Math.max(a, b);
  if (size === 0 || larger <= NOISE_RATIO * size) return 0;
  const ratio = larger / Math.max(Math.min(a, b), NOISE_RATIO * size);
  const effect = (Math.min(MAX_EFFECT, ratio - 1) * Math.min(1, larger / size)) / SPREAD_SHARE;
  return b < a ? effect * CALM_SHARE : effect;
}
