/** What a store is opened with, and what it tells. */
import type { Clock } from "@dmon/model";
import type { HeadLimits } from "./head/head.ts";

export interface Retention {
  /** How long each tier is kept, ms. */
  readonly rawMs: number;
  readonly m1Ms: number;
  readonly h1Ms: number;
}

/** What the store tells for the log. */
export type StoreEvent =
  /** Bytes are not what was written; what they held is lost, all else answers. */
  | { readonly type: "damage"; readonly path: string; readonly what: string; readonly lostSamples: number }
  | { readonly type: "disk_full"; readonly path: string }
  | { readonly type: "disk_ok" }
  /** Samples were given up because the disk stayed full and memory must not grow without bound. */
  | { readonly type: "samples_dropped"; readonly count: number }
  | { readonly type: "clock_jump"; readonly byMs: number }
  | { readonly type: "removed"; readonly path: string; readonly reason: "retention" | "size"; readonly bytes: number }
  /** `maxSizeBytes` is less than the least that is kept: the last window, what is not merged yet, the log. */
  | { readonly type: "too_large"; readonly bytes: number; readonly maxSizeBytes: number }
  | { readonly type: "replayed"; readonly samples: number; readonly lostSamples: number; readonly tookMs: number }
  | { readonly type: "error"; readonly path: string; readonly message: string };

export interface StoreOptions {
  /** Data directory; made if need be. */
  readonly dir: string;
  readonly clock: Clock;
  readonly retention?: Retention | undefined;
  /** All files together stay below it; the oldest data goes first, raw before points (docs/formats/store.md). 0: no limit. */
  readonly maxSizeBytes?: number | undefined;
  /** Samples this much older than the newest of their series are taken, ms. */
  readonly outOfOrderWindowMs?: number | undefined;
  readonly limits?: Partial<HeadLimits> | undefined;
  readonly onEvent?: ((event: StoreEvent) => void) | undefined;
  /** Reads only: no lock is taken and nothing is written (`dmon tsdb`). */
  readonly readOnly?: boolean | undefined;
  /** Room kept on the disk for the day it is full; default 10 MiB, 0 for none. */
  readonly reserveBytes?: number | undefined;
  /** Bytes of opened packs that are kept for the next query. */
  readonly cacheBytes?: number | undefined;
}

export const DEFAULT_RETENTION: Retention = {
  rawMs: 14 * 86_400_000,
  m1Ms: 90 * 86_400_000,
  h1Ms: 2 * 365 * 86_400_000,
};

export const DEFAULT_LIMITS: HeadLimits = { maxSeries: 1_000_000, maxSeriesPerJob: 500_000 };
