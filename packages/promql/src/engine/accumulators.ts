/**
 * What aggregations keep of a group, column by column over the steps. Source: prometheus `promql/engine.go`, aggregation.
 */
import { bug, type FloatHistogram } from "@dmon/model";
import type { AggregateOp, Span } from "../ast.ts";
import { nanFirst, quantileOfSorted } from "../functions/quantile.ts";
import { averageHistograms } from "../functions/range/over-time.ts";
import { HistogramAccumulator, isCustomBuckets } from "../histogram/index.ts";
import { compensate } from "./kahan.ts";
import type { Notes } from "./notes.ts";
import { ABSENT, FLOAT, HISTOGRAM, type Series } from "./series.ts";

export interface Accumulator {
  add(series: Series): void;
  /** Fills the steps of the group's result. */
  finish(out: Series): void;
}

export interface AccumulatorOptions {
  readonly notes: Notes;
  /** Of the expression that is aggregated. */
  readonly span: Span;
  /** A value a step, for `quantile`. */
  readonly param: Float64Array | undefined;
}

export function makeAccumulator(op: AggregateOp, count: number, options: AccumulatorOptions): Accumulator {
  switch (op) {
    case "sum":
      return new SumAccumulator(count, options);
    case "avg":
      return new AverageAccumulator(count, options);
    case "min":
    case "max":
      return new ExtremeAccumulator(op, count, options);
    case "count":
    case "group":
      return new CountAccumulator(op === "group", count);
    case "stddev":
    case "stdvar":
      return new VarianceAccumulator(op, count, options);
    case "quantile":
      return new QuantileAccumulator(count, options);
    default:
      return bug(`${op} does not fold`);
  }
}

class CountAccumulator implements Accumulator {
  readonly #counts: Float64Array;
  readonly #isGroup: boolean;

  constructor(isGroup: boolean, count: number) {
    this.#isGroup = isGroup;
    this.#counts = new Float64Array(count);
  }

  add({ kinds }: Series): void {
    const counts = this.#counts;
    for (let step = 0; step < kinds.length; step++) if (kinds[step] !== ABSENT) counts[step]!++;
  }

  finish(out: Series): void {
    this.#counts.forEach((count, step) => {
      if (count > 0) out.setFloat(step, this.#isGroup ? 1 : count);
    });
  }
}

class ExtremeAccumulator implements Accumulator {
  readonly #op: "min" | "max";
  readonly #options: AccumulatorOptions;
  readonly #seen: Uint8Array;
  readonly #values: Float64Array;

  constructor(op: "min" | "max", count: number, options: AccumulatorOptions) {
    this.#op = op;
    this.#options = options;
    this.#seen = new Uint8Array(count);
    this.#values = new Float64Array(count);
  }

  add({ kinds, values: added }: Series): void {
    const seen = this.#seen;
    const values = this.#values;
    const sign = this.#op === "max" ? 1 : -1;
    for (let step = 0; step < kinds.length; step++) {
      if (kinds[step] === FLOAT) {
        const value = added[step]!;
        const known = values[step]!;
        if (seen[step] === 0 || sign * value > sign * known || Number.isNaN(known)) values[step] = value;
        seen[step] = 1;
      } else if (kinds[step] === HISTOGRAM) this.#options.notes.ignoredInAggregation(this.#op, this.#options.span);
    }
  }

  finish(out: Series): void {
    this.#seen.forEach((seen, step) => {
      if (seen !== 0) out.setFloat(step, this.#values[step]!);
    });
  }
}

/** Bits of what a step of a sum has seen. */
const SEEN_FLOAT = 1;
const SEEN_HISTOGRAM = 2;
const MIXED = SEEN_FLOAT | SEEN_HISTOGRAM;
/** Histograms did not fit together: what follows is not looked at. */
const SPOILT = 4;

/** What `sum` and `avg` share: notes about mixes and about histograms' hints and bounds. */
abstract class MixedAccumulator implements Accumulator {
  protected readonly seen: Uint8Array;
  protected readonly options: AccumulatorOptions;
  #hints: Uint8Array | undefined;

  /** @param columns columns of floats that the accumulator has, which lie with `seen` in one block of memory */
  constructor(count: number, columns: number, options: AccumulatorOptions) {
    const buffer = new ArrayBuffer(count * (8 * columns + 1));
    this.seen = new Uint8Array(buffer, count * 8 * columns, count);
    this.options = options;
  }

  protected column(index: number): Float64Array {
    const { buffer, length } = this.seen;
    return new Float64Array(buffer, index * 8 * length, length);
  }

  abstract add(series: Series): void;
  protected abstract result(step: number, out: Series): void;

  finish(out: Series): void {
    const { notes, span } = this.options;
    for (let step = 0; step < this.seen.length; step++) {
      const seen = this.seen[step]!;
      if (seen === 0) continue;
      if ((seen & MIXED) === MIXED) notes.mixedInAggregation(span);
      if (seen >= MIXED) continue;
      if (this.#hints?.[step] === 3) notes.counterResetCollision("aggregation", span);
      this.result(step, out);
    }
  }

  /**
   * Notes that a step has a histogram, and its hint.
   *
   * @returns whether it is to be added: beside a float, or behind one that did not fit, it only spoils the result
   */
  protected takesHistogram(step: number, histogram: FloatHistogram): boolean {
    const before = this.seen[step]!;
    if (before >= SPOILT) return false;
    this.seen[step] = before | SEEN_HISTOGRAM;
    if (before === SEEN_FLOAT || (before === MIXED && !this.hasHistogram(step))) return false;
    this.#noteHint(step, histogram);
    return true;
  }

  protected abstract hasHistogram(step: number): boolean;

  #noteHint(step: number, histogram: FloatHistogram): void {
    const { counterResetHint: hint } = histogram;
    if (hint !== "reset" && hint !== "not_reset") return;
    this.#hints ??= new Uint8Array(this.seen.length);
    this.#hints[step]! |= hint === "reset" ? 1 : 2;
  }

  protected noteIncompatible(step: number, metric: string): void {
    this.seen[step]! |= SPOILT;
    this.options.notes.mixedExponentialAndCustom(metric, this.options.span);
  }
}

class SumAccumulator extends MixedAccumulator {
  readonly #sums: Float64Array;
  readonly #lost: Float64Array;
  #histograms: (HistogramAccumulator | undefined)[] | undefined;

  constructor(count: number, options: AccumulatorOptions) {
    super(count, 2, options);
    this.#sums = this.column(0);
    this.#lost = this.column(1);
  }

  add(series: Series): void {
    const { kinds, values } = series;
    const { seen } = this;
    const sums = this.#sums;
    const lost = this.#lost;
    for (let step = 0; step < kinds.length; step++) {
      if (kinds[step] === FLOAT) {
        const value = values[step]!;
        const before = seen[step]!;
        if (before === SEEN_FLOAT) {
          const sum = sums[step]!;
          lost[step] = compensate(value, sum, lost[step]!);
          sums[step] = sum + value;
          continue;
        }
        if (before >= SPOILT) continue;
        if ((before & SEEN_FLOAT) === 0) sums[step] = value;
        else {
          lost[step] = compensate(value, sums[step]!, lost[step]!);
          sums[step]! += value;
        }
        seen[step] = before | SEEN_FLOAT;
      } else if (kinds[step] === HISTOGRAM) this.#addHistogram(step, series.histograms![step]!, series.labels.name);
    }
  }

  #addHistogram(step: number, histogram: FloatHistogram, metric: string): void {
    if (!this.takesHistogram(step, histogram)) return;
    this.#histograms ??= new Array(this.seen.length);
    const sum = this.#histograms[step];
    if (sum === undefined) {
      this.#histograms[step] = new HistogramAccumulator(histogram);
      return;
    }
    const added = sum.add(histogram);
    if (!added.compatible) this.noteIncompatible(step, metric);
    if (added.boundsReconciled) this.options.notes.mismatchedCustomBuckets("aggregation", this.options.span);
  }

  protected hasHistogram(step: number): boolean {
    return this.#histograms?.[step] !== undefined;
  }

  protected result(step: number, out: Series): void {
    if (this.seen[step] === SEEN_FLOAT) {
      const sum = this.#sums[step]!;
      out.setFloat(step, Number.isFinite(sum) ? sum + this.#lost[step]! : sum);
    } else out.setHistogram(step, this.#histograms![step]!.value());
  }
}

class AverageAccumulator extends MixedAccumulator {
  readonly #sums: Float64Array;
  readonly #lost: Float64Array;
  readonly #counts: Float64Array;
  /** 1 where the sum would overflow, and `#sums` holds the mean so far. */
  #incremental: Uint8Array | undefined;
  #histograms: FloatHistogram[][] | undefined;

  constructor(count: number, options: AccumulatorOptions) {
    super(count, 3, options);
    this.#sums = this.column(0);
    this.#lost = this.column(1);
    this.#counts = this.column(2);
  }

  add(series: Series): void {
    const { kinds, values } = series;
    const { seen } = this;
    for (let step = 0; step < kinds.length; step++) {
      if (kinds[step] === FLOAT) {
        if (seen[step]! >= SPOILT) continue;
        this.#addFloat(step, values[step]!);
        seen[step]! |= SEEN_FLOAT;
      } else if (kinds[step] === HISTOGRAM) this.#addHistogram(step, series.histograms![step]!, series.labels.name);
    }
  }

  /** They are averaged when all are there. */
  #addHistogram(step: number, histogram: FloatHistogram, metric: string): void {
    if (!this.takesHistogram(step, histogram)) return;
    this.#histograms ??= [];
    this.#histograms[step] ??= [];
    const known = this.#histograms[step]!;
    if (known.length > 0 && isCustomBuckets(known[0]!) !== isCustomBuckets(histogram)) {
      this.noteIncompatible(step, metric);
    } else known.push(histogram);
  }

  protected hasHistogram(step: number): boolean {
    return this.#histograms?.[step] !== undefined;
  }

  #addFloat(step: number, value: number): void {
    const count = ++this.#counts[step]!;
    if (count === 1) {
      this.#sums[step] = value;
      return;
    }
    if (this.#incremental?.[step] !== 1) {
      const sum = this.#sums[step]!;
      const next = sum + value;
      if (next !== Number.POSITIVE_INFINITY && next !== Number.NEGATIVE_INFINITY) {
        this.#lost[step] = compensate(value, sum, this.#lost[step]!);
        this.#sums[step] = next;
        return;
      }
      this.#incremental ??= new Uint8Array(this.seen.length);
      this.#incremental[step] = 1;
      this.#sums[step] = sum / (count - 1);
      this.#lost[step]! /= count - 1;
    }
    const share = (count - 1) / count;
    const scaled = share * this.#sums[step]!;
    this.#lost[step] = compensate(value / count, scaled, share * this.#lost[step]!);
    this.#sums[step] = scaled + value / count;
  }

  protected result(step: number, out: Series): void {
    if (this.seen[step] === SEEN_HISTOGRAM) {
      this.#histogramResult(step, out);
      return;
    }
    const sum = this.#sums[step]!;
    const lost = this.#lost[step]!;
    const count = this.#counts[step]!;
    out.setFloat(step, this.#incremental?.[step] === 1 ? sum + lost : sum / count + lost / count);
  }

  #histogramResult(step: number, out: Series): void {
    const { histogram, boundsReconciled } = averageHistograms(this.#histograms![step]!);
    const { notes, span } = this.options;
    if (boundsReconciled) notes.mismatchedCustomBuckets("aggregation", span);
    out.setHistogram(step, histogram ?? bug("histograms that were found to fit"));
  }
}

/** Welford's running variance. */
class VarianceAccumulator implements Accumulator {
  readonly #op: "stddev" | "stdvar";
  readonly #options: AccumulatorOptions;
  readonly #counts: Float64Array;
  readonly #means: Float64Array;
  readonly #squares: Float64Array;

  constructor(op: "stddev" | "stdvar", count: number, options: AccumulatorOptions) {
    this.#op = op;
    this.#options = options;
    this.#counts = new Float64Array(count);
    this.#means = new Float64Array(count);
    this.#squares = new Float64Array(count);
  }

  add({ kinds, values }: Series): void {
    for (let step = 0; step < kinds.length; step++) {
      if (kinds[step] === FLOAT) this.#addFloat(step, values[step]!);
      else if (kinds[step] === HISTOGRAM) this.#options.notes.ignoredInAggregation(this.#op, this.#options.span);
    }
  }

  #addFloat(step: number, value: number): void {
    const count = ++this.#counts[step]!;
    if (count === 1) {
      this.#means[step] = value;
      this.#squares[step] = Number.isFinite(value) ? 0 : Number.NaN;
      return;
    }
    const delta = value - this.#means[step]!;
    this.#means[step]! += delta / count;
    this.#squares[step]! += delta * (value - this.#means[step]!);
  }

  finish(out: Series): void {
    this.#counts.forEach((count, step) => {
      if (count === 0) return;
      const variance = this.#squares[step]! / count;
      out.setFloat(step, this.#op === "stdvar" ? variance : Math.sqrt(variance));
    });
  }
}

class QuantileAccumulator implements Accumulator {
  readonly #options: AccumulatorOptions;
  readonly #values: number[][];

  constructor(count: number, options: AccumulatorOptions) {
    this.#options = options;
    this.#values = Array.from({ length: count }, () => []);
  }

  add({ kinds, values }: Series): void {
    for (let step = 0; step < kinds.length; step++) {
      if (kinds[step] === FLOAT) this.#values[step]!.push(values[step]!);
      else if (kinds[step] === HISTOGRAM) this.#options.notes.ignoredInAggregation("quantile", this.#options.span);
    }
  }

  finish(out: Series): void {
    this.#values.forEach((values, step) => {
      if (values.length === 0) return;
      const sorted = Float64Array.from(values).sort(nanFirst);
      out.setFloat(step, quantileOfSorted(this.#options.param![step]!, sorted));
    });
  }
}
