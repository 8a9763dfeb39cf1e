/** The embedded time-series store. */
import { type Appender, isDmonError, type Matcher, type Queryable, type Slices } from "@dmon/model";
import { Reserve } from "./files/reserve.ts";
import type { StoreOptions } from "./options.ts";
import type { StoreStats } from "./stats.ts";
import { TimeSeriesStore } from "./store.ts";

export { backupStore, restoreStore, verifyBackup } from "./backup.ts";
export { TSDB_ERRORS } from "./errors.ts";
export { analyzeStore, type StoreAnalysis, type Verification, verifyStore } from "./inspect.ts";
export type { Retention, StoreEvent, StoreOptions } from "./options.ts";
export type { NameCount, StoreStats } from "./stats.ts";

export interface Store extends Appender, Queryable {
  /** Makes all commits durable against a power cut; called at least every 30 s. */
  checkpoint(): void;
  /**
   * Runs `work`, and takes what it appends however much older it is than the newest sample of its series: history that comes
   * after the present, as from an import. Retention still holds.
   */
  backfill<T>(work: () => T): T;
  /** One round of background work: chunks, merge, tiers, retention. Run at lowest priority about once a second. */
  maintenance(): Slices<void>;
  /**
   * Deletes the samples of matching series, and their exemplars, that were committed before: gone from every answer when this
   * ends. Later ones are taken, also for times within the range. Takes turns with maintenance, whichever began first.
   *
   * @param sets a series goes that passes all matchers of any of them
   * @param minMs,maxMs inclusive; infinite where open
   * @throws {DmonError} `disk_full`, `store_io`, `store_busy`: part of it may be done then, and the same request does the rest
   */
  deleteSeries(sets: readonly (readonly Matcher[])[], minMs: number, maxMs: number): Slices<void>;
  /** Gives back the room of what was deleted. @throws {DmonError} `disk_full`, `store_io`, `store_busy` */
  cleanDeleted(): Slices<void>;
  stats(): StoreStats;
  close(): void;
}

/**
 * Opens the store of a directory, made if need be.
 *
 * @throws {DmonError} `store_locked`, `store_newer`, `disk_full`, `store_io`
 */
export function openStore(options: StoreOptions): Store {
  try {
    return new TimeSeriesStore(options);
  } catch (error) {
    // Opening needs a little room itself: that is what the reserve is for.
    if (!isDmonError(error, "disk_full") || options.readOnly === true || !new Reserve(options.dir, 0).give())
      throw error;
    return new TimeSeriesStore(options);
  }
}
