/**
 * The program's own numbers, `dmon_*` and `process_*`, as series like all others: job `dmon`.
 *
 * Taken every five seconds: nobody needs to see a heap breathe each second, and idleness is what this program promises. For the
 * same reason the event loop's delay is seen by the collections' own lateness: Node's histogram of it wakes the thread 20 times a
 * second.
 */

import { nextSourceId } from "@dmon/collect";
import { type BatchSink, type Clock, Labels, METRIC_NAME, type MetricMetadata, SampleKind } from "@dmon/model";
import type { EngineClient } from "../engine/client.ts";
import type { LiveHub } from "../live/hub.ts";
import type { Pace } from "./pace.ts";
import { Ticker } from "./ticker.ts";

const INTERVAL_MS = 5000;

export interface SelfCollectionOptions {
  readonly instance: string;
  readonly sink: BatchSink;
  readonly engine: EngineClient;
  readonly hub: LiveHub;
  /** The local collection's. */
  readonly ticker: Ticker;
  readonly clock: Clock;
  /** Told how much CPU was used. */
  readonly pace: Pace;
}

export interface SelfCollection {
  stop(): void;
}

const HELP: Readonly<Record<string, string>> = {
  process_cpu_seconds_total: "Total user and system CPU time spent in seconds.",
  process_resident_memory_bytes: "Resident memory size in bytes.",
  process_start_time_seconds: "Start time of the process since unix epoch in seconds.",
  dmon_event_loop_delay_seconds: "Longest time that a collection waited for the main thread since this was last said.",
  dmon_live_connections: "Open connections of the live stream.",
  dmon_engine_restarts_total: "Times that the storage engine's thread was started again.",
  dmon_engine_dropped_batches_total: "Batches that were lost while the storage engine was away.",
  dmon_collect_lateness_seconds: "How late the last collection began.",
  dmon_collect_missed_total: "Collections that did not happen because the program was busy or the machine slept.",
  dmon_commit_delay_seconds: "Longest time from a collection to its commit within the last 15 s.",
  dmon_rule_delay_seconds: "Longest time from a rule group's second to the end of its evaluation within the last 15 s.",
  dmon_heap_bytes: "JavaScript heap in use on the main thread.",
};

export function startSelfCollection(options: SelfCollectionOptions): SelfCollection {
  const { sink, engine, hub, ticker, clock, pace, instance } = options;
  const source = nextSourceId();
  const slots = new Map<string, number>();
  let kinds = new Uint8Array(64);
  let values = new Float64Array(64);
  const startedSeconds = Math.round(Date.now() / 1000 - process.uptime());

  function slotOf(name: string): number {
    const known = slots.get(name);
    if (known !== undefined) return known;
    const slot = slots.size;
    slots.set(name, slot);
    if (slot >= kinds.length) {
      kinds = new Uint8Array(slot * 2);
      values = new Float64Array(slot * 2);
    }
    const labels = Labels.from({ [METRIC_NAME]: name, job: "dmon", instance });
    sink.setMetadata(name, metadataOf(name));
    sink.define({ source, fromSlot: slot, series: [labels] });
    return slot;
  }

  function numbers(): Record<string, number> {
    const cpu = process.cpuUsage();
    const cpuSeconds = (cpu.user + cpu.system) / 1e6;
    pace.observe(cpuSeconds, clock.monotonicMs());
    const memory = process.memoryUsage();
    return {
      process_cpu_seconds_total: cpuSeconds,
      process_resident_memory_bytes: memory.rss,
      process_start_time_seconds: startedSeconds,
      dmon_heap_bytes: memory.heapUsed,
      dmon_event_loop_delay_seconds: ticker.takeLongestDelayMs() / 1000,
      dmon_live_connections: hub.connectionCount,
      dmon_engine_restarts_total: engine.restartCount,
      dmon_engine_dropped_batches_total: engine.droppedBatchCount,
      dmon_collect_lateness_seconds: ticker.latenessMs / 1000,
      dmon_collect_missed_total: ticker.missedCount,
      ...engine.stats,
    };
  }

  const own = new Ticker(clock, INTERVAL_MS, (atMs) => {
    const all = Object.entries(numbers()).map(([name, value]) => [slotOf(name), value] as const);
    kinds.fill(SampleKind.ABSENT);
    for (const [slot, value] of all) {
      kinds[slot] = SampleKind.FLOAT;
      values[slot] = value;
    }
    sink.appendBatch({ source, atMs, length: slots.size, kinds, values });
  });
  own.start();
  return {
    stop() {
      own.stop();
    },
  };
}

function metadataOf(name: string): MetricMetadata {
  return {
    type: name.endsWith("_total") ? "counter" : "gauge",
    help: HELP[name] ?? "A number of this program's own; see the documentation of its metrics.",
    unit: "",
  };
}
