/**
 * What can be had of files that SQLite does not open any more. The damaged file is kept as `….damaged` for whoever wants to
 * look; a new one takes its place with all blobs whose checksums hold.
 */

import { existsSync, renameSync, rmSync } from "node:fs";
import type { Labels } from "@dmon/model";
import { ByteReader } from "../codec/bytes.ts";
import { type Deletions, decodeDeletions } from "../codec/deletions.ts";
import { type BuiltPack, Pack } from "../codec/pack.ts";
import { intervalStart } from "../windows.ts";
import { unchecked } from "./checked.ts";
import { readLabels } from "./labels-code.ts";
import { type DamageListener, PACK_PAGE_SIZE, PackFile } from "./pack-file.ts";
import { scanLog, scanRows } from "./page-scan.ts";
import { decodeSegment, type IndexedSeries } from "./segment.ts";

/** Moves a file and what belongs to it out of the way. */
export function setAside(path: string): string {
  const aside = `${path}.damaged`;
  for (const suffix of ["", "-wal"]) if (existsSync(path + suffix)) renameSync(path + suffix, aside + suffix);
  for (const suffix of ["-journal", "-shm"]) rmSync(path + suffix, { force: true });
  return aside;
}

/**
 * Opens a file of packs anew from what its damaged predecessor still holds.
 *
 * @param windowLengthMs length of the windows that its packs lie in
 */
export function salvagePackFile(path: string, windowLengthMs: number, onDamage: DamageListener): PackFile {
  const aside = setAside(path);
  const packs = new Map<string, BuiltPack>();
  const series = new Map<number, IndexedSeries>();
  const deletions = new Map<number, Deletions>();
  for (const { blob } of scanRows(aside, PACK_PAGE_SIZE)) {
    const pack = packOf(blob);
    if (pack !== undefined)
      packs.set(`${pack.minId} ${pack.maxId} ${pack.minMs} ${pack.maxMs} ${pack.data.length}`, pack);
    else {
      const deleted = deletionsOf(blob);
      if (deleted !== undefined) deletions.set(deleted.packSum, joined(deletions.get(deleted.packSum), deleted));
      else for (const one of segmentOf(blob)) series.set(one.id, one);
    }
  }
  const file = new PackFile(path, windowLengthMs, onDamage);
  file.change({
    insert: [...packs.values()].map((pack) => ({
      windowMs: intervalStart(pack.minMs, windowLengthMs),
      pack,
      deletions: deletions.get(new Pack(pack.data).sum),
    })),
    remove: [],
    series: [...series.values()].sort((a, b) => a.id - b.id),
  });
  onDamage(path, `the file could not be opened: ${packs.size} packs of it were recovered`, 0);
  return file;
}

function packOf(blob: Uint8Array): BuiltPack | undefined {
  try {
    const { minId, maxId, minMs, maxMs, sampleCount } = new Pack(blob);
    return { minId, maxId, minMs, maxMs, sampleCount, data: new Uint8Array(blob) };
  } catch {
    return undefined;
  }
}

function deletionsOf(blob: Uint8Array): Deletions | undefined {
  try {
    return decodeDeletions(blob);
  } catch {
    return undefined;
  }
}

/** A page that was freed may say less than a later one: all that was ever deleted stays so. */
function joined(known: Deletions | undefined, more: Deletions): Deletions {
  return more.ranges.reduce((all, range) => all.and(range), known ?? more);
}

function segmentOf(blob: Uint8Array): readonly IndexedSeries[] {
  try {
    return decodeSegment(blob);
  } catch {
    return [];
  }
}

/** Labels by series id that a damaged `head.db` and its log still hold. */
export function salvageSeries(aside: string, pageSize: number): Map<number, Labels> {
  const found = new Map<number, Labels>();
  const note = (rowid: number, blob: Uint8Array): void => {
    try {
      const input = new ByteReader(unchecked(blob));
      const labels = readLabels(input);
      if (input.remaining === 0) found.set(rowid, labels);
    } catch {
      // Some other row.
    }
  };
  for (const { rowid, blob } of scanRows(aside, pageSize)) note(rowid, blob);
  for (const { rowid, blob } of scanLog(`${aside}-wal`, pageSize)) note(rowid, blob);
  return found;
}
