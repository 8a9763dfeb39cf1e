/**
 * The files of the tiers, by the time they hold: `raw/2026-11-20.db`, `1m/2026-11-20.db`, `1h/2026-11.db`.
 *
 * A file is opened when it is first needed; so many are open at once. One that cannot be opened is set aside (`….damaged`),
 * reported, and begun anew with what can be had of it.
 */

import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { DmonError, isDmonError, messageOf, type Slices, type Tier } from "@dmon/model";
import { DAY_MS, WINDOW_MS } from "../windows.ts";
import { type DamageListener, PackFile } from "./pack-file.ts";
import { salvagePackFile } from "./salvage.ts";
import { classify } from "./sqlite.ts";

/**
 * What the default retention keeps of all tiers: a query over 30 days reads 31 files for each of its series, and opening one
 * (its list of packs, the index of its series) costs more than reading from it. An open file takes some 50 KB.
 */
const MAX_OPEN_FILES = 128;

export const TIERS: readonly Tier[] = ["raw", "1m", "1h"];

const NAMES: Readonly<Record<Tier, RegExp>> = {
  raw: /^(-?\d+)-(\d\d)-(\d\d)\.db$/,
  "1m": /^(-?\d+)-(\d\d)-(\d\d)\.db$/,
  "1h": /^(-?\d+)-(\d\d)\.db$/,
};

export interface CatalogEntry {
  readonly tier: Tier;
  readonly path: string;
  /** Windows that begin within `[startMs, endMs)` are here. */
  readonly startMs: number;
  readonly endMs: number;
  file: PackFile | undefined;
  lastUse: number;
  /** Pieces of work that have the file open across their yields: it is neither closed nor removed meanwhile. */
  holds: number;
  /** Monotonic time of the last merge into it by this process, ms. */
  mergedAtMs: number;
}

export class Catalog {
  readonly dir: string;
  readonly readOnly: boolean;
  #entries: CatalogEntry[] = [];
  #onDamage: DamageListener;
  #uses = 0;
  /** Grows whenever a file comes, opens, closes or goes. */
  version = 0;
  /** Called before a file is closed or removed, so that nothing of it stays cached. */
  onClose: (file: PackFile) => void = () => {};

  constructor(dir: string, onDamage: DamageListener, readOnly: boolean) {
    this.dir = dir;
    this.readOnly = readOnly;
    this.#onDamage = onDamage;
    for (const tier of TIERS) {
      if (!readOnly) mkdirSync(join(dir, tier), { recursive: true });
      else if (!existsSync(join(dir, tier))) continue;
      for (const name of readdirSync(join(dir, tier))) {
        const match = NAMES[tier].exec(name);
        if (match === null) continue;
        const [year, month = 1, day = 1] = match.slice(1).map(Number);
        this.#add(tier, Date.UTC(year!, month - 1, day));
      }
    }
    this.#sort();
  }

  #add(tier: Tier, startMs: number): CatalogEntry {
    const { name, beginMs, endMs } = partition(tier, startMs);
    const path = join(this.dir, tier, name);
    const entry: CatalogEntry = {
      tier,
      path,
      startMs: beginMs,
      endMs,
      file: undefined,
      lastUse: 0,
      holds: 0,
      mergedAtMs: Number.NEGATIVE_INFINITY,
    };
    this.#entries.push(entry);
    this.version++;
    return entry;
  }

  #sort(): void {
    this.#entries.sort((a, b) => a.startMs - b.startMs);
  }

  entries(tier: Tier): readonly CatalogEntry[] {
    return this.#entries.filter((entry) => entry.tier === tier);
  }

  /** Entries of a tier that may hold samples within `[minMs, maxMs]`, oldest first. */
  overlapping(tier: Tier, minMs: number, maxMs: number): CatalogEntry[] {
    return this.#entries.filter((entry) => entry.tier === tier && entry.startMs < maxMs && entry.endMs >= minMs);
  }

  /** The file for a window, if it is there and can be opened. */
  find(tier: Tier, windowMs: number): PackFile | undefined {
    const entry = this.#entries.find((e) => e.tier === tier && e.startMs <= windowMs && windowMs < e.endMs);
    return entry === undefined ? undefined : this.open(entry);
  }

  /** The file for a window, made if need be. @throws as SQLite throws */
  obtain(tier: Tier, windowMs: number): PackFile {
    const known = this.find(tier, windowMs);
    if (known !== undefined) return known;
    const path = this.pathOf(tier, windowMs);
    if (this.#entries.some((entry) => entry.path === path)) {
      throw new DmonError("store_io", `${path} cannot be opened: see what is in its place, and who may read it`);
    }
    const entry = this.#add(tier, windowMs);
    this.#sort();
    try {
      entry.file = new PackFile(entry.path, windowLength(entry.tier), this.#onDamage);
    } catch (error) {
      this.#forget(entry);
      throw error;
    }
    entry.lastUse = ++this.#uses;
    return entry.file;
  }

  /** Notes that the files of a window were written to. */
  merged(windowMs: number, monotonicMs: number): void {
    for (const entry of this.#entries) {
      if (entry.startMs <= windowMs && windowMs < entry.endMs) entry.mergedAtMs = monotonicMs;
    }
  }

  /**
   * Undefined where the file is damaged and nothing may be written, or where the system does not let it be opened: that is
   * said once, and tried again with each call. Damaged otherwise, it is begun anew with what can be had of it.
   */
  open(entry: CatalogEntry): PackFile | undefined {
    entry.lastUse = ++this.#uses;
    if (entry.file !== undefined) return entry.file;
    this.version++;
    this.#closeSome();
    try {
      entry.file = new PackFile(entry.path, windowLength(entry.tier), this.#onDamage, this.readOnly);
      return entry.file;
    } catch (error) {
      const trouble = classify(error);
      if (trouble === "busy" || trouble === "full" || isDmonError(error)) throw error;
      if (trouble !== "damage") {
        this.#onDamage(entry.path, `the file cannot be opened, what it holds is passed over: ${messageOf(error)}`, 0);
        return undefined;
      }
      if (this.readOnly) {
        this.#forget(entry);
        this.#onDamage(entry.path, `the whole file: ${messageOf(error)}`, 0);
        return undefined;
      }
      entry.file = salvagePackFile(entry.path, windowLength(entry.tier), this.#onDamage);
      return entry.file;
    }
  }

  /** Where the file for a window is or will be. */
  pathOf(tier: Tier, windowMs: number): string {
    return join(this.dir, tier, partition(tier, windowMs).name);
  }

  /** Puts a file that cannot be used any more out of the way, and begins it anew with what can be had of it. */
  renew(path: string): void {
    const entry = this.#entries.find((other) => other.path === path);
    if (entry === undefined || !existsSync(path)) return;
    this.close(entry);
    this.version++;
    entry.file = salvagePackFile(path, windowLength(entry.tier), this.#onDamage);
  }

  /** Work with a file that rests at its yields; nothing is done where the file cannot be opened. */
  *holding(entry: CatalogEntry, work: (file: PackFile) => Slices<void>): Slices<void> {
    const file = this.open(entry);
    if (file === undefined) return;
    entry.holds++;
    try {
      yield* work(file);
    } finally {
      entry.holds--;
    }
  }

  /** The same for a file that is open, until the answer is called. */
  hold(file: PackFile): () => void {
    const entry = this.#entries.find((one) => one.file === file);
    if (entry === undefined) return () => {};
    entry.holds++;
    return () => {
      entry.holds--;
    };
  }

  #closeSome(): void {
    const open = this.#entries.filter((entry) => entry.file !== undefined && entry.holds === 0);
    if (open.length < MAX_OPEN_FILES) return;
    open.sort((a, b) => a.lastUse - b.lastUse);
    for (const entry of open.slice(0, open.length - MAX_OPEN_FILES + 1)) this.close(entry);
  }

  close(entry: CatalogEntry): void {
    if (entry.file === undefined) return;
    this.version++;
    this.onClose(entry.file);
    entry.file.close();
    entry.file = undefined;
  }

  /** Unlinks a file. @returns the bytes that this freed */
  remove(entry: CatalogEntry): number {
    this.close(entry);
    this.#forget(entry);
    const bytes = sizeOf(entry.path);
    rmSync(entry.path, { force: true });
    rmSync(`${entry.path}-journal`, { force: true });
    return bytes;
  }

  #forget(entry: CatalogEntry): void {
    this.version++;
    this.#entries = this.#entries.filter((other) => other !== entry);
  }

  closeAll(): void {
    for (const entry of this.#entries) this.close(entry);
  }

  sizeBytes(tier: Tier): number {
    return this.entries(tier).reduce((sum, entry) => sum + sizeOf(entry.path), 0);
  }
}

function windowLength(tier: Tier): number {
  return tier === "1h" ? DAY_MS : WINDOW_MS;
}

export function sizeOf(path: string): number {
  try {
    return statSync(path).size;
  } catch {
    return 0;
  }
}

/** Name and bounds of the file in which a window that begins at `atMs` lies. */
function partition(tier: Tier, atMs: number): { name: string; beginMs: number; endMs: number } {
  const date = new Date(atMs);
  const year = date.getUTCFullYear();
  const month = date.getUTCMonth();
  const day = date.getUTCDate();
  const two = (value: number): string => String(value).padStart(2, "0");
  const yearText = String(year).padStart(4, "0");
  if (tier === "1h") {
    return {
      name: `${yearText}-${two(month + 1)}.db`,
      beginMs: Date.UTC(year, month, 1),
      endMs: Date.UTC(year, month + 1, 1),
    };
  }
  return {
    name: `${yearText}-${two(month + 1)}-${two(day)}.db`,
    beginMs: Date.UTC(year, month, day),
    endMs: Date.UTC(year, month, day + 1),
  };
}
