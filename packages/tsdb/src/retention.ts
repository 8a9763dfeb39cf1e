/**
 * What is kept: by age of each tier, and by size of all files together. A file goes whole, but for the newest ones where the
 * size allows even less.
 *
 * Age is measured by a time that a jump of the wall clock cannot take along: a clock that shows another year must not cost
 * the data of this one.
 */
import type { Clock, Slices } from "@dmon/model";
import { type Catalog, type CatalogEntry, sizeOf, TIERS } from "./files/catalog.ts";
import type { Retention } from "./options.ts";
import { DAY_MS, HOUR_MS, WINDOW_MS } from "./windows.ts";

/** A wall clock that is off by more than this from what has passed has jumped. */
const JUMP_MS = HOUR_MS;
/** After so long without another jump the new time is believed. */
const BELIEVED_AFTER_MS = HOUR_MS;
/** Smaller jumps worth a word in the log. */
const NOTED_JUMP_MS = 2000;

export class TrustedTime {
  readonly #clock: Clock;
  #trustedMs: number;
  #monotonicMs: number;
  #wallMs: number;
  /** When the wall clock began to show a time that is not believed yet, monotonic. */
  #doubtSinceMs: number | undefined;

  /** @param newestMs newest sample in the store, where there is one */
  constructor(clock: Clock, newestMs: number | undefined) {
    this.#clock = clock;
    this.#wallMs = clock.nowMs();
    this.#monotonicMs = clock.monotonicMs();
    // A store that begins a day away from its newest sample was off for long, or its clock is wrong: time will tell.
    const doubtful = newestMs !== undefined && Math.abs(this.#wallMs - newestMs) > DAY_MS;
    this.#trustedMs = doubtful ? newestMs : this.#wallMs;
    this.#doubtSinceMs = doubtful ? this.#monotonicMs : undefined;
  }

  /** @returns by how much the wall clock jumped since the last call, 0 where it did not */
  update(): number {
    const wallMs = this.#clock.nowMs();
    const monotonicMs = this.#clock.monotonicMs();
    const passedMs = monotonicMs - this.#monotonicMs;
    const jumpMs = wallMs - this.#wallMs - passedMs;
    this.#wallMs = wallMs;
    this.#monotonicMs = monotonicMs;
    this.#trustedMs += passedMs;
    if (Math.abs(jumpMs) > JUMP_MS) this.#doubtSinceMs = monotonicMs;
    const agrees = Math.abs(wallMs - this.#trustedMs) <= JUMP_MS;
    const believed = this.#doubtSinceMs !== undefined && monotonicMs - this.#doubtSinceMs >= BELIEVED_AFTER_MS;
    if (agrees || believed) {
      this.#trustedMs = wallMs;
      this.#doubtSinceMs = undefined;
    }
    return Math.abs(jumpMs) > NOTED_JUMP_MS ? jumpMs : 0;
  }

  /** False while the wall clock shows a time that is not believed yet. */
  get isCertain(): boolean {
    return this.#doubtSinceMs === undefined;
  }

  get nowMs(): number {
    return this.#trustedMs;
  }
}

export interface Removed {
  readonly path: string;
  readonly reason: "retention" | "size";
  readonly bytes: number;
}

/**
 * Removes the files whose windows have all passed their tier's age.
 *
 * What was written a day ago at most stays whatever its timestamps say: samples of a clock that was wrong, or imported ones,
 * must be seen before they go.
 */
export function removeOld(catalog: Catalog, retention: Retention, nowMs: number, monotonicMs: number): Removed[] {
  const keepMs = { raw: retention.rawMs, "1m": retention.m1Ms, "1h": retention.h1Ms };
  return TIERS.flatMap((tier) =>
    catalog
      .entries(tier)
      .filter(
        ({ endMs, mergedAtMs, holds }) =>
          holds === 0 &&
          endMs + WINDOW_MS < nowMs - keepMs[tier] &&
          monotonicMs - mergedAtMs > Math.min(DAY_MS, keepMs[tier]),
      )
      .map((entry) => remove(catalog, entry, "retention")),
  );
}

/** Removes the oldest raw file, then the oldest of the coarser tiers, until `totalBytes` is at most `maxBytes`. */
export function removeLarge(catalog: Catalog, totalBytes: number, maxBytes: number): Removed[] {
  const removed: Removed[] = [];
  let excess = totalBytes - maxBytes;
  for (const tier of TIERS) {
    // The newest file of each tier is being written to.
    for (const entry of catalog.entries(tier).slice(0, -1)) {
      if (excess <= 0) return removed;
      if (entry.holds > 0) continue;
      const gone = remove(catalog, entry, "size");
      excess -= gone.bytes;
      removed.push(gone);
    }
  }
  return removed;
}

/**
 * Removes the oldest windows of the newest file of each tier, raw first, all but the last of each, until `excessBytes` are
 * free: a day's raw samples may be more than all that is allowed.
 *
 * @throws as SQLite throws
 */
export function* removeWindows(catalog: Catalog, excessBytes: number, removed: Removed[]): Slices<void> {
  let excess = excessBytes;
  for (const tier of TIERS) {
    const entry = catalog.entries(tier).at(-1);
    if (entry === undefined) continue;
    yield* catalog.holding(entry, function* (file) {
      const windows = [...new Set(file.packs.map(({ windowMs }) => windowMs))].sort((a, b) => a - b).slice(0, -1);
      for (const windowMs of windows) {
        if (excess <= 0) return;
        const before = sizeOf(entry.path);
        const gone = file.packs.filter((pack) => pack.windowMs === windowMs);
        file.change({ insert: [], remove: gone, series: [] });
        yield;
        yield* file.shrink();
        const bytes = before - sizeOf(entry.path);
        excess -= bytes;
        removed.push({ path: entry.path, reason: "size", bytes });
      }
    });
  }
}

function remove(catalog: Catalog, entry: CatalogEntry, reason: Removed["reason"]): Removed {
  const bytes = sizeOf(entry.path);
  catalog.remove(entry);
  return { path: entry.path, reason, bytes };
}
