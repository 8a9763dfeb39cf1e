/** Which series exist within a time range: the resident ones and those that only files know. */
import { compareLabels, type Labels, type Matcher, type NameQuery, type Slices, sortInSlices } from "@dmon/model";
import { type Catalog, TIERS } from "../files/catalog.ts";
import type { PackFile } from "../files/pack-file.ts";
import type { Head } from "../head/head.ts";
import { SeriesIndex } from "../index/series-index.ts";
import type { SymbolTable } from "../index/symbols.ts";

/** Series that the indexes of files may hold in memory together before the least used are dropped. */
const MAX_INDEXED_SERIES = 400_000;
/** Series that remembered answers may name together: labels made ready, some 300 bytes each. */
const MAX_REMEMBERED_SERIES = 30_000;
const MAX_REMEMBERED = 1000;

/** Series whose labels are made between two yields. */
const SERIES_A_SLICE = 2000;
/** Series of which is only asked whether they are in range. */
const CHECKED_A_SLICE = 20_000;

/** The indexes of files, built when first needed. */
export class FileIndexes {
  #symbols: SymbolTable;
  #hold: (file: PackFile) => () => void;
  #indexes = new Map<PackFile, SeriesIndex>();
  #readers = 0;
  #retired: SeriesIndex[] = [];

  /** @param hold keeps a file open until its answer is called */
  constructor(symbols: SymbolTable, hold: (file: PackFile) => () => void) {
    this.#symbols = symbols;
    this.#hold = hold;
  }

  get seriesCount(): number {
    let count = 0;
    for (const index of this.#indexes.values()) count += index.size;
    return count;
  }

  *get(file: PackFile): Slices<SeriesIndex> {
    const known = this.#indexes.get(file);
    if (known !== undefined) {
      this.#indexes.delete(file);
      this.#indexes.set(file, known);
      return known;
    }
    const index = new SeriesIndex(this.#symbols);
    const release = this.#hold(file);
    const changes = file.changes;
    try {
      const filled = file.namesMore ? yield* file.filled() : undefined;
      for (const segment of file.segments()) {
        for (const { id, labels } of segment) if (filled?.has(id) !== false) index.add(id, labels);
        yield;
      }
    } finally {
      release();
    }
    if (file.changes !== changes) {
      // Made while the file changed, it is for this once.
      this.#retire(index);
      return index;
    }
    this.drop(file);
    this.#indexes.set(file, index);
    for (const [oldest] of this.#indexes) {
      if (oldest === file || this.seriesCount <= MAX_INDEXED_SERIES) break;
      this.drop(oldest);
    }
    return index;
  }

  /** The file is closed, or has series that its index lacks. */
  drop(file: PackFile): void {
    const index = this.#indexes.get(file);
    this.#indexes.delete(file);
    if (index !== undefined) this.#retire(index);
  }

  /** Work that keeps indexes across its yields: those that are dropped meanwhile stay whole for it. */
  *reading<T>(work: () => Slices<T>): Slices<T> {
    this.#readers++;
    try {
      return yield* work();
    } finally {
      if (--this.#readers === 0) for (const index of this.#retired.splice(0)) index.dispose();
    }
  }

  /** Its symbols are given to others once it is disposed of. */
  #retire(index: SeriesIndex): void {
    if (this.#readers > 0) this.#retired.push(index);
    else index.dispose();
  }
}

export interface FoundSeries {
  readonly labels: Labels;
  /** More than one where the series left the head and came back. */
  readonly ids: number[];
}

/** What a set of matchers found in some indexes, whatever the time: dashboards and rules ask the same again and again. */
interface Remembered {
  /** Of the indexes when they were asked: it is thrown away where theirs is another. */
  readonly state: readonly number[];
  /** In order of labels. */
  readonly found: readonly FoundSeries[];
  /** Whether a file names the series: then it may have samples there. */
  readonly isInFiles: readonly boolean[];
}

export class Lookup {
  readonly indexes: FileIndexes;
  #head: Head;
  #catalog: Catalog;
  /** By matchers, the least used first. */
  readonly #remembered = new Map<string, Remembered>();
  #rememberedSeries = 0;

  constructor(head: Head, catalog: Catalog, symbols: SymbolTable) {
    this.#head = head;
    this.#catalog = catalog;
    this.indexes = new FileIndexes(symbols, (file) => catalog.hold(file));
  }

  /** Series that pass all matchers of any of the sets and may have samples within `[minMs, maxMs]`, in order of labels. */
  find(sets: readonly (readonly Matcher[])[], minMs: number, maxMs: number): Slices<readonly FoundSeries[]> {
    return this.indexes.reading(() =>
      sets.length === 1 ? this.#findOne(sets[0]!, minMs, maxMs) : this.#findAny(sets, minMs, maxMs),
    );
  }

  *#findAny(sets: readonly (readonly Matcher[])[], minMs: number, maxMs: number): Slices<readonly FoundSeries[]> {
    const byId = new Map<number, Labels>();
    for (const matchers of sets) {
      const ids = this.#head.index.select(matchers);
      for (const [i, id] of ids.entries()) {
        if (this.#inRange(id, minMs, maxMs)) this.#note(byId, this.#head.index, id);
        if (i % SERIES_A_SLICE === SERIES_A_SLICE - 1) yield;
      }
      yield;
      for (const index of yield* this.#fileIndexes(minMs, maxMs)) {
        for (const [i, id] of index.select(matchers).entries()) {
          this.#note(byId, index, id);
          if (i % SERIES_A_SLICE === SERIES_A_SLICE - 1) yield;
        }
        yield;
      }
    }
    return yield* group(byId);
  }

  *#findOne(matchers: readonly Matcher[], minMs: number, maxMs: number): Slices<readonly FoundSeries[]> {
    const key = keyOf(matchers);
    const before = this.#remembered.get(key);
    if (before !== undefined) this.#forget(key, before);
    const isCurrent =
      before !== undefined && isSame(before.state, this.#stateOf(yield* this.#fileIndexes(minMs, maxMs)));
    const known = isCurrent ? before : yield* this.#match(matchers, minMs, maxMs);
    this.#remember(key, known);
    const { found, isInFiles } = known;
    const there: FoundSeries[] = [];
    for (let i = 0; i < found.length; i++) {
      if (isInFiles[i]! || this.#isAnyInRange(found[i]!.ids, minMs, maxMs)) there.push(found[i]!);
      if (i % CHECKED_A_SLICE === CHECKED_A_SLICE - 1) yield;
    }
    // The same list where nothing is missing: what is known of it is found by it.
    return there.length === found.length ? found : there;
  }

  /** The head first: what leaves it meanwhile is named by a file whose index is asked for afterwards. */
  *#match(matchers: readonly Matcher[], minMs: number, maxMs: number): Slices<Remembered> {
    const byId = new Map<number, Labels>();
    const inFiles = new Set<number>();
    const { index: head } = this.#head;
    const { version } = head;
    for (const [i, id] of head.select(matchers).entries()) {
      if (head.dense(id) >= 0) this.#note(byId, head, id);
      if (i % SERIES_A_SLICE === SERIES_A_SLICE - 1) yield;
    }
    const indexes = yield* this.#fileIndexes(minMs, maxMs);
    const state = [version, ...this.#stateOf(indexes).slice(1)];
    for (const index of indexes) {
      for (const [i, id] of index.select(matchers).entries()) {
        this.#note(byId, index, id);
        inFiles.add(id);
        if (i % SERIES_A_SLICE === SERIES_A_SLICE - 1) yield;
      }
      yield;
    }
    const found = yield* group(byId);
    yield;
    return { state, found, isInFiles: found.map(({ ids }) => ids.some((id) => inFiles.has(id))) };
  }

  /** Changes whenever a series comes to or leaves the head or one of the indexes. */
  #stateOf(indexes: readonly SeriesIndex[]): readonly number[] {
    return [this.#head.index.version, ...indexes.flatMap(({ serial, version }) => [serial, version])];
  }

  #remember(key: string, answer: Remembered): void {
    if (answer.found.length > MAX_REMEMBERED_SERIES) return;
    this.#remembered.set(key, answer);
    this.#rememberedSeries += answer.found.length;
    for (const [oldest, { found }] of this.#remembered) {
      if (this.#rememberedSeries <= MAX_REMEMBERED_SERIES && this.#remembered.size <= MAX_REMEMBERED) break;
      this.#remembered.delete(oldest);
      this.#rememberedSeries -= found.length;
    }
  }

  #forget(key: string, { found }: Remembered): void {
    if (this.#remembered.delete(key)) this.#rememberedSeries -= found.length;
  }

  #note(byId: Map<number, Labels>, index: SeriesIndex, id: number): void {
    if (!byId.has(id)) byId.set(id, index.labels(id)!);
  }

  #isAnyInRange(ids: readonly number[], minMs: number, maxMs: number): boolean {
    for (const id of ids) if (this.#inRange(id, minMs, maxMs)) return true;
    return false;
  }

  /** Resident series are checked one by one: their oldest unmerged and their newest sample are known. */
  #inRange(id: number, minMs: number, maxMs: number): boolean {
    const dense = this.#head.index.dense(id);
    // It left the head meanwhile: then a file names it.
    if (dense < 0) return false;
    return this.#head.state.lastMs[dense]! >= minMs && this.#head.state.firstMs[dense]! <= maxMs;
  }

  /** Indexes of the files with samples in the range; a coarser tier's file only where raw does not reach. */
  *#fileIndexes(minMs: number, maxMs: number): Slices<SeriesIndex[]> {
    const indexes: SeriesIndex[] = [];
    let beforeMs = Number.POSITIVE_INFINITY;
    for (const tier of TIERS) {
      for (const entry of this.#catalog.overlapping(tier, minMs, Math.min(maxMs, beforeMs))) {
        const file = this.#catalog.open(entry);
        if (file === undefined || file.maxMs < minMs || file.minMs > maxMs) continue;
        indexes.push(yield* this.indexes.get(file));
      }
      const [oldest] = this.#catalog.entries(tier);
      if (oldest !== undefined) beforeMs = Math.min(beforeMs, oldest.startMs);
      if (beforeMs <= minMs) break;
    }
    return indexes;
  }

  labelNames(query: NameQuery): Slices<string[]> {
    return this.indexes.reading(() => this.#labelNames(query));
  }

  *#labelNames({ matchers, startMs, endMs, limit }: NameQuery): Slices<string[]> {
    const names = new Set<string>();
    if (matchers.length > 0 || !this.#coversHead(startMs, endMs)) {
      for (const { labels } of yield* this.find(setsOf(matchers), startMs, endMs)) {
        for (const [name] of labels) names.add(name);
      }
    } else {
      for (const name of this.#head.index.labelNames()) names.add(name);
      for (const index of yield* this.#fileIndexes(startMs, endMs))
        for (const name of index.labelNames()) names.add(name);
    }
    return limited([...names].sort(), limit);
  }

  labelValues(name: string, query: NameQuery): Slices<string[]> {
    return this.indexes.reading(() => this.#labelValues(name, query));
  }

  *#labelValues(name: string, { matchers, startMs, endMs, limit }: NameQuery): Slices<string[]> {
    const values = new Set<string>();
    if (matchers.length > 0 || !this.#coversHead(startMs, endMs)) {
      for (const { labels } of yield* this.find(setsOf(matchers), startMs, endMs)) {
        const value = labels.get(name);
        if (value !== "") values.add(value);
      }
    } else {
      for (const value of this.#head.index.labelValues(name)) values.add(value);
      for (const index of yield* this.#fileIndexes(startMs, endMs)) {
        for (const value of index.labelValues(name)) values.add(value);
      }
    }
    return limited([...values].sort(), limit);
  }

  /** True where every resident series with samples is within the range for sure. */
  #coversHead(startMs: number, endMs: number): boolean {
    const { index, state } = this.#head;
    for (const id of index.ids()) {
      const dense = index.dense(id);
      if (state.lastMs[dense]! < startMs || state.firstMs[dense]! > endMs) return false;
    }
    return true;
  }
}

const keys = new WeakMap<readonly Matcher[], string>();

/** Trees of recent queries are given again, and their matchers with them. */
function keyOf(matchers: readonly Matcher[]): string {
  const known = keys.get(matchers);
  if (known !== undefined) return known;
  const key = JSON.stringify(matchers);
  keys.set(matchers, key);
  return key;
}

function isSame(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((one, i) => one === b[i]);
}

export function setsOf(matchers: readonly (readonly Matcher[])[]): readonly (readonly Matcher[])[] {
  return matchers.length === 0 ? [[]] : matchers;
}

export function limited<T>(all: T[], limit: number): T[] {
  return limit > 0 && all.length > limit ? all.slice(0, limit) : all;
}

function* group(byId: ReadonlyMap<number, Labels>): Slices<readonly FoundSeries[]> {
  const byKey = new Map<string, FoundSeries>();
  let seen = 0;
  for (const [id, labels] of byId) {
    const known = byKey.get(labels.key);
    if (known === undefined) byKey.set(labels.key, { labels, ids: [id] });
    else known.ids.push(id);
    if (++seen % SERIES_A_SLICE === 0) yield;
  }
  const found = yield* sortInSlices([...byKey.values()], (a, b) => compareLabels(a.labels, b.labels));
  for (const { ids } of found) if (ids.length > 1) ids.sort((a, b) => a - b);
  return found;
}
