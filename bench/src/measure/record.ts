/** Records what the program's own collectors say on this machine, once a second, for replay into a store. */
import { setTimeout as sleep } from "node:timers/promises";
import { builtinCollectors, createHostCollection, detectHostPaths, openHost } from "@dmon/collect";
import { type BatchSink, type Labels, SampleKind, type SourceId, systemClock } from "@dmon/model";
import type { Capture } from "@dmon/tsdb/testing/bench";

/** @param seconds how long to listen; as many rows result */
export async function recordHost(seconds: number): Promise<Capture> {
  const recorder = new Recorder();
  const host = openHost(detectHostPaths());
  const collection = createHostCollection({
    host,
    factories: builtinCollectors,
    instance: "bench",
    sink: recorder,
    clock: systemClock,
    log: { info() {}, warn() {} },
  });
  try {
    collection.collect(Date.now());
    await collection.settled();
    recorder.rows.length = 0;
    const startMs = performance.now();
    for (let second = 0; second < seconds; second++) {
      await sleep(Math.max(0, startMs + second * 1000 - performance.now()));
      collection.collect(Date.now());
    }
    return recorder.capture();
  } finally {
    collection.close(Date.now());
    host.close();
  }
}

class Recorder implements BatchSink {
  readonly rows: Map<number, readonly [kind: number, value: number]>[] = [];
  readonly #series: Labels[] = [];
  /** Column of each `source/slot`. */
  readonly #columns = new Map<string, number>();

  define({ source, fromSlot, series }: Parameters<BatchSink["define"]>[0]): void {
    for (const [i, labels] of series.entries()) {
      const key = keyOf(source, fromSlot + i);
      if (this.#columns.has(key)) continue;
      this.#columns.set(key, this.#series.length);
      this.#series.push(labels);
    }
  }

  undefine(): void {}
  setMetadata(): void {}

  appendBatch({ source, length, kinds, values }: Parameters<BatchSink["appendBatch"]>[0]): void {
    const row = new Map<number, readonly [number, number]>();
    for (let slot = 0; slot < length; slot++) {
      const column = this.#columns.get(keyOf(source, slot));
      if (column !== undefined && kinds[slot] !== SampleKind.ABSENT) row.set(column, [kinds[slot]!, values[slot]!]);
    }
    this.rows.push(row);
  }

  capture(): Capture {
    const width = this.#series.length;
    const rows = this.rows.map((row) => {
      const kinds = new Uint8Array(width);
      const values = new Float64Array(width);
      for (const [column, [kind, value]] of row) {
        kinds[column] = kind;
        values[column] = value;
      }
      return { kinds, values };
    });
    return { series: this.#series, intervalMs: 1000, rows };
  }
}

function keyOf(source: SourceId, slot: number): string {
  return `${source}/${slot}`;
}
