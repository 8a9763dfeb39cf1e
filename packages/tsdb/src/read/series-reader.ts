/** Reads the samples of one series, from the files of their days, the recent packs and the head. */
import type { SampleColumns } from "@dmon/model";
import { CorruptBytes } from "../codec/bytes.ts";
import type { Catalog } from "../files/catalog.ts";
import type { PackFile, PackRow } from "../files/pack-file.ts";
import type { Head } from "../head/head.ts";
import { normalize } from "./normalize.ts";
import type { PackSource } from "./pack-cache.ts";

export interface ReadContext {
  readonly catalog: Catalog;
  readonly recent: PackFile;
  readonly head: Head;
  readonly packs: PackSource;
  damaged(path: string, what: string, lostSamples: number): void;
}

/** Overwrites `out` with the samples within `[minMs, maxMs]` of a series, which may have had several ids. */
export function readSeries(
  context: ReadContext,
  ids: readonly number[],
  minMs: number,
  maxMs: number,
  out: SampleColumns,
): void {
  out.clear();
  for (const entry of context.catalog.overlapping("raw", minMs, maxMs)) {
    const file = context.catalog.open(entry);
    if (file !== undefined) readPacks(context, file, ids, minMs, maxMs, out);
  }
  readPacks(context, context.recent, ids, minMs, maxMs, out);
  for (const id of ids) {
    const dense = context.head.index.dense(id);
    if (dense >= 0) context.head.read(dense, minMs, maxMs, out);
  }
  normalize(out);
}

function readPacks(
  context: ReadContext,
  file: PackFile,
  ids: readonly number[],
  minMs: number,
  maxMs: number,
  out: SampleColumns,
): void {
  for (const row of file.packs) {
    if (row.maxMs < minMs || row.minMs > maxMs) continue;
    for (const id of ids) {
      if (id < row.minId || id > row.maxId) continue;
      const pack = context.packs.get(file, row);
      const position = pack?.find(id) ?? -1;
      if (position < 0) continue;
      const before = out.length;
      try {
        pack!.readRaw(position, minMs, maxMs, out);
      } catch (error) {
        if (!(error instanceof CorruptBytes)) throw error;
        out.length = before;
        reportChunk(context, file, row, id, error);
      }
    }
  }
}

function reportChunk(context: ReadContext, file: PackFile, row: PackRow, id: number, error: Error): void {
  context.damaged(file.path, `chunk of series ${id} in pack ${row.row}: ${error.message}`, 0);
}
