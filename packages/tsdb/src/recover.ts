/** Opens the files that a store cannot be without, anew from what is left where they are damaged. */

import { existsSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Labels } from "@dmon/model";
import { messageOf } from "@dmon/model";
import type { Catalog } from "./files/catalog.ts";
import { HEAD_PAGE_SIZE, HeadDb } from "./files/head-db.ts";
import { type DamageListener, PackFile } from "./files/pack-file.ts";
import { salvagePackFile, salvageSeries, setAside } from "./files/salvage.ts";
import { classify } from "./files/sqlite.ts";
import type { Head } from "./head/head.ts";
import { DAY_MS, WINDOW_MS } from "./windows.ts";

/** @throws as SQLite throws where the trouble is not damage, or nothing may be written */
export function openRecent(dir: string, onDamage: DamageListener, readOnly: boolean): PackFile {
  const path = join(dir, "recent.db");
  try {
    return new PackFile(path, WINDOW_MS, onDamage, readOnly);
  } catch (error) {
    if (readOnly || classify(error) !== "damage") throw error;
    return salvagePackFile(path, WINDOW_MS, onDamage);
  }
}

export interface OpenedHead {
  readonly headDb: HeadDb;
  readonly series: Map<number, Labels>;
  readonly recovered: boolean;
}

/** The database and its resident series; a damaged one gives what its pages still say. */
export function openHead(dir: string, onDamage: DamageListener, readOnly: boolean): OpenedHead {
  const path = join(dir, "head.db");
  let headDb: HeadDb | undefined;
  try {
    // A log without its database would be read into an empty one.
    if (!readOnly && existsSync(`${path}-wal`) && !existsSync(path)) rmSync(`${path}-wal`, { force: true });
    headDb = new HeadDb(dir, readOnly);
    const series = readSeries(headDb, onDamage);
    const isLost = headDb.isNew && !readOnly && holdsData(dir);
    if (isLost) onDamage(path, "the resident series are gone, as the file is or was empty: files of days name them", 0);
    return { headDb, series, recovered: isLost };
  } catch (error) {
    headDb?.close();
    if (readOnly || classify(error) !== "damage") throw error;
    const sizeBytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
    const series = salvageSeries(setAside(path), HEAD_PAGE_SIZE);
    onDamage(path, `${sizeBytes} bytes: ${messageOf(error)}; labels of ${series.size} series were recovered`, 0);
    headDb = new HeadDb(dir);
    headDb.putSeries(series);
    return { headDb, series, recovered: true };
  }
}

/** True where samples are kept: then there were series. */
function holdsData(dir: string): boolean {
  return ["raw", "1m", "1h", "tail"].some((sub) => {
    const path = join(dir, sub);
    return existsSync(path) && readdirSync(path).some((name) => /\.(db|tail)$/.test(name));
  });
}

function readSeries(headDb: HeadDb, onDamage: DamageListener): Map<number, Labels> {
  const series = new Map<number, Labels>();
  for (const { id, labels } of headDb.series()) {
    if (labels === undefined) onDamage(headDb.path, `labels of series ${id}`, 0);
    else series.set(id, labels);
  }
  return series;
}

/**
 * Labels of series that recent packs hold and `head.db` does not name any more: the files of the last days may.
 *
 * @param missing ids of such series
 * @returns ids below which none may be given again
 */
export function recoverLabels(
  head: Head,
  recent: PackFile,
  catalog: Catalog,
  missing: Set<number>,
  onDamage: DamageListener,
): number {
  const files = catalog.entries("raw").slice(-3).reverse();
  let maxId = 0;
  for (const row of recent.packs) maxId = Math.max(maxId, row.maxId);
  for (const entry of files) for (const row of catalog.open(entry)?.packs ?? []) maxId = Math.max(maxId, row.maxId);
  if (missing.size === 0) return maxId + 1;
  const found: [number, Labels][] = [];
  for (const entry of files) {
    for (const segment of catalog.open(entry)?.segments() ?? []) {
      for (const { id, labels } of segment) if (missing.delete(id)) found.push([id, labels]);
    }
  }
  for (const [id, labels] of found.sort(([a], [b]) => a - b)) head.restoreSeries(id, labels);
  if (missing.size > 0)
    onDamage(recent.path, `labels of ${missing.size} series: their recent samples cannot be named`, 0);
  return maxId + 1;
}

/**
 * Lets resident series begin where their recent packs end.
 *
 * @returns ids in the packs that are no resident series
 */
export function beginFromPacks(head: Head, recent: PackFile): Set<number> {
  const missing = new Set<number>();
  const { state, index } = head;
  // The newest first: then only a series' last chunk is looked into.
  for (const row of [...recent.packs].sort((a, b) => b.maxMs - a.maxMs)) {
    const pack = recent.read(row);
    if (pack === undefined) continue;
    const { ids } = pack;
    for (let position = 0; position < ids.length; position++) {
      const dense = index.dense(ids[position]!);
      if (dense < 0) {
        missing.add(ids[position]!);
        continue;
      }
      if (row.maxMs > state.lastMs[dense]!) {
        const lastMs = pack.times(position).at(-1)!;
        if (lastMs > state.lastMs[dense]!) state.lastMs[dense] = lastMs;
      }
      // The pack's begin stands for the chunk's: it only says from when on to look.
      if (row.minMs < state.firstMs[dense]!) state.firstMs[dense] = row.minMs;
    }
  }
  return missing;
}

/** Days whose hours may not have been made when the list of them was lost. */
export function recentDays(catalog: Catalog): number[] {
  return catalog
    .entries("1m")
    .slice(-2)
    .map(({ startMs }) => Math.floor(startMs / DAY_MS) * DAY_MS);
}
