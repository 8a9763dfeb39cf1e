/**
 * Sums of native histograms: the engine of `+`, `-`, `sum`, `avg` and the range functions.
 *
 * Layouts are reconciled as Prometheus does: the coarser schema wins, zero buckets widen to a threshold that cuts no
 * populated bucket, custom buckets keep the bounds that all summands share. Exponential and custom buckets do not mix.
 */
import type { CounterResetHint, FloatHistogram } from "@dmon/model";
import { isCustomBuckets } from "./bounds.ts";
import { negativeSide, positiveSide, spansOf } from "./buckets.ts";
import { combineHints } from "./counter-reset.ts";
import { commonBounds, countsWithin, sameBounds } from "./custom-bounds.ts";
import { coarserIndex, reduceSide } from "./resolution.ts";
import { CompensatedSum, SideSum } from "./side-sum.ts";
import { commonZeroThreshold, indexAbove, widenedZero } from "./zero-bucket.ts";

/** What became of a summand. */
export interface AddNotes {
  /** False where exponential met custom buckets; the accumulator is as it was. */
  readonly compatible: boolean;
  /** One side's hint says "reset", the other's "not reset". */
  readonly hintCollision: boolean;
  /** Custom bounds differed and were cut down to those in common. */
  readonly boundsReconciled: boolean;
}

const INCOMPATIBLE: AddNotes = { compatible: false, hintCollision: false, boundsReconciled: false };

export class HistogramAccumulator {
  #schema: number;
  #hint: CounterResetHint;
  #zeroThreshold: number;
  #zeroCount: CompensatedSum;
  #count: CompensatedSum;
  #sum: CompensatedSum;
  #positive: SideSum;
  #negative: SideSum;
  #customValues: readonly number[];

  constructor(first: FloatHistogram) {
    this.#schema = first.schema;
    this.#hint = first.counterResetHint;
    this.#zeroThreshold = first.zeroThreshold;
    this.#zeroCount = new CompensatedSum(first.zeroCount);
    this.#count = new CompensatedSum(first.count);
    this.#sum = new CompensatedSum(first.sum);
    this.#positive = new SideSum(positiveSide(first));
    this.#negative = new SideSum(negativeSide(first));
    this.#customValues = first.customValues;
  }

  add(other: FloatHistogram): AddNotes {
    return this.#combine(other, 1);
  }

  subtract(other: FloatHistogram): AddNotes {
    return this.#combine(other, -1);
  }

  /** Multiplies all by `factor` (≥ 0), for means that are brought up to date value by value. */
  scale(factor: number): void {
    for (const sum of [this.#zeroCount, this.#count, this.#sum]) sum.scale(factor);
    this.#positive.scale(factor);
    this.#negative.scale(factor);
  }

  /** The sum so far, not compacted. The accumulator can go on. */
  value(): FloatHistogram {
    const positive = this.#positive.side;
    const negative = this.#negative.side;
    return {
      schema: this.#schema,
      counterResetHint: this.#hint,
      zeroThreshold: this.#zeroThreshold,
      zeroCount: this.#zeroCount.total,
      count: this.#count.total,
      sum: this.#sum.total,
      positiveSpans: spansOf(positive.indexes),
      positiveBuckets: positive.counts,
      negativeSpans: spansOf(negative.indexes),
      negativeBuckets: negative.counts,
      customValues: this.#customValues,
    };
  }

  #combine(other: FloatHistogram, sign: 1 | -1): AddNotes {
    const custom = isCustomBuckets({ schema: this.#schema });
    if (custom !== isCustomBuckets(other)) return INCOMPATIBLE;
    const { hint, collision } = combineHints(this.#hint, other.counterResetHint);
    this.#hint = hint;
    this.#count.add(sign * other.count);
    this.#sum.add(sign * other.sum);
    if (!custom) this.#combineExponential(other, sign);
    const boundsReconciled = custom && this.#combineCustom(other, sign);
    return { compatible: true, hintCollision: collision, boundsReconciled };
  }

  #combineExponential(other: FloatHistogram, sign: 1 | -1): void {
    const zeroCount = this.#reconcileZero(other);
    this.#zeroCount.add(sign * zeroCount);
    const schema = Math.min(this.#schema, other.schema);
    if (schema < this.#schema) {
      const from = this.#schema;
      this.#positive.regroup((index) => coarserIndex(index, from, schema));
      this.#negative.regroup((index) => coarserIndex(index, from, schema));
      this.#schema = schema;
    }
    const positive = reduceSide(positiveSide(other), other.schema, schema);
    const negative = reduceSide(negativeSide(other), other.schema, schema);
    this.#positive.add(positive, sign, indexAbove(positive.indexes, schema, this.#zeroThreshold));
    this.#negative.add(negative, sign, indexAbove(negative.indexes, schema, this.#zeroThreshold));
  }

  /** Widens this zero bucket as needed. @returns the zero count of `other` at the common threshold */
  #reconcileZero(other: FloatHistogram): number {
    if (this.#zeroThreshold === other.zeroThreshold) return other.zeroCount;
    const threshold = commonZeroThreshold(this.value(), other);
    if (threshold !== this.#zeroThreshold) {
      this.#zeroThreshold = threshold;
      for (const side of [this.#positive, this.#negative]) {
        for (const taken of side.takeBelow(indexAbove(side.indexes, this.#schema, threshold))) {
          this.#zeroCount.add(taken.sum);
          this.#zeroCount.lost += taken.lost;
        }
      }
    }
    return widenedZero(other, threshold).count;
  }

  /** @returns true where the bounds differed */
  #combineCustom(other: FloatHistogram, sign: 1 | -1): boolean {
    const theirs = positiveSide(other);
    if (sameBounds(this.#customValues, other.customValues)) {
      this.#positive.add(theirs, sign, Number.NEGATIVE_INFINITY);
      return false;
    }
    const bounds = this.#customValues;
    const common = commonBounds(bounds, other.customValues);
    this.#positive.regroup((index) => {
      const upper = index < bounds.length ? bounds[index]! : Number.POSITIVE_INFINITY;
      const at = common.findIndex((bound) => bound >= upper);
      return at < 0 ? common.length : at;
    });
    this.#customValues = common;
    const counts = countsWithin(theirs, other.customValues, common);
    this.#positive.add({ indexes: counts.map((_, i) => i), counts }, sign, Number.NEGATIVE_INFINITY);
    return true;
  }
}
