/** What a resident series costs in memory, measured: by batches of sources, and by single samples. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Labels, ManualClock, runToEnd } from "@dmon/model";
import { openStore, type Store } from "../index.ts";

const START_MS = Date.UTC(2026, 10, 20);

export interface MemoryCosts {
  /** Bytes a series with as many open samples as there may be. */
  readonly batchedBytesPerSeries: number;
  readonly singleBytesPerSeries: number;
  /** 100,000 series an hour for the given hours: resident at the end, process memory then, MB; bytes of the directory. */
  readonly churnResidentSeries: number;
  readonly churnMegabytes: number;
  readonly churnDirectoryBytesPerSeries: number;
  readonly churnCpuSecondsPerHour: number;
}

/** Needs `node --expose-gc`. */
export function measureMemory(seriesCount: number, churnHours: number): MemoryCosts {
  const batched = inStore((store, clock) => {
    const before = usedBytes();
    for (let source = 1; source <= seriesCount / 500; source++) {
      store.define({ source, fromSlot: 0, series: Array.from({ length: 500 }, (_, i) => labelsOf(source, i)) });
    }
    const values = new Float64Array(500);
    const kinds = new Uint8Array(500).fill(1);
    for (let row = 0; row < 100; row++) {
      clock.advance(1000);
      for (let i = 0; i < 500; i++) values[i] = row * i;
      for (let source = 1; source <= seriesCount / 500; source++) {
        store.appendBatch({ source, atMs: clock.nowMs(), length: 500, kinds, values });
      }
      store.commit();
    }
    return (usedBytes() - before) / seriesCount;
  });
  const single = inStore((store, clock) => {
    const before = usedBytes();
    const refs = Float64Array.from(
      { length: seriesCount },
      (_, i) => store.resolve(labelsOf(Math.floor(i / 500), i % 500))!,
    );
    for (let row = 0; row < 48; row++) {
      clock.advance(1000);
      for (const ref of refs) store.appendFloat(ref, clock.nowMs(), row);
      store.commit();
    }
    return (usedBytes() - before) / seriesCount;
  });
  return { batchedBytesPerSeries: batched, singleBytesPerSeries: single, ...churn(churnHours) };
}

/** As an exporter names its series: few metrics, a handful of labels, one of them of many values. */
function labelsOf(source: number, i: number): Labels {
  return Labels.from({
    __name__: `node_something_${i % 100}_total`,
    instance: `host-${source}.example.org:9100`,
    job: "node",
    cpu: String(i % 16),
    mode: `mode-${Math.floor(i / 100)}`,
    device: `device-${Math.floor(i / 16)}`,
  });
}

function churn(hours: number) {
  const dir = mkdtempSync(join(tmpdir(), "dmon-churn-"));
  const clock = new ManualClock(START_MS);
  const store = openStore({ dir, clock, reserveBytes: 0 });
  try {
    const cpu = process.cpuUsage();
    let made = 0;
    // 278 pods a ten-second round, each with ten samples over its life of 100 seconds.
    const live: number[][] = [];
    for (let round = 0; round < hours * 360; round++) {
      clock.advance(10_000);
      const refs: number[] = [];
      for (let i = 0; i < 278; i++, made++) {
        const labels = Labels.from({
          __name__: `pod_metric_${i % 10}`,
          job: "pods",
          pod: `pod-${round}-${i}`,
          zone: "a",
        });
        refs.push(store.resolve(labels)!);
      }
      live.push(refs);
      if (live.length > 10) live.shift();
      for (const group of live) for (const ref of group) store.appendFloat(ref, clock.nowMs(), round);
      store.commit();
      runToEnd(store.maintenance());
    }
    const used = process.cpuUsage(cpu);
    const { headSeries, totalBytes } = store.stats();
    return {
      churnResidentSeries: headSeries,
      churnMegabytes: usedBytes() / 1e6,
      churnDirectoryBytesPerSeries: totalBytes / made,
      churnCpuSecondsPerHour: (used.user + used.system) / 1e6 / hours,
    };
  } finally {
    store.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

function inStore(run: (store: Store, clock: ManualClock) => number): number {
  const dir = mkdtempSync(join(tmpdir(), "dmon-memory-"));
  const clock = new ManualClock(START_MS);
  const store = openStore({ dir, clock, reserveBytes: 0 });
  try {
    return run(store, clock);
  } finally {
    store.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

declare const gc: (() => void) | undefined;

/** Heap and array buffers in use. */
function usedBytes(): number {
  gc?.();
  gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
