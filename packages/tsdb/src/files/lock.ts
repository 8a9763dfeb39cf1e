/**
 * One process a data directory. The lock is SQLite's own on `lock.db`, held while the process lives: the system drops it
 * with the process, however that ended. The holder's pid stands beside it, for the message only.
 */

import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { DmonError } from "@dmon/model";
import { classify, storeError } from "./sqlite.ts";

export class DirectoryLock {
  #db: DatabaseSync;

  /** @throws {DmonError} `store_locked`, `disk_full`, `store_io` */
  constructor(dir: string) {
    const path = join(dir, "lock.db");
    const pidPath = join(dir, "lock.pid");
    this.#db = obtain(dir, path, pidPath);
    try {
      writeFileSync(pidPath, `${process.pid}\n`);
    } catch {
      // Only a word in a message hangs on it, and the disk may be full.
    }
  }

  release(): void {
    if (this.#db.isOpen) this.#db.close();
  }
}

/** @throws {DmonError} `store_locked`, `disk_full`, `store_io` */
function obtain(dir: string, path: string, pidPath: string): DatabaseSync {
  try {
    return lock(path);
  } catch (error) {
    const trouble = classify(error);
    // The file holds nothing: whatever was written over it, another does as well.
    const isOverwritten = trouble === "damage" && !isAlive(holder(pidPath));
    if (isOverwritten) {
      rmSync(path, { force: true });
      return lock(path);
    }
    if (trouble !== "busy" && trouble !== "damage") throw storeError(error, path);
    throw new DmonError("store_locked", `${dir} is in use by another process (pid ${holder(pidPath)}): stop it first`);
  }
}

/** @throws as SQLite throws */
function lock(path: string): DatabaseSync {
  const db = new DatabaseSync(path, { timeout: 0 });
  try {
    // Kept in memory, the transaction writes nothing; what matters is the lock.
    db.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE;");
  } catch (error) {
    db.close();
    throw error;
  }
  return db;
}

function isAlive(pid: string): boolean {
  if (!/^[1-9]\d*$/.test(pid) || Number(pid) === process.pid) return false;
  try {
    process.kill(Number(pid), 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function holder(pidPath: string): string {
  try {
    return readFileSync(pidPath, "utf8").trim();
  } catch {
    return "unknown";
  }
}
