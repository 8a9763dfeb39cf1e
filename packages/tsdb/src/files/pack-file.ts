/**
 * A file of packs: `recent.db`, `raw/YYYY-MM-DD.db`, `1m/YYYY-MM-DD.db`, `1h/YYYY-MM.db`: docs/formats/pack-file.md.
 *
 * Opened when first needed. What it holds is known from small columns before the blob, so that a scan touches no blob.
 * A blob that cannot be read is lost alone: it is reported once and passed over from then on.
 */
import { statSync } from "node:fs";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { crc32 } from "node:zlib";
import { messageOf } from "@dmon/model";
import { type BuiltPack, Pack, type PackMeta } from "../codec/pack.ts";
import { intervalStart } from "../windows.ts";
import { checkVersion, FORMAT_VERSION } from "./head-db.ts";
import { IdSet } from "./id-set.ts";
import { decodeSegment, encodeSegment, type IndexedSeries, SEGMENT_SERIES } from "./segment.ts";
import { classify, DamagedFile, openDatabase, transaction } from "./sqlite.ts";

export const PACK_PAGE_SIZE = 4096;

export interface PackRow extends PackMeta {
  readonly row: number;
  /** Start of the window that holds all its samples, ms. */
  readonly windowMs: number;
  readonly sizeBytes: number;
}

/** Told of what could not be read. `what` is a text for people. */
export type DamageListener = (path: string, what: string, lostSamples: number) => void;

export interface PackChange {
  readonly insert: readonly { readonly windowMs: number; readonly pack: BuiltPack }[];
  readonly remove: readonly PackRow[];
  /** Series that the file does not know yet, ascending by id. */
  readonly series: readonly IndexedSeries[];
}

function packRow(row: Record<string, number>): PackRow {
  return {
    row: row.id!,
    windowMs: row.win!,
    minId: row.min_id!,
    maxId: row.max_id!,
    minMs: row.min_t!,
    maxMs: row.max_t!,
    sampleCount: row.samples!,
    sizeBytes: row.bytes!,
  };
}

function checksum({ windowMs, minId, maxId, minMs, maxMs, sampleCount, sizeBytes }: PackRow): number {
  return crc32([windowMs, minId, maxId, minMs, maxMs, sampleCount, sizeBytes].join(" "));
}

export class PackFile {
  readonly path: string;
  /** In order of window and id. */
  packs: PackRow[] = [];
  /** Newest and oldest sample, ms; minMs > maxMs while empty. */
  minMs = Number.POSITIVE_INFINITY;
  maxMs = Number.NEGATIVE_INFINITY;
  #windowLengthMs: number;
  #db: DatabaseSync;
  #damaged = new Set<number>();
  #onDamage: DamageListener;
  #known: IdSet | undefined;
  #selectData: StatementSync | undefined;

  /** @param windowLengthMs length of the windows that its packs lie in
   * @throws as SQLite throws; {@link DmonError} `store_newer` */
  constructor(path: string, windowLengthMs: number, onDamage: DamageListener, readOnly = false) {
    this.#windowLengthMs = windowLengthMs;
    this.path = path;
    this.#onDamage = onDamage;
    this.#db = openDatabase(path, { pageSize: PACK_PAGE_SIZE, journal: "rollback", readOnly });
    try {
      if (!readOnly && this.#isFresh()) this.#create();
      checkVersion(this.#db, path);
      this.#load();
    } catch (error) {
      this.#db.close();
      throw error;
    }
  }

  /** New, or left by a death before its tables were made. */
  #isFresh(): boolean {
    const { n } = this.#db.prepare("SELECT count(*) AS n FROM sqlite_master").get()!;
    if (n !== 0) return false;
    if (statSync(this.path).size > 2 * PACK_PAGE_SIZE) throw new DamagedFile("no tables");
    return true;
  }

  #create(): void {
    transaction(this.#db, () => {
      this.#db.exec(`
        CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
        CREATE TABLE packs (
          id INTEGER PRIMARY KEY, win REAL NOT NULL, min_id INTEGER NOT NULL, max_id INTEGER NOT NULL,
          min_t REAL NOT NULL, max_t REAL NOT NULL, samples INTEGER NOT NULL, bytes INTEGER NOT NULL,
          sum INTEGER NOT NULL, data BLOB NOT NULL);
        CREATE TABLE segments (id INTEGER PRIMARY KEY, data BLOB NOT NULL);
        INSERT INTO meta VALUES ('format', ${FORMAT_VERSION}), ('packs', 0), ('segments', 0);
      `);
    });
  }

  #load(): void {
    const rows = this.#db
      .prepare("SELECT id, win, min_id, max_id, min_t, max_t, samples, bytes, sum FROM packs")
      .all() as unknown as Record<string, number>[];
    // Rows that vanished leave no other trace: an altered page may simply list fewer.
    const segments = this.#db.prepare("SELECT count(*) AS n FROM segments").get()!.n;
    if (rows.length !== this.#count("packs") || segments !== this.#count("segments")) {
      throw new DamagedFile(`${rows.length} packs where there should be ${this.#count("packs")}`);
    }
    this.packs = rows.map((row) => {
      const known = packRow(row);
      return row.sum === checksum(known) ? known : this.#fromBlob(known);
    });
    this.#order();
  }

  #count(key: "packs" | "segments"): unknown {
    return this.#db.prepare("SELECT value FROM meta WHERE key = ?").get(key)?.value;
  }

  /** The columns beside a blob were altered: the blob says them too. */
  #fromBlob(row: PackRow): PackRow {
    const pack = this.read(row);
    if (pack === undefined) return row;
    this.#onDamage(this.path, `columns of pack ${row.row}, which the pack itself mended`, 0);
    const { minId, maxId, minMs, maxMs, sampleCount } = pack;
    const windowMs = intervalStart(minMs, this.#windowLengthMs);
    return { row: row.row, windowMs, minId, maxId, minMs, maxMs, sampleCount, sizeBytes: row.sizeBytes };
  }

  #order(): void {
    this.packs.sort((a, b) => a.windowMs - b.windowMs || a.minMs - b.minMs || a.minId - b.minId || a.row - b.row);
    this.minMs = Number.POSITIVE_INFINITY;
    this.maxMs = Number.NEGATIVE_INFINITY;
    for (const pack of this.packs) {
      if (pack.minMs < this.minMs) this.minMs = pack.minMs;
      if (pack.maxMs > this.maxMs) this.maxMs = pack.maxMs;
    }
  }

  /** The pack of a row; undefined where it is damaged (reported at the first time). */
  read(row: PackRow): Pack | undefined {
    if (this.#damaged.has(row.row)) return undefined;
    try {
      this.#selectData ??= this.#db.prepare("SELECT data FROM packs WHERE id = ?");
      const found = this.#selectData.get(row.row);
      if (found === undefined) throw new Error("row is missing");
      return new Pack(found.data as Uint8Array);
    } catch (error) {
      if (classify(error) === "busy") throw error;
      this.#damaged.add(row.row);
      this.#onDamage(
        this.path,
        `pack ${row.row} (series ${row.minId}…${row.maxId}): ${messageOf(error)}`,
        row.sampleCount,
      );
      return undefined;
    }
  }

  /** Applies a change whole or not at all. @throws as SQLite throws */
  change({ insert, remove, series }: PackChange): void {
    const added: PackRow[] = [];
    transaction(this.#db, () => {
      const put = this.#db.prepare(
        `INSERT INTO packs (win, min_id, max_id, min_t, max_t, samples, bytes, sum, data)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      );
      for (const { windowMs, pack } of insert) {
        const { minId, maxId, minMs, maxMs, sampleCount, data } = pack;
        const row = { row: 0, windowMs, minId, maxId, minMs, maxMs, sampleCount, sizeBytes: data.length };
        const sum = checksum(row);
        const { lastInsertRowid } = put.run(windowMs, minId, maxId, minMs, maxMs, sampleCount, data.length, sum, data);
        added.push({ ...row, row: Number(lastInsertRowid) });
      }
      const drop = this.#db.prepare("DELETE FROM packs WHERE id = ?");
      for (const { row } of remove) drop.run(row);
      const index = this.#db.prepare("INSERT INTO segments (data) VALUES (?)");
      for (let at = 0; at < series.length; at += SEGMENT_SERIES) {
        index.run(encodeSegment(series.slice(at, at + SEGMENT_SERIES)));
      }
      const count = this.#db.prepare("UPDATE meta SET value = value + ? WHERE key = ?");
      count.run(insert.length - remove.length, "packs");
      count.run(Math.ceil(series.length / SEGMENT_SERIES), "segments");
    });
    const gone = new Set(remove);
    this.packs = this.packs.filter((pack) => !gone.has(pack));
    this.packs.push(...added);
    for (const { id } of series) this.#known?.add(id);
    this.#order();
  }

  /** Whether the file's segments name a series. */
  knows(id: number): boolean {
    if (this.#known === undefined) {
      this.#known = new IdSet();
      for (const segment of this.segments()) for (const series of segment) this.#known.add(series.id);
    }
    return this.#known.has(id);
  }

  /** Damaged segments are reported and left out. */
  *segments(): Generator<readonly IndexedSeries[]> {
    const ids = this.#db.prepare("SELECT id FROM segments ORDER BY id").all();
    for (const { id } of ids) {
      try {
        const row = this.#db.prepare("SELECT data FROM segments WHERE id = ?").get(id as number);
        yield decodeSegment(row!.data as Uint8Array);
      } catch (error) {
        if (this.#damaged.has(-(id as number))) continue;
        this.#damaged.add(-(id as number));
        this.#onDamage(this.path, `segment ${id} of the series index: ${messageOf(error)}`, 0);
      }
    }
  }

  /** Gives pages at the end of the file back that removed packs have left, a part at a time. */
  shrink(): void {
    this.#db.exec("PRAGMA incremental_vacuum(4096)");
  }

  /** Lets go of the pages that SQLite has cached: of blobs, which are read once and kept elsewhere. */
  releasePages(): void {
    this.#db.exec("PRAGMA shrink_memory");
  }

  close(): void {
    if (this.#db.isOpen) this.#db.close();
  }
}
