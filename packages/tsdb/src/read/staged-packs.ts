/**
 * Packs for one selection, read ahead of its series.
 *
 * A pack holds the chunks of many series over two hours, and a query reads series after series over its whole range: over 30
 * days the packs of one series alone are more than the cache keeps, so that each series would read them all again from disk.
 * Where the selection does not fit the cache, the chunks of the next so many series are therefore copied out of each pack in
 * one pass. A pass is slice-wise: it yields after each pack.
 *
 * Nothing depends on it: what was not read ahead (a merge wrote new packs meanwhile) is read when it is asked for.
 */
import type { Slices, Tier } from "@dmon/model";
import { lowerBound } from "../codec/grid.ts";
import type { PackChunks } from "../codec/pack.ts";
import type { Catalog } from "../files/catalog.ts";
import type { PackFile, PackRow } from "../files/pack-file.ts";
import type { PackCache } from "./pack-cache.ts";

/** Chunks copied ahead take about so much memory, and never twice that. */
const STAGE_BYTES = 24 * 1024 * 1024;
/** Series of the first pass, which tells what one takes. */
const FIRST_SERIES = 32;

/** Ranges whose packs are remembered: the blocks in which a series is read. */
const MAX_PLANS = 64;

export interface PlacedRow {
  readonly file: PackFile;
  readonly row: PackRow;
}

interface Plan {
  readonly minMs: number;
  readonly maxMs: number;
  readonly rows: readonly PlacedRow[];
  /** What it was made of. */
  readonly version: number;
  readonly packs: readonly { readonly file: PackFile; readonly packs: readonly PackRow[] }[];
}

/** A series as far as its packs are concerned. */
export interface SeriesIds {
  readonly ids: readonly number[];
}

export interface StageRange {
  readonly tier: Tier;
  /** Inclusive, ms. */
  readonly minMs: number;
  readonly maxMs: number;
}

export class StagedPacks {
  readonly #catalog: Catalog;
  readonly #recent: PackFile;
  readonly #cache: PackCache;
  readonly #series: readonly SeriesIds[];
  readonly #range: StageRange;
  /** Of all series, ascending. */
  readonly #allIds: Float64Array;
  readonly #fits: boolean;
  #parts = new Map<PackRow, PackChunks>();
  #plans: readonly Plan[] = [];
  #bytes = 0;
  /** Series `[from, to)` are staged. */
  #from = 0;
  #to = 0;
  #wanted: Float64Array = new Float64Array(0);

  /** @param series in the order in which they will be read */
  constructor(catalog: Catalog, recent: PackFile, cache: PackCache, series: readonly SeriesIds[], range: StageRange) {
    this.#catalog = catalog;
    this.#recent = recent;
    this.#cache = cache;
    this.#series = series;
    this.#range = range;
    this.#allIds = allAscending(series);
    this.#fits = this.#totalBytes() <= cache.maxBytes;
  }

  get(file: PackFile, row: PackRow): PackChunks | undefined {
    return this.#parts.get(row) ?? this.#cache.get(file, row);
  }

  /** The raw packs with samples within `[minMs, maxMs]`, oldest first; the same for each series, so it is worked out once. */
  rows(minMs: number, maxMs: number): readonly PlacedRow[] {
    const known = this.#planOf(minMs, maxMs);
    if (known !== undefined && this.#isCurrent(known)) return known.rows;
    const files: PackFile[] = [];
    for (const entry of this.#catalog.overlapping("raw", minMs, maxMs)) {
      const file = this.#catalog.open(entry);
      if (file !== undefined) files.push(file);
    }
    files.push(this.#recent);
    const rows = files.flatMap((file) =>
      file.packs.filter((row) => row.maxMs >= minMs && row.minMs <= maxMs).map((row) => ({ file, row })),
    );
    const plan = {
      minMs,
      maxMs,
      rows,
      version: this.#catalog.version,
      packs: files.map((file) => ({ file, packs: file.packs })),
    };
    this.#plans = [plan, ...this.#plans.filter((one) => one !== known).slice(0, MAX_PLANS - 1)];
    return rows;
  }

  // These run once a series, so they are loops and not closures.
  #planOf(minMs: number, maxMs: number): Plan | undefined {
    for (const plan of this.#plans) if (plan.minMs === minMs && plan.maxMs === maxMs) return plan;
    return undefined;
  }

  #isCurrent({ version, packs }: Plan): boolean {
    if (version !== this.#catalog.version) return false;
    for (const { file, packs: before } of packs) if (file.packs !== before) return false;
    return true;
  }

  /** Reads ahead for series `index` and those after it. @returns undefined where that is done */
  prepare(index: number): Slices<void> | undefined {
    return index >= this.#from && index < this.#to ? undefined : this.#stage(index);
  }

  *#stage(index: number): Slices<void> {
    const count = this.#fits ? this.#series.length : this.#nextCount();
    this.#from = index;
    this.#to = Math.min(this.#series.length, index + count);
    this.#parts = new Map();
    this.#bytes = 0;
    const isAll = this.#to - this.#from === this.#series.length;
    this.#wanted = isAll ? this.#allIds : ascending(this.#series.slice(this.#from, this.#to));
    for (const open of this.#files()) yield* this.#stageFile(open);
  }

  /** Between two yields a file may be closed, and a merge may replace its packs: it is looked at anew each time. */
  *#stageFile(open: () => PackFile | undefined): Slices<void> {
    const done = new Set<PackRow>();
    let rows: readonly PackRow[] = [];
    let at = 0;
    let hasRead = false;
    for (let file = open(); file !== undefined; file = open()) {
      if (file.packs !== rows) {
        rows = file.packs;
        at = 0;
      }
      while (at < rows.length && (done.has(rows[at]!) || !this.#overlaps(rows[at]!, this.#wanted))) at++;
      const row = rows[at];
      if (row === undefined) {
        if (hasRead) file.releasePages();
        return;
      }
      done.add(row);
      if (this.#take(file, row)) {
        hasRead = true;
        yield;
      }
    }
  }

  /** @returns false where that took no time */
  #take(file: PackFile, row: PackRow): boolean {
    const cached = this.#cache.peek(row);
    if (this.#fits) {
      const pack = this.#cache.get(file, row);
      if (pack !== undefined) this.#parts.set(row, pack);
      return cached === undefined;
    }
    if (this.#bytes > 2 * STAGE_BYTES) return false;
    const part = (cached ?? file.read(row))?.only(this.#wanted);
    if (part === undefined) return true;
    this.#parts.set(row, part);
    this.#bytes += part.decodedBytes;
    return true;
  }

  /** As many series as the last pass says there is room for. */
  #nextCount(): number {
    const last = this.#to - this.#from;
    if (last === 0) return FIRST_SERIES;
    return Math.max(1, Math.min(last * 8, Math.floor((last * STAGE_BYTES) / Math.max(1, this.#bytes))));
  }

  /** The files of the range, each opened when asked for. */
  #files(): (() => PackFile | undefined)[] {
    const { tier, minMs, maxMs } = this.#range;
    const catalog = this.#catalog;
    const files = catalog
      .overlapping(tier, minMs, maxMs)
      .map((entry) => () => (catalog.entries(tier).includes(entry) ? catalog.open(entry) : undefined));
    return tier === "raw" ? [...files, () => this.#recent] : files;
  }

  #overlaps(row: PackRow, ids: Float64Array): boolean {
    if (row.maxMs < this.#range.minMs || row.minMs > this.#range.maxMs) return false;
    const at = lowerBound(ids, ids.length, row.minId);
    return at < ids.length && ids[at]! <= row.maxId;
  }

  #totalBytes(): number {
    let bytes = 0;
    for (const open of this.#files()) {
      for (const row of open()?.packs ?? []) if (this.#overlaps(row, this.#allIds)) bytes += row.sizeBytes;
    }
    return bytes;
  }
}

/** Of lists that are asked for again and again, as the lookup remembers them. */
const ascendingOf = new WeakMap<readonly SeriesIds[], Float64Array>();

function allAscending(series: readonly SeriesIds[]): Float64Array {
  const known = ascendingOf.get(series);
  if (known !== undefined) return known;
  const all = ascending(series);
  ascendingOf.set(series, all);
  return all;
}

function ascending(series: readonly SeriesIds[]): Float64Array {
  let count = 0;
  for (const { ids } of series) count += ids.length;
  const all = new Float64Array(count);
  let at = 0;
  for (const { ids } of series) for (const id of ids) all[at++] = id;
  return all.sort();
}
