/**
 * `head.db`: the resident series, what families say of themselves, exemplars, days to be made: docs/formats/head.md.
 *
 * Written only when a series is new. Each commit is one transaction of the write-ahead log: safe from the death of the
 * process at once, from a power cut at the next checkpoint.
 */

import { join } from "node:path";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { DmonError, type Exemplar, type Labels, type MetricMetadata, type Slices } from "@dmon/model";
import { ByteReader } from "../codec/bytes.ts";
import { checked, unchecked } from "./checked.ts";
import { encodeLabels, readLabels } from "./labels-code.ts";
import { openDatabase, transaction } from "./sqlite.ts";

/** What new files say. */
export const FORMAT_VERSION = 1;
/** A file of packs of which something is deleted says this, lest an older program shows it again. */
export const FORMAT_WITH_DELETIONS = 2;
export const HEAD_PAGE_SIZE = 4096;
/** SQLite's number of `auto_vacuum = INCREMENTAL`. */
const INCREMENTAL = 2;
const MIN_SHRINK_BYTES = 4 * 1024 * 1024;
/** Pages that one slice gives back: each moves one from the end of the file. */
const SHRINK_PAGES = 512;

export interface StoredExemplar {
  readonly seriesId: number;
  readonly exemplar: Exemplar;
}

/** All that one commit makes durable. */
export interface HeadCommit {
  readonly series: readonly { readonly id: number; readonly labels: Labels }[];
  readonly metadata: readonly (readonly [metric: string, metadata: MetricMetadata])[];
  readonly exemplars: readonly StoredExemplar[];
  /** Ids below are never given again. */
  readonly nextId: number;
}

export class HeadDb {
  readonly path: string;
  readonly db: DatabaseSync;
  /** True where nothing was there before. */
  readonly isNew: boolean;
  #insertSeries: StatementSync;
  #insertMetadata: StatementSync;
  #insertExemplar: StatementSync;
  #setMeta: StatementSync;
  #reservedId = 0;

  /** @throws {DmonError} `store_newer`; else as SQLite throws */
  constructor(dir: string, readOnly = false) {
    this.path = join(dir, "head.db");
    this.db = openDatabase(this.path, { pageSize: HEAD_PAGE_SIZE, journal: "wal", readOnly });
    try {
      const table = this.db.prepare("SELECT 1 FROM sqlite_master WHERE name = 'series'");
      this.isNew = table.get() === undefined;
      if (!readOnly) this.#create();
      checkVersion(this.db, this.path);
      this.#insertSeries = this.db.prepare("INSERT OR REPLACE INTO series (id, labels) VALUES (?, ?)");
      this.#insertMetadata = this.db.prepare("INSERT OR REPLACE INTO metadata (metric, data) VALUES (?, ?)");
      this.#insertExemplar = this.db.prepare("INSERT INTO exemplars (series, at, value, labels) VALUES (?, ?, ?, ?)");
      this.#setMeta = this.db.prepare("INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)");
    } catch (error) {
      this.db.close();
      throw error;
    }
  }

  #create(): void {
    this.db.exec(`
      CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS series (id INTEGER PRIMARY KEY, labels BLOB NOT NULL);
      CREATE TABLE IF NOT EXISTS days (start REAL PRIMARY KEY) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS metadata (metric TEXT PRIMARY KEY, data TEXT NOT NULL) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS exemplars (n INTEGER PRIMARY KEY, series INTEGER, at REAL, value, labels BLOB);
      INSERT OR IGNORE INTO meta VALUES ('format', ${FORMAT_VERSION});
    `);
  }

  /** @throws as SQLite throws; then nothing of it was written */
  commit({ series, metadata, exemplars, nextId }: HeadCommit): void {
    if (nextId > this.#reservedId) this.#reserveIds(nextId);
    transaction(this.db, () => {
      for (const { id, labels } of series) this.#insertSeries.run(id, checked(encodeLabels(labels)));
      for (const [metric, data] of metadata) this.#insertMetadata.run(metric, JSON.stringify(data));
      for (const { seriesId, exemplar } of exemplars) {
        this.#insertExemplar.run(seriesId, exemplar.atMs, exemplar.value, encodeLabels(exemplar.labels));
      }
    });
  }

  /**
   * Ids are set aside ahead, and synced: after a power cut none may be given twice, since the tail log may know it with
   * other labels.
   */
  #reserveIds(nextId: number): void {
    const reserved = nextId + 10_000;
    this.db.exec("PRAGMA synchronous = FULL");
    try {
      this.#setMeta.run("next_id", reserved);
      this.#reservedId = reserved;
    } finally {
      this.db.exec("PRAGMA synchronous = NORMAL");
    }
  }

  /** Resident series; `undefined` labels where they are damaged. */
  *series(): Generator<{ readonly id: number; readonly labels: Labels | undefined }> {
    for (const row of this.db.prepare("SELECT id, labels FROM series ORDER BY id").iterate()) {
      yield { id: row.id as number, labels: decodeLabels(row.labels) };
    }
  }

  metadata(): Map<string, MetricMetadata> {
    const found = new Map<string, MetricMetadata>();
    for (const row of this.db.prepare("SELECT metric, data FROM metadata").iterate()) {
      try {
        found.set(row.metric as string, JSON.parse(row.data as string) as MetricMetadata);
      } catch {
        // A damaged help text is not worth a word: the source says it again.
      }
    }
    return found;
  }

  exemplars(limit: number): StoredExemplar[] {
    const rows = this.db.prepare("SELECT series, at, value, labels FROM exemplars ORDER BY n DESC LIMIT ?").all(limit);
    return rows.reverse().flatMap((row) => {
      try {
        const labels = readLabels(new ByteReader(row.labels as Uint8Array));
        const value = (row.value as number | null) ?? Number.NaN;
        return [{ seriesId: row.series as number, exemplar: { labels, value, atMs: row.at as number } }];
      } catch {
        return [];
      }
    });
  }

  nextId(): number {
    const row = this.db.prepare("SELECT value FROM meta WHERE key = 'next_id'").get();
    return typeof row?.value === "number" ? row.value : 1;
  }

  /** Keeps the newest `limit` exemplars. */
  trimExemplars(limit: number): void {
    this.db.prepare("DELETE FROM exemplars WHERE n <= (SELECT coalesce(max(n), 0) FROM exemplars) - ?").run(limit);
  }

  /** Forgets the exemplars of some series within `[minMs, maxMs]`, and metadata of metrics that are no more. */
  removeDeleted(ids: ReadonlySet<number>, minMs: number, maxMs: number, metrics: readonly string[]): void {
    const found = this.db.prepare("SELECT n, series FROM exemplars WHERE at >= ? AND at <= ?").all(minMs, maxMs);
    const gone = found.filter(({ series }) => ids.has(series as number));
    if (gone.length + metrics.length === 0) return;
    const remove = this.db.prepare("DELETE FROM exemplars WHERE n = ?");
    const forget = this.db.prepare("DELETE FROM metadata WHERE metric = ?");
    transaction(this.db, () => {
      for (const { n } of gone) remove.run(n!);
      for (const metric of metrics) forget.run(metric);
    });
  }

  putSeries(series: ReadonlyMap<number, Labels>): void {
    transaction(this.db, () => {
      for (const [id, labels] of series) this.#insertSeries.run(id, checked(encodeLabels(labels)));
    });
  }

  removeSeries(ids: Iterable<number>): void {
    const remove = this.db.prepare("DELETE FROM series WHERE id = ?");
    transaction(this.db, () => {
      for (const id of ids) remove.run(id);
    });
  }

  /** Gives the room of series that have left back to the file system, where it is much: what is little is used again. */
  *shrink(): Slices<void> {
    // A file that was begun without this keeps its size.
    if (this.#pragma("auto_vacuum") !== INCREMENTAL) return;
    let free = this.#pragma("freelist_count");
    if (free * HEAD_PAGE_SIZE < MIN_SHRINK_BYTES || free * 2 < this.#pragma("page_count")) return;
    for (; free > 0; free -= SHRINK_PAGES) {
      this.db.exec(`PRAGMA incremental_vacuum(${SHRINK_PAGES})`);
      yield;
    }
  }

  #pragma(name: "auto_vacuum" | "freelist_count" | "page_count"): number {
    return Number(this.db.prepare(`PRAGMA ${name}`).get()![name]);
  }

  /** Days whose one-hour points are to be made. */
  pendingDays(): number[] {
    return this.db
      .prepare("SELECT start FROM days ORDER BY start")
      .all()
      .map((row) => row.start as number);
  }

  addPendingDay(dayMs: number): void {
    this.db.prepare("INSERT OR IGNORE INTO days VALUES (?)").run(dayMs);
  }

  removePendingDay(dayMs: number): void {
    this.db.prepare("DELETE FROM days WHERE start = ?").run(dayMs);
  }

  /** Makes all commits durable against a power cut, and the log short again. */
  checkpoint(): void {
    this.db.exec("PRAGMA wal_checkpoint(PASSIVE)");
  }

  close(): void {
    if (this.db.isOpen) this.db.close();
  }
}

function decodeLabels(blob: unknown): Labels | undefined {
  try {
    return readLabels(new ByteReader(unchecked(blob as Uint8Array)));
  } catch {
    return undefined;
  }
}

/** @throws {DmonError} `store_newer` */
export function checkVersion(db: DatabaseSync, path: string): void {
  const row = db.prepare("SELECT value FROM meta WHERE key = 'format'").get();
  const version = row?.value;
  if (typeof version === "number" && version > FORMAT_WITH_DELETIONS) {
    throw new DmonError(
      "store_newer",
      `${path} has format ${version}, this program knows up to ${FORMAT_WITH_DELETIONS}: use the version that wrote it`,
    );
  }
}
