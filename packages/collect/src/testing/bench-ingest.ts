/**
 * Measures what arriving samples cost: remote write, exposition parsing, scraping, scheduling. CPU, not wall time.
 *
 * Run directly (`node --conditions=@dmon/source bench-ingest.ts`) it prints a table; `bench/` takes the functions.
 */
import { Worker } from "node:worker_threads";
import {
  type Appender,
  AppendOutcome,
  type BatchSink,
  type Exemplar,
  type FloatHistogram,
  type Labels,
  type OutcomeCounts,
  type SeriesRef,
  systemClock,
} from "@dmon/model";
import { ParsedScrape } from "../exposition/parsed-scrape.ts";
import { ScrapeParser } from "../exposition/scrape-parser.ts";
import { RemoteWriteReceiver } from "../ingest/remote-write.ts";
import type { WriteProtocol } from "../ingest/remote-write-headers.ts";
import { snappyEncode } from "../ingest/snappy.ts";
import { prometheusConfigSchema, scrapeJobsOf } from "../scrape/prometheus-config.ts";
import { createScrapeManager } from "../scrape/scrape-manager.ts";
import { type Pairs, type WrittenSeries, writeRequestV1, writeRequestV2 } from "./write-requests.ts";

/** Series of the remote write measurement, as in the comparison with Prometheus. */
const SERIES = 10_660;
/** Prometheus' default `max_samples_per_send`. */
const SAMPLES_PER_REQUEST = 2000;

/** Keeps the last sample of each series in typed arrays: the cheapest store there is, so that what is measured is the decoder. */
export class ColumnAppender implements Appender {
  readonly #refs = new Map<string, SeriesRef>();
  readonly #times = new Float64Array(1 << 20);
  readonly #values = new Float64Array(1 << 20);

  resolve(labels: Labels): SeriesRef {
    const known = this.#refs.get(labels.key);
    if (known !== undefined) return known;
    this.#refs.set(labels.key, this.#refs.size);
    return this.#refs.size - 1;
  }

  appendFloat(ref: SeriesRef, atMs: number, value: number): AppendOutcome {
    this.#times[ref] = atMs;
    this.#values[ref] = value;
    return AppendOutcome.OK;
  }

  appendStale(ref: SeriesRef, atMs: number): AppendOutcome {
    return this.appendFloat(ref, atMs, 0);
  }

  appendHistogram(_ref: SeriesRef, _atMs: number, _value: FloatHistogram): AppendOutcome {
    return AppendOutcome.OK;
  }

  appendExemplar(_ref: SeriesRef, _exemplar: Exemplar): AppendOutcome {
    return AppendOutcome.OK;
  }

  define(): void {}
  undefine(): void {}
  appendBatch(): void {}
  setMetadata(): void {}
  newest(): undefined {}
  commit(): OutcomeCounts {
    return new Float64Array(6);
  }
}

/** Labels like those of node_exporters behind a Prometheus with external labels. */
function seriesLabels(n: number): Pairs {
  const host = Math.floor(n / 533);
  return [
    ["__name__", `node_metric_${n % 120}_seconds_total`],
    ["cluster", "production-eu-1"],
    ["cpu", String(n % 16)],
    ["instance", `host-${host}.example.net:9100`],
    ["job", "node"],
    ["mode", ["user", "system", "idle", "iowait", "irq"][n % 5]!],
    ["n", String(n)],
  ];
}

/** Bodies of one round over all series, in the order of a sender. @param values samples a series in each body */
export function writeBodies(protocol: WriteProtocol, atMs: number, values = 1): Uint8Array[] {
  const bodies: Uint8Array[] = [];
  const step = Math.max(1, Math.floor(SAMPLES_PER_REQUEST / values));
  for (let from = 0; from < SERIES; from += step) {
    const series: WrittenSeries[] = Array.from({ length: Math.min(step, SERIES - from) }, (_, i) => ({
      labels: seriesLabels(from + i),
      samples: Array.from({ length: values }, (_, k) => [(from + i) * 1.5 + atMs / 1000 + k, atMs + k * 1000] as const),
    }));
    bodies.push(snappyEncode(protocol === "v1" ? writeRequestV1(series) : writeRequestV2(series)));
  }
  return bodies;
}

function cpuMicros(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/**
 * Samples per CPU second of unpacking, decoding, finding series and handing them to an appender.
 *
 * @param appender what takes the samples; typed arrays unless given
 */
export function measureRemoteWrite(
  protocol: WriteProtocol,
  { values = 1, rounds = 60, appender = new ColumnAppender() as Appender } = {},
): { samplesPerCpuSecond: number; bodyBytes: number } {
  const receiver = new RemoteWriteReceiver(appender);
  const bodies = Array.from({ length: 4 }, (_, i) => writeBodies(protocol, 1_700_000_000_000 + i * 15_000, values));
  let samples = 0;
  let spent = 0;
  for (let round = 0; round < rounds; round++) {
    const start = cpuMicros();
    let count = 0;
    for (const body of bodies[round % bodies.length]!) count += receiver.receive(body, protocol).result.samples;
    // The first rounds meet every series for the first time and run code that is not compiled yet.
    if (round >= rounds / 3) {
      samples += count;
      spent += cpuMicros() - start;
    }
  }
  return {
    samplesPerCpuSecond: samples / (spent / 1e6),
    bodyBytes: bodies[0]!.reduce((sum, body) => sum + body.length, 0),
  };
}

/** A body like node_exporter's with so many series. */
export function scrapeBody(series: number): Buffer {
  const lines: string[] = [];
  for (let n = 0; n < series; n++) {
    if (n % 10 === 0) {
      lines.push(`# HELP node_family_${n} Something about a machine, in seconds.`, `# TYPE node_family_${n} counter`);
    }
    const family = n - (n % 10);
    lines.push(
      `node_family_${family}{cpu="${n % 10}",mode="idle",device="eth${n % 4}"} ${(n * 12.25 + 0.5).toString()}`,
    );
  }
  return Buffer.from(`${lines.join("\n")}\n`);
}

/** MB per CPU second of reading a body: whose lines are known, and whose lines are all new. */
export function measureParse(
  body: Uint8Array,
  format: "text" | "openmetrics" = "text",
): { knownMBs: number; newMBs: number } {
  const out = new ParsedScrape();
  const parser = new ScrapeParser(format);
  const megabytes = (times: number, run: () => void) => {
    for (let i = 0; i < times / 4; i++) run();
    const start = cpuMicros();
    for (let i = 0; i < times; i++) run();
    return (body.length * times) / (cpuMicros() - start);
  };
  const times = Math.ceil(3e8 / body.length);
  return {
    knownMBs: megabytes(times, () => parser.parse(body, out)),
    newMBs: megabytes(Math.ceil(times / 20), () => new ScrapeParser(format).parse(body, out)),
  };
}

const NO_SINK: BatchSink = { define() {}, undefine() {}, appendBatch() {}, setMetadata() {} };

/** CPU ms of one scrape of a target with so many series, over HTTP, without what the target itself spends. */
export async function measureScrape(series = 1000, scrapes = 300): Promise<{ cpuMs: number; failed: number }> {
  const target = await startTarget(scrapeBody(series), "127.0.0.1");
  let batches = 0;
  let failed = 0;
  let source = 0;
  let wake = () => {};
  const sink: BatchSink = {
    ...NO_SINK,
    appendBatch({ values }) {
      batches++;
      // The first slot is `up`.
      if (values[0] !== 1) failed++;
      wake();
    },
  };
  const manager = createScrapeManager({
    sink,
    clock: systemClock,
    log: { warn() {} },
    allocateSource: () => ++source,
  });
  // Several at a pace that a busy machine holds: a scrape that times out registers all of its series anew.
  const config = prometheusConfigSchema.parse({
    scrape_configs: [
      {
        job_name: "bench",
        scrape_interval: `${SCRAPE_PAUSE_MS * SCRAPE_TARGETS}ms`,
        scrape_timeout: `${SCRAPE_PAUSE_MS * SCRAPE_TARGETS}ms`,
        static_configs: Array.from({ length: SCRAPE_TARGETS }, (_, n) => ({
          targets: [`127.0.0.1:${target.port}`],
          labels: { n: String(n) },
        })),
      },
    ],
  });
  const until = async (count: number) => {
    while (batches < count) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  manager.apply(scrapeJobsOf(config));
  await until(scrapes / 2);
  const failedBefore = failed;
  const from = batches;
  const windowsMs: number[] = [];
  for (let window = 1; window <= SCRAPE_WINDOWS; window++) {
    const start = process.threadCpuUsage();
    const begun = batches;
    await until(from + (scrapes * window) / SCRAPE_WINDOWS);
    const { user, system } = process.threadCpuUsage(start);
    windowsMs.push((user + system) / 1000 / (batches - begun));
  }
  manager.stop();
  await target.stop();
  return { cpuMs: Math.min(...windowsMs), failed: failed - failedBefore };
}

const SCRAPE_TARGETS = 25;
/** Between two scrapes of any of them. */
const SCRAPE_PAUSE_MS = 4;
/** The cheapest counts: what else the machine does only adds. */
const SCRAPE_WINDOWS = 3;

/** A target on a thread of its own, so that its work does not count. @returns its port */
async function startTarget(body: Buffer, address: string): Promise<{ port: number; stop(): Promise<unknown> }> {
  const worker = new Worker(
    `const { workerData, parentPort } = require("node:worker_threads");
     const server = require("node:http").createServer((_, res) => {
       res.setHeader("Content-Type", "text/plain; version=0.0.4");
       res.end(workerData.body);
     });
     server.keepAliveTimeout = 60000;
     server.listen(0, workerData.address, () => parentPort.postMessage(server.address().port));`,
    { eval: true, workerData: { body, address } },
  );
  const port = await new Promise<number>((resolve) => worker.once("message", resolve));
  return { port, stop: () => worker.terminate() };
}

/**
 * Schedules so many targets at 15 s over real connections and tells how late they are asked, from their second scrape on.
 *
 * @returns lateness in ms against each target's own rhythm, and CPU seconds of this thread a second
 */
export async function measureSchedule(
  targets = 10_000,
  seconds = 30,
): Promise<{ worstLateMs: number; meanLateMs: number; scrapesPerSecond: number; cpuShare: number }> {
  const target = await startTarget(Buffer.from("a 1\nb 2\n"), "0.0.0.0");
  const firstMs = new Map<number, number>();
  const late: number[] = [];
  let source = 0;
  const sink: BatchSink = {
    ...NO_SINK,
    appendBatch(batch) {
      const first = firstMs.get(batch.source);
      if (first === undefined) firstMs.set(batch.source, batch.atMs);
      else late.push(Math.abs(batch.atMs - first - Math.round((batch.atMs - first) / 15_000) * 15_000));
    },
  };
  const manager = createScrapeManager({ sink, clock: systemClock, log: { warn() {} }, allocateSource: () => ++source });
  const config = prometheusConfigSchema.parse({
    scrape_configs: [
      {
        job_name: "many",
        scrape_interval: "15s",
        static_configs: Array.from({ length: targets }, (_, i) => ({
          targets: [`127.0.0.${1 + (i % 200)}:${target.port}`],
          labels: { n: String(i) },
        })),
      },
    ],
  });
  manager.apply(scrapeJobsOf(config));
  await new Promise((done) => setTimeout(done, 16_000));
  late.length = 0;
  const start = process.threadCpuUsage();
  const startMs = performance.now();
  await new Promise((done) => setTimeout(done, seconds * 1000));
  const tookMs = performance.now() - startMs;
  const { user, system } = process.threadCpuUsage(start);
  manager.stop();
  await target.stop();
  return {
    worstLateMs: late.reduce((worst, each) => Math.max(worst, each), 0),
    meanLateMs: late.reduce((sum, each) => sum + each, 0) / late.length,
    scrapesPerSecond: (late.length / tookMs) * 1000,
    cpuShare: (user + system) / 1000 / tookMs,
  };
}

if (import.meta.main) {
  const wanted = process.argv[2] ?? "";
  const show = (name: string, result: object) => console.log(name, result);
  if ("write".startsWith(wanted)) {
    for (const protocol of ["v1", "v2"] as const) {
      show(`remote write ${protocol}, 1 sample a series`, measureRemoteWrite(protocol));
      show(`remote write ${protocol}, 5 samples a series`, measureRemoteWrite(protocol, { values: 5 }));
    }
  }
  if ("parse".startsWith(wanted)) show("parse", measureParse(scrapeBody(1000)));
  if ("scrape".startsWith(wanted)) show("scrape of 1,000 series", await measureScrape());
  if (wanted === "schedule") show("10,000 targets at 15 s", await measureSchedule());
}
