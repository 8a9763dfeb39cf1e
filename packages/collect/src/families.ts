/** What the host said last, as metric families: for `GET /metrics`, snapshots and goldens. No `job`, no `instance`. */
import type { MetricType } from "@dmon/model";

export interface FamilySample {
  /** Aligned with the family's `labelNames`; "" where the series does not have that label. */
  readonly labelValues: readonly string[];
  readonly value: number;
}

export interface MetricFamily {
  /** Name of the series. */
  readonly name: string;
  /** What help and type are said of: `x` of the series `x_bucket`, else the same. */
  readonly metadataName: string;
  readonly help: string;
  /** `unknown` is what the text format calls `untyped`. */
  readonly type: MetricType;
  readonly labelNames: readonly string[];
  readonly samples: readonly FamilySample[];
}
