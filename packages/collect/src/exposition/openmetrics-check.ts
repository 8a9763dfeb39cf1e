/**
 * Checks that a text is OpenMetrics 1.0 in every respect, not only in its grammar.
 *
 * Scraping is as lenient as Prometheus, which lets much of this pass; this check is for authors of exporters. It holds names,
 * order, grouping, values and exemplars against the specification and stops at the first fault.
 * Source: the OpenMetrics 1.0 specification; its test cases as the Python client's parser has them.
 */
import { type Labels, METRIC_NAME, type MetricType, parseGoFloat } from "@dmon/model";
import { type Entry, readEntry } from "./entry-reader.ts";
import { badExposition, OpenMetricsLexer } from "./tokens.ts";

type Series = Extract<Entry, { kind: "series" }>;

/** Suffixes of the samples that a type has; "" is the family's own name. */
const SUFFIXES: Readonly<Record<MetricType, readonly string[]>> = {
  counter: ["_total", "_created"],
  gauge: [""],
  histogram: ["_bucket", "_count", "_sum", "_created"],
  gaugehistogram: ["_bucket", "_gcount", "_gsum"],
  summary: ["", "_count", "_sum", "_created"],
  info: ["_info"],
  stateset: [""],
  unknown: [""],
};
const MAX_EXEMPLAR_CHARS = 128;

/** @throws {DmonError} `bad_exposition`: what is wrong, and with which metric */
export function checkOpenMetrics(body: Uint8Array): void {
  const lexer = new OpenMetricsLexer(body);
  const check = new Check();
  for (;;) {
    lexer.state = "init";
    const from = lexer.at;
    const entry = readEntry(lexer, "openmetrics");
    if (entry.kind === "eof") break;
    if (entry.kind === "series") {
      refuseTrailingComma(body, from, entry.seriesEnd);
      check.sample(entry);
    } else if ("metric" in entry) check.metadata(entry);
  }
  check.endFamily();
}

interface Family {
  readonly name: string;
  type: MetricType;
  unit: string;
  readonly said: Set<string>;
  hasSamples: boolean;
  /** Groups that ended; one that comes again is out of order. */
  readonly groups: Set<string>;
  group: Group | undefined;
}

/** Samples that differ in `le`, `quantile` or the state only. */
interface Group {
  readonly key: string;
  timeMs: number;
  /** Samples at the present time, to find doubles. */
  readonly seen: Set<string>;
  buckets: { upper: number; count: number }[];
  count: number | undefined;
  sum: number | undefined;
}

class Check {
  readonly #taken = new Set<string>();
  #family: Family | undefined;

  metadata(entry: Extract<Entry, { metric: string }>): void {
    if (this.#family?.name !== entry.metric) this.#begin(entry.metric);
    const family = this.#family!;
    const word = entry.kind.toUpperCase();
    if (family.hasSamples) throw fault(entry.metric, `${word} stands after samples`);
    if (family.said.has(entry.kind)) throw fault(entry.metric, `${word} stands twice`);
    family.said.add(entry.kind);
    if (entry.kind === "type") family.type = entry.type;
    else if (entry.kind === "unit") family.unit = entry.text;
  }

  sample(entry: Series): void {
    const { labels } = entry;
    const name = labels.name;
    const suffixOf = (family: Family) => SUFFIXES[family.type].find((suffix) => name === family.name + suffix);
    if (this.#family === undefined || suffixOf(this.#family) === undefined) this.#begin(name);
    const family = this.#family!;
    family.hasSamples = true;
    const suffix = suffixOf(family)!;
    checkValue(family, suffix, entry);
    checkExemplar(family, suffix, entry);
    this.#group(family, suffix, entry);
  }

  endFamily(): void {
    const family = this.#family;
    if (family === undefined) return;
    endGroup(family);
    if (family.unit !== "" && (family.type === "info" || family.type === "stateset")) {
      throw fault(family.name, `a metric of type ${family.type} has no unit`);
    }
    const names = new Set([family.name, ...SUFFIXES[family.type].map((suffix) => family.name + suffix)]);
    for (const name of names) {
      if (this.#taken.has(name)) throw fault(name, "the name belongs to an earlier metric");
      this.#taken.add(name);
    }
    this.#family = undefined;
  }

  #begin(name: string): void {
    this.endFamily();
    this.#family = {
      name,
      type: "unknown",
      unit: "",
      said: new Set(),
      hasSamples: false,
      groups: new Set(),
      group: undefined,
    };
  }

  #group(family: Family, suffix: string, entry: Series): void {
    const { labels, timeMs, value } = entry;
    const key = labels.drop(new Set([METRIC_NAME, ...partLabels(family)])).key;
    if (family.group?.key !== key) {
      endGroup(family);
      if (family.groups.has(key)) throw fault(family.name, "samples of one label set do not stand together");
      family.groups.add(key);
      family.group = newGroup(key, timeMs);
    } else if (!Object.is(family.group.timeMs, timeMs)) {
      if (Number.isNaN(timeMs) || Number.isNaN(family.group.timeMs)) {
        throw fault(family.name, "some samples of a label set have a timestamp and some have not");
      }
      if (timeMs < family.group.timeMs) throw fault(family.name, "timestamps go backwards");
      endGroup(family);
      family.group = newGroup(key, timeMs);
    }
    const group = family.group!;
    if (group.seen.has(labels.key)) throw fault(family.name, `${labels.toString()} stands twice`);
    group.seen.add(labels.key);
    if (suffix === "_bucket") group.buckets.push({ upper: parseGoFloat(labels.get("le"))!, count: value });
    else if (suffix === "_count" || suffix === "_gcount") group.count = value;
    else if (suffix === "_sum" || suffix === "_gsum") group.sum = value;
  }
}

function newGroup(key: string, timeMs: number): Group {
  return { key, timeMs, seen: new Set(), buckets: [], count: undefined, sum: undefined };
}

/** Labels that tell the samples of one group apart. */
function partLabels(family: Family): readonly string[] {
  if (family.type === "histogram" || family.type === "gaugehistogram") return ["le"];
  if (family.type === "summary") return ["quantile"];
  return family.type === "stateset" ? [family.name] : [];
}

function checkValue({ name, type }: Family, suffix: string, { labels, value }: Series): void {
  const counts = ["_bucket", "_count", "_gcount"].includes(suffix);
  const counter = counts || suffix === "_total" || (suffix === "_sum" && type === "summary");
  if (counter && !(value >= 0)) throw fault(name, `${labels.name} is ${value}; it counts, so it is at least 0`);
  if ((suffix === "_sum" || suffix === "_gsum") && Number.isNaN(value)) throw fault(name, `${labels.name} is NaN`);
  if (counts && Number.isFinite(value) && !Number.isInteger(value))
    throw fault(name, `${labels.name} is no whole number`);
  if (suffix === "_bucket") checkBound(name, labels);
  if (type === "summary" && suffix === "") checkQuantile(name, labels, value);
  if (type === "info" && value !== 1) throw fault(name, "the value of an info is 1");
  if (type !== "stateset") return;
  if (!labels.has(name)) throw fault(name, `a stateset names its state by a label ${name}`);
  if (value !== 0 && value !== 1) throw fault(name, "the value of a state is 0 or 1");
}

function checkBound(name: string, labels: Labels): void {
  const text = labels.get("le");
  const bound = text === "" ? undefined : parseGoFloat(text);
  if (bound === undefined || Number.isNaN(bound)) throw fault(name, "a bucket has a label le with its upper bound");
  if (bound === Number.POSITIVE_INFINITY && text !== "+Inf") throw fault(name, 'the last bucket is written le="+Inf"');
}

function checkQuantile(name: string, labels: Labels, value: number): void {
  const quantile = parseGoFloat(labels.get("quantile"));
  if (quantile === undefined || !(quantile >= 0 && quantile <= 1)) {
    throw fault(name, "a quantile has a label quantile from 0 to 1");
  }
  if (value < 0) throw fault(name, "a quantile's value is not negative");
}

function checkExemplar({ name, type }: Family, suffix: string, { labels, exemplar }: Series): void {
  if (exemplar === undefined) return;
  const allowed = (type === "counter" && suffix === "_total") || suffix === "_bucket";
  if (!allowed) throw fault(name, `${labels.name} cannot have an exemplar`);
  const chars = exemplar.labels.pairs.reduce((sum, text) => sum + [...text].length, 0);
  if (chars > MAX_EXEMPLAR_CHARS) throw fault(name, `an exemplar's labels have ${chars} characters of at most 128`);
}

function endGroup({ name, type, group }: Family): void {
  if (group === undefined || (type !== "histogram" && type !== "gaugehistogram")) return;
  const { buckets, count, sum } = group;
  if (buckets.length === 0 && count === undefined && sum === undefined) return;
  const last = buckets.at(-1);
  if (last?.upper !== Number.POSITIVE_INFINITY) throw fault(name, 'the last bucket, le="+Inf", is missing');
  for (const [i, bucket] of buckets.entries()) {
    if (i === 0) continue;
    if (bucket.upper <= buckets[i - 1]!.upper) throw fault(name, "buckets do not stand in order of their bounds");
    if (bucket.count < buckets[i - 1]!.count) throw fault(name, "bucket counts do not add up");
  }
  if (count !== undefined && count !== last.count) throw fault(name, 'the count differs from the bucket le="+Inf"');
  const negative = buckets[0]!.upper < 0;
  if (sum !== undefined && negative && type === "histogram")
    throw fault(name, "a histogram with negative buckets has no sum");
  if (sum !== undefined && sum < 0 && !negative) throw fault(name, "the sum is negative without negative buckets");
  const needsBoth = type === "gaugehistogram" || !negative;
  if (needsBoth && (count === undefined) !== (sum === undefined)) throw fault(name, "sum and count come together");
}

function refuseTrailingComma(bytes: Uint8Array, from: number, end: number): void {
  if (bytes[end - 1] === 0x7d && bytes[end - 2] === 0x2c && end - 2 > from)
    throw badExposition("a comma stands before }");
}

function fault(metric: string, what: string) {
  return badExposition(`${metric}: ${what}`);
}
