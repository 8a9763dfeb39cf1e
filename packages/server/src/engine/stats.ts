/** Numbers about the engine's thread, sent to the main thread every few seconds; names are those of `/metrics`. */
import { AppendOutcome } from "@dmon/model";
import type { Store } from "@dmon/tsdb";
import type { EngineStats } from "./protocol.ts";
import type { Scheduler } from "./scheduler.ts";

/** Longest waits since they were last said, ms. */
export interface Delays {
  /** From sending a batch to the engine to its commit. */
  readonly commitMs: number;
  /** From a rule group's second to the end of its evaluation. */
  readonly ruleMs: number;
}

export function engineStats(store: Store, scheduler: Scheduler, callCount: number, delays: Delays): EngineStats {
  const { heapUsed } = process.memoryUsage();
  const { user, system } = process.threadCpuUsage();
  return {
    dmon_engine_cpu_seconds_total: (user + system) / 1e6,
    dmon_engine_heap_bytes: heapUsed,
    dmon_engine_queue_tasks: scheduler.pendingCount,
    dmon_engine_calls: callCount,
    dmon_commit_delay_seconds: delays.commitMs / 1000,
    dmon_rule_delay_seconds: delays.ruleMs / 1000,
    ...storeStats(store),
  };
}

function storeStats(store: Store): EngineStats {
  const stats = store.stats();
  const outcome = (index: number): number => stats.outcomes[index] ?? 0;
  return {
    dmon_store_series: stats.headSeries,
    dmon_store_series_refused_total: stats.refusedSeries,
    dmon_store_samples_appended_total: outcome(AppendOutcome.OK),
    dmon_store_samples_duplicate_total: outcome(AppendOutcome.DUPLICATE),
    dmon_store_samples_conflicting_total: outcome(AppendOutcome.CONFLICT),
    dmon_store_samples_out_of_order_total: outcome(AppendOutcome.OUT_OF_ORDER),
    dmon_store_samples_out_of_bounds_total: outcome(AppendOutcome.OUT_OF_BOUNDS),
    dmon_store_samples_dropped_total: stats.droppedSamples,
    dmon_store_samples_lost_total: stats.lostSamples,
    dmon_store_damage_total: stats.damageCount,
    dmon_store_disk_full: stats.diskFull ? 1 : 0,
    dmon_store_open_bytes: stats.openBytes,
    dmon_store_cache_bytes: stats.cacheBytes,
    dmon_store_symbols: stats.symbolCount,
    dmon_store_size_bytes: stats.totalBytes,
    dmon_store_head_file_bytes: stats.headFileBytes,
    dmon_store_recent_file_bytes: stats.recentFileBytes,
    dmon_store_raw_file_bytes: stats.tierFileBytes.raw,
    dmon_store_tier_1m_file_bytes: stats.tierFileBytes["1m"],
    dmon_store_tier_1h_file_bytes: stats.tierFileBytes["1h"],
  };
}
