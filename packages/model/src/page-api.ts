/**
 * JSON shapes of the routes that are ours and not Prometheus': what the page asks beyond `/api/v1/query*`.
 *
 * Answers are wrapped as all others (`ApiSuccess`, `ApiFailure`). Instants are `…Ms` (Unix, ms), except in `BatchQuery`, which
 * carries the parameters of `query` and `query_range` as they are (seconds).
 */
import type { ApiQueryData, ApiResponse } from "./api.ts";

/** `POST /api/v1/batch`: several queries in one request, because a browser opens six connections to a host. At most 64. */
export interface BatchRequest {
  readonly queries: readonly BatchQuery[];
}

/** With `start`, `end` and `step` a range query, otherwise an instant one; seconds. */
export interface BatchQuery {
  readonly query: string;
  readonly time?: number;
  readonly start?: number;
  readonly end?: number;
  readonly step?: number;
}

/** One answer a query, in their order; one that fails is a failure in its place, and the batch a success. */
export type BatchAnswer = readonly ApiResponse<ApiQueryData>[];

/** `GET /api/v1/host`: the machine that this program runs on, and what the page must know before it asks more. */
export interface HostInfo {
  /** The labels that local series carry. */
  readonly job: string;
  readonly instance: string;
  readonly version: string;
  /** Interval of the local collection. */
  readonly intervalMs: number;
  readonly nowMs: number;
  /** Since when this process runs, and since when the host does. */
  readonly startedAtMs: number;
  readonly bootedAtMs?: number;
}

/** `GET /api/v1/host/processes`: the processes of the last collection. CPU and I/O are rates since the one before. */
export interface ProcessList {
  readonly atMs: number;
  /** Processes on the host; `rows` may hold fewer (the server keeps those that cost most). */
  readonly totalCount: number;
  readonly rows: readonly ProcessRow[];
}

export interface ProcessRow {
  readonly pid: number;
  readonly parentPid: number;
  readonly name: string;
  /** Command line; the name in brackets for a kernel thread. */
  readonly command: string;
  /** Null where it could not be read. */
  readonly user: string | null;
  /** One letter as in proc_pid_stat(5). */
  readonly state: string;
  /** Cores used: 1 is one core fully. */
  readonly cpuCores: number;
  readonly residentBytes: number;
  /** Null without the permission to read them. */
  readonly readBytesPerSecond: number | null;
  readonly writeBytesPerSecond: number | null;
  readonly threadCount: number;
  readonly openFileCount: number | null;
  readonly startedAtMs: number;
  /** `groupname` of the process' series `namedprocess_namegroup_*`. */
  readonly group: string;
  /** `name` of the container's series, null outside one. */
  readonly container: string | null;
}

/** `GET /api/v1/host/containers`: containers and services by their cgroups, as of the last collection. */
export interface ContainerList {
  readonly atMs: number;
  readonly rows: readonly ContainerRow[];
}

export interface ContainerRow {
  /** `id` and `name` of its series `container_*`. */
  readonly id: string;
  readonly name: string;
  readonly image: string | null;
  readonly kind: "docker" | "podman" | "kubernetes" | "systemd" | "other";
  readonly cpuCores: number;
  /** Share of the periods in which it was throttled, 0–1; null without a limit. */
  readonly throttledRatio: number | null;
  readonly memoryBytes: number;
  readonly memoryLimitBytes: number | null;
  readonly readBytesPerSecond: number | null;
  readonly writeBytesPerSecond: number | null;
  readonly processCount: number | null;
  readonly oomKillCount: number | null;
  readonly startedAtMs: number | null;
}

/** `POST /api/v1/analysis/changes`: which series changed most in a window, against the time before it. */
export interface ChangesRequest {
  readonly startMs: number;
  readonly endMs: number;
  /** Default: as long as the window, and right before it. */
  readonly baselineStartMs?: number;
  readonly baselineEndMs?: number;
  /** Selectors of the series to look at; default everything. */
  readonly match?: readonly string[];
  /** Default 50. */
  readonly limit?: number;
}

export interface ChangesAnswer {
  readonly baselineStartMs: number;
  readonly baselineEndMs: number;
  readonly seriesCount: number;
  readonly elapsedMs: number;
  /** By falling `effect`. */
  readonly changes: readonly SeriesChange[];
}

export interface SeriesChange {
  readonly metric: Readonly<Record<string, string>>;
  /** PromQL of what was compared: the selector, or its `rate` for a counter. */
  readonly query: string;
  readonly kind: "rose" | "fell" | "appeared" | "vanished" | "varied";
  /**
   * Size of the effect, 0–10: the difference of the means over the pooled standard deviation, bounded, times the change
   * relative to the series' size, times the root of its share in what its metric has on this host, less where that is little
   * for a machine (bytes, packets, seconds).
   */
  readonly effect: number;
  /** Means, of the rate for a counter; null where the series had nothing. */
  readonly before: number | null;
  readonly during: number | null;
  /** Series of the same thing that went the same way at the same time, largest effect first; none is listed by itself. */
  readonly alike?: readonly SeriesChange[];
}

/** `GET /api/v1/annotations?start&end` (seconds), `POST` one, `PUT` or `DELETE /api/v1/annotations/{id}`. */
export interface Annotation {
  readonly id: string;
  readonly atMs: number;
  /** Present where it spans time. */
  readonly endMs?: number;
  readonly text: string;
  readonly tags: readonly string[];
  /** Who made it: `user`, `restart`, `alert`, `experiment`, … */
  readonly source: string;
}

export type NewAnnotation = Omit<Annotation, "id">;

/**
 * `GET /api/v1/dashboards` (list), `GET|PUT|DELETE /api/v1/dashboards/{id}`. One file each in `<data-dir>/dashboards/`
 * (`<id>.json`, `.yaml` or `.yml`); `id` is `[a-z0-9][a-z0-9-]{0,62}`.
 */
export interface DashboardListItem {
  readonly id: string;
  readonly title: string;
  readonly tags: readonly string[];
  readonly panelCount: number;
  readonly updatedAtMs: number;
}

export interface StoredDashboard {
  readonly id: string;
  /** Changes with the file. A `PUT` that names another than the stored one is refused (409, `dashboard_conflict`). */
  readonly revision: string;
  readonly document: DashboardDocument;
}

export interface DashboardWrite {
  /** Absent: a new one, refused where the id is taken. */
  readonly revision?: string;
  readonly document: DashboardDocument;
}

export interface DashboardDocument {
  readonly schema: 1;
  readonly title: string;
  readonly description?: string;
  readonly tags?: readonly string[];
  readonly variables?: readonly DashboardVariable[];
  readonly panels: readonly DashboardPanel[];
  /** Shown above the panels. */
  readonly links?: readonly DashboardLink[];
  /** What an import could not carry over, a sentence each. */
  readonly notes?: readonly string[];
}

export interface DashboardVariable {
  readonly name: string;
  readonly label?: string;
  /** `label_values(selector, label)`, `label_values(label)`, `label_names()`, `metrics(regex)`, `query_result(promql)`; or fixed `values`. */
  readonly query?: string;
  readonly values?: readonly string[];
  /** What people read instead of a value. */
  readonly texts?: Readonly<Record<string, string>>;
  /** Any text may be typed. */
  readonly free?: boolean;
  readonly regex?: string;
  readonly multi?: boolean;
  readonly includeAll?: boolean;
  readonly allValue?: string;
  readonly current?: string | readonly string[];
  readonly hidden?: boolean;
}

export type DashboardPanelKind =
  | "chart"
  | "heatmap"
  | "states"
  | "stat"
  | "gauge"
  | "bars"
  | "table"
  | "text"
  | "row"
  | "unsupported";

/** Place and size on a grid of 24 columns; rows of 36 px. */
export interface DashboardGrid {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

export interface DashboardPanel {
  readonly id: number;
  readonly kind: DashboardPanelKind;
  readonly title: string;
  readonly description?: string;
  readonly grid: DashboardGrid;
  /** Shown once for each chosen value of a variable; a row with all its panels. */
  readonly repeat?: DashboardRepeat;
  readonly queries?: readonly DashboardQuery[];
  /** A unit's name as Grafana writes them (`bytes`, `percentunit`, `Bps`, …). */
  readonly unit?: string;
  readonly decimals?: number;
  readonly min?: number;
  readonly max?: number;
  readonly stacked?: boolean;
  /** Of a stack: shares of its sum. */
  readonly percentStacked?: boolean;
  readonly fill?: boolean;
  readonly thresholds?: readonly DashboardThreshold[];
  /** `chart`: whether and how the thresholds are drawn; default not. Areas are those of `warning` and `critical`. */
  readonly thresholdStyle?: "line" | "area" | "both";
  /**
   * `heatmap`: cells count series whose values lie in a row's range, instead of showing a histogram's buckets (`le`, or a native
   * histogram's) or, where there are none, one row a series.
   */
  readonly distribution?: boolean;
  /** `states`: each reading by itself, instead of one block for equal ones that follow each other. */
  readonly separate?: boolean;
  /** Words instead of numbers; the first that fits counts. */
  readonly mappings?: readonly DashboardMapping[];
  /** `stat`: its course behind the number. */
  readonly spark?: boolean;
  /** How `stat`, `gauge` and `bars` make one number of a series; default `last`. */
  readonly reduce?: "last" | "mean" | "max" | "min" | "sum";
  readonly legend?: "hidden" | "list" | "table";
  /** Rows: whether its panels start folded. */
  readonly collapsed?: boolean;
  /** Text of a `text` panel (Markdown), or of an `unsupported` one: why it cannot be shown. */
  readonly text?: string;
  /** Shown in the panel's menu; variables are replaced in the address. */
  readonly links?: readonly DashboardLink[];
  /** By the series' legend: drawn downwards, in a colour, … */
  readonly overrides?: readonly DashboardOverride[];
}

export interface DashboardLink {
  readonly title: string;
  /** `http://`, `https://`, or a path of this page (`/dashboards/disks`); others are not followed. */
  readonly url: string;
}

export interface DashboardRepeat {
  readonly variable: string;
  /** Default across. A row's own always go down. */
  readonly direction?: "across" | "down";
  /** Most beside each other; default 4. */
  readonly perRow?: number;
}

/** Fits the value, else a value whose plain text the pattern fits, else one from `from` to `to` (inclusive, either may be absent), else a missing one. */
export interface DashboardMapping {
  readonly value?: number;
  /** `/regex/` for the value as text (`1`, `0.5`, `NaN`); `text` may refer to its groups (`$1`). */
  readonly pattern?: string;
  readonly from?: number;
  readonly to?: number;
  readonly missing?: boolean;
  readonly text?: string;
  readonly level?: DashboardThreshold["level"];
}

export interface DashboardQuery {
  readonly expr: string;
  /** `{{label}}` is replaced. */
  readonly legend?: string;
  readonly instant?: boolean;
  readonly hidden?: boolean;
}

export interface DashboardThreshold {
  /** Null for the lowest step. */
  readonly value: number | null;
  readonly level: "ok" | "warning" | "critical" | "neutral";
  /** Share of `min`–`max` in percent instead of a value. */
  readonly percent?: boolean;
}

export interface DashboardOverride {
  /** The legend's exact text, or `/regex/`. */
  readonly match: string;
  readonly negate?: boolean;
  /** Only series of this query; counts from 0, hidden ones too. */
  readonly query?: number;
  readonly color?: string;
  readonly unit?: string;
  readonly dashed?: boolean;
  readonly fill?: boolean;
  readonly stacked?: boolean;
  readonly hidden?: boolean;
  readonly downwards?: boolean;
  readonly name?: string;
}
