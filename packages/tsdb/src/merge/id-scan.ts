/**
 * Walks packs in the order of series id, holding only those packs that the present id lies within.
 *
 * Packs are read past the cache: a merge sees each once and must not push out what queries use.
 */
import type { Pack } from "../codec/pack.ts";
import type { PackFile, PackRow } from "../files/pack-file.ts";

export interface Source {
  readonly file: PackFile;
  readonly row: PackRow;
}

export class IdScan {
  #waiting: Source[];
  #open: { readonly row: PackRow; readonly pack: Pack }[] = [];

  /** @param sources in the order in which a series' chunks are to be given */
  constructor(sources: readonly Source[]) {
    this.#waiting = [...sources].sort((a, b) => b.row.minId - a.row.minId);
    this.#order = new Map(sources.map((source, i) => [source.row, i]));
  }

  #order: Map<PackRow, number>;

  /** @param id ascending from call to call */
  *chunks(id: number): Generator<{ readonly pack: Pack; readonly position: number }> {
    let opened = false;
    while (this.#waiting.length > 0 && this.#waiting.at(-1)!.row.minId <= id) {
      const { file, row } = this.#waiting.pop()!;
      if (row.maxId < id) continue;
      const pack = file.read(row);
      if (pack === undefined) continue;
      this.#open.push({ row, pack });
      opened = true;
    }
    if (opened) this.#open.sort((a, b) => this.#order.get(a.row)! - this.#order.get(b.row)!);
    let passed = false;
    for (const { row, pack } of this.#open) {
      if (row.maxId < id) {
        passed = true;
        continue;
      }
      const position = pack.find(id);
      if (position >= 0) yield { pack, position };
    }
    if (passed) this.#open = this.#open.filter(({ row }) => row.maxId >= id);
  }
}

/** Numbers in order; 200,000 with a function to compare them take a tenth of a second. */
export function ascending(ids: ReadonlySet<number>): number[] {
  return Array.from(Float64Array.from(ids).sort());
}

/** All ids of the packs, ascending. */
export function* allIds(sources: readonly Source[]): Generator<void, number[], void> {
  const ids = new Set<number>();
  for (const { file, row } of sources) {
    const pack = file.read(row);
    if (pack !== undefined) for (const id of pack.ids) ids.add(id);
    yield;
  }
  return ascending(ids);
}
