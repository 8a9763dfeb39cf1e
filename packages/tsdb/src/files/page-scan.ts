/**
 * Rows of a damaged SQLite file, found without SQLite: every leaf page of a table tells its own rows, whatever happened to
 * the pages above it. Only the row's id and its last column where that is a blob; whoever asks checks what the blob says.
 *
 * Source: https://www.sqlite.org/fileformat2.html, sections 1.6 (b-tree pages) and 2.1 (records).
 */
import { closeSync, openSync, readSync, statSync } from "node:fs";

const LEAF_TABLE = 0x0d;
const FILE_HEADER = 100;
const WAL_HEADER = 32;
const WAL_FRAME_HEADER = 24;

export interface ScannedRow {
  readonly rowid: number;
  readonly blob: Uint8Array;
}

/** Rows of a database file. Pages that were freed may still hold rows: what they say is old, not wrong. */
export function* scanRows(path: string, pageSize: number): Generator<ScannedRow> {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  const file = size === 0 ? undefined : openSync(path, "r");
  if (file === undefined) return;
  try {
    const pages = Math.floor(size / pageSize);
    const read = (number: number): Uint8Array | undefined => {
      if (number < 1 || number > pages) return undefined;
      const page = new Uint8Array(pageSize);
      return readSync(file, page, 0, pageSize, (number - 1) * pageSize) === pageSize ? page : undefined;
    };
    for (let number = 1; number <= pages; number++) {
      yield* rowsOfPage(read(number)!, number === 1 ? FILE_HEADER : 0, pageSize, read);
    }
  } finally {
    closeSync(file);
  }
}

/** Rows of the pages in a write-ahead log; rows that reach beyond their page are left out. */
export function* scanLog(path: string, pageSize: number): Generator<ScannedRow> {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size === 0) return;
  const file = openSync(path, "r");
  try {
    const frame = new Uint8Array(WAL_FRAME_HEADER + pageSize);
    for (let at = WAL_HEADER; at + frame.length <= size; at += frame.length) {
      readSync(file, frame, 0, frame.length, at);
      yield* rowsOfPage(frame.slice(WAL_FRAME_HEADER), 0, pageSize, () => undefined);
    }
  } finally {
    closeSync(file);
  }
}

type ReadPage = (number: number) => Uint8Array | undefined;

function* rowsOfPage(page: Uint8Array, start: number, pageSize: number, read: ReadPage): Generator<ScannedRow> {
  if (page[start] !== LEAF_TABLE) return;
  const view = new DataView(page.buffer);
  const cells = view.getUint16(start + 3);
  for (let i = 0; i < cells; i++) {
    const pointer = start + 8 + i * 2;
    if (pointer + 2 > pageSize) return;
    const row = rowOfCell(page, view.getUint16(pointer), pageSize, read);
    if (row !== undefined) yield row;
  }
}

function rowOfCell(page: Uint8Array, at: number, pageSize: number, read: ReadPage): ScannedRow | undefined {
  const length = varint(page, at);
  if (length === undefined || length.value < 2 || length.value > 64 * 1024 * 1024) return undefined;
  const rowid = varint(page, length.end);
  if (rowid === undefined) return undefined;
  const payload = payloadOf(page, rowid.end, length.value, pageSize, read);
  const blob = payload === undefined ? undefined : lastBlob(payload);
  return blob === undefined ? undefined : { rowid: rowid.value, blob };
}

/** What of a row lies in its cell, and the rest along the chain of overflow pages. */
function payloadOf(
  page: Uint8Array,
  at: number,
  length: number,
  pageSize: number,
  read: ReadPage,
): Uint8Array | undefined {
  const most = pageSize - 35;
  if (length <= most) return at + length <= pageSize ? page.subarray(at, at + length) : undefined;
  const least = Math.floor(((pageSize - 12) * 32) / 255) - 23;
  const fitting = least + ((length - least) % (pageSize - 4));
  const local = fitting <= most ? fitting : least;
  if (at + local + 4 > pageSize) return undefined;
  const payload = new Uint8Array(length);
  payload.set(page.subarray(at, at + local));
  let next = new DataView(page.buffer).getUint32(at + local);
  for (let filled = local; filled < length; ) {
    const overflow = read(next);
    if (overflow === undefined) return undefined;
    const take = Math.min(length - filled, pageSize - 4);
    payload.set(overflow.subarray(4, 4 + take), filled);
    filled += take;
    next = new DataView(overflow.buffer).getUint32(0);
  }
  return payload;
}

function lastBlob(payload: Uint8Array): Uint8Array | undefined {
  const header = varint(payload, 0);
  if (header === undefined || header.value > payload.length) return undefined;
  let type = 0;
  for (let at = header.end; at < header.value; ) {
    const found = varint(payload, at);
    if (found === undefined) return undefined;
    type = found.value;
    at = found.end;
  }
  if (type < 12 || type % 2 !== 0) return undefined;
  const size = (type - 12) / 2;
  return size <= payload.length - header.value ? payload.subarray(payload.length - size) : undefined;
}

/** SQLite's varint: seven bits a byte, the highest first, up to eight bytes here. */
function varint(bytes: Uint8Array, at: number): { value: number; end: number } | undefined {
  let value = 0;
  for (let i = at; i < at + 8 && i < bytes.length; i++) {
    value = value * 128 + (bytes[i]! & 127);
    if (bytes[i]! < 128) return { value, end: i + 1 };
  }
  return undefined;
}
