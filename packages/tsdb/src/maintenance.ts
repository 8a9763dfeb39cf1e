/**
 * Background work, one round at a time: closes what is old, writes chunks, merges a window, makes the hours of a day, lets
 * idle series go, removes what retention does not keep.
 *
 * Nothing here is needed for an answer to be right: a round that fails is tried again, and everything stays readable where
 * it was.
 */
import { type Clock, messageOf, type Slices } from "@dmon/model";
import { cutChunks } from "./cut.ts";
import { type Catalog, sizeOf, TIERS } from "./files/catalog.ts";
import type { HeadDb } from "./files/head-db.ts";
import type { PackFile } from "./files/pack-file.ts";
import { classify } from "./files/sqlite.ts";
import type { TailLog } from "./files/tail-log.ts";
import type { Head } from "./head/head.ts";
import { mergeDay } from "./merge/merge-day.ts";
import { type MergeContext, mergeWindow } from "./merge/merge-window.ts";
import type { Retention, StoreEvent } from "./options.ts";
import { type Removed, removeLarge, removeOld, removeWindows, TrustedTime } from "./retention.ts";
import type { Turns } from "./turns.ts";
import { DAY_MS, intervalStart, MINUTE_MS, WINDOW_MS } from "./windows.ts";

/** A window is merged when it has ended and nothing was added to it for so long. */
const QUIET_MS = 30_000;
/** The same where it was merged before: late samples come in trickles. */
const QUIET_AGAIN_MS = 5 * MINUTE_MS;
/** Windows merged in one round at most: a day. */
const MERGES_A_ROUND = 12;
/** Free pages of a file that are left to what comes next. */
const SLACK_BYTES = 1024 * 1024;
/** Series that leave the head between two yields: 200,000 at once held up the engine for a second. */
export const EVICT_A_SLICE = 2000;
const SAY_AGAIN_MS = 10 * MINUTE_MS;
const MAX_SAID = 100;
const RETENTION_INTERVAL_MS = 30_000;
/** How often a full disk is tried. */
const RETRY_MS = 10_000;
/** Closed samples that may wait in memory while the disk is full. */
const MAX_WAITING_BYTES = 64 * 1024 * 1024;

export interface MaintenanceParts {
  readonly clock: Clock;
  readonly head: Head;
  readonly headDb: HeadDb;
  readonly tail: TailLog;
  readonly recent: PackFile;
  readonly catalog: Catalog;
  readonly retention: Retention;
  readonly maxSizeBytes: number;
  readonly maxExemplars: number;
  readonly pendingDays: Set<number>;
  readonly newestMs: number | undefined;
  readonly turns: Turns;
  damaged(path: string, what: string, lostSamples: number): void;
  indexChanged(file: PackFile): void;
  emit(event: StoreEvent): void;
  /** The disk is full, or a write succeeded. */
  full(path: string): void;
  written(): void;
  isFull(): boolean;
  dropped(samples: number): void;
  totalBytes(): number;
}

export class Maintenance {
  readonly trusted: TrustedTime;
  mergedWindows = 0;
  cutSamples = 0;
  #parts: MaintenanceParts;
  #lastCutMs = new Map<number, number>();
  #lastRetentionMs = Number.NEGATIVE_INFINITY;
  #isTooLarge = false;
  /** The last error of each path. */
  #said = new Map<string, { readonly message: string; readonly atMs: number }>();
  #lastTryMs = Number.NEGATIVE_INFINITY;

  constructor(parts: MaintenanceParts) {
    this.#parts = parts;
    this.trusted = new TrustedTime(parts.clock, parts.newestMs);
  }

  run(): Slices<void> {
    return this.#parts.turns.run(() => this.#round());
  }

  *#round(): Slices<void> {
    const { clock, emit } = this.#parts;
    const jumpMs = this.trusted.update();
    if (jumpMs !== 0) emit({ type: "clock_jump", byMs: jumpMs });
    this.#parts.head.closeOld(clock.nowMs());
    if (this.#mayWrite()) {
      yield* this.#step(this.#parts.recent.path, this.#cut());
      // One a round keeps up with the present; history that was imported is a window for each two hours of it.
      for (let i = 0; i < MERGES_A_ROUND; i++) {
        const before = this.mergedWindows;
        yield* this.#step(this.#parts.recent.path, this.#mergeOne());
        if (this.mergedWindows === before) break;
      }
      yield* this.#hoursOfOneDay();
    }
    yield* this.#retain();
  }

  /** Encoding what will not fit would cost a core for nothing: a full disk is tried now and then. */
  #mayWrite(): boolean {
    const monotonicMs = this.#parts.clock.monotonicMs();
    if (this.#parts.isFull() && monotonicMs - this.#lastTryMs < RETRY_MS) return false;
    this.#lastTryMs = monotonicMs;
    return true;
  }

  /** Runs a task whose failure must not stop the others: a file that a backup reads is tried again the next round.
   * @returns whether it came to its end */
  *#step(path: string, task: Slices<void>): Slices<boolean> {
    try {
      yield* task;
      return true;
    } catch (error) {
      const trouble = classify(error);
      if (trouble === "full") this.#parts.full(path);
      else if (trouble !== "busy") this.#say(path, messageOf(error));
      if (trouble === "damage") this.#parts.catalog.renew(path);
      return false;
    }
  }

  /** What fails each round is said now and then. */
  #say(path: string, message: string): void {
    const nowMs = this.#parts.clock.monotonicMs();
    const last = this.#said.get(path);
    if (last?.message === message && nowMs - last.atMs < SAY_AGAIN_MS) return;
    this.#said.set(path, { message, atMs: nowMs });
    if (this.#said.size > MAX_SAID) this.#said.delete(this.#said.keys().next().value!);
    this.#parts.emit({ type: "error", path, message });
  }

  *#cut(): Slices<void> {
    const { head, headDb, tail, recent, clock, maxExemplars } = this.#parts;
    const windows = new Set(
      [...head.closedBlocks.map((block) => block.firstMs), ...head.closedRuns.map((run) => run.firstMs)].map((atMs) =>
        intervalStart(atMs, WINDOW_MS),
      ),
    );
    try {
      const written = yield* cutChunks(head, recent);
      if (written === 0) return;
      this.cutSamples += written;
      for (const window of windows) this.#lastCutMs.set(window, clock.monotonicMs());
      tail.trim(head.firstNeededSequence());
      headDb.trimExemplars(maxExemplars);
      this.#parts.written();
    } catch (error) {
      const dropped = head.dropOldest(MAX_WAITING_BYTES);
      if (dropped > 0) this.#parts.dropped(dropped);
      throw error;
    }
  }

  *#mergeOne(): Slices<void> {
    const { recent, head, catalog, pendingDays, headDb } = this.#parts;
    const windowMs = this.#readyWindow();
    if (windowMs === undefined) return;
    const dayMs = intervalStart(windowMs + 1, DAY_MS);
    if (!pendingDays.has(dayMs)) {
      headDb.addPendingDay(dayMs);
      pendingDays.add(dayMs);
    }
    const path = catalog.pathOf("raw", windowMs);
    // Before the first series of it may leave the head: appends go on meanwhile.
    head.filesUntilMs = Math.max(head.filesUntilMs, windowMs + WINDOW_MS);
    let merged: readonly number[] = [];
    const context = this.#mergeContext();
    const done = yield* this.#step(
      path,
      (function* (): Slices<void> {
        merged = yield* mergeWindow(context, windowMs);
      })(),
    );
    if (!done) return;
    this.mergedWindows++;
    catalog.merged(windowMs, this.#parts.clock.monotonicMs());
    this.#lastCutMs.delete(windowMs);
    this.#parts.written();
    yield* this.#evict(merged, windowMs);
    yield* this.#step(headDb.path, headDb.shrink());
    head.merged(merged, windowMs + WINDOW_MS, this.#oldestPendingMs());
    yield;
    yield* recent.shrink();
    // Late samples leave the room of the packs that they replaced, which a day that is over fills with nothing.
    for (const tier of ["raw", "1m"] as const) {
      const file = catalog.find(tier, windowMs);
      if (file === undefined || file.freeBytes < SLACK_BYTES) continue;
      const release = catalog.hold(file);
      try {
        yield* file.shrink();
      } finally {
        release();
      }
    }
  }

  #mergeContext(): MergeContext {
    const { catalog, recent, head, damaged, indexChanged } = this.#parts;
    return { catalog, recent, index: head.index, damaged, indexChanged };
  }

  /** The oldest window that has ended, is quiet, and of which nothing is still open. */
  #readyWindow(): number | undefined {
    const { recent, head, clock, catalog } = this.#parts;
    const nowMs = clock.nowMs();
    const monotonicMs = clock.monotonicMs();
    const windows = [...new Set(recent.packs.map((pack) => pack.windowMs))].sort((a, b) => a - b);
    return windows.find((windowMs) => {
      const endMs = windowMs + WINDOW_MS;
      // A window of the future is a clock's mistake, and as good as ended.
      const ended = nowMs > endMs + QUIET_MS || windowMs > nowMs + WINDOW_MS;
      if (!ended || head.hasOpenWithin(windowMs, endMs)) return false;
      const again = catalog.find("raw", windowMs)?.packs.some((pack) => pack.windowMs === windowMs) === true;
      const quietMs = monotonicMs - (this.#lastCutMs.get(windowMs) ?? Number.NEGATIVE_INFINITY);
      return quietMs >= (again ? QUIET_AGAIN_MS : QUIET_MS);
    });
  }

  #oldestPendingMs(): number {
    return this.#parts.recent.packs[0]?.windowMs ?? Number.POSITIVE_INFINITY;
  }

  /** Series of a merged window that no source names, and that have said nothing since, are on disk and leave the head. */
  *#evict(merged: readonly number[], windowMs: number): Slices<void> {
    const { head, headDb, recent } = this.#parts;
    const endMs = windowMs + WINDOW_MS;
    const older = recent.packs.filter((pack) => pack.windowMs < windowMs);
    for (let at = 0; at < merged.length; at += EVICT_A_SLICE) {
      const idle = new Set(
        merged.slice(at, at + EVICT_A_SLICE).filter((id) => {
          const dense = head.index.dense(id);
          if (dense < 0 || head.state.lastMs[dense]! > endMs || !head.isIdle(dense)) return false;
          return !older.some((pack) => pack.minId <= id && id <= pack.maxId);
        }),
      );
      if (idle.size === 0) continue;
      headDb.removeSeries(idle);
      head.evict(idle);
      yield;
    }
  }

  /** The hours of a day are made once it has passed and all its windows are merged; again where late samples came. */
  *#hoursOfOneDay(): Slices<void> {
    const { pendingDays, recent, head, clock, headDb, catalog } = this.#parts;
    const nowMs = clock.nowMs();
    for (const dayMs of pendingDays) {
      const endMs = dayMs + DAY_MS;
      if (nowMs < endMs + 10 * MINUTE_MS && dayMs <= nowMs) continue;
      if (recent.packs.some((pack) => pack.windowMs >= dayMs && pack.windowMs < endMs)) continue;
      if (head.hasOpenWithin(dayMs, endMs)) continue;
      const done = yield* this.#step(catalog.pathOf("1h", dayMs), mergeDay(this.#mergeContext(), dayMs));
      if (!done) return;
      pendingDays.delete(dayMs);
      headDb.removePendingDay(dayMs);
      return;
    }
  }

  *#retain(): Slices<void> {
    const { clock, catalog, retention, maxSizeBytes, emit, head } = this.#parts;
    if (clock.monotonicMs() - this.#lastRetentionMs < RETENTION_INTERVAL_MS) return;
    this.#lastRetentionMs = clock.monotonicMs();
    const trustedMs = this.trusted.nowMs;
    head.oldestAllowedMs = trustedMs - Math.max(retention.rawMs, retention.m1Ms, retention.h1Ms);
    const removed = this.trusted.isCertain ? removeOld(catalog, retention, trustedMs, clock.monotonicMs()) : [];
    if (maxSizeBytes > 0) yield* this.#retainBySize(removed);
    for (const { path, reason, bytes } of removed) emit({ type: "removed", path, reason, bytes });
  }

  *#retainBySize(removed: Removed[]): Slices<void> {
    const { catalog, maxSizeBytes, totalBytes, emit } = this.#parts;
    removed.push(...removeLarge(catalog, totalBytes(), maxSizeBytes));
    const excess = totalBytes() - maxSizeBytes;
    if (excess > 0) {
      const path = catalog.entries("raw").at(-1)?.path ?? catalog.dir;
      yield* this.#step(path, removeWindows(catalog, excess, removed));
    }
    const bytes = totalBytes();
    if (bytes > maxSizeBytes && !this.#isTooLarge) emit({ type: "too_large", bytes, maxSizeBytes });
    this.#isTooLarge = bytes > maxSizeBytes;
  }
}

export function tierBytes(catalog: Catalog): { raw: number; "1m": number; "1h": number } {
  const bytes = { raw: 0, "1m": 0, "1h": 0 };
  for (const tier of TIERS) for (const { path } of catalog.entries(tier)) bytes[tier] += sizeOf(path);
  return bytes;
}
