/**
 * One series of an instant vector over all steps of the grid: the unit in which the engine works.
 *
 * Series are pushed from producer to consumer (`SeriesSink`), one at a time. The columns belong to the producer, which uses
 * them again for its next series, unless the consumer sets `kept`.
 */
import { type FloatHistogram, Labels, METRIC_NAME } from "@dmon/model";

/** What stands at a step. The numbers are those of model's `SampleKind`. */
export const ABSENT = 0;
export const FLOAT = 1;
export const HISTOGRAM = 2;

export class Series {
  labels: Labels = Labels.EMPTY;
  /** The metric's name is to be dropped when the query ends (delayed name removal). */
  dropName = false;
  /** Set by a consumer that keeps the columns. */
  kept = false;
  /** {@link ABSENT}, {@link FLOAT} or {@link HISTOGRAM} a step. */
  readonly kinds: Uint8Array;
  /** Meaningful where the kind is FLOAT. */
  readonly values: Float64Array;
  /** Defined where at least one step has a histogram; aligned with the steps. */
  histograms: (FloatHistogram | undefined)[] | undefined;

  constructor(stepCount: number) {
    // One block of memory and two views cost half of two blocks, and small queries are mostly such costs.
    const buffer = new ArrayBuffer(stepCount * 9);
    this.values = new Float64Array(buffer, 0, stepCount);
    this.kinds = new Uint8Array(buffer, stepCount * 8, stepCount);
  }

  setFloat(step: number, value: number): void {
    this.kinds[step] = FLOAT;
    this.values[step] = value;
  }

  setHistogram(step: number, histogram: FloatHistogram): void {
    this.histograms ??= new Array(this.kinds.length);
    this.histograms[step] = histogram;
    this.kinds[step] = HISTOGRAM;
  }

  clear(step: number): void {
    this.kinds[step] = ABSENT;
    if (this.histograms !== undefined) this.histograms[step] = undefined;
  }

  /** Takes over what `from` has at a step. */
  copyStep(from: Series, step: number): void {
    if (from.kinds[step] === HISTOGRAM) this.setHistogram(step, from.histograms![step]!);
    else if (from.kinds[step] === FLOAT) this.setFloat(step, from.values[step]!);
  }

  /** True where some step has a sample. */
  get isPresent(): boolean {
    const { kinds } = this;
    for (let i = 0; i < kinds.length; i++) if (kinds[i] !== ABSENT) return true;
    return false;
  }

  /** Number of steps that have a sample. */
  get sampleCount(): number {
    const { kinds } = this;
    let count = 0;
    for (let i = 0; i < kinds.length; i++) if (kinds[i] !== ABSENT) count++;
    return count;
  }
}

/** Called once a series. The columns are only valid until it returns, unless it sets `kept`. */
export type SeriesSink = (series: Series) => void;

/** Hands out one set of columns again and again, a new one where the last was kept. */
export class SeriesBuffer {
  readonly #stepCount: number;
  #series: Series | undefined;

  constructor(stepCount: number) {
    this.#stepCount = stepCount;
  }

  /** Empty columns: no step is present. */
  next(labels: Labels): Series {
    let series = this.#series;
    if (series === undefined || series.kept) {
      series = new Series(this.#stepCount);
      this.#series = series;
    } else {
      series.kinds.fill(ABSENT);
      series.histograms = undefined;
      series.dropName = false;
    }
    series.labels = labels;
    return series;
  }
}

/** Labels that describe the metric, not the series: they go when an operation changes the meaning of the values. */
export const METADATA_LABELS: ReadonlySet<string> = new Set([METRIC_NAME, "__type__", "__unit__"]);

export function withoutMetadata(labels: Labels): Labels {
  return labels.drop(METADATA_LABELS);
}
