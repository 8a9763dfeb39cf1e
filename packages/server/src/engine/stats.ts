/** Numbers about the engine's thread, sent to the main thread every few seconds; names are those of `/metrics`. */
import type { Store } from "@dmon/tsdb";
import type { EngineStats } from "./protocol.ts";
import type { Scheduler } from "./scheduler.ts";

export function engineStats(store: Store, scheduler: Scheduler, callCount: number): EngineStats {
  const memory = process.memoryUsage();
  const cpu = process.threadCpuUsage();
  return {
    dmon_engine_cpu_seconds_total: (cpu.user + cpu.system) / 1e6,
    dmon_engine_heap_bytes: memory.heapUsed,
    dmon_engine_queue_tasks: scheduler.pendingCount,
    dmon_engine_calls: callCount,
    ...store.stats().metrics,
  };
}
