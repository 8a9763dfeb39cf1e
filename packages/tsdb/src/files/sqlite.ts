/** Opening SQLite files, and telling their errors apart: damage, a full disk, a file that is busy, the rest. */

import { closeSync, fsyncSync, openSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { DmonError, messageOf } from "@dmon/model";

const SQLITE_BUSY = 5;
const SQLITE_LOCKED = 6;
const SQLITE_IOERR = 10;
/** The index of the write-ahead log could not grow. */
const SQLITE_IOERR_SHMSIZE = 4874;
const SQLITE_CORRUPT = 11;
const SQLITE_FULL = 13;
const SQLITE_CANTOPEN = 14;
const SQLITE_NOTADB = 26;

/** What a write-ahead log keeps of its room once it was written back. */
const WAL_BYTES = 4 * 1024 * 1024;

export interface OpenOptions {
  readonly pageSize: number;
  /** WAL for what is written every second; a rollback journal where large blobs are appended once and not written twice. */
  readonly journal: "wal" | "rollback";
  readonly readOnly?: boolean | undefined;
}

/** @throws as SQLite throws; see {@link classify} */
export function openDatabase(path: string, { pageSize, journal, readOnly = false }: OpenOptions): DatabaseSync {
  const db = new DatabaseSync(path, { readOnly, timeout: readOnly ? 2000 : 0 });
  try {
    if (readOnly) db.exec("PRAGMA query_only = 1; PRAGMA cell_size_check = 1;");
    else {
      const mode =
        journal === "wal"
          ? `PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 0; PRAGMA journal_size_limit = ${WAL_BYTES};`
          : "PRAGMA journal_mode = TRUNCATE; PRAGMA synchronous = FULL;";
      db.exec(
        `PRAGMA page_size = ${pageSize}; PRAGMA auto_vacuum = INCREMENTAL; ${mode} PRAGMA cell_size_check = 1; PRAGMA cache_size = -512;`,
      );
    }
  } catch (error) {
    db.close();
    throw error;
  }
  return db;
}

/** Makes the names in a directory safe from a power cut. */
export function syncDirectory(dir: string): void {
  if (process.platform === "win32") return;
  const directory = openSync(dir, "r");
  fsyncSync(directory);
  closeSync(directory);
}

/** The file opens, but is not whole. */
export class DamagedFile extends Error {}

export type FileTrouble = "damage" | "full" | "busy" | "missing" | "other";

/** What an error of SQLite or of the file system means to the store. */
export function classify(error: unknown): FileTrouble {
  const code = (error as { errcode?: unknown }).errcode;
  if (code === SQLITE_IOERR_SHMSIZE) return "full";
  if (typeof code === "number") {
    switch (code & 255) {
      case SQLITE_CORRUPT:
      case SQLITE_NOTADB:
        return "damage";
      case SQLITE_FULL:
        return "full";
      case SQLITE_BUSY:
      case SQLITE_LOCKED:
        return "busy";
      case SQLITE_CANTOPEN:
        return "missing";
      case SQLITE_IOERR:
        return "other";
    }
  }
  if (error instanceof DamagedFile) return "damage";
  const system = (error as { code?: unknown }).code;
  if (system === "ENOSPC" || system === "EDQUOT") return "full";
  if (system === "ENOENT") return "missing";
  // A schema or a statement that does not fit the file comes from altered bytes: our own are fixed.
  if (system === "ERR_SQLITE_ERROR") return "damage";
  return "other";
}

export function storeError(error: unknown, path: string): DmonError {
  if (error instanceof DmonError) return error;
  const full = classify(error) === "full";
  return full
    ? new DmonError("disk_full", `no room on the disk for ${path}: free some space or lower storage.max_size`, {
        cause: error,
      })
    : new DmonError("store_io", `${path}: ${messageOf(error)}`, { cause: error });
}

/** Runs `work` in a transaction; on an error nothing of it stays. */
export function transaction(db: DatabaseSync, work: () => void): void {
  db.exec("BEGIN IMMEDIATE");
  try {
    work();
    db.exec("COMMIT");
  } catch (error) {
    try {
      if (db.isTransaction) db.exec("ROLLBACK");
    } catch {
      // The first error says more; SQLite rolls back by itself on most of them.
    }
    throw error;
  }
}
