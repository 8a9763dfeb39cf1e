/** What a chart is: its queries, how their lines are named and coloured, and its unit. */

import type { AnswerNotes } from "../api/batch.ts";
import type { Measure } from "./measure.ts";
import type { ColorName } from "./palette.ts";

export type LabelSet = Readonly<Record<string, string>>;

export interface PanelQuery {
  /** A built-in chart's; can follow the live stream. */
  readonly measure?: Measure;
  /** PromQL text instead; `$__rate_interval` and `$__interval` are replaced. Polled. */
  readonly expr?: string;
  /** A function that takes `shared` too is told which labels are the same on all series of the query. */
  readonly label: string | ((labels: LabelSet, shared: readonly string[]) => string);
  readonly color?: ColorName | ((labels: LabelSet) => ColorName | undefined);
  /** Drawn below zero: what is sent or written, against what is received or read. */
  readonly downwards?: boolean;
  readonly dashed?: boolean;
  /** Overrides the panel's. */
  readonly stacked?: boolean;
  readonly fill?: boolean;
  readonly unit?: string;
}

/** What a line of this name is drawn like, instead of what its query says. */
export interface LineStyle {
  readonly name?: string;
  /** Its numbers are written in this unit; the axis keeps the panel's. */
  readonly unit?: string;
  readonly color?: ColorName;
  readonly downwards?: boolean;
  readonly dashed?: boolean;
  readonly stacked?: boolean;
  readonly fill?: boolean;
  readonly hidden?: boolean;
}

export interface PanelLimit {
  /** Where it begins; it ends where the next begins. */
  readonly from: number;
  /** `from` is a share of the axis in percent. */
  readonly percent?: boolean;
  readonly level: "ok" | "warning" | "critical" | "neutral";
}

export interface PanelLimits {
  readonly steps: readonly PanelLimit[];
  readonly lines: boolean;
  readonly areas: boolean;
}

export interface PanelLink {
  readonly title: string;
  readonly url: string;
}

export interface PanelSpec {
  /** Stable; names the panel in the page's addresses and tests. */
  readonly id: string;
  readonly title: string;
  /** One or two sentences: what it means, and what to look for. */
  readonly help?: string;
  readonly unit: string;
  readonly decimals?: number;
  readonly stacked?: boolean;
  /** Stacked lines are drawn as shares of their sum. */
  readonly percentStacked?: boolean;
  readonly fill?: boolean;
  readonly queries: readonly PanelQuery[];
  /** The axis reaches at least this far, so that noise does not look like mountains. */
  readonly reach?: number;
  /** Fixed ends of the axis. */
  readonly min?: number;
  readonly max?: number;
  /** Lines drawn at most; of more, those that reach highest. Default 20. */
  readonly maxLines?: number;
  /** Hears what the first answer of each query cost, and its warnings. */
  readonly onNotes?: (query: number, notes: AnswerNotes) => void;
  /** The interval at which its series are collected, where that is longer than the stream's; such a chart polls. */
  readonly everyMs?: number;
  /** The step of its range queries, ms; longer where there would be too many points. Default: by the shown time. */
  readonly stepMs?: number;
  /** Points of a line at most; default 900. */
  readonly maxPoints?: number;
  /** Its series are not those of one host. */
  readonly everywhere?: boolean;
  /** By the line's name and the place of its query. */
  readonly styleOf?: (label: string, query: number) => LineStyle;
  /** Limits drawn on the chart, ascending. */
  readonly limits?: PanelLimits;
  /** Native histograms become one line a bucket, as classic ones have, with a label `le` each and not cumulative. */
  readonly nativeBuckets?: boolean;
  /** In the panel's menu. */
  readonly links?: readonly PanelLink[];
  /** Order of lines in stack and legend, by label; default: as they come. */
  readonly order?: readonly string[];
}
