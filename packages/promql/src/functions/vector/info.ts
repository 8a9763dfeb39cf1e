/**
 * `info(v [, {selector}])`: adds to each series the labels of the info series (`target_info`, …) of the same `job` and
 * `instance`.
 *
 * Source: prometheus `promql/info.go`.
 */
import { Labels, type Matcher, METRIC_NAME, SampleColumns, SampleKind, type Slices } from "@dmon/model";
import { type Call, childrenOf, type Expr, type VectorSelector } from "../../ast.ts";
import { queryFailed } from "../../engine/context.ts";
import type { Evaluation } from "../../engine/evaluation.ts";
import { SeriesMerger } from "../../engine/merge.ts";
import { type ReadTimes, readRaw, readTimes, select } from "../../engine/selector.ts";
import { ABSENT, type Series, type SeriesSink } from "../../engine/series.ts";
import { matcherPredicate } from "../../matcher.ts";
import type { VectorFunction } from "./types.ts";

const IDENTIFYING = ["instance", "job"] as const;
const INFO_SELECTOR: VectorSelector = {
  type: "vectorSelector",
  name: "",
  matchers: [],
  offset: { ms: 0, expr: undefined },
  at: undefined,
  extended: undefined,
  labelsOnly: true,
  span: { start: 0, end: 0 },
};
const DEFAULT_INFO: Matcher = { type: "=", name: METRIC_NAME, value: "target_info" };
/** Where names are only excluded. */
const ANY_INFO: Matcher = { type: "=~", name: METRIC_NAME, value: ".+_info" };

/** The info series that stands at each step, by the time of its sample: the newest wins. */
interface InfoSeries {
  readonly labels: Labels;
  /** Time of the sample at each step, ms; NaN where there is none. */
  readonly sampleTimes: Float64Array;
}

/** What the second argument asks for. */
interface Wanted {
  /** Which metrics are info metrics. */
  readonly nameMatchers: readonly Matcher[];
  /** By label: which labels are added, and what they must be. Empty: all. */
  readonly dataMatchers: ReadonlyMap<string, readonly Matcher[]>;
}

function* info(evaluation: Evaluation, call: Call, sink: SeriesSink): Slices<void> {
  const [vector, selector] = call.args as [Expr, VectorSelector | undefined];
  const wanted = wantedBy(selector);
  const bases = yield* evaluation.collect(vector);
  const isPassed = passedTest(selector, wanted);
  const enriched = bases.filter((series) => !isPassed(series.labels.name));
  const byIdentity = yield* readInfoSeries(evaluation, vector, enriched, wanted);
  const merger = new SeriesMerger(evaluation);
  const toEnrich = new Set(enriched);
  for (const series of bases) {
    if (toEnrich.has(series)) enrich(evaluation, series, byIdentity.get(identity(series.labels)) ?? [], wanted, merger);
    else merger.add(series);
    if (evaluation.context.spend(evaluation.grid.count)) yield;
  }
  evaluation.releaseAll(bases);
  merger.flush(sink);
}

function wantedBy(selector: VectorSelector | undefined): Wanted {
  if (selector === undefined) return { nameMatchers: [DEFAULT_INFO], dataMatchers: new Map() };
  const nameMatchers = selector.matchers.filter((matcher) => matcher.name === METRIC_NAME);
  if (nameMatchers.length === 0) nameMatchers.push(DEFAULT_INFO);
  else if (!nameMatchers.some(({ type }) => type === "=" || type === "=~")) nameMatchers.push(ANY_INFO);
  const others = selector.matchers.filter((matcher) => matcher.name !== METRIC_NAME);
  return { nameMatchers, dataMatchers: Map.groupBy(others, (matcher) => matcher.name) };
}

/** Info series themselves are passed through, unless the selector leaves open which metrics they are. */
function passedTest(selector: VectorSelector | undefined, wanted: Wanted): (name: string) => boolean {
  const named = selector === undefined || selector.matchers.some((matcher) => matcher.name === METRIC_NAME);
  return named ? everyHolds(wanted.nameMatchers) : () => false;
}

function everyHolds(matchers: readonly Matcher[]): (value: string) => boolean {
  const predicates = matchers.map(matcherPredicate);
  return (value) => predicates.every((holds) => holds(value));
}

function identity(labels: Labels): string {
  return JSON.stringify(IDENTIFYING.map((name) => labels.get(name)));
}

/** The info series of all jobs and instances among `bases`, by {@link identity}. */
function* readInfoSeries(
  evaluation: Evaluation,
  vector: Expr,
  bases: readonly Series[],
  wanted: Wanted,
): Slices<Map<string, InfoSeries[]>> {
  const byIdentity = new Map<string, InfoSeries[]>();
  const times = readTimes(evaluation, timingOf(vector) ?? NOW);
  const { lookbackMs } = evaluation.context.limits;
  const reach = { startMs: times.firstMs - lookbackMs + 1, endMs: times.lastMs, rangeMs: 0, func: "info" };
  const samples = new SampleColumns();
  for (const identifying of identifyingMatchers(bases)) {
    const matchers = [...wanted.nameMatchers, ...[...wanted.dataMatchers.values()].flat(), ...identifying];
    const selection = yield* select(evaluation, { ...INFO_SELECTOR, matchers }, reach);
    if (selection.tier !== "raw") throw queryFailed("info() reads raw samples only");
    for (const selected of selection.series) {
      readRaw(selected, reach.startMs, reach.endMs, samples);
      const { labels } = selected;
      const series = { labels, sampleTimes: sampleTimes(samples, times, lookbackMs, evaluation.grid.count) };
      const key = identity(labels);
      byIdentity.set(key, [...(byIdentity.get(key) ?? []), series]);
      if (evaluation.context.spend(samples.length + evaluation.grid.count)) yield;
    }
  }
  return byIdentity;
}

/**
 * Matchers of the identifying labels, a set for each way in which the series have them: those that lack one must not select
 * info series that have it. Series without any have no info series.
 */
function identifyingMatchers(bases: readonly Series[]): Matcher[][] {
  const present = (labels: Labels) => IDENTIFYING.map((name) => Number(labels.has(name))).join("");
  const groups = Map.groupBy(bases, (series) => present(series.labels));
  groups.delete(present(Labels.EMPTY));
  return [...groups.values()].map((group) =>
    IDENTIFYING.map((name): Matcher => {
      const values = new Set(group.map((series) => series.labels.get(name)));
      if (values.has("")) return { type: "=", name, value: "" };
      return { type: "=~", name, value: [...values].map(quoteRegex).join("|") };
    }),
  );
}

function quoteRegex(text: string): string {
  return text.replace(/[\\.+*?()|[\]{}^$]/g, "\\$&");
}

/** When the samples of an expression are read: `@` and `offset` of its first selector and of the subqueries around it. */
function timingOf(expr: Expr, around: Timing = NOW): Timing | undefined {
  const here = "offset" in expr ? shifted(around, expr) : around;
  if (expr.type === "vectorSelector") return here;
  for (const child of childrenOf(expr)) {
    // A matrix selector's selector carries the offset of the whole.
    const found = timingOf(child, here);
    if (found !== undefined) return found;
  }
  return undefined;
}

type Timing = Pick<VectorSelector, "at" | "offset">;

const NOW: Timing = { at: undefined, offset: { ms: 0, expr: undefined } };

/** `@` counts from where nothing else does; offsets add up. */
function shifted(around: Timing, { at, offset }: Timing): Timing {
  if (at !== undefined) return { at, offset };
  return { at: around.at, offset: { ms: around.offset.ms + offset.ms, expr: undefined } };
}

function sampleTimes(samples: SampleColumns, times: ReadTimes, lookbackMs: number, count: number): Float64Array {
  const out = new Float64Array(count).fill(Number.NaN);
  let next = 0;
  for (let step = 0; step < count; step++) {
    const atMs = times.firstMs + step * times.stepMs;
    while (next < samples.length && samples.timesMs[next]! <= atMs) next++;
    const i = next - 1;
    if (i < 0 || samples.timesMs[i]! <= atMs - lookbackMs || samples.kinds[i] === SampleKind.STALE) continue;
    if (samples.kinds[i] === SampleKind.HISTOGRAM) throw queryFailed("info sample should be float");
    out[step] = samples.timesMs[i]!;
  }
  return out;
}

/** Splits a series by the info series that stand beside it at each step. */
function enrich(
  evaluation: Evaluation,
  series: Series,
  infos: readonly InfoSeries[],
  wanted: Wanted,
  merger: SeriesMerger,
): void {
  const buffer = evaluation.buffer();
  const byInfos = new Map<string, Series | undefined>();
  for (let step = 0; step < series.kinds.length; step++) {
    if (series.kinds[step] === ABSENT) continue;
    const standing = standingAt(infos, step);
    const key = standing.map((one) => one.labels.key).join("\n");
    if (!byInfos.has(key)) {
      const labels = enrichedLabels(series.labels, standing, wanted);
      const out = labels && buffer.next(labels);
      if (out !== undefined) {
        out.dropName = series.dropName;
        // Columns of several results live at once, so the buffer must not hand them out again.
        out.kept = true;
      }
      byInfos.set(key, out);
    }
    byInfos.get(key)?.copyStep(series, step);
  }
  for (const out of byInfos.values()) if (out !== undefined) merger.add(out);
}

/** Of each info metric the series with the newest sample. */
function standingAt(infos: readonly InfoSeries[], step: number): InfoSeries[] {
  const byName = new Map<string, InfoSeries>();
  for (const one of infos) {
    const at = one.sampleTimes[step]!;
    if (Number.isNaN(at)) continue;
    const known = byName.get(one.labels.name);
    const knownAt = known?.sampleTimes[step] ?? Number.NEGATIVE_INFINITY;
    if (at === knownAt) {
      throw queryFailed(
        `found duplicate series for info metric: existing ${known!.labels} @ ${at}, new ${one.labels} @ ${at}`,
      );
    }
    if (at > knownAt) byName.set(one.labels.name, one);
  }
  return [...byName.values()];
}

/** @returns undefined where the selector demands labels and no info series has them */
function enrichedLabels(base: Labels, infos: readonly InfoSeries[], wanted: Wanted): Labels | undefined {
  const { dataMatchers } = wanted;
  const added = new Map<string, string>();
  for (const { labels } of infos) {
    for (const [name, value] of labels) {
      if (name === METRIC_NAME || (dataMatchers.size > 0 && !dataMatchers.has(name))) continue;
      const other = added.get(name);
      if (other !== undefined && other !== value) throw queryFailed(`conflicting label: ${name}`);
      if (!base.has(name)) added.set(name, value);
    }
  }
  if (infos.length === 0 && ![...dataMatchers.values()].every((matchers) => everyHolds(matchers)(""))) return undefined;
  let labels = base;
  for (const [name, value] of added) labels = labels.with(name, value);
  return labels;
}

export const INFO_FUNCTIONS: Readonly<Record<string, VectorFunction>> = { info };
