/**
 * What the store costs, on real captures: bytes on disk and written a sample, samples a CPU second in and out.
 *
 * A day is replayed at full speed by a clock that is told to move; commits come once a simulated second, checkpoints every
 * 30, maintenance each second, as in production.
 */

import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Labels, ManualClock, runToEnd, type SampleBatch, SampleColumns } from "@dmon/model";
import { openStore, type Store } from "../index.ts";
import { type Capture, looped } from "./capture.ts";

export { type Capture, captureProc, readJsonLines } from "./capture.ts";
export { type MemoryCosts, measureMemory } from "./memory.ts";

/** The first six run before V8 has compiled what reads, in twice the time: a median of few would be one of them or not. */
const HOUR_RUNS = 31;
const START_MS = Date.UTC(2026, 10, 20);

export interface StoreCosts {
  readonly seriesCount: number;
  readonly samples: number;
  /** CPU of the process while samples went in, seconds; commits, chunks, tiers and merge in it. */
  readonly ingestCpuSeconds: number;
  readonly samplesPerCpuSecond: number;
  /** All files of the directory but the reserve. */
  readonly directoryBytes: number;
  readonly bytesPerSample: number;
  readonly bytesByFile: Readonly<Record<string, number>>;
  /** Counted by the kernel (`/proc/self/io` write_bytes), the reserve left out; undefined elsewhere. */
  readonly writtenBytesPerSample: number | undefined;
  readonly decodedPerCpuSecond: number;
  /** One hour of 100 series, the median of several, ms of CPU: cold (packs read and checked) and warm. */
  readonly hourOf100SeriesColdMs: number;
  readonly hourOf100SeriesMs: number;
  readonly reopenMs: number;
}

export interface MeasureOptions {
  readonly hours: number;
  /** Samples a batch; the capture is cut into sources of at most so many. 0: one source. */
  readonly batchSize?: number | undefined;
  /** Samples go in one by one, as remote write brings them, instead of by batches. */
  readonly single?: boolean | undefined;
  /** Commit after each batch (as scrapes and remote writes do), or once a second. */
  readonly commitEachBatch?: boolean | undefined;
}

export function measureStore(capture: Capture, options: MeasureOptions): StoreCosts {
  const dir = mkdtempSync(join(tmpdir(), "dmon-bench-"));
  try {
    return measureIn(dir, capture, options);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function measureIn(dir: string, capture: Capture, options: MeasureOptions): StoreCosts {
  const clock = new ManualClock(START_MS);
  const open = (cacheBytes?: number): Store => openStore({ dir, clock, cacheBytes });
  let store = open();
  const sources = defineAll(store, capture.series, options.batchSize ?? 0);
  const refs = options.single === true ? capture.series.map((labels) => store.resolve(labels)!) : [];
  const writtenBefore = writtenBytes();
  const cpuBefore = cpuSeconds();
  let samples = 0;
  const rows = looped(capture);
  const count = Math.floor((options.hours * 3_600_000) / capture.intervalMs);
  let lastCheckpoint = clock.monotonicMs();
  for (let i = 0; i < count; i++) {
    clock.advance(capture.intervalMs);
    const row = rows.next().value as Capture["rows"][number];
    for (const { source, from, to } of sources) {
      const batch: SampleBatch = {
        source,
        atMs: clock.nowMs(),
        length: to - from,
        kinds: row.kinds.subarray(from, to),
        values: row.values.subarray(from, to),
      };
      if (refs.length === 0) store.appendBatch(batch);
      else
        for (let slot = from; slot < to; slot++)
          if (row.kinds[slot] === 1) store.appendFloat(refs[slot]!, batch.atMs, row.values[slot]!);
      if (options.commitEachBatch === true) samples += store.commit()[0]!;
    }
    if (options.commitEachBatch !== true) samples += store.commit()[0]!;
    if (clock.monotonicMs() - lastCheckpoint >= 30_000) {
      store.checkpoint();
      lastCheckpoint = clock.monotonicMs();
    }
    runToEnd(store.maintenance());
  }
  store.checkpoint();
  const ingestCpuSeconds = cpuSeconds() - cpuBefore;
  const writtenAfter = writtenBytes();
  const bytesByFile = fileSizes(dir);
  const directoryBytes = Object.values(bytesByFile).reduce((sum, size) => sum + size, 0);
  store.close();
  const reopenedAt = performance.now();
  store = open();
  const reopenMs = performance.now() - reopenedAt;
  const decoded = measureDecode(store, clock.nowMs() - options.hours * 3_600_000, clock.nowMs());
  const hour = measureHour(store, capture.series, clock.nowMs());
  store.close();
  return {
    seriesCount: capture.series.length,
    samples,
    ingestCpuSeconds,
    samplesPerCpuSecond: samples / ingestCpuSeconds,
    directoryBytes,
    bytesPerSample: directoryBytes / samples,
    bytesByFile,
    writtenBytesPerSample:
      writtenBefore === undefined || writtenAfter === undefined ? undefined : (writtenAfter - writtenBefore) / samples,
    decodedPerCpuSecond: decoded,
    hourOf100SeriesColdMs: hour.coldMs,
    hourOf100SeriesMs: hour.warmMs,
    reopenMs,
  };
}

function defineAll(store: Store, series: readonly Labels[], batchSize: number) {
  const size = batchSize > 0 ? batchSize : series.length;
  const sources: { source: number; from: number; to: number }[] = [];
  for (let from = 0; from < series.length; from += size) {
    const to = Math.min(series.length, from + size);
    const source = sources.length + 1;
    store.define({ source, fromSlot: 0, series: series.slice(from, to) });
    sources.push({ source, from, to });
  }
  return sources;
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

function writtenBytes(): number | undefined {
  try {
    return Number(/^write_bytes: (\d+)/m.exec(readFileSync("/proc/self/io", "utf8"))?.[1]);
  } catch {
    return undefined;
  }
}

function fileSizes(dir: string): Record<string, number> {
  const sizes: Record<string, number> = {};
  for (const name of readdirSync(dir, { recursive: true, encoding: "utf8" })) {
    const stat = statSync(join(dir, name));
    if (stat.isFile() && name !== "reserve") sizes[name] = stat.size;
  }
  return sizes;
}

/** Samples read a CPU second, all series over the whole time. */
function measureDecode(store: Store, startMs: number, endMs: number): number {
  const columns = new SampleColumns();
  const selection = runToEnd(
    store.select([], { startMs, endMs, stepMs: 0, rangeMs: endMs - startMs, func: "quantile_over_time" }),
  );
  let samples = 0;
  const before = cpuSeconds();
  for (const series of selection.series) {
    series.read(startMs, endMs, columns);
    samples += columns.length;
  }
  return samples / (cpuSeconds() - before);
}

function measureHour(store: Store, series: readonly Labels[], endMs: number): { coldMs: number; warmMs: number } {
  const names = series.slice(0, 100).map((labels) => labels.name);
  const times: number[] = [];
  const columns = new SampleColumns();
  const value = [...new Set(names)].join("|");
  for (let run = 0; run < HOUR_RUNS; run++) {
    const before = cpuSeconds();
    const selection = runToEnd(
      store.select([{ type: "=~", name: "__name__", value }], {
        startMs: endMs - 3_600_000,
        endMs,
        stepMs: 15_000,
        rangeMs: 300_000,
        func: "rate",
      }),
    );
    for (const one of selection.series.slice(0, 100)) one.read(endMs - 3_600_000, endMs, columns);
    times.push((cpuSeconds() - before) * 1000);
  }
  const [coldMs = 0] = times;
  times.sort((a, b) => a - b);
  return { coldMs, warmMs: times[Math.floor(times.length / 2)]! };
}
