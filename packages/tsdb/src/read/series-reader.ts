/** Reads the samples of one series, from the files of their days, the recent packs and the head. */
import { bug, type Labels, type SampleColumns, type SelectedSeries } from "@dmon/model";
import { CorruptBytes } from "../codec/bytes.ts";
import type { Catalog } from "../files/catalog.ts";
import type { PackFile, PackRow } from "../files/pack-file.ts";
import type { Head } from "../head/head.ts";
import { normalize } from "./normalize.ts";
import type { StagedPacks } from "./staged-packs.ts";

export interface ReadContext {
  readonly catalog: Catalog;
  readonly head: Head;
  readonly packs: StagedPacks;
  damaged(path: string, what: string, lostSamples: number): void;
}

/** One series of a selection of raw samples. A class, because a query over ten thousand makes as many. */
export class RawSeries implements SelectedSeries {
  readonly labels: Labels;
  readonly #ids: readonly number[];
  readonly #context: ReadContext;

  constructor(labels: Labels, ids: readonly number[], context: ReadContext) {
    this.labels = labels;
    this.#ids = ids;
    this.#context = context;
  }

  read(minMs: number, maxMs: number, out: SampleColumns): void {
    readSeries(this.#context, this.#ids, minMs, maxMs, out);
  }

  readTier(): void {
    bug("a raw selection is read with read()");
  }
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
  const { packs, head } = context;
  for (const { file, row } of packs.rows(minMs, maxMs)) {
    for (const id of ids) {
      if (id < row.minId || id > row.maxId) continue;
      const pack = packs.get(file, row);
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
  for (const id of ids) {
    const dense = head.index.dense(id);
    if (dense >= 0) head.read(dense, minMs, maxMs, out);
  }
  normalize(out);
}

function reportChunk(context: ReadContext, file: PackFile, row: PackRow, id: number, error: Error): void {
  context.damaged(file.path, `chunk of series ${id} in pack ${row.row}: ${error.message}`, 0);
}
