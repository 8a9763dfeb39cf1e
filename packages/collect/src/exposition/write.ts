/**
 * What `/metrics` and `/federate` say: the newest value of every series, as text 0.0.4 or OpenMetrics 1.0.
 *
 * It takes batches like a store does and keeps only the last one of each source, so that a scrape costs no query and no
 * collection. Nothing is made into text before somebody asks.
 * Sources: prometheus docs "Exposition formats", OpenMetrics 1.0.
 */
import {
  type BatchSink,
  compareStrings,
  type Exemplar,
  type Labels,
  METRIC_NAME,
  type MetricMetadata,
  type SampleBatch,
  SampleKind,
  type SeriesDefinition,
  type SourceId,
} from "@dmon/model";
import { type Column, Family, familyOf, type Style } from "./write-family.ts";
import type { ExpositionFormat } from "./write-negotiate.ts";

export interface ExpositionOptions {
  /** Labels that are not shown; `job` and `instance` where this program is scraped, since the scraper sets its own. */
  readonly dropLabels?: readonly string[];
  /** Series that are not shown, by their name: those that say something of a scrape, when this program is the one scraped. */
  readonly skip?: (name: string) => boolean;
  /** Writes each sample's time. Off: the reader takes the time of its scrape. */
  readonly timestamps?: boolean;
}

interface Source {
  readonly column: Column;
  readonly series: Labels[];
}

export class Exposition implements BatchSink {
  readonly #drop: ReadonlySet<string>;
  readonly #timestamps: boolean;
  readonly #skip: (name: string) => boolean;
  readonly #metadata = new Map<string, MetricMetadata>();
  readonly #sources = new Map<SourceId, Source>();
  /** By name; undefined where metadata changed and the series must be sorted into families anew. */
  #families: Map<string, Family> | undefined = new Map();
  /** The families in the order of the text; undefined where one came or went. */
  #ordered: Family[] | undefined;

  constructor(options: ExpositionOptions = {}) {
    this.#drop = new Set(options.dropLabels ?? []);
    this.#timestamps = options.timestamps ?? false;
    this.#skip = options.skip ?? (() => false);
  }

  setMetadata(metric: string, metadata: MetricMetadata): void {
    const known = this.#metadata.get(metric);
    if (known?.type === metadata.type && known.help === metadata.help && known.unit === metadata.unit) return;
    this.#metadata.set(metric, metadata);
    // Usually a family announces itself before its first series, and nothing has to be sorted again.
    if (this.#sources.size > 0) this.#families = undefined;
  }

  define({ source, fromSlot, series }: SeriesDefinition): void {
    const known = this.#sources.get(source) ?? this.#newSource(source);
    for (let i = 0; i < series.length; i++) {
      const slot = fromSlot + i;
      if (known.series[slot] !== undefined) continue;
      const labels = series[i]!.drop(this.#drop);
      known.series[slot] = labels;
      this.#place(known.column, slot, labels);
    }
  }

  undefine(source: SourceId): void {
    const known = this.#sources.get(source);
    if (known === undefined) return;
    this.#sources.delete(source);
    for (const family of this.#families?.values() ?? []) {
      family.removeColumn(known.column);
      if (family.size > 0) continue;
      this.#families?.delete(family.name);
      this.#ordered = undefined;
    }
  }

  appendBatch(batch: SampleBatch): void {
    const column = this.#sources.get(batch.source)?.column;
    if (column === undefined) return;
    const { length } = batch;
    if (column.kinds.length < length) {
      column.kinds = new Uint8Array(length + (length >> 2));
      column.values = new Float64Array(column.kinds.length);
    }
    column.kinds.set(batch.kinds.subarray(0, length));
    column.kinds.fill(SampleKind.ABSENT, length);
    column.values.set(batch.values.subarray(0, length));
    column.atMs = batch.atMs;
    column.exemplars = batch.exemplars && newestExemplars(batch);
    column.sampleTimesMs = batch.sampleTimesMs && new Map(batch.sampleTimesMs);
  }

  /** All families by name, each with its header; ends with `# EOF` in OpenMetrics. */
  write(format: ExpositionFormat): string {
    const style: Style = { ...format, timestamps: this.#timestamps };
    const openMetrics = format.format === "openmetrics";
    const families = this.#inOrder();
    let out = "";
    for (const family of families) out += family.write(style, openMetrics && this.#nameTaken(family));
    return openMetrics ? `${out}# EOF\n` : out;
  }

  /** True for a counter `x_total` beside another family `x`: OpenMetrics would have two families of one name. */
  #nameTaken(family: Family): boolean {
    const name = family.openMetricsName;
    return name !== family.name && this.#families!.has(name);
  }

  #inOrder(): readonly Family[] {
    if (this.#families === undefined) this.#sortIntoFamilies();
    this.#ordered ??= [...this.#families!.values()].sort((a, b) => compareStrings(a.name, b.name));
    return this.#ordered;
  }

  #sortIntoFamilies(): void {
    this.#families = new Map();
    this.#ordered = undefined;
    for (const { column, series } of this.#sources.values()) {
      series.forEach((labels, slot) => {
        this.#place(column, slot, labels);
      });
    }
  }

  #place(column: Column, slot: number, labels: Labels): void {
    if (this.#families === undefined || this.#skip(labels.get(METRIC_NAME))) return;
    const { name, metadata } = familyOf(labels.get(METRIC_NAME), this.#metadata);
    let family = this.#families.get(name);
    if (family === undefined) {
      family = new Family(name, metadata);
      this.#families.set(name, family);
      this.#ordered = undefined;
    }
    family.add({ column, slot, labels, lastValue: 0, lastText: "0" });
  }

  #newSource(id: SourceId): Source {
    const column: Column = {
      kinds: new Uint8Array(0),
      values: new Float64Array(0),
      atMs: 0,
      exemplars: undefined,
      sampleTimesMs: undefined,
    };
    const source = { column, series: [] };
    this.#sources.set(id, source);
    return source;
  }
}

function newestExemplars(batch: SampleBatch): ReadonlyMap<number, Exemplar> {
  return new Map(batch.exemplars!.map(({ slot, exemplar }) => [slot, exemplar]));
}
