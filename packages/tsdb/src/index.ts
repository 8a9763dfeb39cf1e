/** The embedded time-series store. */
import type { Appender, Queryable, Slices } from "@dmon/model";
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
  /** One round of background work: chunks, merge, tiers, retention. Run at lowest priority about once a second. */
  maintenance(): Slices<void>;
  stats(): StoreStats;
  close(): void;
}

/**
 * Opens the store of a directory, made if need be.
 *
 * @throws {DmonError} `store_locked`, `store_newer`, `disk_full`, `store_io`
 */
export function openStore(options: StoreOptions): Store {
  return new TimeSeriesStore(options);
}
