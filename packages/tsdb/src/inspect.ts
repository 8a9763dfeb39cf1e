/** What is in a store, and is it whole? For `dmon tsdb analyze` and `dmon tsdb verify`; reads only, beside a running server. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { messageOf, SampleColumns, systemClock, type Tier } from "@dmon/model";
import { Catalog, sizeOf, TIERS } from "./files/catalog.ts";
import { HeadDb } from "./files/head-db.ts";
import { PackFile } from "./files/pack-file.ts";
import { TailLog } from "./files/tail-log.ts";
import type { NameCount } from "./stats.ts";
import { TimeSeriesStore } from "./store.ts";
import { TierPoints } from "./tiers/points.ts";
import { WINDOW_MS } from "./windows.ts";

export interface FileAnalysis {
  readonly path: string;
  readonly tier: Tier | "recent";
  readonly sizeBytes: number;
  readonly packs: number;
  readonly samples: number;
  readonly series: number;
  /** Series of this file that the file before did not have. */
  readonly newSeries: number;
  readonly minMs: number | undefined;
  readonly maxMs: number | undefined;
}

export interface GroupBytes {
  readonly name: string;
  readonly series: number;
  readonly samples: number;
  readonly bytes: number;
}

export interface StoreAnalysis {
  readonly dir: string;
  readonly totalBytes: number;
  readonly bytesPerRawSample: number | undefined;
  readonly residentSeries: number;
  readonly files: readonly FileAnalysis[];
  /** Compressed samples of all tiers by metric, by job, the most first. */
  readonly metrics: readonly GroupBytes[];
  readonly jobs: readonly GroupBytes[];
  /** Label pairs that most resident series have, and names with most values. */
  readonly labelPairs: readonly NameCount[];
  readonly labelNames: readonly NameCount[];
}

export interface Problem {
  readonly path: string;
  readonly what: string;
}

export interface Verification {
  readonly files: number;
  readonly packs: number;
  readonly samples: number;
  readonly tailRecords: number;
  readonly problems: readonly Problem[];
}

interface OpenedFile {
  readonly tier: Tier | "recent";
  readonly file: PackFile;
}

/** Every file of packs, oldest first within its tier. */
function* packFiles(dir: string, problem: (path: string, what: string) => void): Generator<OpenedFile> {
  const recentPath = join(dir, "recent.db");
  const open = (make: () => PackFile | undefined, path: string): PackFile | undefined => {
    try {
      return make();
    } catch (error) {
      problem(path, messageOf(error));
      return undefined;
    }
  };
  if (existsSync(recentPath)) {
    const file = open(() => new PackFile(recentPath, WINDOW_MS, problem, true), recentPath);
    if (file !== undefined) {
      yield { tier: "recent", file };
      file.close();
    }
  }
  const catalog = new Catalog(dir, problem, true);
  for (const tier of TIERS) {
    for (const entry of catalog.entries(tier)) {
      const file = open(() => catalog.open(entry), entry.path);
      if (file === undefined) continue;
      yield { tier, file };
      catalog.close(entry);
    }
  }
}

export function analyzeStore(dir: string, limit = 20): StoreAnalysis {
  const store = new TimeSeriesStore({ dir, clock: systemClock, readOnly: true });
  const stats = store.stats();
  store.close();
  const names = residentNames(dir);
  const metrics = new Map<string, Sum>();
  const jobs = new Map<string, Sum>();
  const files: FileAnalysis[] = [];
  const before = new Map<string, ReadonlySet<number>>();
  let rawSamples = 0;
  for (const { tier, file } of packFiles(dir, () => {})) {
    for (const segment of file.segments()) {
      for (const { id, labels } of segment) names.set(id, { metric: labels.name, job: labels.get("job") });
    }
    const series = new Set<number>();
    let samples = 0;
    for (const row of file.packs) {
      samples += row.sampleCount;
      const pack = file.read(row);
      for (let position = 0; position < (pack?.ids.length ?? 0); position++) {
        const id = pack!.ids[position]!;
        const name = names.get(id);
        series.add(id);
        // A pack's samples are shared out by bytes: counting them exactly would mean to decode all.
        const bytes = pack!.chunkSize(position);
        add(metrics, name?.metric ?? "(unknown)", id, (row.sampleCount * bytes) / row.sizeBytes, bytes);
        add(jobs, name?.job ?? "(unknown)", id, (row.sampleCount * bytes) / row.sizeBytes, bytes);
      }
    }
    if (tier === "raw" || tier === "recent") rawSamples += samples;
    const known = before.get(tier);
    const newSeries = known === undefined ? series.size : [...series].filter((id) => !known.has(id)).length;
    before.set(tier, series);
    files.push({
      path: file.path,
      tier,
      sizeBytes: sizeOf(file.path),
      packs: file.packs.length,
      samples,
      series: series.size,
      newSeries,
      minMs: Number.isFinite(file.minMs) ? file.minMs : undefined,
      maxMs: Number.isFinite(file.maxMs) ? file.maxMs : undefined,
    });
  }
  return {
    dir,
    totalBytes: stats.totalBytes,
    bytesPerRawSample: rawSamples === 0 ? undefined : stats.totalBytes / rawSamples,
    residentSeries: stats.headSeries,
    files,
    metrics: largest(metrics, limit),
    jobs: largest(jobs, limit),
    labelPairs: stats.topLabelPairs,
    labelNames: stats.topLabelNames,
  };
}

interface Sum {
  readonly series: Set<number>;
  samples: number;
  bytes: number;
}

function add(sums: Map<string, Sum>, name: string, id: number, samples: number, bytes: number): void {
  let sum = sums.get(name);
  if (sum === undefined) {
    sum = { series: new Set(), samples: 0, bytes: 0 };
    sums.set(name, sum);
  }
  sum.series.add(id);
  sum.samples += samples;
  sum.bytes += bytes;
}

function largest(sums: ReadonlyMap<string, Sum>, limit: number): GroupBytes[] {
  return [...sums]
    .map(([name, { series, samples, bytes }]) => ({ name, series: series.size, samples: Math.round(samples), bytes }))
    .sort((a, b) => b.bytes - a.bytes)
    .slice(0, limit);
}

function residentNames(dir: string): Map<number, { metric: string; job: string }> {
  const names = new Map<number, { metric: string; job: string }>();
  const headDb = new HeadDb(dir, true);
  for (const { id, labels } of headDb.series()) {
    if (labels !== undefined) names.set(id, { metric: labels.name, job: labels.get("job") });
  }
  headDb.close();
  return names;
}

/** Reads every blob of every file and decodes every chunk. */
export function verifyStore(dir: string): Verification {
  const problems: Problem[] = [];
  const problem = (path: string, what: string): void => {
    problems.push({ path, what });
  };
  let files = 0;
  let packs = 0;
  let samples = 0;
  const columns = new SampleColumns();
  const points = new TierPoints();
  for (const { tier, file } of packFiles(dir, problem)) {
    files++;
    for (const row of file.packs) {
      const pack = file.read(row);
      if (pack === undefined) continue;
      packs++;
      try {
        for (let position = 0; position < pack.ids.length; position++) {
          columns.clear();
          points.length = 0;
          const [from, to] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
          if (tier === "raw" || tier === "recent") pack.readRaw(position, from, to, columns);
          else pack.readTier(position, from, to, points);
          samples += columns.length + points.length;
        }
      } catch (error) {
        problem(file.path, `pack ${row.row}: ${messageOf(error)}`);
      }
    }
    for (const _ of file.segments());
  }
  verifyHead(dir, problem);
  let tailRecords = 0;
  for (const _ of new TailLog(dir, true).read(problem)) tailRecords++;
  return { files, packs, samples, tailRecords, problems };
}

function verifyHead(dir: string, problem: (path: string, what: string) => void): void {
  const path = join(dir, "head.db");
  try {
    const headDb = new HeadDb(dir, true);
    for (const { id, labels } of headDb.series()) if (labels === undefined) problem(path, `labels of series ${id}`);
    for (const row of headDb.db.prepare("PRAGMA quick_check(20)").all()) {
      if (row.quick_check !== "ok") problem(path, String(row.quick_check));
    }
    headDb.close();
  } catch (error) {
    problem(path, messageOf(error));
  }
}
