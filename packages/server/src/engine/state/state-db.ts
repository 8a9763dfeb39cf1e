/**
 * `state.db`: what people and rules decided, as opposed to what was measured. Small, precious, rarely written: every
 * transaction is forced to disk (`synchronous=FULL`).
 *
 * Tables are made by numbered steps; a file from a newer program is refused instead of being half understood.
 */
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { DmonError } from "@dmon/model";

/** Step `i` brings the file from version `i` to `i + 1`. Never changed once released; new ones are added at the end. */
const STEPS: readonly string[] = [
  `CREATE TABLE annotation (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     at_ms INTEGER NOT NULL,
     end_ms INTEGER,
     text TEXT NOT NULL,
     tags TEXT NOT NULL,
     source TEXT NOT NULL
   ) STRICT;
   CREATE INDEX annotation_at ON annotation (at_ms);`,
];

/** @throws {DmonError} `state_newer` */
export function openStateDb(dataDir: string): DatabaseSync {
  const database = new DatabaseSync(join(dataDir, "state.db"));
  database.exec(
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -256; PRAGMA foreign_keys = ON;",
  );
  const { user_version: version } = database.prepare("PRAGMA user_version").get() as { user_version: number };
  if (version > STEPS.length) {
    database.close();
    throw new DmonError(
      "state_newer",
      `state.db has version ${version}, this program knows ${STEPS.length}; start the newer program again`,
    );
  }
  for (let step = version; step < STEPS.length; step++) {
    database.exec(`BEGIN IMMEDIATE; ${STEPS[step]} PRAGMA user_version = ${step + 1}; COMMIT;`);
  }
  return database;
}
