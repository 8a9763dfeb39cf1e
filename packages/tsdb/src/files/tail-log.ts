/**
 * The tail log: `tail/NNNNNNNNNNNN.tail`, one record a commit, appended: docs/formats/tail.md.
 *
 * Not in SQLite, because a commit of 300 bytes writes 2–5 KB there, and this is what is written every second. A record is
 * safe from the death of the process when `append` returns, and from a power cut after `sync`. Files are removed whole once
 * nothing in them is needed.
 */
import {
  closeSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { ByteWriter } from "../codec/bytes.ts";
import { syncDirectory } from "./sqlite.ts";

const MAGIC = 0x4c544d44; // "DMTL"
const VERSION = 1;
const FILE_HEADER = 8;
const MARK = 0xd57a;
/** Mark, length, checksum, sequence within the file. */
const RECORD_HEADER = 14;
/** A file is closed at this size, so that what is no longer needed can go. */
const ROTATE_BYTES = 128 * 1024;
const NAME = /^(\d{12})\.tail$/;

interface LogFile {
  readonly path: string;
  readonly firstSequence: number;
}

export interface TailRecord {
  readonly sequence: number;
  readonly content: Uint8Array;
}

export type TailDamage = (path: string, what: string) => void;

export class TailLog {
  readonly dir: string;
  #files: LogFile[] = [];
  #handle: number | undefined;
  #length = 0;
  #isNew = false;
  #readOnly: boolean;
  readonly #out = new ByteWriter(4096);

  /** @throws as the file system throws */
  constructor(dataDir: string, readOnly = false) {
    this.dir = join(dataDir, "tail");
    this.#readOnly = readOnly;
    if (!readOnly) mkdirSync(this.dir, { recursive: true });
    let names: string[];
    try {
      names = readdirSync(this.dir);
    } catch {
      names = [];
    }
    for (const name of names.sort()) {
      const match = NAME.exec(name);
      if (match !== null) this.#files.push({ path: join(this.dir, name), firstSequence: Number(match[1]) });
    }
  }

  /**
   * Every record that can be read, in order. What cannot is told to `damaged`, but for a record cut short at the very end:
   * that is what a death amid a write leaves.
   */
  *read(damaged: TailDamage): Generator<TailRecord> {
    for (const [i, file] of this.#files.entries()) {
      yield* readFile(file, i === this.#files.length - 1, damaged);
    }
  }

  /**
   * Appends records with the sequences `sequence`, `sequence + 1`, …: all of them or none.
   *
   * @throws as the file system throws
   */
  append(sequence: number, records: readonly Uint8Array[]): void {
    if (this.#handle === undefined || this.#length >= ROTATE_BYTES) this.#rotate(sequence);
    const first = this.#files.at(-1)!.firstSequence;
    const out = this.#out.reset();
    for (const [i, record] of records.entries()) {
      const at = out.length;
      out.reserve(RECORD_HEADER + record.length);
      out.u8(MARK & 255);
      out.u8(MARK >> 8);
      out.u32(record.length);
      out.u32(0);
      out.u32(sequence + i - first);
      out.bytes(record);
      const sum = crc32(out.buffer.subarray(at + 10, out.length));
      new DataView(out.buffer.buffer).setUint32(at + 6, sum, true);
    }
    this.#write(out.buffer.subarray(0, out.length));
  }

  #write(bytes: Uint8Array): void {
    const handle = this.#handle!;
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(handle, bytes, at, bytes.length - at, this.#length + at);
    } catch (error) {
      // What was written of it is no record yet, and the next one goes over it.
      ftruncateSync(handle, this.#length);
      throw error;
    }
    this.#length += bytes.length;
  }

  #rotate(sequence: number): void {
    this.#close();
    const path = join(this.dir, `${String(sequence).padStart(12, "0")}.tail`);
    const handle = openSync(path, "w");
    try {
      const out = this.#out.reset();
      out.u32(MAGIC);
      out.u32(VERSION);
      writeSync(handle, out.buffer, 0, FILE_HEADER, 0);
    } catch (error) {
      closeSync(handle);
      rmSync(path, { force: true });
      throw error;
    }
    this.#handle = handle;
    this.#length = FILE_HEADER;
    this.#isNew = true;
    // A death between making a file and its first record leaves one of this very name: it must not be listed twice.
    this.#files = this.#files.filter((file) => file.path !== path);
    this.#files.push({ path, firstSequence: sequence });
  }

  /** Ends the present file: what is appended next begins another. */
  rotate(): void {
    this.#close();
  }

  /** Makes removals safe from a power cut. */
  syncNames(): void {
    syncDirectory(this.dir);
  }

  #close(): void {
    if (this.#handle === undefined) return;
    fsyncSync(this.#handle);
    closeSync(this.#handle);
    this.#handle = undefined;
  }

  /** Makes all that was appended safe from a power cut. */
  sync(): void {
    if (this.#handle === undefined) return;
    fsyncSync(this.#handle);
    if (!this.#isNew) return;
    // The name of a new file is in its directory.
    this.syncNames();
    this.#isNew = false;
  }

  /** Removes files all of whose records come before `sequence`. */
  trim(sequence: number): void {
    while (this.#files.length > 0) {
      const end = this.#files[1]?.firstSequence;
      const isOpen = this.#files.length === 1 && this.#handle !== undefined;
      if (isOpen || (end ?? sequence) > sequence) return;
      rmSync(this.#files.shift()!.path, { force: true });
    }
  }

  get sizeBytes(): number {
    let size = 0;
    for (const { path } of this.#files) size += fileSize(path);
    return size;
  }

  close(): void {
    if (!this.#readOnly) this.#close();
  }
}

function fileSize(path: string): number {
  try {
    const handle = openSync(path, "r");
    try {
      return fstatSync(handle).size;
    } finally {
      closeSync(handle);
    }
  } catch {
    return 0;
  }
}

function* readFile({ path, firstSequence }: LogFile, isLast: boolean, damaged: TailDamage): Generator<TailRecord> {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    // Beside a running server a file may go between being listed and being read.
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length < FILE_HEADER || view.getUint32(0, true) !== MAGIC) {
    if (bytes.length >= FILE_HEADER || !isLast) damaged(path, "header of the tail log");
  }
  let at = FILE_HEADER;
  while (at < bytes.length) {
    const record = recordAt(bytes, view, at);
    if (record !== undefined) {
      yield { sequence: firstSequence + record.sequence, content: record.content };
      at = record.end;
      continue;
    }
    const next = nextRecord(bytes, view, at + 1);
    if (next === undefined) {
      if (!isLast || !isCutShort(bytes, view, at)) damaged(path, `${bytes.length - at} bytes from ${at} on`);
      return;
    }
    damaged(path, `${next - at} bytes from ${at} on`);
    at = next;
  }
}

function recordAt(bytes: Uint8Array, view: DataView, at: number) {
  if (at + RECORD_HEADER > bytes.length || view.getUint16(at, true) !== MARK) return undefined;
  const end = at + RECORD_HEADER + view.getUint32(at + 2, true);
  if (end > bytes.length || crc32(bytes.subarray(at + 10, end)) !== view.getUint32(at + 6, true)) return undefined;
  return { sequence: view.getUint32(at + 10, true), content: bytes.subarray(at + RECORD_HEADER, end), end };
}

function nextRecord(bytes: Uint8Array, view: DataView, from: number): number | undefined {
  for (let at = from; at + RECORD_HEADER <= bytes.length; at++) {
    if (bytes[at] === (MARK & 255) && recordAt(bytes, view, at) !== undefined) return at;
  }
  return undefined;
}

/** True for a record that would go beyond the end of the file. */
function isCutShort(bytes: Uint8Array, view: DataView, at: number): boolean {
  if (at + RECORD_HEADER > bytes.length) return true;
  return view.getUint16(at, true) === MARK && at + RECORD_HEADER + view.getUint32(at + 2, true) > bytes.length;
}
