/**
 * A file of packs: `recent.db`, `raw/YYYY-MM-DD.db`, `1m/YYYY-MM-DD.db`, `1h/YYYY-MM.db`: docs/formats/pack-file.md.
 *
 * Opened when first needed. What it holds is known from small columns before the blob, so that a scan touches no blob.
 * A blob that cannot be read is lost alone: it is reported once and passed over from then on.
 */
import { existsSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { crc32 } from "node:zlib";
import { messageOf, type Slices } from "@dmon/model";
import { type Deletions, decodeDeletions } from "../codec/deletions.ts";
import { type BuiltPack, Pack, type PackMeta } from "../codec/pack.ts";
import { intervalStart } from "../windows.ts";
import { checkVersion, FORMAT_VERSION, FORMAT_WITH_DELETIONS } from "./head-db.ts";
import { IdSet } from "./id-set.ts";
import { decodeSegment, encodeSegment, type IndexedSeries, SEGMENT_SERIES } from "./segment.ts";
import { classify, DamagedFile, openDatabase, syncDirectory, transaction } from "./sqlite.ts";

export const PACK_PAGE_SIZE = 4096;
/** Pages that one slice gives back: each moves one from the end of the file. */
const SHRINK_PAGES = 1024;

export interface PackRow extends PackMeta {
  readonly row: number;
  /** Start of the window that holds all its samples, ms. */
  readonly windowMs: number;
  readonly sizeBytes: number;
}

/** Told of what could not be read. `what` is a text for people. */
export type DamageListener = (path: string, what: string, lostSamples: number) => void;

export interface PackChange {
  readonly insert: readonly {
    readonly windowMs: number;
    readonly pack: BuiltPack;
    readonly deletions?: Deletions | undefined;
  }[];
  readonly remove: readonly PackRow[];
  /** All that is now deleted of packs that stay, in place of what was. */
  readonly deletions?: ReadonlyMap<PackRow, Deletions> | undefined;
  /** True where what is removed must not be found in the file's free pages either. */
  readonly erase?: boolean | undefined;
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

/**
 * Made beside its place and moved there whole, so that an empty file is never one that was begun: it is one that was lost.
 *
 * @throws as SQLite and the file system throw
 */
function create(path: string): void {
  const partial = `${path}.new`;
  for (const suffix of ["", "-journal"]) rmSync(partial + suffix, { force: true });
  const db = openDatabase(partial, { pageSize: PACK_PAGE_SIZE, journal: "rollback" });
  try {
    transaction(db, () => {
      db.exec(`
        CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
        CREATE TABLE packs (
          id INTEGER PRIMARY KEY, win REAL NOT NULL, min_id INTEGER NOT NULL, max_id INTEGER NOT NULL,
          min_t REAL NOT NULL, max_t REAL NOT NULL, samples INTEGER NOT NULL, bytes INTEGER NOT NULL,
          sum INTEGER NOT NULL, data BLOB NOT NULL);
        CREATE TABLE segments (id INTEGER PRIMARY KEY, data BLOB NOT NULL);
        INSERT INTO meta VALUES ('format', ${FORMAT_VERSION}), ('packs', 0), ('segments', 0);
      `);
    });
  } finally {
    db.close();
  }
  rmSync(`${partial}-journal`, { force: true });
  renameSync(partial, path);
  // The name must be there after a power cut: what is merged into the file leaves where it came from.
  syncDirectory(dirname(path));
}

export class PackFile {
  readonly path: string;
  /** In order of window and id. */
  packs: PackRow[] = [];
  /** Newest and oldest sample, ms; minMs > maxMs while empty. */
  minMs = Number.POSITIVE_INFINITY;
  maxMs = Number.NEGATIVE_INFINITY;
  /** Counts changes, so that whoever read it across a yield knows of one. */
  changes = 0;
  #windowLengthMs: number;
  #db: DatabaseSync;
  #damaged = new Set<number>();
  /** By row of the pack. */
  #deletions = new Map<number, Deletions>();
  #namesMore = false;
  #onDamage: DamageListener;
  #known: IdSet | undefined;
  #selectData: StatementSync | undefined;

  /** @param windowLengthMs length of the windows that its packs lie in
   * @throws as SQLite throws; {@link DmonError} `store_newer` */
  constructor(path: string, windowLengthMs: number, onDamage: DamageListener, readOnly = false) {
    this.#windowLengthMs = windowLengthMs;
    this.path = path;
    this.#onDamage = onDamage;
    if (!readOnly && !existsSync(path)) create(path);
    this.#db = openDatabase(path, { pageSize: PACK_PAGE_SIZE, journal: "rollback", readOnly });
    try {
      if (this.#db.prepare("SELECT 1 FROM sqlite_master").get() === undefined) throw new DamagedFile("no tables");
      checkVersion(this.#db, path);
      this.#load();
    } catch (error) {
      this.#db.close();
      throw error;
    }
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
    this.#loadDeletions();
    this.packs = rows.map((row) => {
      const known = packRow(row);
      return row.sum === checksum(known) ? known : this.#fromBlob(known);
    });
    this.#order();
  }

  #loadDeletions(): void {
    this.#namesMore = this.#count("names_more") === 1;
    const expected = this.#count("deleted") ?? 0;
    if (expected === 0) return;
    const rows = this.#db.prepare("SELECT pack, data FROM deleted").all();
    if (rows.length !== expected) throw new DamagedFile(`${rows.length} deletions where there should be ${expected}`);
    for (const { pack, data } of rows) {
      try {
        this.#deletions.set(pack as number, decodeDeletions(data as Uint8Array));
      } catch (error) {
        this.#onDamage(this.path, `what was deleted of pack ${pack}, which shows again: ${messageOf(error)}`, 0);
      }
    }
  }

  /** True while something here is deleted and still takes room. */
  get hasDeletions(): boolean {
    return this.#deletions.size > 0;
  }

  /** True where series may be named of which nothing is left: something was deleted since the file was last cleaned. */
  get namesMore(): boolean {
    return this.#namesMore;
  }

  deletionsOf(row: PackRow): Deletions | undefined {
    return this.#deletions.get(row.row);
  }

  /** Bytes of pages that nothing uses. */
  get freeBytes(): number {
    return Number(this.#db.prepare("PRAGMA freelist_count").get()!.freelist_count) * PACK_PAGE_SIZE;
  }

  #count(key: "packs" | "segments" | "deleted" | "names_more"): unknown {
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
      const pack = new Pack(found.data as Uint8Array);
      const deletions = this.#deletions.get(row.row);
      if (deletions?.packSum === pack.sum) pack.deletions = deletions;
      return pack;
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
  change(change: PackChange): void {
    const { remove } = change;
    // Pages that are freed keep their content, and whoever salvages a damaged file reads it.
    const erase = change.erase === true || remove.some((row) => this.#deletions.has(row.row));
    if (erase) this.#db.exec("PRAGMA secure_delete = 1");
    try {
      this.#change(change);
    } finally {
      if (erase) this.#db.exec("PRAGMA secure_delete = 0");
    }
  }

  #change({ insert, remove, series, deletions }: PackChange): void {
    const added: { readonly row: PackRow; readonly deletions: Deletions | undefined }[] = [];
    const next = new Map(this.#deletions);
    for (const { row } of remove) next.delete(row);
    for (const [{ row }, value] of deletions ?? []) next.set(row, value);
    transaction(this.#db, () => {
      const put = this.#db.prepare(
        `INSERT INTO packs (win, min_id, max_id, min_t, max_t, samples, bytes, sum, data)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      );
      for (const { windowMs, pack, deletions: own } of insert) {
        const { minId, maxId, minMs, maxMs, sampleCount, data } = pack;
        const row = { row: 0, windowMs, minId, maxId, minMs, maxMs, sampleCount, sizeBytes: data.length };
        const sum = checksum(row);
        const { lastInsertRowid } = put.run(windowMs, minId, maxId, minMs, maxMs, sampleCount, data.length, sum, data);
        const number = Number(lastInsertRowid);
        added.push({ row: { ...row, row: number }, deletions: own });
        if (own !== undefined) next.set(number, own);
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
      if (next.size > 0 || this.#deletions.size > 0) this.#writeDeletions(next);
    });
    if (next.size > 0) this.#namesMore = true;
    this.#deletions = next;
    this.changes++;
    const gone = new Set(remove);
    this.packs = this.packs.filter((pack) => !gone.has(pack));
    for (const { row } of added) this.packs.push(row);
    for (const { id } of series) this.#known?.add(id);
    this.#order();
  }

  /** Within a transaction: the table as it shall be, where it differs. */
  #writeDeletions(next: ReadonlyMap<number, Deletions>): void {
    this.#db.exec("CREATE TABLE IF NOT EXISTS deleted (pack INTEGER PRIMARY KEY, data BLOB NOT NULL)");
    const drop = this.#db.prepare("DELETE FROM deleted WHERE pack = ?");
    for (const row of this.#deletions.keys()) if (!next.has(row)) drop.run(row);
    const put = this.#db.prepare("INSERT OR REPLACE INTO deleted VALUES (?, ?)");
    for (const [row, value] of next) if (this.#deletions.get(row) !== value) put.run(row, value.encode());
    const set = this.#db.prepare("INSERT OR REPLACE INTO meta VALUES (?, ?)");
    set.run("deleted", next.size);
    set.run("names_more", 1);
    set.run("format", next.size > 0 ? FORMAT_WITH_DELETIONS : FORMAT_VERSION);
  }

  /** Series with samples here that are not deleted. */
  *filled(): Slices<Set<number>> {
    const filled = new Set<number>();
    for (const row of this.packs) {
      const pack = this.read(row);
      for (let position = 0; position < (pack?.ids.length ?? 0); position++) {
        const id = pack!.ids[position]!;
        if (!filled.has(id) && (pack!.deletions === undefined || pack!.countLeft(position) > 0)) filled.add(id);
      }
      yield;
    }
    return filled;
  }

  /** Takes series that have nothing here any more out of the index, a segment a slice. @throws as SQLite throws */
  *forget(kept: ReadonlySet<number>, forgotten: (series: IndexedSeries) => void): Slices<void> {
    for (const { id } of this.#db.prepare("SELECT id FROM segments ORDER BY id").all()) {
      yield;
      const row = this.#db.prepare("SELECT data FROM segments WHERE id = ?").get(id as number);
      if (row === undefined || this.#damaged.has(-(id as number))) continue;
      let series: readonly IndexedSeries[];
      try {
        series = decodeSegment(row.data as Uint8Array);
      } catch {
        continue;
      }
      const rest = series.filter((one) => kept.has(one.id));
      if (rest.length === series.length) continue;
      this.changes++;
      this.#known = undefined;
      transaction(this.#db, () => {
        if (rest.length > 0) {
          this.#db.prepare("UPDATE segments SET data = ? WHERE id = ?").run(encodeSegment(rest), id as number);
        } else {
          this.#db.prepare("DELETE FROM segments WHERE id = ?").run(id as number);
          this.#db.exec("UPDATE meta SET value = value - 1 WHERE key = 'segments'");
        }
      });
      for (const one of series) if (!kept.has(one.id)) forgotten(one);
    }
    this.#db.exec("DELETE FROM meta WHERE key = 'names_more'");
    this.#namesMore = false;
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

  /** Gives room back that removed packs have left, a part at a time, until none is left. @throws as SQLite throws */
  *shrink(): Slices<void> {
    while (this.freeBytes > 0) {
      this.#db.exec(`PRAGMA incremental_vacuum(${SHRINK_PAGES})`);
      yield;
    }
  }

  /** Lets go of the pages that SQLite has cached: of blobs, which are read once and kept elsewhere. */
  releasePages(): void {
    this.#db.exec("PRAGMA shrink_memory");
  }

  close(): void {
    if (this.#db.isOpen) this.#db.close();
  }
}
