/**
 * Whether a series has a sample at one instant in its files, asked by series and instant: of each sample that comes late or
 * twice, and of each that the tail log gives back.
 *
 * Not told by the newest time of the series, since a clock may have been set back, nor by sequences, since the log is trimmed
 * after the packs were written. Of a chunk only its instants are decoded until one is the wanted one.
 */
import { type Labels, runToEnd, type SampleColumns } from "@dmon/model";
import { CorruptBytes } from "../codec/bytes.ts";
import { lowerBound } from "../codec/grid.ts";
import type { Catalog, CatalogEntry } from "../files/catalog.ts";
import type { PackFile, PackRow } from "../files/pack-file.ts";
import type { FileIndexes } from "./lookup.ts";
import type { PackCache } from "./pack-cache.ts";

/** Instants that are asked for follow each other closely: the packs of so long a while are looked up once, ms. */
const SPAN_MS = 60_000;
/** Series whose former ids are remembered. */
const MAX_FORMER = 20_000;

interface Place {
  readonly file: PackFile;
  readonly row: PackRow;
}

export class StoredSamples {
  readonly #recent: PackFile;
  readonly #catalog: Catalog;
  readonly #cache: PackCache;
  #span = Number.NaN;
  #recentPacks: readonly PackRow[] = [];
  #catalogVersion = -1;
  #files: readonly (readonly [PackFile, number])[] = [];
  /** Those of the recent packs first. */
  #places: Place[] = [];
  #recentPlaces = 0;
  readonly #indexes: FileIndexes;
  /** By id, those that the series had before it left the head and came back, as the files of the span name them. */
  readonly #formerIds = new Map<number, readonly number[]>();

  constructor(recent: PackFile, catalog: Catalog, cache: PackCache, indexes: FileIndexes) {
    this.#recent = recent;
    this.#catalog = catalog;
    this.#cache = cache;
    this.#indexes = indexes;
  }

  /** Whether the series has the instant, under this id, in a recent pack or in the file of its day. */
  has(id: number, atMs: number): boolean {
    this.#look(atMs);
    return this.#places.some((place) => {
      const position = this.#holds(place, id, atMs);
      if (position < 0) return false;
      const pack = this.#cache.get(place.file, place.row)!;
      return pack.deletions === undefined || pack.countLeft(position, atMs, atMs) > 0;
    });
  }

  /**
   * Appends to `out` what recent packs and files of days have of the series at this instant.
   *
   * @param labels of the series, which may have had other ids
   */
  read(id: number, atMs: number, out: SampleColumns, labels: () => Labels): void {
    this.#look(atMs);
    if (this.#places.length === 0) return;
    this.#readOne(id, atMs, out);
    if (out.length > 0 || this.#places.length === this.#recentPlaces) return;
    for (const former of this.#formerIdsOf(id, labels)) this.#readOne(former, atMs, out);
  }

  #readOne(id: number, atMs: number, out: SampleColumns): void {
    for (const place of this.#places) {
      const position = this.#holds(place, id, atMs);
      if (position < 0) continue;
      const before = out.length;
      try {
        this.#cache.get(place.file, place.row)!.readRaw(position, atMs, atMs, out);
      } catch (error) {
        // Whoever reads the series says so.
        if (!(error instanceof CorruptBytes)) throw error;
        out.length = before;
      }
    }
  }

  #formerIdsOf(id: number, labels: () => Labels): readonly number[] {
    const known = this.#formerIds.get(id);
    if (known !== undefined) return known;
    const found = new Set<number>();
    const wanted = labels();
    for (const [file] of this.#files) {
      const index = runToEnd(this.#indexes.get(file));
      for (const one of index.findAll(wanted)) if (one !== id) found.add(one);
    }
    const former = [...found];
    this.#formerIds.set(id, former);
    return former;
  }

  /** Position of the series in the pack, -1 where it has no such instant there. */
  #holds({ file, row }: Place, id: number, atMs: number): number {
    if (id < row.minId || id > row.maxId || atMs < row.minMs || atMs > row.maxMs) return -1;
    const pack = this.#cache.get(file, row);
    const position = pack?.find(id) ?? -1;
    if (position < 0) return -1;
    try {
      const times = pack!.times(position);
      return times[lowerBound(times, times.length, atMs)] === atMs ? position : -1;
    } catch (error) {
      if (!(error instanceof CorruptBytes)) throw error;
      return -1;
    }
  }

  #look(atMs: number): void {
    const span = Math.floor(atMs / SPAN_MS);
    if (span === this.#span && this.#isCurrent()) return;
    const startMs = span * SPAN_MS;
    const endMs = startMs + SPAN_MS - 1;
    const files: (readonly [PackFile, number])[] = [];
    for (const entry of this.#catalog.overlapping("raw", startMs, endMs)) {
      const file = this.#opened(entry);
      if (file !== undefined) files.push([file, file.changes]);
    }
    this.#span = span;
    this.#recentPacks = this.#recent.packs;
    this.#catalogVersion = this.#catalog.version;
    const isSame =
      files.length === this.#files.length &&
      files.every(([file, changes], i) => file === this.#files[i]![0] && changes === this.#files[i]![1]);
    if (!isSame || this.#formerIds.size > MAX_FORMER) this.#formerIds.clear();
    this.#files = files;
    const within = (file: PackFile): Place[] =>
      file.packs.filter((row) => row.maxMs >= startMs && row.minMs <= endMs).map((row) => ({ file, row }));
    const recent = within(this.#recent);
    this.#recentPlaces = recent.length;
    this.#places = [...recent, ...files.flatMap(([file]) => within(file))];
  }

  /** A file that cannot be opened now holds nothing up: then a sample that it has is taken twice, and answered once. */
  #opened(entry: CatalogEntry): PackFile | undefined {
    try {
      return this.#catalog.open(entry);
    } catch {
      return undefined;
    }
  }

  #isCurrent(): boolean {
    return (
      this.#recentPacks === this.#recent.packs &&
      this.#catalogVersion === this.#catalog.version &&
      this.#files.every(([file, changes]) => file.changes === changes)
    );
  }
}
