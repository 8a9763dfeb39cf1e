/**
 * Makes native histograms with custom buckets (schema -53, "NHCB") of the classic histograms that another parser reads.
 *
 * What belongs together are the series `x_bucket{le=…}`, `x_count` and `x_sum` of a family `x` whose TYPE says histogram, equal
 * in every label but `le`; they may stand in any order. Where a scrape has a native histogram of that name and labels already,
 * nothing is made. Counts that cannot be a histogram (falling, negative, another `_count` than the last bucket's)
 * yield none, and unless classic series are kept they are left out too.
 *
 * Source: prometheus `model/textparse/nhcbparse.go`, `util/convertnhcb`. Theirs gathers neighbouring lines only, so that a
 * comment or another metric in between makes it cut a histogram in two; this one gathers over the whole scrape.
 */
import { CUSTOM_BUCKETS_SCHEMA, type FloatHistogram, type Labels, METRIC_NAME, parseGoFloat } from "@dmon/model";
import type { ScrapeBodyParser } from "./body-parser.ts";
import type { ReadExemplar } from "./entry-reader.ts";
import { FreshSeries, ParsedScrape } from "./parsed-scrape.ts";

type Part = "native" | "bucket" | "count" | "sum";

/** What a series is to a histogram. */
interface Role {
  readonly histogram: ClassicHistogram;
  readonly part: Part;
  /** Upper bound of a bucket. */
  readonly bound: number;
}

const SUFFIX = /_(bucket|count|sum)$/;

export class NhcbParser implements ScrapeBodyParser {
  readonly #inner: ScrapeBodyParser;
  readonly #keepClassic: boolean;
  readonly #read = new ParsedScrape();
  /** By entry of the inner parser. */
  readonly #roles: (Role | undefined)[] = [];
  readonly #histograms = new Map<string, ClassicHistogram>();
  /** Those that the scrape being read has something of. */
  #met: ClassicHistogram[] = [];
  #scrape = 0;

  /** @param keepClassic yield the classic series too */
  constructor(inner: ScrapeBodyParser, keepClassic: boolean) {
    this.#inner = inner;
    this.#keepClassic = keepClassic;
  }

  get remembered(): number {
    return this.#inner.remembered + this.#histograms.size;
  }

  /** Entries of `out` are even for series of the inner parser and odd for histograms made here. */
  parse(body: Uint8Array, out: ParsedScrape): void {
    const read = this.#read;
    out.clear();
    try {
      this.#inner.parse(body, read);
    } finally {
      this.#learn(out);
      this.#gather(out);
      this.#make(out);
    }
    out.metadata.push(...read.metadata);
  }

  #learn(out: ParsedScrape): void {
    const roles = this.#roles;
    for (const series of this.#read.fresh) {
      while (roles.length <= series.entry) roles.push(undefined);
      const role = series.family === "" ? undefined : this.#roleOf(series);
      roles[series.entry] = role;
      if (this.#passes(role)) out.fresh.push(new FreshSeries(2 * series.entry, () => series.labels));
    }
  }

  #passes(role: Role | undefined): boolean {
    return role === undefined || role.part === "native" || this.#keepClassic;
  }

  #roleOf({ family, labels }: FreshSeries): Role | undefined {
    const name = labels.name;
    const part = name === family ? "native" : (SUFFIX.exec(name)?.[1] as Part | undefined);
    if (part === undefined || (part !== "native" && name.length !== family.length + part.length + 1)) return undefined;
    if (!name.startsWith(family)) return undefined;
    const bound = part === "bucket" ? parseGoFloat(labels.get("le")) : 0;
    if (bound === undefined || Number.isNaN(bound)) return undefined;
    const own = labels.with(METRIC_NAME, family);
    const base = part === "native" ? own : own.without("le");
    let histogram = this.#histograms.get(base.key);
    if (histogram === undefined) {
      histogram = new ClassicHistogram(2 * this.#histograms.size + 1, base);
      this.#histograms.set(base.key, histogram);
    }
    return { histogram, part, bound };
  }

  /** Passes on what stays, and fills the histograms. */
  #gather(out: ParsedScrape): void {
    const { entries, values, timesMs, hasTimes, length, histograms, startsMs, exemplars } = this.#read;
    const scrape = ++this.#scrape;
    this.#met = [];
    let nextExemplar = 0;
    for (let i = 0; i < length; i++) {
      const role = this.#roles[entries[i]!];
      const passes = this.#passes(role);
      const timeMs = hasTimes ? timesMs[i]! : Number.NaN;
      const startMs = startsMs.size > 0 ? startsMs.get(i) : undefined;
      const histogram = role?.histogram;
      if (role?.part === "native") role.histogram.nativeIn = histograms.has(i) ? scrape : role.histogram.nativeIn;
      else if (histogram !== undefined) {
        if (histogram.begin(scrape, timeMs, startMs)) this.#met.push(histogram);
        if (histogram.isAt(timeMs)) histogram.set(role!.part, role!.bound, values[i]!);
      }
      for (; nextExemplar < exemplars.length && exemplars[nextExemplar]!.sample === i; nextExemplar++) {
        const { exemplar } = exemplars[nextExemplar]!;
        if (role?.part !== "native") histogram?.exemplars.push(exemplar);
        if (passes) out.addExemplar(exemplar);
      }
      if (!passes) {
        out.replaced++;
        continue;
      }
      const native = histograms.size > 0 ? histograms.get(i) : undefined;
      if (native !== undefined) out.histograms.set(out.length, native);
      if (startMs !== undefined) out.startsMs.set(out.length, startMs);
      out.add(2 * entries[i]!, values[i]!, timeMs);
    }
  }

  #make(out: ParsedScrape): void {
    for (const classic of this.#met) {
      const made = classic.nativeIn === this.#scrape ? undefined : classic.toNative();
      if (made === undefined) continue;
      if (!classic.named) out.fresh.push(new FreshSeries(classic.entry, () => classic.labels));
      classic.named = true;
      for (const exemplar of classic.exemplars) out.addExemplar(exemplar);
      out.histograms.set(out.length, made);
      if (classic.startMs !== undefined) out.startsMs.set(out.length, classic.startMs);
      out.add(classic.entry, Number.NaN, classic.timeMs);
    }
  }
}

/** One histogram: what the present scrape said of it so far. */
class ClassicHistogram {
  readonly entry: number;
  /** With the family's name and without `le`. */
  readonly labels: Labels;
  /** Whether the sink's side was told of it. */
  named = false;
  /** The last scrape that had a native histogram of these labels. */
  nativeIn = 0;
  readonly exemplars: ReadExemplar[] = [];
  /** NaN for none. */
  timeMs = Number.NaN;
  startMs: number | undefined;
  #scrape = 0;
  /** Upper bounds, ascending, each with its cumulative count. */
  readonly #bounds: number[] = [];
  readonly #counts: number[] = [];
  #count: number | undefined;
  #sum = 0;

  constructor(entry: number, labels: Labels) {
    this.entry = entry;
    this.labels = labels;
  }

  /** Forgets the scrape before. @returns false where this scrape was begun already */
  begin(scrape: number, timeMs: number, startMs: number | undefined): boolean {
    if (this.#scrape === scrape) return false;
    this.#scrape = scrape;
    this.timeMs = timeMs;
    this.startMs = startMs;
    this.exemplars.length = 0;
    this.#bounds.length = 0;
    this.#counts.length = 0;
    this.#count = undefined;
    this.#sum = 0;
    return true;
  }

  /** False for a series of another instant: of several, the first counts, as with any series. */
  isAt(timeMs: number): boolean {
    return Object.is(timeMs, this.timeMs);
  }

  set(part: Part, bound: number, value: number): void {
    if (part === "count") this.#count = value;
    else if (part === "sum") this.#sum = value;
    else {
      const bounds = this.#bounds;
      let at = bounds.length;
      while (at > 0 && bounds[at - 1]! > bound) at--;
      // A bound that stands twice: the first counts.
      if (at > 0 && bounds[at - 1] === bound) return;
      if (at === bounds.length) {
        bounds.push(bound);
        this.#counts.push(value);
        return;
      }
      bounds.splice(at, 0, bound);
      this.#counts.splice(at, 0, value);
    }
  }

  /** @returns undefined where the counts do not fit together, or there are none */
  toNative(): FloatHistogram | undefined {
    const total = this.#count ?? this.#counts.at(-1);
    if (total === undefined) return undefined;
    const customValues = [...this.#bounds];
    const cumulative = [...this.#counts];
    if (customValues.at(-1) === Number.POSITIVE_INFINITY) customValues.pop();
    else cumulative.push(total);
    if (customValues[0] === Number.NEGATIVE_INFINITY || cumulative.at(-1) !== total) return undefined;
    let below = 0;
    for (let i = 0; i < cumulative.length; i++) {
      const upTo = cumulative[i]!;
      if (upTo < below || upTo < 0) return undefined;
      cumulative[i] = upTo - below;
      below = upTo;
    }
    return {
      schema: CUSTOM_BUCKETS_SCHEMA,
      counterResetHint: "unknown",
      zeroThreshold: 0,
      zeroCount: 0,
      count: total,
      sum: this.#sum,
      positiveSpans: [{ offset: 0, length: cumulative.length }],
      negativeSpans: [],
      positiveBuckets: cumulative,
      negativeBuckets: [],
      customValues,
    };
  }
}
