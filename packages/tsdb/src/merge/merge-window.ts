/**
 * Joins the small packs of a window into large ones in the file of its day, and makes its one-minute points.
 *
 * Packs that are there already and share a series with the new ones (late samples, a merge that was cut off) are read too
 * and replaced. Each file changes in transactions of its own; the recent packs go last, so that a merge that dies anywhere
 * is simply done again.
 */
import { type Labels, SampleColumns, type Slices } from "@dmon/model";
import { CorruptBytes } from "../codec/bytes.ts";
import { PACK_TARGET_BYTES, PackBuilder } from "../codec/pack.ts";
import type { Catalog } from "../files/catalog.ts";
import type { PackFile, PackRow } from "../files/pack-file.ts";
import type { IndexedSeries } from "../files/segment.ts";
import type { SeriesIndex } from "../index/series-index.ts";
import { normalize } from "../read/normalize.ts";
import { aggregate, united } from "../tiers/aggregate.ts";
import { TierPoints } from "../tiers/points.ts";
import { MINUTE_MS } from "../windows.ts";
import { allIds, ascending, IdScan, type Source } from "./id-scan.ts";

/** Bytes of new packs that wait in memory for a transaction. */
const FLUSH_BYTES = 1024 * 1024;

export interface MergeContext {
  readonly catalog: Catalog;
  readonly recent: PackFile;
  /** Labels of the series that are merged: all are resident. */
  readonly index: Pick<SeriesIndex, "labels">;
  damaged(path: string, what: string, lostSamples: number): void;
  /** Series were added to a file. */
  indexChanged(file: PackFile): void;
}

/** @returns ids of the merged series @throws as SQLite throws */
export function* mergeWindow(context: MergeContext, windowMs: number): Slices<readonly number[]> {
  const { catalog } = context;
  const raw = catalog.obtain("raw", windowMs);
  const releaseRaw = catalog.hold(raw);
  try {
    const minute = catalog.obtain("1m", windowMs);
    const releaseMinute = catalog.hold(minute);
    try {
      return yield* mergeInto(context, windowMs, raw, minute);
    } finally {
      releaseMinute();
    }
  } finally {
    releaseRaw();
  }
}

function* mergeInto(
  context: MergeContext,
  windowMs: number,
  raw: PackFile,
  minute: PackFile,
): Slices<readonly number[]> {
  const { recent } = context;
  const fresh = recent.packs.filter((row) => row.windowMs === windowMs);
  const freshSources = fresh.map((row) => ({ file: recent, row }));
  const freshIds = yield* allIds(freshSources);
  const oldRaw = sharing(raw, windowMs, freshIds);
  const oldMinute = sharing(minute, windowMs, freshIds);
  const rawSources = [...oldRaw, ...freshSources];
  const rawIds = new Set(freshIds);
  for (const id of yield* allIds(oldRaw)) rawIds.add(id);
  const ids = new Set(rawIds);
  for (const id of yield* allIds(oldMinute)) ids.add(id);

  const rawOut = new Output(context, (id) => context.index.labels(id), raw, windowMs, oldRaw);
  const minuteOut = new Output(context, (id) => context.index.labels(id), minute, windowMs, oldMinute);
  const rawScan = new IdScan(rawSources);
  const minuteScan = new IdScan(oldMinute);
  // Where the day's raw samples have left by age, the points that are there are all that is known of them.
  const rawIsGone = oldRaw.length === 0 && oldMinute.length > 0;
  const columns = new SampleColumns();
  const points = new TierPoints();
  for (const id of ascending(ids)) {
    points.length = 0;
    if (rawIds.has(id)) {
      readAll(context, rawScan, id, columns);
      if (columns.length > 0) rawOut.builder.addRaw(id, columns);
      rawOut.added(id, columns.length > 0);
      aggregate(columns, MINUTE_MS, points);
    }
    let kept = points;
    if (rawIsGone || !rawIds.has(id)) {
      const old = new TierPoints();
      for (const { pack, position } of minuteScan.chunks(id)) {
        pack.readTier(position, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, old);
      }
      kept = old.length === 0 ? points : united(old, points);
    }
    if (kept.length > 0) minuteOut.builder.addTier(id, kept);
    minuteOut.added(id, kept.length > 0);
    yield;
  }
  rawOut.finish();
  yield;
  minuteOut.finish();
  yield;
  recent.change({ insert: [], remove: fresh, series: [] });
  return freshIds;
}

function readAll(context: MergeContext, scan: IdScan, id: number, columns: SampleColumns): void {
  columns.clear();
  for (const { pack, position } of scan.chunks(id)) {
    const before = columns.length;
    try {
      pack.readRaw(position, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, columns);
    } catch (error) {
      if (!(error instanceof CorruptBytes)) throw error;
      columns.length = before;
      context.damaged(context.recent.path, `chunk of series ${id}: ${error.message}`, 0);
    }
  }
  normalize(columns);
}

/** Packs of a window that hold any of `ids` (ascending). */
function sharing(file: PackFile, windowMs: number, ids: readonly number[]): Source[] {
  const wanted = new Set(ids);
  const found: Source[] = [];
  for (const row of file.packs) {
    if (row.windowMs !== windowMs || row.maxId < ids[0]! || row.minId > ids.at(-1)!) continue;
    const pack = file.read(row);
    if (pack?.ids.some((id) => wanted.has(id))) found.push({ file, row });
  }
  return found;
}

/** New packs of one file: gathered, then written with what they replace. */
export class Output {
  readonly builder = new PackBuilder();
  #context: MergeContext;
  #labels: (id: number) => Labels | undefined;
  #file: PackFile;
  #windowMs: number;
  #replaced: PackRow[];
  #insert: { windowMs: number; pack: NonNullable<ReturnType<PackBuilder["finish"]>> }[] = [];
  #series: IndexedSeries[] = [];
  #bytes = 0;

  constructor(
    context: MergeContext,
    labels: (id: number) => Labels | undefined,
    file: PackFile,
    windowMs: number,
    replaced: readonly Source[],
  ) {
    this.#context = context;
    this.#labels = labels;
    this.#file = file;
    this.#windowMs = windowMs;
    this.#replaced = replaced.map(({ row }) => row);
  }

  /** Told of each id in order, after its chunk was (or was not) added. */
  added(id: number, hasChunk: boolean): void {
    if (hasChunk && !this.#file.knows(id)) {
      const labels = this.#labels(id);
      if (labels !== undefined) this.#series.push({ id, labels });
    }
    if (this.builder.size >= PACK_TARGET_BYTES) this.#take();
    if (this.#bytes >= FLUSH_BYTES) this.#flush(id);
  }

  finish(): void {
    this.#take();
    this.#flush(Number.POSITIVE_INFINITY);
  }

  #take(): void {
    const pack = this.builder.finish();
    if (pack === undefined) return;
    this.#insert.push({ windowMs: this.#windowMs, pack });
    this.#bytes += pack.data.length;
  }

  /** Packs that are replaced go when all their series have been written anew. */
  #flush(id: number): void {
    const remove = this.#replaced.filter((row) => row.maxId <= id);
    this.#replaced = this.#replaced.filter((row) => row.maxId > id);
    if (this.#insert.length === 0 && remove.length === 0) return;
    // A series whose every sample was deleted is not in the index, but among those that the file knows.
    const mayReturn = this.#file.namesMore;
    this.#file.change({ insert: this.#insert, remove, series: this.#series });
    if (this.#series.length > 0 || mayReturn) this.#context.indexChanged(this.#file);
    this.#insert = [];
    this.#series = [];
    this.#bytes = 0;
  }
}
