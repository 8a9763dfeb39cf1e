/**
 * One metric family on its way into text: its header, the order of its lines, and what stands before each value.
 *
 * What does not change from one scrape to the next is made once a format and kept: header, prefixes, the text of a value that
 * did not move (two thirds of a quiet host's series are constant).
 */
import {
  compareLabels,
  compareStrings,
  type Exemplar,
  formatExpositionFloat,
  type Labels,
  METRIC_NAME,
  type MetricMetadata,
  type MetricType,
  SampleKind,
} from "@dmon/model";
import { escapeHelp, escapeLabelValue, escapeMetricName, headerName, samplePrefix } from "./write-names.ts";
import type { ExpositionFormat } from "./write-negotiate.ts";

/** The newest column of a source. */
export interface Column {
  kinds: Uint8Array;
  values: Float64Array;
  atMs: number;
  exemplars: ReadonlyMap<number, Exemplar> | undefined;
  sampleTimesMs: ReadonlyMap<number, number> | undefined;
}

/** One series of a family. */
export interface Entry {
  readonly column: Column;
  readonly slot: number;
  readonly labels: Labels;
  lastValue: number;
  lastText: string;
}

/** What makes the text differ between readers. */
export interface Style extends ExpositionFormat {
  readonly timestamps: boolean;
}

/** Types of text 0.0.4; those of OpenMetrics that it does not know become what they are made of. */
const TEXT_TYPES: Readonly<Record<MetricType, string>> = {
  counter: "counter",
  gauge: "gauge",
  histogram: "histogram",
  gaugehistogram: "histogram",
  summary: "summary",
  info: "gauge",
  stateset: "gauge",
  unknown: "untyped",
};

const UNTYPED: MetricMetadata = { type: "unknown", help: "", unit: "" };
const DISTRIBUTION = /^(.+?)_(bucket|sum|count|gsum|gcount)$/;

export class Family {
  /** The samples' own name, but for histograms and summaries, whose samples add `_bucket`, `_sum`, `_count`. */
  readonly name: string;
  readonly metadata: MetricMetadata;
  readonly #entries: Entry[] = [];
  #sorted = true;
  /** Headers and prefixes (aligned with `#entries`) by content type. */
  readonly #texts = new Map<string, { header: string; prefixes: string[] }>();

  constructor(name: string, metadata: MetricMetadata = UNTYPED) {
    this.name = name;
    this.metadata = metadata;
  }

  get size(): number {
    return this.#entries.length;
  }

  add(entry: Entry): void {
    this.#entries.push(entry);
    this.#sorted = false;
  }

  /** Forgets the series of one source. */
  removeColumn(column: Column): void {
    const kept = this.#entries.filter((entry) => entry.column !== column);
    if (kept.length === this.#entries.length) return;
    this.#entries.splice(0, Number.POSITIVE_INFINITY, ...kept);
    this.#texts.clear();
  }

  /**
   * The family's lines with their header, or "" where none of its series has a value now.
   *
   * @param plain write it as a family of unknown type under the samples' name: its OpenMetrics name belongs to another
   */
  write(style: Style, plain: boolean): string {
    if (!this.#sorted) this.#sort();
    const { header, prefixes } = this.#textsFor(style, plain);
    let out = "";
    let before = "";
    for (let i = 0; i < prefixes.length; i++) {
      const entry = this.#entries[i]!;
      const prefix = prefixes[i]!;
      // Two sources may say the same once labels are dropped; a reader would refuse the whole scrape.
      if (entry.column.kinds[entry.slot] !== SampleKind.FLOAT || prefix === before) continue;
      before = prefix;
      out += prefix;
      out += valueText(entry);
      if (style.timestamps || entry.column.sampleTimesMs !== undefined) out += timestampText(entry, style);
      if (entry.column.exemplars !== undefined && style.format === "openmetrics") out += exemplarText(entry);
      out += "\n";
    }
    return out === "" ? "" : header + out;
  }

  /** The name under which OpenMetrics knows the family: counters and infos without their suffix. */
  get openMetricsName(): string {
    const suffix = { counter: "_total", info: "_info" }[this.metadata.type as string];
    return suffix !== undefined && this.name.endsWith(suffix) ? this.name.slice(0, -suffix.length) : this.name;
  }

  #textsFor(style: Style, plain: boolean): { header: string; prefixes: string[] } {
    const key = plain ? `plain ${style.contentType}` : style.contentType;
    const known = this.#texts.get(key);
    if (known !== undefined) return known;
    const made = {
      header: style.format === "text" ? this.#textHeader(style) : this.#openMetricsHeader(style, plain),
      prefixes: this.#entries.map(({ labels }) => this.#prefix(labels, style, plain)),
    };
    this.#texts.set(key, made);
    return made;
  }

  #textHeader({ escaping }: Style): string {
    const name = headerName(escapeMetricName(this.name, escaping));
    const help = this.metadata.help === "" ? "" : `# HELP ${name} ${escapeHelp(this.metadata.help, false)}\n`;
    return `${help}# TYPE ${name} ${TEXT_TYPES[this.metadata.type]}\n`;
  }

  #openMetricsHeader({ escaping }: Style, plain: boolean): string {
    const { help, unit } = this.metadata;
    const own = plain ? this.name : this.openMetricsName;
    const name = headerName(escapeMetricName(own, escaping));
    // An info family must have samples named `_info`; one that has not is what it looks like, a gauge.
    const type = plain ? "unknown" : this.metadata.type === "info" && own === this.name ? "gauge" : this.metadata.type;
    const unitLine = unit !== "" && own.endsWith(`_${unit}`) ? `# UNIT ${name} ${unit}\n` : "";
    return `# HELP ${name} ${escapeHelp(help, true)}\n# TYPE ${name} ${type}\n${unitLine}`;
  }

  #prefix(labels: Labels, { format, escaping }: Style, plain: boolean): string {
    const openMetrics = format === "openmetrics" && !plain;
    const isCounter = this.metadata.type === "counter";
    const name = openMetrics && isCounter ? `${this.openMetricsName}_total` : labels.name;
    const bounded = openMetrics && this.#isDistribution;
    return samplePrefix(escapeMetricName(name, escaping), labels.pairs, escaping, bounded ? canonicalBound : undefined);
  }

  get #isDistribution(): boolean {
    return ["histogram", "gaugehistogram", "summary"].includes(this.metadata.type);
  }

  #sort(): void {
    if (this.#isDistribution) sortDistribution(this.#entries);
    else this.#entries.sort((a, b) => compareLabels(a.labels, b.labels));
    this.#sorted = true;
    this.#texts.clear();
  }
}

/** The family that a series named `name` belongs to, and what is known of it. */
export function familyOf(
  name: string,
  metadata: ReadonlyMap<string, MetricMetadata>,
): { readonly name: string; readonly metadata: MetricMetadata | undefined } {
  const own = metadata.get(name);
  if (own !== undefined) return { name, metadata: own };
  const part = DISTRIBUTION.exec(name);
  const whole = part === null ? undefined : metadata.get(part[1]!);
  if (whole !== undefined && /histogram|summary/.test(whole.type)) return { name: part![1]!, metadata: whole };
  // OpenMetrics announces counters and infos without the suffix that their samples have.
  const stem = metadata.get(name.replace(/_(?:total|info)$/, ""));
  const suffixed = stem?.type === "counter" || stem?.type === "info";
  return { name, metadata: suffixed ? stem : undefined };
}

/** Orders a histogram's or summary's lines: by label set, and within one its buckets by bound, then sum, then count. */
function sortDistribution(entries: Entry[]): void {
  const bounds = new Set(["le", "quantile", METRIC_NAME]);
  const keyed = entries.map((entry) => {
    const { labels } = entry;
    const bound = labels.get("le") || labels.get("quantile");
    const rank = bound !== "" ? 0 : labels.name.endsWith("sum") ? 1 : 2;
    return { entry, key: labels.drop(bounds).key, rank, bound: bound === "+Inf" ? Number.POSITIVE_INFINITY : +bound };
  });
  keyed.sort((a, b) => compareStrings(a.key, b.key) || a.rank - b.rank || a.bound - b.bound);
  entries.splice(0, Number.POSITIVE_INFINITY, ...keyed.map(({ entry }) => entry));
}

/** Bounds as OpenMetrics wants them: always recognisable as floats. */
function canonicalBound(label: string, value: string): string {
  return (label === "le" || label === "quantile") && /^-?\d+$/.test(value) ? `${value}.0` : value;
}

function valueText(entry: Entry): string {
  const value = entry.column.values[entry.slot]!;
  if (Object.is(value, entry.lastValue)) return entry.lastText;
  entry.lastValue = value;
  entry.lastText = formatExpositionFloat(value);
  return entry.lastText;
}

function timestampText({ column, slot }: Entry, style: Style): string {
  const own = column.sampleTimesMs?.get(slot);
  if (own === undefined && !style.timestamps) return "";
  const atMs = own ?? column.atMs;
  return style.format === "text" ? ` ${atMs}` : ` ${atMs / 1000}`;
}

/** OpenMetrics takes exemplars on counters and buckets only; the column holds none for other series. */
function exemplarText({ column, slot }: Entry): string {
  const exemplar = column.exemplars?.get(slot);
  if (exemplar === undefined) return "";
  const labels = [...exemplar.labels].map(([name, value]) => `${name}="${escapeLabelValue(value)}"`).join(",");
  return ` # {${labels}} ${formatExpositionFloat(exemplar.value)} ${exemplar.atMs / 1000}`;
}
