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
import type { Catalog } from "../files/catalog.ts";
import type { PackFile, PackRow } from "../files/pack-file.ts";
import { intervalStart, WINDOW_MS } from "../windows.ts";
import type { FileIndexes } from "./lookup.ts";
import type { PackCache } from "./pack-cache.ts";

/** Windows whose packs are remembered, and series of one window whose former ids are. */
const MAX_WINDOWS = 1000;
const MAX_FORMER = 20_000;

interface Place {
  readonly file: PackFile;
  readonly row: PackRow;
}

/** Where samples of one window may be. */
interface Window {
  readonly places: readonly Place[];
  /** The file of its day, if that can be opened, and how often it had changed. */
  readonly file: PackFile | undefined;
  readonly changes: number | undefined;
  /** By id, those that the series had before it left the head and came back. */
  readonly formerIds: Map<number, readonly number[]>;
}

export class StoredSamples {
  readonly #recent: PackFile;
  readonly #catalog: Catalog;
  readonly #cache: PackCache;
  readonly #indexes: FileIndexes;
  readonly #windows = new Map<number, Window>();
  /** Of {@link #recentPacks}, by window. */
  #recentPlaces = new Map<number, Place[]>();
  #recentPacks: readonly PackRow[] = [];
  #catalogVersion = -1;

  constructor(recent: PackFile, catalog: Catalog, cache: PackCache, indexes: FileIndexes) {
    this.#recent = recent;
    this.#catalog = catalog;
    this.#cache = cache;
    this.#indexes = indexes;
  }

  /** Whether the series has the instant, under this id, in a recent pack or in the file of its day. */
  has(id: number, atMs: number): boolean {
    return this.#windowOf(atMs).places.some((place) => {
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
    const window = this.#windowOf(atMs);
    if (window.places.length === 0) return;
    this.#readOne(window, id, atMs, out);
    if (out.length > 0 || window.file === undefined) return;
    for (const former of this.#formerIdsOf(window, window.file, id, labels)) this.#readOne(window, former, atMs, out);
  }

  #readOne({ places }: Window, id: number, atMs: number, out: SampleColumns): void {
    for (const place of places) {
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

  #formerIdsOf({ formerIds }: Window, file: PackFile, id: number, labels: () => Labels): readonly number[] {
    const known = formerIds.get(id);
    if (known !== undefined) return known;
    const index = runToEnd(this.#indexes.get(file));
    const former = index.findAll(labels()).filter((one) => one !== id);
    if (formerIds.size >= MAX_FORMER) formerIds.clear();
    formerIds.set(id, former);
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

  #windowOf(atMs: number): Window {
    const startMs = intervalStart(atMs, WINDOW_MS);
    if (this.#recentPacks !== this.#recent.packs || this.#catalogVersion !== this.#catalog.version) this.#forget();
    const known = this.#windows.get(startMs);
    if (known !== undefined && known.file?.changes === known.changes) return known;
    const file = this.#opened(startMs);
    const recent = this.#recentPlaces.get(startMs) ?? [];
    const packs = file?.packs.filter(({ windowMs }) => windowMs === startMs) ?? [];
    const places = [...recent, ...packs.map((row) => ({ file: file!, row }))];
    const window = { places, file, changes: file?.changes, formerIds: new Map() };
    // Opening a file is a new version too: what is known of others may be of one that was closed for it.
    if (this.#catalogVersion !== this.#catalog.version || this.#windows.size >= MAX_WINDOWS) this.#forget();
    this.#windows.set(startMs, window);
    return window;
  }

  #forget(): void {
    this.#windows.clear();
    this.#catalogVersion = this.#catalog.version;
    if (this.#recentPacks === this.#recent.packs) return;
    this.#recentPacks = this.#recent.packs;
    this.#recentPlaces = new Map();
    for (const row of this.#recentPacks) {
      const places = this.#recentPlaces.get(row.windowMs);
      const place = { file: this.#recent, row };
      if (places === undefined) this.#recentPlaces.set(row.windowMs, [place]);
      else places.push(place);
    }
  }

  /** A file that cannot be opened now holds nothing up: then a sample that it has is taken twice, and answered once. */
  #opened(windowMs: number): PackFile | undefined {
    try {
      return this.#catalog.find("raw", windowMs);
    } catch {
      return undefined;
    }
  }
}
