/**
 * The store: head, tail log, packs and tiers behind the two seams of the model, `Appender` and `Queryable`.
 *
 * One thread owns it. Appends and commits are short and synchronous; queries and maintenance are slice-wise and hold no open
 * statement across a yield, so that they may be interleaved as the owner likes.
 */

import { mkdirSync } from "node:fs";
import {
  type AppendOutcome,
  bug,
  type Clock,
  DmonError,
  type Exemplar,
  type FloatHistogram,
  type Labels,
  type Matcher,
  METRIC_NAME,
  type MetricMetadata,
  messageOf,
  type NameQuery,
  type NewestSample,
  AppendOutcome as Outcome,
  type OutcomeCounts,
  type SampleBatch,
  SampleKind,
  type SelectHints,
  type Selection,
  type SeriesDefinition,
  type SeriesExemplars,
  type SeriesRef,
  type Slices,
  type SourceId,
  type Tier,
  type TierColumn,
  type TierColumns,
} from "@dmon/model";
import { cleanFiles, type DeleteParts, deleteSamples } from "./delete.ts";
import { Catalog, sizeOf } from "./files/catalog.ts";
import type { HeadDb, StoredExemplar } from "./files/head-db.ts";
import { DirectoryLock } from "./files/lock.ts";
import type { PackFile } from "./files/pack-file.ts";
import { RESERVE_BYTES, Reserve } from "./files/reserve.ts";
import { classify, storeError } from "./files/sqlite.ts";
import { TailLog } from "./files/tail-log.ts";
import { Head } from "./head/head.ts";
import { SymbolTable } from "./index/symbols.ts";
import { TailReader } from "./log/tail-reader.ts";
import { EVICT_A_SLICE, Maintenance, tierBytes } from "./maintenance.ts";
import { NewestExemplars } from "./newest-exemplars.ts";
import { DEFAULT_LIMITS, DEFAULT_RETENTION, type StoreEvent, type StoreOptions } from "./options.ts";
import { type FoundSeries, Lookup, limited, setsOf } from "./read/lookup.ts";
import { PackCache } from "./read/pack-cache.ts";
import { RawSeries, type ReadContext } from "./read/series-reader.ts";
import { StagedPacks, type StageRange } from "./read/staged-packs.ts";
import { StoredSamples } from "./read/stored-samples.ts";
import { BEFORE_MS, readTierSeries, type TierReadContext } from "./read/tier-reader.ts";
import { beginFromPacks, type OpenedHead, openHead, openRecent, recentDays, recoverLabels } from "./recover.ts";
import type { StoreStats } from "./stats.ts";
import { chooseTier, TIER_STEP_MS, type TierStarts } from "./tiers/choose.ts";
import { Turns } from "./turns.ts";

const MAX_EXEMPLARS = 10_000;
/** Single samples of one commit that share a look at the clock; appends are committed within the same turn. */
const APPENDS_A_NOW = 256;
/** Tail records that wait for room on the disk; beyond it they are given up as a log, not as samples. */
const MAX_UNWRITTEN_BYTES = 16 * 1024 * 1024;
/** Series that left for good while a writer may keep their number; beyond it the oldest are refused when they come back. */
const MAX_PARTED = 100_000;
/** Damaged places that are remembered as told. */
const MAX_TOLD_DAMAGE = 10_000;
/** Series of a selection that are made between two yields. */
const MADE_A_SLICE = 20_000;
const DEFAULT_CACHE_BYTES = 16 * 1024 * 1024;

export class TimeSeriesStore {
  readonly dir: string;
  readonly #clock: Clock;
  readonly #options: StoreOptions;
  readonly #lock: DirectoryLock | undefined;
  readonly #symbols = new SymbolTable();
  readonly #head: Head;
  readonly #headDb: HeadDb;
  readonly #tail: TailLog;
  readonly #catalog: Catalog;
  readonly #recent: PackFile;
  readonly #cache: PackCache;
  readonly #lookup: Lookup;
  readonly #metadata = new Map<string, MetricMetadata>();
  #newMetadata: (readonly [string, MetricMetadata])[] = [];
  #exemplars: StoredExemplar[] = [];
  #newExemplars: StoredExemplar[] = [];
  readonly #newestExemplars = new NewestExemplars(MAX_EXEMPLARS);
  /** Records that a failed commit left, oldest first. */
  #unwritten: Uint8Array[] = [];
  /** Single samples since the last commit. */
  #appendsOfNow = 0;
  #damageCount = 0;
  readonly #toldDamage = new Set<string>();
  #lostSamples = 0;
  #outcomes = new Float64Array(6);
  #diskFull = false;
  #droppedSamples = 0;
  readonly #pendingDays = new Set<number>();
  readonly #maintenance: Maintenance;
  readonly #turns = new Turns();
  /** Labels of series that no file names any more because they were deleted, by id. */
  readonly #parted = new Map<number, Labels>();
  readonly #reserve: Reserve;
  /** Series and metadata that a failed commit left. */
  #newSeries: { id: number; labels: Labels }[] = [];
  #closed = false;

  constructor(options: StoreOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.dir = options.dir;
    const readOnly = options.readOnly === true;
    if (!readOnly) mkdirSync(this.dir, { recursive: true });
    this.#lock = readOnly ? undefined : new DirectoryLock(this.dir);
    const damaged = (path: string, what: string, lost: number): void => this.#onDamage(path, what, lost);
    let opened: OpenedHead;
    try {
      this.#head = new Head(this.#symbols, { ...DEFAULT_LIMITS, ...options.limits }, options.outOfOrderWindowMs ?? 0);
      opened = openHead(this.dir, damaged, readOnly);
      this.#headDb = opened.headDb;
      this.#tail = new TailLog(this.dir, readOnly);
      this.#recent = openRecent(this.dir, damaged, readOnly);
      this.#catalog = new Catalog(this.dir, damaged, readOnly);
    } catch (error) {
      this.#lock?.release();
      throw storeError(error, this.dir);
    }
    this.#cache = new PackCache(options.cacheBytes ?? DEFAULT_CACHE_BYTES);
    this.#lookup = new Lookup(this.#head, this.#catalog, this.#symbols);
    this.#catalog.onClose = (file) => {
      this.#cache.drop(file);
      this.#lookup.indexes.drop(file);
    };
    this.#reserve = new Reserve(this.dir, options.reserveBytes ?? RESERVE_BYTES);
    this.#load(opened);
    if (!readOnly) this.#reserve.take();
    this.#maintenance = new Maintenance({
      clock: this.#clock,
      head: this.#head,
      headDb: this.#headDb,
      tail: this.#tail,
      recent: this.#recent,
      catalog: this.#catalog,
      retention: options.retention ?? DEFAULT_RETENTION,
      maxSizeBytes: options.maxSizeBytes ?? 0,
      maxExemplars: MAX_EXEMPLARS,
      pendingDays: this.#pendingDays,
      turns: this.#turns,
      newestMs: this.#bounds()[1],
      damaged,
      indexChanged: (file) => this.#lookup.indexes.drop(file),
      emit: (event) => this.#emit(event),
      full: (path) => this.#onFull(path),
      written: () => this.#onWritten(),
      isFull: () => this.#diskFull,
      dropped: (samples) => this.#onDropped(samples),
      totalBytes: () => this.#totalBytes(),
    });
  }

  #onFull(path: string): void {
    if (!this.#diskFull) this.#emit({ type: "disk_full", path });
    this.#diskFull = true;
    this.#reserve.give();
  }

  #onWritten(): void {
    if (!this.#diskFull) return;
    this.#diskFull = false;
    this.#emit({ type: "disk_ok" });
    this.#reserve.take();
  }

  #onDropped(samples: number): void {
    this.#droppedSamples += samples;
    this.#emit({ type: "samples_dropped", count: samples });
  }

  #totalBytes(): number {
    const { raw, "1m": m1, "1h": h1 } = tierBytes(this.#catalog);
    const head = sizeOf(this.#headDb.path) + sizeOf(`${this.#headDb.path}-wal`) + this.#tail.sizeBytes;
    return head + sizeOf(this.#recent.path) + sizeOf(this.#reserve.path) + raw + m1 + h1;
  }

  #load({ series, recovered }: OpenedHead): void {
    const startedMs = this.#clock.monotonicMs();
    for (const [id, labels] of [...series].sort(([a], [b]) => a - b)) this.#head.restoreSeries(id, labels);
    const onDamage = (path: string, what: string, lost: number): void => this.#onDamage(path, what, lost);
    const missing = beginFromPacks(this.#head, this.#recent);
    const unnamed = missing.size > 0;
    const unused = recoverLabels(this.#head, this.#recent, this.#catalog, missing, onDamage);
    if (unnamed) beginFromPacks(this.#head, this.#recent);
    // The list of ids that were set aside may be gone with the file: leave room for those.
    this.#head.reserveIds(recovered ? unused + 1_000_000 : Math.max(unused, this.#headDb.nextId()));
    if (recovered) for (const dayMs of recentDays(this.#catalog)) this.#pendingDays.add(dayMs);
    for (const dayMs of this.#headDb.pendingDays()) this.#pendingDays.add(dayMs);
    for (const [metric, metadata] of this.#headDb.metadata()) this.#metadata.set(metric, metadata);
    this.#exemplars = this.#headDb.exemplars(MAX_EXEMPLARS);
    for (const { seriesId, exemplar } of this.#exemplars) this.#newestExemplars.judge(seriesId, exemplar);
    const stored = new StoredSamples(this.#recent, this.#catalog, this.#cache, this.#lookup.indexes);
    this.#head.stored = (id, atMs, out) => stored.read(id, atMs, out, () => this.#head.index.labels(id)!);
    this.#head.filesUntilMs = this.#newestInFilesMs();
    const sink = this.#head.replay((id, atMs) => stored.has(id, atMs));
    const reader = new TailReader();
    let last = 0;
    let records = 0;
    let lost = 0;
    const damaged = (path: string, what: string): void => {
      this.#onDamage(path, what, 0);
      reader.gap();
    };
    for (const { sequence, content } of this.#tail.read(damaged)) {
      if (last > 0 && sequence !== last + 1) reader.gap();
      this.#head.nextSequence = sequence;
      try {
        reader.read(content, sink);
      } catch (error) {
        damaged(this.#tail.dir, `record ${sequence}: ${messageOf(error)}`);
      }
      last = sequence;
      records++;
    }
    lost += reader.lostSamples;
    sink.finish();
    this.#head.nextSequence = last + 1;
    const tookMs = this.#clock.monotonicMs() - startedMs;
    this.#emit({ type: "replayed", samples: records, lostSamples: lost, tookMs });
  }

  /** Newest sample in a file of a day, ms; -Infinity where there is none. */
  #newestInFilesMs(): number {
    // The newest file may be one that a merge had only begun.
    for (const entry of [...this.#catalog.entries("raw")].reverse()) {
      const newestMs = this.#catalog.open(entry)?.maxMs ?? entry.endMs;
      if (newestMs > Number.NEGATIVE_INFINITY) return newestMs;
    }
    return Number.NEGATIVE_INFINITY;
  }

  define(definition: SeriesDefinition): void {
    this.#head.define(definition);
  }

  undefine(source: SourceId): void {
    this.#head.undefine(source);
  }

  appendBatch(batch: SampleBatch): void {
    this.#head.setNow(this.#clock.nowMs());
    this.#head.appendBatch(batch);
    for (const { slot, exemplar } of batch.exemplars ?? []) {
      const id = this.#head.slotId(batch.source, slot);
      if (id >= 0) this.#addExemplar(id, exemplar);
    }
  }

  backfill<T>(work: () => T): T {
    const windowMs = this.#head.outOfOrderWindowMs;
    this.#head.outOfOrderWindowMs = Number.POSITIVE_INFINITY;
    try {
      return work();
    } finally {
      this.#head.outOfOrderWindowMs = windowMs;
    }
  }

  resolve(labels: Labels): SeriesRef | undefined {
    return this.#head.resolve(labels);
  }

  appendFloat(ref: SeriesRef, atMs: number, value: number, startMs = Number.NaN): AppendOutcome {
    return this.#append(ref, SampleKind.FLOAT, atMs, value, startMs, undefined);
  }

  appendHistogram(ref: SeriesRef, atMs: number, value: FloatHistogram, startMs = Number.NaN): AppendOutcome {
    return this.#append(ref, SampleKind.HISTOGRAM, atMs, Number.NaN, startMs, value);
  }

  appendStale(ref: SeriesRef, atMs: number): AppendOutcome {
    return this.#append(ref, SampleKind.STALE, atMs, Number.NaN, Number.NaN, undefined);
  }

  #append(
    ref: SeriesRef,
    kind: SampleKind,
    atMs: number,
    value: number,
    startMs: number,
    histogram: FloatHistogram | undefined,
  ): AppendOutcome {
    if (this.#appendsOfNow++ % APPENDS_A_NOW === 0) this.#head.setNow(this.#clock.nowMs());
    if (this.#head.index.dense(ref) < 0) this.#revive(ref);
    const outcome = this.#head.append(ref, kind, atMs, value, startMs, histogram);
    this.#head.outcomes[outcome]!++;
    return outcome;
  }

  /** A series that left the head while its writer kept the number: the files of its days still name it. */
  #revive(ref: SeriesRef): void {
    const parted = this.#parted.get(ref);
    if (parted !== undefined) {
      this.#parted.delete(ref);
      this.#head.restoreSeries(ref, parted);
      this.#newSeries.push({ id: ref, labels: parted });
      return;
    }
    for (const entry of [...this.#catalog.entries("raw")].reverse()) {
      const file = this.#catalog.open(entry);
      if (file === undefined || !file.knows(ref)) continue;
      for (const segment of file.segments()) {
        const found = segment.find(({ id }) => id === ref);
        if (found === undefined) continue;
        this.#head.restoreSeries(ref, found.labels);
        this.#newSeries.push({ id: ref, labels: found.labels });
        return;
      }
    }
  }

  newest(ref: SeriesRef): NewestSample | undefined {
    const { index, state } = this.#head;
    const dense = index.dense(ref);
    if (dense < 0 || state.lastMs[dense] === Number.NEGATIVE_INFINITY) return undefined;
    const kind = state.lastKind[dense] as SampleKind;
    return { atMs: state.lastMs[dense]!, kind, value: state.lastValue[dense]! };
  }

  appendExemplar(ref: SeriesRef, exemplar: Exemplar): AppendOutcome {
    return this.#addExemplar(ref, exemplar);
  }

  #addExemplar(seriesId: number, exemplar: Exemplar): AppendOutcome {
    const outcome = this.#newestExemplars.judge(seriesId, exemplar);
    if (outcome !== Outcome.OK) return outcome;
    const stored = { seriesId, exemplar };
    this.#exemplars.push(stored);
    this.#newExemplars.push(stored);
    if (this.#exemplars.length > MAX_EXEMPLARS * 2) this.#exemplars = this.#exemplars.slice(-MAX_EXEMPLARS);
    return Outcome.OK;
  }

  setMetadata(metric: string, metadata: MetricMetadata): void {
    const known = this.#metadata.get(metric);
    const same =
      known !== undefined &&
      known.type === metadata.type &&
      known.help === metadata.help &&
      known.unit === metadata.unit;
    if (same) return;
    this.#metadata.set(metric, metadata);
    this.#newMetadata.push([metric, metadata]);
  }

  commit(): OutcomeCounts {
    this.#check();
    this.#appendsOfNow = 0;
    const head = this.#head;
    const outcomes = head.outcomes;
    head.outcomes = new Float64Array(6);
    for (let i = 0; i < outcomes.length; i++) this.#outcomes[i]! += outcomes[i]!;
    if (head.tail.out.length > 0) {
      this.#unwritten.push(head.tail.out.take());
      head.tail.reset();
      head.nextSequence++;
    }
    // Not as arguments of one call: there may be more than the stack holds.
    for (const one of head.takeNewSeries()) this.#newSeries.push(one);
    try {
      this.#write();
    } catch (error) {
      this.#commitFailed(error);
    }
    return outcomes;
  }

  /** Series first: the log names them by number. */
  #write(): void {
    const [series, metadata, exemplars] = [this.#newSeries, this.#newMetadata, this.#newExemplars];
    if (series.length + metadata.length + exemplars.length > 0) {
      this.#headDb.commit({ series, metadata, exemplars, nextId: this.#head.nextId });
      this.#newSeries = [];
      this.#newMetadata = [];
      this.#newExemplars = [];
    }
    if (this.#unwritten.length === 0) return;
    this.#tail.append(this.#head.nextSequence - this.#unwritten.length, this.#unwritten);
    this.#unwritten = [];
    // A few bytes may still fit where chunks do not: it is over when nothing waits.
    if (this.#head.closedBlocks.length + this.#head.closedRuns.length === 0) this.#onWritten();
  }

  /** Keeps what is to be tried again within bounds: the samples stay in the head in any case. */
  #commitFailed(error: unknown): never {
    if (classify(error) === "full") this.#onFull(this.#headDb.path);
    let bytes = 0;
    for (const record of this.#unwritten) bytes += record.length;
    if (bytes > MAX_UNWRITTEN_BYTES) this.#unwritten = [];
    if (this.#newExemplars.length > MAX_EXEMPLARS) this.#newExemplars = this.#newExemplars.slice(-MAX_EXEMPLARS);
    throw storeError(error, this.#headDb.path);
  }

  checkpoint(): void {
    this.#check();
    try {
      this.#tail.sync();
      this.#headDb.checkpoint();
    } catch (error) {
      if (classify(error) === "busy") return;
      if (classify(error) === "full") this.#onFull(this.#headDb.path);
      throw storeError(error, this.#headDb.path);
    }
  }

  *maintenance(): Slices<void> {
    this.#check();
    yield* this.#maintenance.run();
  }

  /**
   * Deletes the samples of matching series, and their exemplars, that were committed before: gone from every answer when this
   * ends. Later ones are taken, also for times within the range.
   *
   * @param sets a series goes that passes all matchers of any of them
   * @param minMs,maxMs inclusive; infinite where open
   * @throws {DmonError} `disk_full`, `store_io`, `store_busy`: part of it may be done then, and the same request does the rest
   */
  *deleteSeries(sets: readonly (readonly Matcher[])[], minMs: number, maxMs: number): Slices<void> {
    this.#check();
    yield* this.#turn(() => this.#delete(sets, minMs, maxMs));
  }

  /** Gives back the room of what was deleted. @throws {DmonError} `disk_full`, `store_io`, `store_busy` */
  *cleanDeleted(): Slices<void> {
    this.#check();
    yield* this.#turn(() => cleanFiles(this.#deleteParts(), ({ id, labels }) => this.#part(id, labels)));
    yield* this.#turn(() => this.#headDb.shrink());
  }

  *#turn(work: () => Slices<void>): Slices<void> {
    try {
      yield* this.#turns.run(work);
    } catch (error) {
      if (classify(error) === "full") this.#onFull(this.#recent.path);
      throw storeError(error, this.dir);
    }
  }

  *#delete(sets: readonly (readonly Matcher[])[], minMs: number, maxMs: number): Slices<void> {
    this.commit();
    const { series, idle } = yield* deleteSamples(this.#deleteParts(), { sets, minMs, maxMs });
    if (series.size === 0) return;
    const ids = new Set(series.keys());
    const isKept = ({ seriesId, exemplar }: StoredExemplar): boolean =>
      !ids.has(seriesId) || exemplar.atMs < minMs || exemplar.atMs > maxMs;
    const all = [...idle];
    for (let at = 0; at < all.length; at += EVICT_A_SLICE) {
      const { index } = this.#head;
      // Samples may have come meanwhile.
      const left = all
        .slice(at, at + EVICT_A_SLICE)
        .filter((id) => index.dense(id) >= 0 && this.#head.isIdle(index.dense(id)));
      for (const id of left) this.#part(id, index.labels(id)!);
      this.#headDb.removeSeries(left);
      this.#head.evict(new Set(left));
      yield;
    }
    const ended: string[] = [];
    for (const metric of new Set(series.values())) if (yield* this.#isGone(metric)) ended.push(metric);
    this.#headDb.removeDeleted(ids, minMs, maxMs, ended);
    this.#exemplars = this.#exemplars.filter(isKept);
    this.#newExemplars = this.#newExemplars.filter(isKept);
    for (const metric of ended) this.#metadata.delete(metric);
  }

  /** True where nothing of a metric is left, and nobody says that there will be. */
  *#isGone(metric: string): Slices<boolean> {
    const matcher: Matcher = { type: "=", name: METRIC_NAME, value: metric };
    if (this.#head.index.select([matcher]).length > 0) return false;
    return (yield* this.#lookup.find([[matcher]], Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY)).length === 0;
  }

  #part(id: number, labels: Labels): void {
    if (this.#head.index.dense(id) >= 0 && !this.#head.isIdle(this.#head.index.dense(id))) return;
    this.#parted.set(id, labels);
    for (const [oldest] of this.#parted) {
      if (this.#parted.size <= MAX_PARTED) break;
      this.#parted.delete(oldest);
    }
  }

  #deleteParts(): DeleteParts {
    return {
      clock: this.#clock,
      head: this.#head,
      headDb: this.#headDb,
      tail: this.#tail,
      recent: this.#recent,
      catalog: this.#catalog,
      cache: this.#cache,
      lookup: this.#lookup,
      readContext: () => this.#readContext([], this.#unstaged()),
      tierContext: () => this.#tierContext([], this.#unstaged()),
    };
  }

  *select(matchers: readonly Matcher[], hints: SelectHints): Slices<Selection> {
    this.#check();
    const tier = chooseTier(hints, this.#tierStarts());
    const found = yield* this.#lookup.find([matchers], hints.startMs, hints.endMs);
    const infos: string[] = [];
    if (tier === "raw") {
      const packs = this.#stage(found, { tier, minMs: hints.startMs, maxMs: hints.endMs });
      const context = this.#readContext(infos, packs);
      const series: RawSeries[] = [];
      for (const { labels, ids } of found) {
        if (series.length % MADE_A_SLICE === 0) yield;
        series.push(new RawSeries(labels, ids, context));
      }
      return { tier, tierStepMs: 0, series, prepare: (index) => packs.prepare(index), infos, warnings: [] };
    }
    infos.push(`answered from the ${tier} tier: values are per ${tier} bucket (docs/formats/tiers.md)`);
    const range = { tier, minMs: hints.startMs - BEFORE_MS[tier], maxMs: hints.endMs + TIER_STEP_MS[tier] };
    const packs = this.#stage(found, range);
    const context = this.#tierContext(infos, packs);
    const series = found.map(({ labels, ids }) => ({
      labels,
      read: () => bug(`a selection of tier ${tier} is read with readTier()`),
      readTier: (minMs: number, maxMs: number, out: TierColumns, columns?: readonly TierColumn[]) =>
        readTierSeries(context, ids, tier, minMs, maxMs, out, columns),
    }));
    const prepare = (index: number): Slices<void> | undefined => packs.prepare(index);
    return { tier, tierStepMs: TIER_STEP_MS[tier], series, prepare, infos, warnings: [] };
  }

  /** Packs as the cache has them, for work that does not go through series in order. */
  #unstaged(): StagedPacks {
    return this.#stage([], { tier: "raw", minMs: 0, maxMs: 0 });
  }

  #stage(found: readonly FoundSeries[], range: StageRange): StagedPacks {
    return new StagedPacks(this.#catalog, this.#recent, this.#cache, found, range);
  }

  #pendingWindows(): Set<number> {
    const windows = new Set(this.#head.openWindows());
    for (const pack of this.#recent.packs) windows.add(pack.windowMs);
    return windows;
  }

  /** Oldest sample of each tier as far as file names and bounds tell. */
  #tierStarts(): TierStarts {
    const first = (tier: Tier): number => {
      const [entry] = this.#catalog.entries(tier);
      const file = entry === undefined ? undefined : this.#catalog.open(entry);
      return file === undefined ? Number.POSITIVE_INFINITY : file.minMs - TIER_STEP_MS[tier];
    };
    let unmerged = this.#recent.minMs;
    for (const window of this.#head.openWindows()) unmerged = Math.min(unmerged, window);
    return { raw: Math.min(first("raw"), unmerged), "1m": first("1m"), "1h": first("1h") };
  }

  #readContext(infos: string[], packs: StagedPacks): ReadContext {
    return {
      catalog: this.#catalog,
      head: this.#head,
      packs,
      damaged: (path, what, lost) => {
        infos.push(`damaged data was passed over: ${what}`);
        this.#onDamage(path, what, lost);
      },
    };
  }

  #tierContext(infos: string[], packs: StagedPacks): TierReadContext {
    return {
      ...this.#readContext(infos, packs),
      pendingWindows: this.#pendingWindows(),
      pendingDays: new Set(this.#pendingDays),
    };
  }

  *series(query: NameQuery): Slices<readonly Labels[]> {
    const found = yield* this.#lookup.find(setsOf(query.matchers), query.startMs, query.endMs);
    return limited(
      found.map(({ labels }) => labels),
      query.limit,
    );
  }

  labelNames(query: NameQuery): Slices<readonly string[]> {
    return this.#lookup.labelNames(query);
  }

  labelValues(name: string, query: NameQuery): Slices<readonly string[]> {
    return this.#lookup.labelValues(name, query);
  }

  *exemplars({ matchers, startMs, endMs, limit }: NameQuery): Slices<readonly SeriesExemplars[]> {
    const found = yield* this.#lookup.find(setsOf(matchers), startMs, endMs);
    const byId = new Map<number, Exemplar[]>();
    for (const { seriesId, exemplar } of this.#exemplars) {
      if (exemplar.atMs < startMs || exemplar.atMs > endMs) continue;
      byId.set(seriesId, [...(byId.get(seriesId) ?? []), exemplar]);
    }
    const answers = found.flatMap(({ labels, ids }) => {
      const exemplars = ids.flatMap((id) => byId.get(id) ?? []).sort((a, b) => a.atMs - b.atMs);
      return exemplars.length === 0 ? [] : [{ labels, exemplars }];
    });
    return limited(answers, limit);
  }

  metadata(metric?: string): ReadonlyMap<string, readonly MetricMetadata[]> {
    const entries =
      metric === undefined ? [...this.#metadata] : [...this.#metadata].filter(([name]) => name === metric);
    return new Map(entries.map(([name, metadata]) => [name, [metadata]]));
  }

  stats(): StoreStats {
    const head = this.#head;
    const { index } = head;
    const [minMs, maxMs] = this.#bounds();
    const headFileBytes = sizeOf(this.#headDb.path) + sizeOf(`${this.#headDb.path}-wal`);
    const tailFileBytes = this.#tail.sizeBytes;
    const recentFileBytes = sizeOf(this.#recent.path);
    const tierFileBytes = tierBytes(this.#catalog);
    return {
      headSeries: index.size,
      refusedSeries: head.refusedSeries,
      recentPacks: this.#recent.packs.length,
      recentSamples: this.#recent.packs.reduce((sum, pack) => sum + pack.sampleCount, 0),
      outcomes: [...this.#outcomes],
      openBytes: head.openBytes,
      cacheBytes: this.#cache.sizeBytes,
      symbolCount: this.#symbols.size,
      headFileBytes,
      tailFileBytes,
      recentFileBytes,
      tierFileBytes,
      totalBytes: this.#totalBytes(),
      damageCount: this.#damageCount,
      lostSamples: this.#lostSamples,
      diskFull: this.#diskFull,
      droppedSamples: this.#droppedSamples,
      minMs,
      maxMs,
      mergedWindows: this.#maintenance.mergedWindows,
      cutSamples: this.#maintenance.cutSamples,
      topMetrics: index.topValues(METRIC_NAME, 10),
      topLabelNames: index.topNames(10),
      topLabelPairs: index.topPairs(10),
    };
  }

  /** Oldest and newest sample over head and files; a file's own bounds are known without opening all of them. */
  #bounds(): [number | undefined, number | undefined] {
    let minMs = this.#recent.minMs;
    let maxMs = this.#recent.maxMs;
    for (const id of this.#head.index.ids()) {
      const dense = this.#head.index.dense(id);
      minMs = Math.min(minMs, this.#head.state.firstMs[dense]!);
      maxMs = Math.max(maxMs, this.#head.state.lastMs[dense]!);
    }
    const entries = this.#catalog.entries("raw");
    for (const entry of new Set([entries[0], entries.at(-1)])) {
      const file = entry === undefined ? undefined : this.#catalog.open(entry);
      if (file === undefined) continue;
      minMs = Math.min(minMs, file.minMs);
      maxMs = Math.max(maxMs, file.maxMs);
    }
    return [Number.isFinite(minMs) ? minMs : undefined, Number.isFinite(maxMs) ? maxMs : undefined];
  }

  close(): void {
    if (this.#closed) return;
    try {
      if (this.#lock !== undefined) {
        this.commit();
        this.checkpoint();
      }
    } finally {
      this.#closed = true;
      this.#catalog.closeAll();
      this.#recent.close();
      this.#tail.close();
      this.#headDb.close();
      this.#lock?.release();
    }
  }

  #check(): void {
    if (this.#closed) throw new DmonError("store_closed", `the store in ${this.dir} is closed`);
  }

  #emit(event: StoreEvent): void {
    this.#options.onEvent?.(event);
  }

  /** Each place is counted and told once, however often it is read. */
  #onDamage(path: string, what: string, lostSamples: number): void {
    const place = `${path}\0${what}`;
    if (this.#toldDamage.has(place)) return;
    if (this.#toldDamage.size < MAX_TOLD_DAMAGE) this.#toldDamage.add(place);
    this.#damageCount++;
    this.#lostSamples += lostSamples;
    this.#emit({ type: "damage", path, what, lostSamples });
  }
}
