/** The columns that the parsers of all exposition formats fill: one row a sample, series named by their entry number. */
import type { FloatHistogram, Labels, MetricType } from "@dmon/model";
import type { ReadExemplar } from "./entry-reader.ts";

/** One thing that a metadata line said. */
export interface MetadataLine {
  readonly metric: string;
  readonly type?: MetricType;
  readonly help?: string;
  readonly unit?: string;
}

/** A series that was met for the first time. */
export class FreshSeries {
  readonly entry: number;
  /** Name of the family that it stands in, where that is one of histograms; else "". */
  readonly family: string;
  readonly #make: () => Labels;
  #labels: Labels | undefined;

  constructor(entry: number, make: () => Labels, family = "") {
    this.entry = entry;
    this.family = family;
    this.#make = make;
  }

  /** Made at the first look; the parser that met the series must still be there. */
  get labels(): Labels {
    this.#labels ??= this.#make();
    return this.#labels;
  }
}

export class ParsedScrape {
  /** Number of samples. */
  length = 0;
  /** Series of each sample, as numbered by its parser. */
  entries = new Int32Array(256);
  values = new Float64Array(256);
  /** Milliseconds; NaN where the sample had no own timestamp. Meaningful only while `hasTimes`. */
  timesMs = new Float64Array(256);
  hasTimes = false;
  /** By sample; the sample's value then means nothing. */
  readonly histograms = new Map<number, FloatHistogram>();
  readonly exemplars: { readonly sample: number; readonly exemplar: ReadExemplar }[] = [];
  /** When counters began, ms, by sample; only protobuf says it. */
  readonly startsMs = new Map<number, number>();
  /** Series that were met for the first time, in order of their entries. */
  readonly fresh: FreshSeries[] = [];
  /** What metadata lines said that were not seen before. */
  readonly metadata: MetadataLine[] = [];

  /** Samples that were read and are not here: histograms made of them are. */
  replaced = 0;

  clear(): void {
    this.length = 0;
    this.replaced = 0;
    this.hasTimes = false;
    if (this.histograms.size > 0) this.histograms.clear();
    if (this.startsMs.size > 0) this.startsMs.clear();
    this.exemplars.length = 0;
    this.fresh.length = 0;
    this.metadata.length = 0;
  }

  /** Appends a sample. @param timeMs NaN for none */
  add(entry: number, value: number, timeMs: number): void {
    const i = this.length++;
    if (i === this.entries.length) this.#grow();
    this.entries[i] = entry;
    this.values[i] = value;
    if (!Number.isNaN(timeMs)) {
      if (!this.hasTimes) {
        this.timesMs.fill(Number.NaN);
        this.hasTimes = true;
      }
      this.timesMs[i] = timeMs;
    } else if (this.hasTimes) this.timesMs[i] = timeMs;
  }

  /** Appends an exemplar to the sample that is added next. */
  addExemplar(exemplar: ReadExemplar): void {
    this.exemplars.push({ sample: this.length, exemplar });
  }

  #grow(): void {
    const size = this.entries.length * 2;
    const entries = new Int32Array(size);
    const values = new Float64Array(size);
    const timesMs = new Float64Array(size);
    entries.set(this.entries);
    values.set(this.values);
    timesMs.set(this.timesMs);
    timesMs.fill(Number.NaN, this.timesMs.length);
    this.entries = entries;
    this.values = values;
    this.timesMs = timesMs;
  }
}
