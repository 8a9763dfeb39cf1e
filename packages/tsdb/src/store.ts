/**
 * The store: head, tail log, packs and tiers behind the two seams of the model, `Appender` and `Queryable`.
 *
 * One thread owns it. Appends and commits are short and synchronous; queries and maintenance are slice-wise and hold no open
 * statement across a yield, so that they may be interleaved as the owner likes.
 */

import { mkdirSync } from "node:fs";
import { join } from "node:path";
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
} from "@dmon/model";
import { cutChunks } from "./cut.ts";
import { Catalog, sizeOf } from "./files/catalog.ts";
import { HeadDb, type StoredExemplar } from "./files/head-db.ts";
import { DirectoryLock } from "./files/lock.ts";
import { PackFile } from "./files/pack-file.ts";
import { storeError } from "./files/sqlite.ts";
import { Head } from "./head/head.ts";
import { SymbolTable } from "./index/symbols.ts";
import { TailReader } from "./log/tail-reader.ts";
import { DEFAULT_LIMITS, type StoreEvent, type StoreOptions } from "./options.ts";
import { Lookup, limited, setsOf } from "./read/lookup.ts";
import { PackCache } from "./read/pack-cache.ts";
import { type ReadContext, readSeries } from "./read/series-reader.ts";
import type { StoreStats } from "./stats.ts";

const MAX_EXEMPLARS = 10_000;
const DEFAULT_CACHE_BYTES = 16 * 1024 * 1024;

export class TimeSeriesStore {
  readonly dir: string;
  readonly #clock: Clock;
  readonly #options: StoreOptions;
  readonly #lock: DirectoryLock | undefined;
  readonly #symbols = new SymbolTable();
  readonly #head: Head;
  readonly #headDb: HeadDb;
  readonly #catalog: Catalog;
  readonly #recent: PackFile;
  readonly #cache: PackCache;
  readonly #lookup: Lookup;
  readonly #metadata = new Map<string, MetricMetadata>();
  #newMetadata: (readonly [string, MetricMetadata])[] = [];
  #exemplars: StoredExemplar[] = [];
  #newExemplars: StoredExemplar[] = [];
  /** Records that a failed commit left, oldest first. */
  #unwritten: Uint8Array[] = [];
  #damageCount = 0;
  #lostSamples = 0;
  #outcomes = new Float64Array(6);
  #diskFull = false;
  #droppedSamples = 0;
  #mergedWindows = 0;
  #cutSamples = 0;
  #closed = false;

  constructor(options: StoreOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.dir = options.dir;
    const readOnly = options.readOnly === true;
    if (!readOnly) mkdirSync(this.dir, { recursive: true });
    this.#lock = readOnly ? undefined : new DirectoryLock(this.dir);
    const damaged = (path: string, what: string, lost: number): void => this.#onDamage(path, what, lost);
    try {
      this.#head = new Head(this.#symbols, { ...DEFAULT_LIMITS, ...options.limits }, options.outOfOrderWindowMs ?? 0);
      this.#headDb = new HeadDb(this.dir, readOnly);
      this.#recent = new PackFile(join(this.dir, "recent.db"), damaged, readOnly);
      this.#catalog = new Catalog(this.dir, damaged, readOnly);
    } catch (error) {
      this.#lock?.release();
      throw storeError(error, this.dir);
    }
    this.#cache = new PackCache(options.cacheBytes ?? DEFAULT_CACHE_BYTES);
    this.#lookup = new Lookup(this.#head, this.#catalog, this.#symbols);
    this.#catalog.onClose = (file) => {
      this.#cache.clear();
      this.#lookup.indexes.drop(file);
    };
    this.#load();
  }

  #load(): void {
    const startedMs = this.#clock.monotonicMs();
    for (const { id, labels } of this.#headDb.series()) {
      if (labels === undefined) this.#onDamage(this.#headDb.path, `labels of series ${id}`, 0);
      else this.#head.restoreSeries(id, labels);
    }
    this.#head.reserveIds(this.#headDb.nextId());
    for (const [metric, metadata] of this.#headDb.metadata()) this.#metadata.set(metric, metadata);
    this.#exemplars = this.#headDb.exemplars(MAX_EXEMPLARS);
    const writtenUntil = this.#writtenUntil();
    const sink = this.#head.replay((id) => writtenUntil.get(id) ?? Number.NEGATIVE_INFINITY);
    const reader = new TailReader();
    let last = 0;
    let records = 0;
    for (const { seq, content } of this.#headDb.tail()) {
      if (content === undefined || (last > 0 && seq !== last + 1)) reader.gap();
      if (content === undefined) this.#onDamage(this.#headDb.path, `tail record ${seq}`, 0);
      else {
        this.#head.nextSequence = seq;
        try {
          reader.read(content, sink);
        } catch (error) {
          this.#onDamage(this.#headDb.path, `tail record ${seq}: ${messageOf(error)}`, 0);
          reader.gap();
        }
      }
      last = seq;
      records++;
    }
    sink.finish();
    this.#head.nextSequence = last + 1;
    const tookMs = this.#clock.monotonicMs() - startedMs;
    this.#emit({ type: "replayed", samples: records, lostSamples: reader.lostSamples, tookMs });
  }

  /** Newest sample of each series that is in a recent pack; resident series begin there. */
  #writtenUntil(): Map<number, number> {
    const until = new Map<number, number>();
    const { state, index } = this.#head;
    for (const row of this.#recent.packs) {
      const pack = this.#cache.get(this.#recent, row);
      if (pack === undefined) continue;
      for (let position = 0; position < pack.ids.length; position++) {
        const id = pack.ids[position]!;
        const { minMs, maxMs } = pack.bounds(position);
        if (maxMs > (until.get(id) ?? Number.NEGATIVE_INFINITY)) until.set(id, maxMs);
        const dense = index.dense(id);
        if (dense < 0) continue;
        if (maxMs > state.lastMs[dense]!) state.lastMs[dense] = maxMs;
        if (minMs < state.firstMs[dense]!) state.firstMs[dense] = minMs;
      }
    }
    return until;
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
    this.#head.setNow(this.#clock.nowMs());
    const outcome = this.#head.append(ref, kind, atMs, value, startMs, histogram);
    this.#head.outcomes[outcome]!++;
    return outcome;
  }

  appendExemplar(ref: SeriesRef, exemplar: Exemplar): AppendOutcome {
    return this.#addExemplar(ref, exemplar);
  }

  #addExemplar(seriesId: number, exemplar: Exemplar): AppendOutcome {
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
    const head = this.#head;
    const outcomes = head.outcomes;
    head.outcomes = new Float64Array(6);
    for (let i = 0; i < outcomes.length; i++) this.#outcomes[i]! += outcomes[i]!;
    if (head.tail.out.length > 0) {
      this.#unwritten.push(head.tail.out.take());
      head.tail.reset();
      head.nextSequence++;
    }
    const series = head.takeNewSeries();
    const nothing =
      this.#unwritten.length === 0 &&
      series.length === 0 &&
      this.#newMetadata.length === 0 &&
      this.#newExemplars.length === 0;
    if (nothing) return outcomes;
    this.#headDb.commit({
      sequence: head.nextSequence - this.#unwritten.length,
      records: this.#unwritten,
      series,
      metadata: this.#newMetadata,
      exemplars: this.#newExemplars,
      nextId: head.nextId,
    });
    this.#unwritten = [];
    this.#newMetadata = [];
    this.#newExemplars = [];
    return outcomes;
  }

  checkpoint(): void {
    this.#check();
    this.#headDb.checkpoint();
  }

  *maintenance(): Slices<void> {
    this.#check();
    const nowMs = this.#clock.nowMs();
    this.#head.closeOld(nowMs);
    const written = yield* cutChunks(this.#head, this.#recent);
    this.#cutSamples += written;
    if (written > 0) this.#headDb.trim(this.#head.firstNeededSequence(), MAX_EXEMPLARS);
  }

  *select(matchers: readonly Matcher[], hints: SelectHints): Slices<Selection> {
    this.#check();
    const found = yield* this.#lookup.find([matchers], hints.startMs, hints.endMs);
    const infos: string[] = [];
    const context = this.#readContext(infos);
    return {
      tier: "raw",
      tierStepMs: 0,
      series: found.map(({ labels, ids }) => ({
        labels,
        read: (minMs, maxMs, out) => readSeries(context, ids, minMs, maxMs, out),
        readTier: () => bug("a raw selection is read with read()"),
      })),
      infos,
      warnings: [],
    };
  }

  #readContext(infos: string[]): ReadContext {
    return {
      catalog: this.#catalog,
      recent: this.#recent,
      head: this.#head,
      cache: this.#cache,
      damaged: (path, what, lost) => {
        infos.push(`damaged data was passed over: ${what}`);
        this.#onDamage(path, what, lost);
      },
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
    const recentFileBytes = sizeOf(this.#recent.path);
    const tierFileBytes = {
      raw: this.#catalog.sizeBytes("raw"),
      "1m": this.#catalog.sizeBytes("1m"),
      "1h": this.#catalog.sizeBytes("1h"),
    };
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
      recentFileBytes,
      tierFileBytes,
      totalBytes: headFileBytes + recentFileBytes + tierFileBytes.raw + tierFileBytes["1m"] + tierFileBytes["1h"],
      damageCount: this.#damageCount,
      lostSamples: this.#lostSamples,
      diskFull: this.#diskFull,
      droppedSamples: this.#droppedSamples,
      minMs,
      maxMs,
      mergedWindows: this.#mergedWindows,
      cutSamples: this.#cutSamples,
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
      this.commit();
      this.checkpoint();
    } finally {
      this.#closed = true;
      this.#catalog.closeAll();
      this.#recent.close();
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

  #onDamage(path: string, what: string, lostSamples: number): void {
    this.#damageCount++;
    this.#lostSamples += lostSamples;
    this.#emit({ type: "damage", path, what, lostSamples });
  }
}
