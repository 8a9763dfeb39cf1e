/**
 * Sorts a vector into native histograms and classic ones (series with `le`), for functions that take both.
 *
 * A classic histogram and a native one with the same labels at the same step contradict each other: both are left out there,
 * with a warning.
 */
import { type Labels, parseGoFloat, type Slices } from "@dmon/model";
import type { Expr } from "../../ast.ts";
import type { Evaluation } from "../../engine/evaluation.ts";
import { ABSENT, FLOAT, HISTOGRAM, type Series } from "../../engine/series.ts";
import type { ClassicBucket } from "../../histogram/index.ts";

/** Buckets of one classic histogram, ascending by upper bound. */
export interface ClassicGroup {
  /** One of its series, without `le`. */
  readonly labels: Series["labels"];
  readonly buckets: readonly { readonly upper: number; readonly series: Series }[];
}

export interface HistogramGroups {
  readonly native: readonly Series[];
  readonly classic: readonly ClassicGroup[];
  /** All series, to be released when done. */
  readonly all: readonly Series[];
}

/** What notes call the metric: nothing where names are dropped at once, because it has none by then. */
export function notedName(evaluation: Evaluation, labels: Labels): string {
  return evaluation.context.limits.delayedNameRemoval ? labels.name : "";
}

export function* groupHistograms(evaluation: Evaluation, vector: Expr): Slices<HistogramGroups> {
  const all = yield* evaluation.collect(vector);
  const byLabels = new Map<string, { labels: Series["labels"]; buckets: { upper: number; series: Series }[] }>();
  for (const series of all) {
    if (!series.kinds.includes(FLOAT)) continue;
    const le = series.labels.get("le");
    const upper = parseGoFloat(le);
    if (upper === undefined) {
      evaluation.context.notes.badBucketLabel(series.labels.name, le, vector.span);
      continue;
    }
    const labels = series.labels.without("le");
    const group = byLabels.get(labels.key) ?? { labels, buckets: [] };
    group.buckets.push({ upper, series });
    byLabels.set(labels.key, group);
  }
  const native = all.filter((series) => series.kinds.includes(HISTOGRAM));
  for (const series of native) {
    const rival = byLabels.get(series.labels.key);
    if (rival !== undefined) dropContradictions(evaluation, vector, series, rival);
  }
  const classic = [...byLabels.values()];
  for (const group of classic) group.buckets.sort((a, b) => a.upper - b.upper || 0);
  return { native, classic, all };
}

function dropContradictions(evaluation: Evaluation, vector: Expr, native: Series, rival: ClassicGroup): void {
  for (let step = 0; step < native.kinds.length; step++) {
    if (native.kinds[step] !== HISTOGRAM) continue;
    if (!rival.buckets.some(({ series }) => series.kinds[step] === FLOAT)) continue;
    evaluation.context.notes.mixedClassicAndNative(native.labels.name, vector.span);
    native.clear(step);
    for (const { series } of rival.buckets) if (series.kinds[step] === FLOAT) series.kinds[step] = ABSENT;
  }
}

/** The buckets that a classic histogram has at a step. */
export function bucketsAt(group: ClassicGroup, step: number): ClassicBucket[] {
  const out: ClassicBucket[] = [];
  for (const { upper, series } of group.buckets) {
    if (series.kinds[step] === FLOAT) out.push({ upper, count: series.values[step]! });
  }
  return out;
}
