/**
 * Deletes samples of series: what is asked for is gone from every answer at once, its bytes when files are cleaned.
 *
 * What is in memory is written as chunks first and leaves the tail log, so that a restart brings nothing back. Recent packs are
 * written anew, as they are few; of packs in files of days it is noted what is deleted (docs/formats/pack-file.md, "Deletions"),
 * and merges leave it out. Points of tiers go with every bucket that the range touches; at its two ends they are made anew of
 * what is left of the bucket, where finer data still tells.
 *
 * Runs alone (`Turns`): no merge may hold samples that are deleted meanwhile.
 */
import { type Clock, DmonError, type Matcher, SampleColumns, type Slices, type Tier } from "@dmon/model";
import { CorruptBytes } from "./codec/bytes.ts";
import { type DeletedRange, Deletions } from "./codec/deletions.ts";
import { type BuiltPack, type Pack, PackBuilder } from "./codec/pack.ts";
import { ALL_COLUMNS } from "./codec/tier-chunk.ts";
import { cutChunks, MAX_BLOCKS, MAX_RUNS } from "./cut.ts";
import { type Catalog, TIERS } from "./files/catalog.ts";
import type { HeadDb } from "./files/head-db.ts";
import type { PackFile, PackRow } from "./files/pack-file.ts";
import type { IndexedSeries } from "./files/segment.ts";
import { classify } from "./files/sqlite.ts";
import type { TailLog } from "./files/tail-log.ts";
import type { Head } from "./head/head.ts";
import type { SeriesIndex } from "./index/series-index.ts";
import type { Lookup } from "./read/lookup.ts";
import type { PackCache } from "./read/pack-cache.ts";
import { type ReadContext, readSeries } from "./read/series-reader.ts";
import { readMinutes, type TierReadContext } from "./read/tier-reader.ts";
import { aggregate, coarsen } from "./tiers/aggregate.ts";
import { TIER_STEP_MS } from "./tiers/choose.ts";
import { TierPoints } from "./tiers/points.ts";
import { DAY_MS, HOUR_MS, intervalEnd, intervalStart, WINDOW_MS } from "./windows.ts";

/** Packs that change in one transaction at most. */
const PACKS_A_CHANGE = 64;
/** Series written anew between two yields. */
const SERIES_A_SLICE = 200;
/** Series looked at between two yields. */
const NAMES_A_SLICE = 2000;
/** A file that a backup reads is waited for, ms. */
const BUSY_MS = 15_000;

export interface DeleteParts {
  readonly clock: Clock;
  readonly head: Head;
  readonly headDb: HeadDb;
  readonly tail: TailLog;
  readonly recent: PackFile;
  readonly catalog: Catalog;
  readonly cache: PackCache;
  readonly lookup: Lookup;
  readonly readContext: () => ReadContext;
  readonly tierContext: () => TierReadContext;
}

/** What is asked for: bounds inclusive, ms, infinite where open. */
export interface DeleteRequest {
  readonly sets: readonly (readonly Matcher[])[];
  readonly minMs: number;
  readonly maxMs: number;
}

export interface Deleted {
  /** Id and metric's name of the series that lost something, or might have. */
  readonly series: ReadonlyMap<number, string>;
  /** Those of which nothing is left in the head or the recent packs, and that no source names. */
  readonly idle: ReadonlySet<number>;
}

/**
 * Everything that is committed when it is called.
 *
 * @throws as SQLite and the file system throw; what is done by then stays done, and the same request does the rest
 */
export function* deleteSamples(parts: DeleteParts, { sets, minMs, maxMs }: DeleteRequest): Slices<Deleted> {
  const { catalog } = parts;
  const found = yield* parts.lookup.indexes.reading(() => matching(parts, sets, minMs, maxMs));
  const ids = new Set(found.keys());
  if (ids.size === 0 || minMs > maxMs) return { series: new Map(), idle: new Set() };
  yield* writeHead(parts);
  const idle = yield* fromRecent(parts, ids, minMs, maxMs);
  for (const entry of catalog.overlapping("raw", minMs, maxMs)) {
    yield* catalog.holding(entry, (file) => fromFile(parts, file, ids, minMs, maxMs));
  }
  yield* fromTier(parts, "1m", ids, minMs, maxMs);
  yield* fromTier(parts, "1h", ids, minMs, maxMs);
  return { series: found, idle };
}

/** Ids and metric names of the series of all places. */
function* matching(
  { head, catalog, lookup }: DeleteParts,
  sets: readonly (readonly Matcher[])[],
  minMs: number,
  maxMs: number,
): Slices<Map<number, string>> {
  const found = new Map<number, string>();
  const note = function* (index: SeriesIndex): Slices<void> {
    for (const matchers of sets) {
      for (const [i, id] of index.select(matchers).entries()) {
        if (i % NAMES_A_SLICE === NAMES_A_SLICE - 1) yield;
        const name = index.labels(id)?.name;
        if (name !== undefined) found.set(id, name);
      }
    }
  };
  yield* note(head.index);
  for (const tier of TIERS) {
    for (const entry of catalog.overlapping(tier, minMs, maxMs + TIER_STEP_MS[tier])) {
      const file = catalog.open(entry);
      if (file === undefined) continue;
      const index = yield* lookup.indexes.get(file);
      yield* note(index);
      yield;
    }
  }
  return found;
}

/** Writes all that the head holds now as chunks, and lets the tail log forget it for good. */
function* writeHead({ head, recent, tail, clock }: DeleteParts): Slices<void> {
  head.closeOld(clock.nowMs(), true);
  tail.rotate();
  const blocks = [...head.closedBlocks];
  const runs = [...head.closedRuns];
  while (blocks.length + runs.length > 0) {
    const [ofBlocks, ofRuns] = [blocks.splice(0, MAX_BLOCKS), runs.splice(0, MAX_RUNS)];
    yield* patientSlices(clock, () => cutChunks(head, recent, ofBlocks, ofRuns));
  }
  tail.trim(head.firstNeededSequence());
  // A power cut must not bring the files back.
  tail.syncNames();
}

/** Takes samples out of the recent packs, which are written anew. @returns series of which nothing is left there */
function* fromRecent(parts: DeleteParts, ids: ReadonlySet<number>, minMs: number, maxMs: number): Slices<Set<number>> {
  const { recent, cache, head } = parts;
  const columns = new SampleColumns();
  /** Newest sample that is left of the series that lost some. */
  const newest = new Map<number, number>();
  for (const row of [...recent.packs]) {
    const inRange = row.maxMs >= minMs && row.minMs <= maxMs;
    const pack = recent.read(row);
    if (pack === undefined) continue;
    let lost = false;
    for (let position = 0; position < pack.ids.length && inRange; position++) {
      lost ||= ids.has(pack.ids[position]!) && pack.countLeft(position, minMs, maxMs) > 0;
    }
    const builder = new PackBuilder();
    for (let position = 0; position < pack.ids.length; position++) {
      const id = pack.ids[position]!;
      if (!lost && !ids.has(id)) continue;
      columns.clear();
      readChunk(pack, position, columns);
      if (ids.has(id)) {
        cutOut(columns, minMs, maxMs);
        const last = columns.length === 0 ? Number.NEGATIVE_INFINITY : columns.timesMs[columns.length - 1]!;
        newest.set(id, Math.max(newest.get(id) ?? Number.NEGATIVE_INFINITY, last));
      }
      if (lost && columns.length > 0) builder.addRaw(id, columns);
    }
    if (lost) {
      const built = builder.finish();
      const insert = built === undefined ? [] : [{ windowMs: row.windowMs, pack: built }];
      yield* patiently(parts.clock, () => {
        cache.drop(recent);
        recent.change({ insert, remove: [row], series: [], erase: true });
      });
    }
    yield;
  }
  const idle = new Set<number>();
  for (const id of ids) if (head.lost(id, newest.get(id) ?? Number.NEGATIVE_INFINITY, minMs, maxMs)) idle.add(id);
  return idle;
}

function readChunk(pack: Pack, position: number, columns: SampleColumns): void {
  const before = columns.length;
  try {
    pack.readRaw(position, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, columns);
  } catch (error) {
    if (!(error instanceof CorruptBytes)) throw error;
    columns.length = before;
  }
}

function cutOut(columns: SampleColumns, minMs: number, maxMs: number): void {
  new Deletions(0, [{ minMs, maxMs, ids: [0] }]).dropSamples(0, columns, 0);
}

/** Notes in a file what is deleted of its packs. */
function* fromFile(
  parts: DeleteParts,
  file: PackFile,
  ids: ReadonlySet<number>,
  minMs: number,
  maxMs: number,
  patches: readonly { windowMs: number; pack: BuiltPack }[] = [],
): Slices<void> {
  const { cache, lookup, clock } = parts;
  let deletions = new Map<PackRow, Deletions>();
  let insert = patches;
  const apply = function* (): Slices<void> {
    if (deletions.size + insert.length === 0) return;
    yield* patiently(clock, () => {
      cache.drop(file);
      file.change({ insert, remove: [], series: [], deletions });
      lookup.indexes.drop(file);
    });
    deletions = new Map();
    insert = [];
  };
  // All of a small file at once: then its points at the ends change with the others, or not at all.
  for (const row of file.packs.filter((pack) => pack.maxMs >= minMs && pack.minMs <= maxMs)) {
    const pack = file.read(row);
    if (pack === undefined) continue;
    const hit = hits(pack, ids, minMs, maxMs);
    if (hit.length > 0) {
      const range: DeletedRange = { minMs: Math.max(minMs, row.minMs), maxMs: Math.min(maxMs, row.maxMs), ids: hit };
      deletions.set(row, (pack.deletions ?? new Deletions(pack.sum, [])).and(range));
    }
    if (deletions.size >= PACKS_A_CHANGE) yield* apply();
    yield;
  }
  yield* apply();
}

/** Series of a pack with something in the range that is not deleted yet. */
function hits(pack: Pack, ids: ReadonlySet<number>, minMs: number, maxMs: number): number[] {
  const hit: number[] = [];
  for (let position = 0; position < pack.ids.length; position++) {
    const id = pack.ids[position]!;
    if (ids.has(id) && pack.countLeft(position, minMs, maxMs) > 0) hit.push(id);
  }
  return hit;
}

/** Points of all buckets that the range touches; those at its ends are made anew of what is left. */
function* fromTier(
  parts: DeleteParts,
  tier: "1m" | "1h",
  ids: ReadonlySet<number>,
  minMs: number,
  maxMs: number,
): Slices<void> {
  const { catalog } = parts;
  const stepMs = TIER_STEP_MS[tier];
  const lastEndMs = maxMs + stepMs - 1;
  for (const entry of catalog.overlapping(tier, minMs, lastEndMs)) {
    const edges = [...new Set([minMs, maxMs].map((atMs) => intervalEnd(atMs, stepMs)))].filter(
      (endMs) => Number.isFinite(endMs) && endMs > entry.startMs && endMs <= entry.endMs,
    );
    yield* catalog.holding(entry, function* (file) {
      const patches = edges.length === 0 ? [] : yield* patchesOf(parts, tier, file, edges, ids);
      yield* fromFile(parts, file, ids, minMs, lastEndMs, patches);
    });
  }
}

/** New points of the buckets that end at `edges`, of series that have such a point. */
function* patchesOf(
  parts: DeleteParts,
  tier: "1m" | "1h",
  file: PackFile,
  edges: readonly number[],
  ids: ReadonlySet<number>,
): Slices<{ windowMs: number; pack: BuiltPack }[]> {
  const lengthMs = tier === "1m" ? WINDOW_MS : DAY_MS;
  const patches: { windowMs: number; pack: BuiltPack }[] = [];
  for (const endMs of edges) {
    const windowMs = intervalStart(endMs, lengthMs);
    const holders = new Set<number>();
    for (const row of file.packs) {
      if (row.windowMs !== windowMs || row.minMs > endMs || row.maxMs < endMs) continue;
      const pack = file.read(row);
      for (let position = 0; position < (pack?.ids.length ?? 0); position++) {
        const id = pack!.ids[position]!;
        if (ids.has(id) && pack!.countLeft(position, endMs, endMs) > 0) holders.add(id);
      }
      yield;
    }
    const builder = new PackBuilder();
    for (const id of [...holders].sort((a, b) => a - b)) {
      const points = tier === "1m" ? minuteOf(parts, id, endMs) : hourOf(parts, id, endMs);
      if (points.length > 0) builder.addTier(id, points);
      yield;
    }
    const pack = builder.finish();
    if (pack !== undefined) patches.push({ windowMs, pack });
  }
  return patches;
}

function minuteOf({ readContext }: DeleteParts, id: number, endMs: number): TierPoints {
  const columns = new SampleColumns();
  const points = new TierPoints();
  readSeries(readContext(), [id], endMs - TIER_STEP_MS["1m"] + 1, endMs, columns);
  aggregate(columns, TIER_STEP_MS["1m"], points);
  return points;
}

function hourOf({ tierContext }: DeleteParts, id: number, endMs: number): TierPoints {
  const minutes = new TierPoints();
  const points = new TierPoints();
  readMinutes(tierContext(), [id], endMs - HOUR_MS + 1, endMs, minutes, ALL_COLUMNS);
  coarsen(minutes, HOUR_MS, points);
  return points;
}

/**
 * Writes files anew without what is deleted, and gives their room back.
 *
 * @throws as SQLite throws; what is done by then stays done
 */
export function* cleanFiles(parts: DeleteParts, forgotten: (series: IndexedSeries) => void): Slices<void> {
  const { catalog, clock } = parts;
  for (const tier of TIERS) {
    for (const entry of catalog.entries(tier)) {
      let isEmpty = false;
      yield* catalog.holding(entry, function* (file) {
        if (file.hasDeletions) yield* rewrite(parts, tier, file);
        if (file.namesMore) yield* forgetEmptied(parts, file, forgotten);
        yield* patientSlices(clock, () => file.shrink());
        isEmpty = file.packs.length === 0;
      });
      if (isEmpty && entry.holds === 0) catalog.remove(entry);
      yield;
    }
  }
  yield* patientSlices(clock, () => parts.recent.shrink());
}

/** Packs of which something is deleted, without it. */
function* rewrite({ cache, clock }: DeleteParts, tier: Tier, file: PackFile): Slices<void> {
  const columns = new SampleColumns();
  const points = new TierPoints();
  for (const row of file.packs.filter((one) => file.deletionsOf(one) !== undefined)) {
    const pack = file.read(row);
    if (pack === undefined) continue;
    const builder = new PackBuilder();
    for (let position = 0; position < pack.ids.length; position++) {
      const id = pack.ids[position]!;
      columns.clear();
      points.length = 0;
      if (tier === "raw") {
        readChunk(pack, position, columns);
        if (columns.length > 0) builder.addRaw(id, columns);
      } else {
        pack.readTier(position, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, points);
        if (points.length > 0) builder.addTier(id, points);
      }
      if (position % SERIES_A_SLICE === SERIES_A_SLICE - 1) yield;
    }
    const built = builder.finish();
    const insert = built === undefined ? [] : [{ windowMs: row.windowMs, pack: built }];
    yield* patiently(clock, () => {
      cache.drop(file);
      file.change({ insert, remove: [row], series: [] });
    });
    yield;
  }
}

/** Takes series without samples out of a file's index. */
function* forgetEmptied(
  { lookup, clock }: DeleteParts,
  file: PackFile,
  forgotten: (series: IndexedSeries) => void,
): Slices<void> {
  const filled = yield* file.filled();
  yield* patientSlices(clock, () => file.forget(filled, forgotten));
  lookup.indexes.drop(file);
}

/** Does what a reader of the file may hold up for a while. @throws as SQLite throws */
function* patiently(clock: Clock, work: () => void): Slices<void> {
  const endMs = clock.monotonicMs() + BUSY_MS;
  for (;;) {
    try {
      work();
      return;
    } catch (error) {
      if (classify(error) !== "busy") throw error;
      if (clock.monotonicMs() >= endMs) throw busy(error);
    }
    yield;
  }
}

/** The same for work in slices, which is begun anew. */
function* patientSlices(clock: Clock, work: () => Slices<unknown>): Slices<void> {
  const endMs = clock.monotonicMs() + BUSY_MS;
  for (;;) {
    try {
      yield* work();
      return;
    } catch (error) {
      if (classify(error) !== "busy") throw error;
      if (clock.monotonicMs() >= endMs) throw busy(error);
    }
    yield;
  }
}

function busy(cause: unknown): DmonError {
  return new DmonError("store_busy", "a file of the store is being read by a backup: try again when it is done", {
    cause,
  });
}
