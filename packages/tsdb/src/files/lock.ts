/**
 * One process a data directory. The lock is SQLite's own on `lock.db`, held while the process lives: the system drops it
 * with the process, however that ended. The holder's pid stands beside it, for the message only.
 */

import { readFileSync, writeFileSync } from "node:fs";
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
    this.#db = new DatabaseSync(path, { timeout: 0 });
    try {
      // Kept in memory, the transaction writes nothing; what matters is the lock.
      this.#db.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE;");
    } catch (error) {
      this.#db.close();
      if (classify(error) !== "busy") throw storeError(error, path);
      throw new DmonError(
        "store_locked",
        `${dir} is in use by another process (pid ${holder(pidPath)}): stop it first`,
      );
    }
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

function holder(pidPath: string): string {
  try {
    return readFileSync(pidPath, "utf8").trim();
  } catch {
    return "unknown";
  }
}
