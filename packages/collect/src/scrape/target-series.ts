/**
 * The series of one target: slots, values of the current scrape, and which series ended since the last one.
 *
 * The first slots are the scrape's own metrics (`up`, …). A parser's entry is mapped to a slot once; after that a scrape only
 * fills columns. A series that was there at the last scrape and is not at this one gets a staleness marker, unless it came with
 * its own timestamp.
 */
import { createHash } from "node:crypto";
import {
  type BatchSink,
  CUSTOM_BUCKETS_SCHEMA,
  DmonError,
  type FloatHistogram,
  type Labels,
  METRIC_NAME,
  MIN_EXPONENTIAL_SCHEMA,
  SampleKind,
  type SlotExemplar,
  type SourceId,
} from "@dmon/model";
import type { ParsedScrape } from "../exposition/parsed-scrape.ts";
import { halvedResolution } from "./halved-resolution.ts";
import { sampleLabels } from "./sample-labels.ts";
import type { ScrapeJob } from "./scrape-config.ts";

/** Slots of an entry whose sample is dropped, or fails the scrape. */
const DROPPED = -1;
const FAULTY = -2;

/** Whether the last scrape had a series; one with its own timestamps does not end by being missing. */
const GONE = 0;
const LIVE = 1;
const LIVE_UNTRACKED = 2;

/** What a scrape brought, in the numbers that the scrape metrics report. */
export interface ScrapeCounts {
  scraped: number;
  kept: number;
  added: number;
}

export class TargetSeries {
  readonly source: SourceId;
  readonly #job: ScrapeJob;
  readonly #labels: Labels;
  readonly #sink: BatchSink;
  /** Slot by entry of the parser. */
  #slots = new Int32Array(64).fill(DROPPED);
  readonly #faults = new Map<number, DmonError>();
  /** Slot by a 64-bit digest of its labels: two ways of writing one series share a slot. */
  readonly #slotOf = new Map<bigint, number>();
  #length = 0;
  /** Labels of slots that the sink was not told of yet. */
  #undefined: Labels[] = [];
  #kinds = new Uint8Array(64);
  #values = new Float64Array(64);
  /** One of the three below a slot. */
  #live = new Uint8Array(64);
  /** 1 below a slot whose series the last scrape that succeeded had, or one that failed since: it is not counted as added again. */
  #known = new Uint8Array(64);

  /** @param reports names of the scrape's own metrics, which take the first slots */
  constructor(source: SourceId, job: ScrapeJob, labels: Labels, reports: readonly string[], sink: BatchSink) {
    this.source = source;
    this.#job = job;
    this.#labels = labels;
    this.#sink = sink;
    for (const name of reports) this.#slotFor(labels.with(METRIC_NAME, name));
  }

  /** Maps the entries that the parser met for the first time. */
  register(parsed: ParsedScrape): void {
    for (const { entry, labels } of parsed.fresh) {
      const known = this.#slots.length;
      if (entry >= known) this.#slots = grown(this.#slots, entry + 1, Int32Array).fill(DROPPED, known);
      this.#slots[entry] = this.#resolve(entry, labels);
    }
  }

  /**
   * Takes over from an earlier source of the same target, after the first scrape was registered here: what is known here goes
   * on, everything else that was live there ends. The earlier source is then forgotten.
   */
  takeOver(earlier: TargetSeries, atMs: number): void {
    for (const [digest, slot] of this.#slotOf) {
      const there = earlier.#slotOf.get(digest);
      if (there === undefined) continue;
      this.#live[slot] = earlier.#live[there]!;
      this.#known[slot] = earlier.#known[there]!;
      earlier.#live[there] = GONE;
    }
    earlier.end(atMs);
  }

  /**
   * Fills the columns with a scrape; nothing is sent yet.
   *
   * @param counts filled too; where this throws, with what came before the fault
   * @param fault why the text broke off after these samples, thrown unless one of them is at fault; undefined where it did not
   * @throws {DmonError} `bad_sample`, `sample_limit`: the scrape is to be reported as failed
   */
  fill(parsed: ParsedScrape, atMs: number, counts: ScrapeCounts, fault?: unknown): BatchExtras {
    const { entries, values, length } = parsed;
    const job = this.#job;
    const slots = this.#slots;
    const kinds = this.#kinds;
    kinds.fill(SampleKind.ABSENT, 0, this.#length);
    counts.scraped = length;
    const limit = job.sampleLimit > 0 ? job.sampleLimit : Number.POSITIVE_INFINITY;
    for (let i = 0; i < length; i++) {
      const slot = slots[entries[i]!]!;
      if (slot < 0) {
        if (slot === DROPPED) continue;
        counts.scraped = i + 1;
        throw this.#faults.get(entries[i]!)!;
      }
      counts.kept++;
      if (kinds[slot] !== SampleKind.ABSENT) continue;
      kinds[slot] = SampleKind.FLOAT;
      this.#values[slot] = values[i]!;
      if (counts.kept > limit) continue;
      if (this.#known[slot] === 0) counts.added++;
      this.#known[slot] = 1;
    }
    if (fault !== undefined) throw fault;
    if (counts.kept > limit) throw new DmonError("sample_limit", "sample limit exceeded");
    const extras = this.#extras(parsed, atMs);
    // An empty page is no reason to forget, as in Prometheus.
    if (length > 0)
      for (let slot = 0; slot < this.#length; slot++) if (kinds[slot] === SampleKind.ABSENT) this.#known[slot] = 0;
    return extras;
  }

  /** Marks everything as missing: what a failed scrape says. */
  fillNothing(): void {
    this.#kinds.fill(SampleKind.ABSENT, 0, this.#length);
  }

  /** Sets one of the scrape's own metrics. */
  report(slot: number, value: number): void {
    this.#kinds[slot] = SampleKind.FLOAT;
    this.#values[slot] = value;
  }

  /** Ends what is missing and sends the batch. */
  send(atMs: number, extras: BatchExtras = {}): void {
    const kinds = this.#kinds;
    const live = this.#live;
    const keepTimed = this.#job.trackTimestampsStaleness;
    for (let slot = 0; slot < this.#length; slot++) {
      if (kinds[slot] === SampleKind.ABSENT) {
        if (live[slot] === LIVE) kinds[slot] = SampleKind.STALE;
        live[slot] = GONE;
      } else live[slot] = keepTimed || extras.sampleTimesMs?.has(slot) !== true ? LIVE : LIVE_UNTRACKED;
    }
    this.#define();
    this.#sink.appendBatch({
      source: this.source,
      atMs,
      length: this.#length,
      kinds,
      values: this.#values,
      ...extras,
    });
  }

  /** Ends every series that is live, those of the scrape itself too, and forgets the source. */
  end(atMs: number): void {
    this.fillNothing();
    this.send(atMs);
    this.#sink.undefine(this.source);
  }

  #define(): void {
    if (this.#undefined.length === 0) return;
    const fromSlot = this.#length - this.#undefined.length;
    this.#sink.define({ source: this.source, fromSlot, series: this.#undefined });
    this.#undefined = [];
  }

  #extras(parsed: ParsedScrape, atMs: number): BatchExtras {
    const extras: BatchExtras = {};
    const { entries } = parsed;
    if (parsed.hasTimes && this.#job.honorTimestamps) {
      const times = new Map<number, number>();
      for (let i = 0; i < parsed.length; i++) {
        const slot = this.#slots[entries[i]!]!;
        const timeMs = parsed.timesMs[i]!;
        if (slot >= 0 && !Number.isNaN(timeMs) && !times.has(slot)) times.set(slot, timeMs);
      }
      if (times.size > 0) extras.sampleTimesMs = times;
    }
    if (parsed.histograms.size > 0) {
      const histograms = new Map<number, FloatHistogram>();
      for (const [sample, histogram] of parsed.histograms) {
        const slot = this.#slots[entries[sample]!]!;
        if (slot < 0) continue;
        this.#kinds[slot] = SampleKind.HISTOGRAM;
        histograms.set(slot, withinBucketLimit(histogram, this.#job.bucketLimit));
      }
      extras.histograms = histograms;
    }
    if (parsed.startsMs.size > 0) {
      const starts = new Float64Array(this.#length).fill(Number.NaN);
      for (const [sample, startMs] of parsed.startsMs) {
        const slot = this.#slots[entries[sample]!]!;
        if (slot >= 0) starts[slot] = startMs;
      }
      extras.startMs = starts;
    }
    if (parsed.exemplars.length > 0) {
      const exemplars: SlotExemplar[] = [];
      for (const { sample, exemplar } of parsed.exemplars) {
        const slot = this.#slots[entries[sample]!]!;
        if (slot < 0) continue;
        exemplars.push({ slot, exemplar: Number.isNaN(exemplar.atMs) ? { ...exemplar, atMs } : exemplar });
      }
      extras.exemplars = exemplars;
    }
    return extras;
  }

  #resolve(entry: number, own: Labels): number {
    try {
      const labels = sampleLabels(this.#job, this.#labels, own);
      return labels === undefined ? DROPPED : this.#slotFor(labels);
    } catch (error) {
      this.#faults.set(entry, error as DmonError);
      return FAULTY;
    }
  }

  #slotFor(labels: Labels): number {
    const digest = createHash("md5").update(labels.key).digest().readBigUInt64LE(0);
    const known = this.#slotOf.get(digest);
    if (known !== undefined) return known;
    const slot = this.#length++;
    if (slot === this.#kinds.length) {
      this.#kinds = grown(this.#kinds, slot + 1, Uint8Array);
      this.#values = grown(this.#values, slot + 1, Float64Array);
      this.#live = grown(this.#live, slot + 1, Uint8Array);
      this.#known = grown(this.#known, slot + 1, Uint8Array);
    }
    this.#slotOf.set(digest, slot);
    this.#undefined.push(labels);
    return slot;
  }
}

/**
 * A histogram with at most `limit` buckets (0 for any number): its resolution is halved until it fits.
 *
 * @throws {DmonError} `bucket_limit` where it does not fit at the coarsest resolution
 */
function withinBucketLimit(histogram: FloatHistogram, limit: number): FloatHistogram {
  let fitting = histogram;
  while (limit > 0 && bucketsOf(fitting) > limit) {
    if (fitting.schema <= MIN_EXPONENTIAL_SCHEMA)
      throw new DmonError("bucket_limit", "histogram bucket limit exceeded");
    fitting = halvedResolution(fitting);
  }
  return fitting;
}

/** Gaps up to this many empty buckets are stored rather than left out, where counts are whole numbers. */
const FILLED_GAP = 2;

/** How many buckets count against the limit: those of bounds that a classic histogram named without need do not, as in Prometheus. */
function bucketsOf({ schema, positiveBuckets, negativeBuckets }: FloatHistogram): number {
  if (schema !== CUSTOM_BUCKETS_SCHEMA) return positiveBuckets.length + negativeBuckets.length;
  const filledGap = positiveBuckets.every(Number.isInteger) ? FILLED_GAP : 0;
  let used = 0;
  let last = -1;
  positiveBuckets.forEach((count, i) => {
    if (count === 0) return;
    const gap = i - last - 1;
    used += used > 0 && gap <= filledGap ? gap + 1 : 1;
    last = i;
  });
  return used;
}

/** The rarer columns of a batch. */
export interface BatchExtras {
  sampleTimesMs?: Map<number, number>;
  histograms?: Map<number, FloatHistogram>;
  startMs?: Float64Array;
  exemplars?: SlotExemplar[];
}

function grown<T extends Uint8Array | Int32Array | Float64Array>(
  from: T,
  least: number,
  make: new (n: number) => T,
): T {
  const to = new make(Math.max(least, from.length * 2));
  to.set(from as never);
  return to;
}
