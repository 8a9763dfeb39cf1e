/** Helpers for tests: a store in a fresh directory, and plain ways to ask it. */

import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Labels, ManualClock, type Matcher, runToEnd, SampleColumns, type SelectHints } from "@dmon/model";
import { openStore, type Store, type StoreEvent, type StoreOptions } from "../index.ts";

export interface Answer {
  readonly labels: string;
  readonly times: number[];
  readonly values: number[];
  readonly kinds: number[];
}

export function temporaryDir(): { dir: string; remove: () => void } {
  const dir = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "dmon-tsdb-"));
  return { dir, remove: () => rmSync(dir, { recursive: true, force: true }) };
}

export class Driver {
  readonly dir: string;
  readonly clock: ManualClock;
  readonly events: StoreEvent[] = [];
  store: Store;
  readonly #options: Partial<StoreOptions>;
  readonly #remove: () => void;

  constructor(nowMs: number, options: Partial<StoreOptions> = {}, clock = new ManualClock(nowMs)) {
    // A directory that is given belongs to whoever gave it.
    const { dir, remove } = options.dir === undefined ? temporaryDir() : { dir: options.dir, remove: () => {} };
    this.dir = dir;
    this.#remove = remove;
    this.clock = clock;
    this.#options = options;
    this.store = this.#open();
  }

  #open(): Store {
    return openStore({
      reserveBytes: 0,
      ...this.#options,
      dir: this.dir,
      clock: this.clock,
      onEvent: (event) => this.events.push(event),
    });
  }

  reopen(): void {
    this.store.close();
    this.store = this.#open();
  }

  maintain(): void {
    runToEnd(this.store.maintenance());
  }

  select(matchers: readonly Matcher[], hints: Partial<SelectHints> = {}): Answer[] {
    const startMs = hints.startMs ?? -8e15;
    const endMs = hints.endMs ?? 8e15;
    const selection = runToEnd(
      this.store.select(matchers, { stepMs: 0, rangeMs: 0, func: "", tier: "raw", ...hints, startMs, endMs }),
    );
    const columns = new SampleColumns();
    return selection.series.map((series) => {
      series.read(startMs, endMs, columns);
      const { length } = columns;
      return {
        labels: series.labels.toString(),
        times: [...columns.timesMs.subarray(0, length)],
        values: [...columns.values.subarray(0, length)],
        kinds: [...columns.kinds.subarray(0, length)],
      };
    });
  }

  dispose(): void {
    this.store.close();
    this.#remove();
  }
}

export function metric(name: string, labels: Record<string, string> = {}): Labels {
  return Labels.from({ __name__: name, ...labels });
}

export function eq(name: string, value: string): Matcher {
  return { type: "=", name, value };
}

/** A batch of floats for slots 0 … */
export function floats(source: number, atMs: number, values: readonly number[]) {
  return {
    source,
    atMs,
    length: values.length,
    kinds: new Uint8Array(values.length).fill(1),
    values: Float64Array.from(values),
  };
}
