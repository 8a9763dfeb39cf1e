/** From configuration to the store's options. */
import type { Clock } from "@dmon/model";
import type { StoreEvent, StoreOptions } from "@dmon/tsdb";
import type { Config } from "../config/schema.ts";

export function storeOptions(
  dataDir: string,
  { storage }: Config,
  clock: Clock,
  onEvent: (event: StoreEvent) => void,
): StoreOptions {
  return {
    dir: dataDir,
    clock,
    retention: { rawMs: storage.retention.raw, m1Ms: storage.retention["1m"], h1Ms: storage.retention["1h"] },
    maxSizeBytes: storage.max_size,
    outOfOrderWindowMs: storage.out_of_order_window,
    limits: { maxSeries: storage.limits.max_series, maxSeriesPerJob: storage.limits.max_series_per_job },
    onEvent,
  };
}
