/**
 * Backup and restore of a whole store, while it is written to or not.
 *
 * Every SQLite file is copied by SQLite's own online backup, so that each is a state that was committed; the tail log's
 * files are appended to only and are copied as they are. Order matters: first the log, then what samples move to (recent
 * packs, then the files of days), so that a sample on its way is met twice rather than never. Dashboards, which are files
 * that are only ever replaced as a whole, go along as they are. A manifest with sizes and checksums is written last: a backup
 * without one is not finished.
 */

import { createHash } from "node:crypto";
import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { backup, DatabaseSync } from "node:sqlite";
import { DmonError, messageOf } from "@dmon/model";
import { FORMAT_VERSION } from "./files/head-db.ts";
import { classify } from "./files/sqlite.ts";

const MANIFEST = "backup.json";
const DIRECTORIES = ["1h", "1m", "raw"] as const;
const DASHBOARDS = "dashboards";
const OWN: readonly string[] = ["lock.db", "head.db", "recent.db"];
/** A file that changes amid its copy is copied again, so often at most. */
const ATTEMPTS = 5;

interface ManifestFile {
  readonly name: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}

interface Manifest {
  readonly format: number;
  readonly createdAt: string;
  readonly files: readonly ManifestFile[];
}

export interface BackupOptions {
  /** Leaves out what is not in files of days yet: the last two hours or so. */
  readonly skipHead?: boolean | undefined;
}

export interface BackupResult {
  readonly fileCount: number;
  readonly totalBytes: number;
}

/**
 * Copies the store in `dir` to `target`, which must not exist or be empty. The store may be in use.
 *
 * @throws {DmonError} `backup_failed`
 */
export async function backupStore(
  dir: string,
  target: string,
  { skipHead = false }: BackupOptions = {},
): Promise<BackupResult> {
  if (!existsSync(join(dir, "head.db"))) throw new DmonError("backup_failed", `${dir} holds no store`);
  if (existsSync(target) && readdirSync(target).length > 0) {
    throw new DmonError("backup_failed", `${target} is not empty: choose another directory`);
  }
  mkdirSync(target, { recursive: true });
  const files: ManifestFile[] = [];
  let current = "";
  try {
    for (const name of orderedFiles(dir)) {
      if (skipHead && (name.startsWith("tail/") || name === "recent.db")) continue;
      current = name;
      mkdirSync(dirname(join(target, name)), { recursive: true });
      const copied = isDatabase(name) ? await copyDatabase(dir, target, name) : copyPlain(dir, target, name);
      if (copied) files.push(describe(target, name));
    }
    const manifest: Manifest = { format: FORMAT_VERSION, createdAt: new Date().toISOString(), files };
    writeSynced(join(target, MANIFEST), `${JSON.stringify(manifest, undefined, 2)}\n`);
  } catch (cause) {
    throw new DmonError("backup_failed", `${join(dir, current)}: ${messageOf(cause)}`, { cause });
  }
  return { fileCount: files.length, totalBytes: files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) };
}

function orderedFiles(dir: string): string[] {
  const within = (sub: string, ending: string): string[] =>
    existsSync(join(dir, sub))
      ? readdirSync(join(dir, sub))
          .filter((name) => name.endsWith(ending))
          .sort()
          .map((name) => `${sub}/${name}`)
      : [];
  // Databases beside the store (`state.db`) go along; the lock is of a process, not of data.
  const others = readdirSync(dir).filter((name) => name.endsWith(".db") && !OWN.includes(name));
  return [
    ...within("tail", ".tail"),
    ...OWN.slice(1),
    ...DIRECTORIES.flatMap((sub) => within(sub, ".db")),
    ...others,
    ...within(DASHBOARDS, "").filter((name) => isWholeFile(join(dir, name))),
  ];
}

/** Of the dashboards: neither a directory such as `.git` nor a write that is not finished. */
function isWholeFile(path: string): boolean {
  return !path.endsWith(".tmp") && statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

function isDatabase(name: string): boolean {
  return name.endsWith(".db") && !name.startsWith(`${DASHBOARDS}/`);
}

/** @returns false for a file that has gone meanwhile: what a log held is in files that are copied later */
function copyPlain(dir: string, target: string, name: string): boolean {
  try {
    copyFileSync(join(dir, name), join(target, name));
    // A file that its owner may only read could not be synced.
    chmodSync(join(target, name), 0o600);
    return true;
  } catch (error) {
    if (classify(error) === "missing") return false;
    throw error;
  }
}

async function copyDatabase(dir: string, target: string, name: string): Promise<boolean> {
  const from = join(dir, name);
  for (let attempt = 1; ; attempt++) {
    if (!existsSync(from)) return false;
    const source = new DatabaseSync(from, { readOnly: true, timeout: 2000 });
    try {
      await backup(source, join(target, name), { rate: 2048 });
      return true;
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
      rmSync(join(target, name), { force: true });
    } finally {
      source.close();
    }
  }
}

function describe(target: string, name: string): ManifestFile {
  const path = join(target, name);
  const handle = openSync(path, "r+");
  try {
    fsyncSync(handle);
    const hash = createHash("sha256");
    const block = new Uint8Array(1024 * 1024);
    let sizeBytes = 0;
    for (let read = readSync(handle, block); read > 0; read = readSync(handle, block)) {
      hash.update(block.subarray(0, read));
      sizeBytes += read;
    }
    return { name, sizeBytes, sha256: hash.digest("hex") };
  } finally {
    closeSync(handle);
  }
}

function writeSynced(path: string, text: string): void {
  writeFileSync(path, text);
  const handle = openSync(path, "r+");
  fsyncSync(handle);
  closeSync(handle);
}

/** @throws {DmonError} `restore_failed` where the backup is not complete, or not what was written */
export function verifyBackup(source: string): BackupResult {
  let manifest: Manifest;
  try {
    manifest = JSON.parse(readFileSync(join(source, MANIFEST), "utf8")) as Manifest;
  } catch (cause) {
    throw new DmonError("restore_failed", `${source} is not a finished backup: no readable ${MANIFEST}`, { cause });
  }
  if (manifest.format > FORMAT_VERSION) {
    throw new DmonError("store_newer", `${source} has format ${manifest.format}, this program knows ${FORMAT_VERSION}`);
  }
  for (const { name, sizeBytes, sha256 } of manifest.files) {
    const size = statSync(join(source, name), { throwIfNoEntry: false })?.size;
    if (size !== sizeBytes || describe(source, name).sha256 !== sha256) {
      throw new DmonError("restore_failed", `${join(source, name)} is not what was backed up`);
    }
  }
  return {
    fileCount: manifest.files.length,
    totalBytes: manifest.files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
  };
}

/**
 * Copies a verified backup to `dir`, which must not exist or be empty.
 *
 * @throws {DmonError} `restore_failed`
 */
export function restoreStore(source: string, dir: string): BackupResult {
  const result = verifyBackup(source);
  if (existsSync(dir) && readdirSync(dir).length > 0) {
    throw new DmonError("restore_failed", `${dir} is not empty: a restore goes into a new directory`);
  }
  const manifest = JSON.parse(readFileSync(join(source, MANIFEST), "utf8")) as Manifest;
  const partial = `${dir}.restoring`;
  try {
    rmSync(partial, { recursive: true, force: true });
    for (const { name, sha256 } of manifest.files) {
      mkdirSync(dirname(join(partial, name)), { recursive: true });
      copyFileSync(join(source, name), join(partial, name));
      if (describe(partial, name).sha256 !== sha256) throw new Error(`the copy of ${name} differs`);
    }
    rmSync(dir, { recursive: true, force: true });
    renameSync(partial, dir);
  } catch (cause) {
    rmSync(partial, { recursive: true, force: true });
    throw new DmonError("restore_failed", `${dir}: ${messageOf(cause)}`, { cause });
  }
  return result;
}
