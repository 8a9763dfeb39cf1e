/**
 * Reads files of old samples into a store: OpenMetrics text with timestamps (what promtool backfills from) and JSON lines.
 *
 * Files may be larger than memory: the caller pushes pieces as they come and commits between them. Samples of one series stand in
 * order of time; what the store refuses is counted and the rest goes on. What breaks the format ends the import.
 */
import {
  type Appender,
  AppendOutcome,
  DmonError,
  type Labels,
  type MetricMetadata,
  parseGoFloat,
  type SeriesRef,
} from "@dmon/model";
import { validTextOf } from "../bytes/text.ts";
import { ParsedScrape } from "../exposition/parsed-scrape.ts";
import { ScrapeParser } from "../exposition/scrape-parser.ts";
import { outcomeText, printPairs, WriteResult } from "./write-result.ts";
import { checkLabels } from "./written-labels.ts";

export interface Importer {
  readonly result: WriteResult;
  /**
   * Takes the next piece of the file and appends what is complete in it.
   *
   * @throws {DmonError} `bad_exposition`, `bad_import`: with the line's number
   */
  push(piece: Uint8Array): void;
  /** Takes what is left. @throws as {@link push} */
  finish(): void;
}

const LINE_FEED = 0x0a;
const EOF_LINE = Buffer.from("# EOF\n");

/** Cuts pieces at line ends and counts lines. */
class WholeLines {
  #rest: Uint8Array = new Uint8Array();
  #linesDone = 0;

  /** @returns all complete lines so far, or undefined */
  push(piece: Uint8Array): Uint8Array | undefined {
    const end = piece.lastIndexOf(LINE_FEED) + 1;
    if (end === 0) {
      this.#rest = Buffer.concat([this.#rest, piece]);
      return undefined;
    }
    const lines =
      this.#rest.length === 0 ? piece.subarray(0, end) : Buffer.concat([this.#rest, piece.subarray(0, end)]);
    this.#rest = piece.slice(end);
    return lines;
  }

  take(): Uint8Array {
    const rest = this.#rest;
    this.#rest = new Uint8Array();
    return rest;
  }

  /** Lines handed out in earlier pieces. */
  get before(): number {
    return this.#linesDone;
  }

  done(lines: Uint8Array): void {
    for (let at = lines.indexOf(LINE_FEED); at >= 0; at = lines.indexOf(LINE_FEED, at + 1)) this.#linesDone++;
  }
}

/** OpenMetrics text whose samples all have timestamps, ending in `# EOF`. */
export class OpenMetricsImporter implements Importer {
  readonly result = new WriteResult();
  readonly #appender: Appender;
  readonly #lines = new WholeLines();
  readonly #parser = new ScrapeParser("openmetrics");
  readonly #parsed = new ParsedScrape();
  readonly #labels: Labels[] = [];
  readonly #refs: (SeriesRef | undefined)[] = [];
  readonly #metadata = new Map<string, MetricMetadata>();
  #ended = false;

  constructor(appender: Appender) {
    this.#appender = appender;
  }

  push(piece: Uint8Array): void {
    const lines = this.#lines.push(piece);
    if (lines !== undefined) this.#read(lines);
  }

  finish(): void {
    const rest = this.#lines.take();
    if (rest.length > 0) this.#read(Buffer.concat([rest, Uint8Array.of(LINE_FEED)]));
    if (!this.#ended) throw new DmonError("bad_exposition", "data does not end with # EOF");
  }

  #read(lines: Uint8Array): void {
    if (this.#ended) throw new DmonError("bad_exposition", "unexpected data after # EOF");
    this.#ended = Buffer.compare(lines.subarray(-EOF_LINE.length), EOF_LINE) === 0;
    this.#parser.parse(this.#ended ? lines : Buffer.concat([lines, EOF_LINE]), this.#parsed, true);
    this.#lines.done(lines);
    this.#append();
  }

  #append(): void {
    const parsed = this.#parsed;
    for (const { entry, labels } of parsed.fresh) this.#labels[entry] = labels;
    for (const { metric, ...said } of parsed.metadata) {
      const metadata = {
        ...(this.#metadata.get(metric) ?? { type: "unknown", help: "", unit: "" }),
        ...said,
      } as MetricMetadata;
      this.#metadata.set(metric, metadata);
      this.#appender.setMetadata(metric, metadata);
    }
    for (let i = 0; i < parsed.length; i++) {
      const entry = parsed.entries[i]!;
      const atMs = parsed.hasTimes ? parsed.timesMs[i]! : Number.NaN;
      if (Number.isNaN(atMs)) {
        throw new DmonError(
          "bad_import",
          `expected timestamp for series ${printPairs(this.#labels[entry]!)}, got none`,
        );
      }
      append(this.#appender, this.result, this.#ref(entry), this.#labels[entry]!, atMs, parsed.values[i]!);
    }
    for (const { sample, exemplar } of parsed.exemplars) {
      const ref = this.#ref(parsed.entries[sample]!);
      const atMs = Number.isNaN(exemplar.atMs) ? parsed.timesMs[sample]! : exemplar.atMs;
      if (ref !== undefined && this.#appender.appendExemplar(ref, { ...exemplar, atMs }) <= AppendOutcome.DUPLICATE) {
        this.result.exemplars++;
      }
    }
  }

  #ref(entry: number): SeriesRef | undefined {
    this.#refs[entry] ??= this.#appender.resolve(this.#labels[entry]!);
    return this.#refs[entry];
  }
}

/**
 * One JSON object a line: `{"labels": {…}, "samples": [[ms, value], …]}`, or VictoriaMetrics' export
 * `{"metric": {…}, "values": […], "timestamps": […]}`. A value is a number, a text such as `NaN` or `+Inf`, or `stale`.
 */
export class JsonLinesImporter implements Importer {
  readonly result = new WriteResult();
  readonly #appender: Appender;
  readonly #lines = new WholeLines();

  constructor(appender: Appender) {
    this.#appender = appender;
  }

  push(piece: Uint8Array): void {
    const lines = this.#lines.push(piece);
    if (lines !== undefined) this.#read(lines);
  }

  finish(): void {
    this.#read(this.#lines.take());
  }

  #read(lines: Uint8Array): void {
    let number = this.#lines.before;
    for (let from = 0; from < lines.length; ) {
      const lineFeed = lines.indexOf(LINE_FEED, from);
      const end = lineFeed < 0 ? lines.length : lineFeed;
      number++;
      const text = validTextOf(lines, from, end)?.trim();
      if (text !== "") this.#line(text, number);
      from = end + 1;
    }
    this.#lines.done(lines);
  }

  #line(text: string | undefined, number: number): void {
    const fail = (what: string) => new DmonError("bad_import", `line ${number}: ${what}`);
    if (text === undefined) throw fail("not UTF-8");
    let given: unknown;
    try {
      given = JSON.parse(text);
    } catch (cause) {
      throw new DmonError("bad_import", `line ${number}: ${(cause as Error).message}`, { cause });
    }
    const read = seriesOf(given);
    if (read === undefined) throw fail('expected {"labels": {…}, "samples": [[ms, value], …]}');
    const checked = checkLabels(read.labels);
    if (!checked.ok) throw fail(checked.error);
    const ref = this.#appender.resolve(checked.labels);
    for (const [atMs, raw] of read.samples) {
      const value = sampleValue(raw);
      if (value === undefined || typeof atMs !== "number" || !Number.isSafeInteger(atMs)) {
        throw fail(`not a sample: ${JSON.stringify([atMs, raw])}`);
      }
      append(this.#appender, this.result, ref, checked.labels, atMs, value);
    }
  }
}

interface JsonSeries {
  readonly labels: readonly (readonly [string, string])[];
  readonly samples: readonly (readonly [atMs: unknown, value: unknown])[];
}

function seriesOf(given: unknown): JsonSeries | undefined {
  if (typeof given !== "object" || given === null) return undefined;
  const { labels, metric, samples, values, timestamps } = given as Record<string, unknown>;
  const named = labels ?? metric;
  if (typeof named !== "object" || named === null) return undefined;
  const pairs = Object.entries(named);
  if (pairs.some(([, value]) => typeof value !== "string")) return undefined;
  if (Array.isArray(samples))
    return samples.every(Array.isArray) ? { labels: pairs, samples: samples as [unknown, unknown][] } : undefined;
  if (!Array.isArray(values) || !Array.isArray(timestamps) || values.length !== timestamps.length) return undefined;
  return { labels: pairs, samples: timestamps.map((atMs: unknown, i) => [atMs, values[i]] as const) };
}

function sampleValue(raw: unknown): number | "stale" | undefined {
  if (typeof raw === "number" || raw === "stale") return raw;
  return typeof raw === "string" ? parseGoFloat(raw) : undefined;
}

function append(
  appender: Appender,
  result: WriteResult,
  ref: SeriesRef | undefined,
  labels: Labels,
  atMs: number,
  value: number | "stale",
): void {
  const outcome =
    ref === undefined
      ? AppendOutcome.LIMIT
      : value === "stale"
        ? appender.appendStale(ref, atMs)
        : appender.appendFloat(ref, atMs, value);
  result.outcomes[outcome] = result.outcomes[outcome]! + 1;
  if (outcome <= AppendOutcome.DUPLICATE) result.samples++;
  else {
    const newest = ref === undefined ? undefined : appender.newest(ref);
    result.addError(`${outcomeText({ outcome, atMs, value: Number(value), newest })} for series ${printPairs(labels)}`);
  }
}
