/** What the store says of itself: for `dmon_*` metrics, `/api/v1/status/tsdb` and the logs. */

export interface NameCount {
  readonly name: string;
  readonly count: number;
}

export interface StoreStats {
  /** Resident series, and how many were ever refused by a limit. */
  readonly headSeries: number;
  readonly refusedSeries: number;
  /** Packs not yet merged into a file of their day, and samples in them. */
  readonly recentPacks: number;
  readonly recentSamples: number;
  /** Samples by `AppendOutcome` since the store was opened. */
  readonly outcomes: readonly number[];
  /** Bytes of memory of open samples, and of opened packs. */
  readonly openBytes: number;
  readonly cacheBytes: number;
  readonly symbolCount: number;
  /** Bytes on disk. */
  readonly headFileBytes: number;
  readonly tailFileBytes: number;
  readonly recentFileBytes: number;
  readonly tierFileBytes: { readonly raw: number; readonly "1m": number; readonly "1h": number };
  readonly totalBytes: number;
  /** Damage met since the store was opened, and samples known to be lost by it. */
  readonly damageCount: number;
  readonly lostSamples: number;
  readonly diskFull: boolean;
  /** Samples given up because the disk stayed full. */
  readonly droppedSamples: number;
  /** Oldest and newest sample, ms; undefined where there is none. */
  readonly minMs: number | undefined;
  readonly maxMs: number | undefined;
  /** Windows merged and chunks cut since the store was opened. */
  readonly mergedWindows: number;
  readonly cutSamples: number;
  /** Resident series by metric name, by label pair; values by label name; the most first, ten each. */
  readonly topMetrics: readonly NameCount[];
  readonly topLabelNames: readonly NameCount[];
  readonly topLabelPairs: readonly NameCount[];
}
