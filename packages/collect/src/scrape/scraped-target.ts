/**
 * One target being scraped: fetch, parse, fill, report. Never throws; a failure is `up 0` and `lastError`.
 *
 * Source: Prometheus' scrape loop: on a failure nothing of the body is kept, every series of the target ends, and the scrape's
 * own metrics say so.
 */
import { type BatchSink, type Clock, DmonError, type MetricMetadata, messageOf, type SourceId } from "@dmon/model";
import { createScrapeBodyParser, type ScrapeBodyParser } from "../exposition/body-parser.ts";
import { type MetadataLine, ParsedScrape } from "../exposition/parsed-scrape.ts";
import { acceptHeader, type ExpositionFormat, formatOf } from "./content-type.ts";
import type { HttpAnswer, HttpClient } from "./http-client.ts";
import type { ScrapeJob } from "./scrape-config.ts";
import type { ScrapeTarget } from "./target.ts";
import { type BatchExtras, type ScrapeCounts, TargetSeries } from "./target-series.ts";

const REPORTS = [
  "up",
  "scrape_duration_seconds",
  "scrape_samples_scraped",
  "scrape_samples_post_metric_relabeling",
  "scrape_series_added",
];
const EXTRA_REPORTS = ["scrape_timeout_seconds", "scrape_sample_limit", "scrape_body_size_bytes"];

/** A scrape that starts so little after its planned instant is stamped with that instant, which compresses better. */
const ALIGN_WITHIN_MS = 2;
/** A parser that remembers so many lines more than a scrape has is given up for a fresh one. */
const FORGET_ABOVE = 1000;

export type TargetHealth = "unknown" | "up" | "down";

/** What the targets of one job have in common. */
export interface PoolContext {
  readonly job: ScrapeJob;
  readonly client: HttpClient;
  readonly clock: Clock;
  readonly sink: BatchSink;
  readonly allocateSource: () => SourceId;
  /** Tells of a scrape that failed. */
  readonly onFailure: (url: string, message: string) => void;
  /** Tells of metadata; the pool passes on what is new. */
  readonly onMetadata: (metric: string, metadata: MetricMetadata) => void;
}

/** Parsing is never interrupted, so all targets share one set of columns. */
const parsed = new ParsedScrape();

export class ScrapedTarget {
  #target: ScrapeTarget;
  readonly metadata = new Map<string, MetricMetadata>();
  health: TargetHealth = "unknown";
  lastError = "";
  /** Wall clock, ms; 0 before the first scrape. */
  lastScrapeMs = 0;
  lastDurationMs = 0;
  /** Why the job's targets may not be scraped at present; "" where they may. */
  fault = "";
  #pool: PoolContext;
  #series: TargetSeries;
  #earlier: TargetSeries | undefined;
  #parser: ScrapeBodyParser | undefined;
  #format: ExpositionFormat | undefined;
  #busy = false;
  #ended = false;
  #plannedMs = Number.NEGATIVE_INFINITY;

  constructor(target: ScrapeTarget, pool: PoolContext) {
    this.#target = target;
    this.#pool = pool;
    this.#series = this.#newSeries();
  }

  get target(): ScrapeTarget {
    return this.#target;
  }

  /** Takes the same labels and URL with another rhythm or other discovered labels. */
  retarget(target: ScrapeTarget): void {
    this.#target = target;
  }

  /** True while a scrape waits for the target. */
  get busy(): boolean {
    return this.#busy;
  }

  /** Goes on under a changed configuration; series that it no longer yields end with the next scrape. */
  reconfigure(pool: PoolContext): void {
    this.#pool = pool;
    this.#startAnew();
  }

  /** Scrapes once. A scrape that is still running makes this one void. */
  async scrape(): Promise<void> {
    if (this.#busy || this.#ended) return;
    this.#busy = true;
    try {
      await this.#scrapeOnce();
    } finally {
      this.#busy = false;
    }
  }

  /** Stops for good; with `stale` the target's series end now. */
  end(stale: boolean): void {
    if (this.#ended) return;
    this.#ended = true;
    const nowMs = this.#pool.clock.nowMs();
    if (stale) this.#earlier?.end(nowMs);
    if (stale) this.#series.end(nowMs);
    else this.#pool.sink.undefine(this.#series.source);
  }

  async #scrapeOnce(): Promise<void> {
    const { clock } = this.#pool;
    const startMs = clock.monotonicMs();
    const atMs = this.#stamp(clock.nowMs());
    let answer: HttpAnswer | undefined;
    let fault: unknown;
    try {
      if (this.fault !== "") throw new DmonError("target_limit", this.fault);
      answer = await this.#fetch();
    } catch (error) {
      fault = error;
    }
    if (this.#ended) return;
    const counts: ScrapeCounts = { scraped: 0, kept: 0, added: 0 };
    let extras: BatchExtras = {};
    if (answer !== undefined) {
      try {
        extras = this.#take(answer, atMs, counts);
      } catch (error) {
        fault = error;
      }
    }
    if (fault !== undefined) {
      extras = {};
      this.#series.fillNothing();
    }
    this.#earlierEnds(atMs);
    this.#report(fault === undefined, clock.monotonicMs() - startMs, counts, answer?.body.length ?? -1);
    this.#series.send(atMs, extras);
    this.health = fault === undefined ? "up" : "down";
    this.lastError = fault === undefined ? "" : messageOf(fault);
    if (fault !== undefined) this.#pool.onFailure(this.#target.url, this.lastError);
    this.lastScrapeMs = atMs;
    this.lastDurationMs = clock.monotonicMs() - startMs;
    // A scrape that failed says nothing of how many lines there are.
    if (fault === undefined) this.#forgetOld(counts.scraped + parsed.replaced);
  }

  async #fetch(): Promise<HttpAnswer> {
    const { job, client } = this.#pool;
    const { url, timeoutMs } = this.#target;
    const answer = await client.get({
      url,
      timeoutMs,
      bodyLimit: job.bodySizeLimit,
      headers: scrapeHeaders(job, timeoutMs, job.compression && !isLoopback(url)),
    });
    if (answer.status !== 200) {
      throw new DmonError("scrape_status", `server returned HTTP status ${answer.status} ${answer.statusText}`);
    }
    return answer;
  }

  #take(answer: HttpAnswer, atMs: number, counts: ScrapeCounts): BatchExtras {
    const format = formatOf(answer.headers["content-type"], this.#pool.job.fallbackProtocol);
    if (format !== this.#format) {
      this.#parser = createScrapeBodyParser(format, this.#pool.job);
      if (this.#format !== undefined) this.#startAnew(this.#parser);
      this.#format = format;
    }
    let fault: unknown;
    try {
      this.#parser!.parse(answer.body, parsed);
    } catch (error) {
      fault = error;
    }
    this.#series.register(parsed);
    if (fault === undefined) for (const line of parsed.metadata) this.#learn(line);
    // Series that live on from an earlier source are not new ones.
    this.#earlierEnds(atMs);
    return this.#series.fill(parsed, atMs, counts, fault);
  }

  #report(up: boolean, durationMs: number, counts: ScrapeCounts, bodyBytes: number): void {
    const series = this.#series;
    series.report(0, up ? 1 : 0);
    series.report(1, durationMs / 1000);
    series.report(2, counts.scraped);
    series.report(3, counts.kept);
    series.report(4, counts.added);
    if (!this.#pool.job.extraMetrics) return;
    series.report(5, this.#target.timeoutMs / 1000);
    series.report(6, this.#pool.job.sampleLimit);
    series.report(7, bodyBytes);
  }

  #learn(line: MetadataLine): void {
    const known = this.metadata.get(line.metric) ?? UNKNOWN;
    const metadata = { type: line.type ?? known.type, help: line.help ?? known.help, unit: line.unit ?? known.unit };
    this.metadata.set(line.metric, metadata);
    this.#pool.onMetadata(line.metric, metadata);
  }

  #stamp(nowMs: number): number {
    const { intervalMs } = this.#target;
    if (Number.isFinite(this.#plannedMs)) {
      this.#plannedMs += Math.max(0, Math.floor((nowMs - this.#plannedMs) / intervalMs)) * intervalMs;
    }
    const late = nowMs - this.#plannedMs;
    if (late >= 0 && late <= Math.min(ALIGN_WITHIN_MS, intervalMs / 100)) return this.#plannedMs;
    this.#plannedMs = nowMs;
    return nowMs;
  }

  /** Bounds the memory of a target whose series come and go: beginning anew costs one thorough scrape. */
  #forgetOld(scraped: number): void {
    if (this.#parser !== undefined && this.#parser.remembered > 4 * scraped + FORGET_ABOVE) this.#startAnew();
  }

  #startAnew(parser?: ScrapeBodyParser): void {
    this.#parser = parser;
    if (parser === undefined) this.#format = undefined;
    // Two changes between two scrapes: the source in between had no sample of its own.
    if (this.#earlier === undefined) this.#earlier = this.#series;
    else this.#pool.sink.undefine(this.#series.source);
    this.#series = this.#newSeries();
  }

  #earlierEnds(atMs: number): void {
    if (this.#earlier === undefined) return;
    this.#series.takeOver(this.#earlier, atMs);
    this.#earlier = undefined;
  }

  #newSeries(): TargetSeries {
    const { job, sink, allocateSource } = this.#pool;
    const reports = job.extraMetrics ? [...REPORTS, ...EXTRA_REPORTS] : REPORTS;
    return new TargetSeries(allocateSource(), job, this.#target.labels, reports, sink);
  }
}

const UNKNOWN: MetricMetadata = { type: "unknown", help: "", unit: "" };

/** By job, then by what else differs. */
const headersOfJobs = new WeakMap<ScrapeJob, Map<string, Readonly<Record<string, string>>>>();

/** The same object for all targets of a job that are asked alike. */
function scrapeHeaders(job: ScrapeJob, timeoutMs: number, packed: boolean): Readonly<Record<string, string>> {
  const ofJob = headersOfJobs.get(job) ?? new Map<string, Readonly<Record<string, string>>>();
  headersOfJobs.set(job, ofJob);
  const key = `${timeoutMs} ${packed}`;
  const known = ofJob.get(key);
  if (known !== undefined) return known;
  const headers = {
    Accept: acceptHeader(job.protocols, job.escapingScheme),
    "Accept-Encoding": packed ? "gzip" : "identity",
    "X-Prometheus-Scrape-Timeout-Seconds": String(timeoutMs / 1000),
  };
  ofJob.set(key, headers);
  return headers;
}

/** Packing and unpacking between two programs of one machine costs both more than it saves. */
function isLoopback(url: string): boolean {
  return /^https?:\/\/(?:127\.|localhost[:/]|\[::1\])/.test(url);
}
