/**
 * `POST /api/v1/analysis/changes`: over everything that was collected, which series changed most in a window, against the
 * time before it? Counters are compared by their rate. What is one thing said several times is one entry.
 */
import {
  type ChangesAnswer,
  type ChangesRequest,
  DmonError,
  type Matcher,
  METRIC_NAME,
  SampleColumns,
  SampleKind,
  type SelectedSeries,
  type Selection,
  type SeriesChange,
  type Slices,
  TierColumns,
} from "@dmon/model";
import { parseSelector } from "@dmon/promql";
import { z } from "zod";
import { groupAlike } from "../analysis/alike.ts";
import { COURSE_LENGTH, type Course, steadiness } from "../analysis/course.ts";
import { type Effect, effectOf, Moments } from "../analysis/effect.ts";
import { Families, isMoment } from "../analysis/weight.ts";
import type { EngineContext } from "../context.ts";
import { parameterError } from "../params.ts";
import { type EngineReply, type EngineRequest, successReply } from "../reply.ts";
import { jsonBody } from "./body.ts";

const schema = z.strictObject({
  startMs: z.number(),
  endMs: z.number(),
  baselineStartMs: z.number().optional(),
  baselineEndMs: z.number().optional(),
  match: z.array(z.string()).max(64).optional(),
  limit: z.number().int().min(1).max(1000).optional(),
});

const DEFAULT_LIMIT = 50;
/** Less is not notable. */
const LEAST_EFFECT = 0.01;
/** So many for each entry of the answer are looked at closely: whether it lasted, and what is alike. */
const CANDIDATES_PER_ENTRY = 8;
/** Series looked at between two pauses. */
const SERIES_PER_SLICE = 32;
const EVERYTHING: readonly Matcher[] = [{ type: "!=", name: METRIC_NAME, value: "" }];
const COUNTER_NAME = /_(total|sum|count|bucket)$/;

export function* changes(context: EngineContext, request: EngineRequest): Slices<EngineReply> {
  const startedMs = performance.now();
  const asked = jsonBody(request.body, schema) as ChangesRequest;
  const { startMs, endMs, limit = DEFAULT_LIMIT } = asked;
  if (endMs <= startMs) throw new DmonError("bad_parameter", "endMs must be after startMs");
  const baselineEndMs = asked.baselineEndMs ?? startMs;
  const baselineStartMs = asked.baselineStartMs ?? baselineEndMs - (endMs - startMs);
  if (baselineEndMs <= baselineStartMs)
    throw new DmonError("bad_parameter", "baselineEndMs must be after baselineStartMs");

  const windows: Windows = { startMs, endMs, baselineStartMs, baselineEndMs };
  const comparison = new Comparison(context, windows);
  const families = new Families();
  const found: Candidate[] = [];
  let seriesCount = 0;
  for (const matchers of readSelectors(asked.match)) {
    const selection = yield* context.store.select(matchers, {
      startMs: Math.min(baselineStartMs, startMs),
      endMs: Math.max(baselineEndMs, endMs),
      stepMs: endMs - startMs,
      rangeMs: endMs - startMs,
      func: "avg_over_time",
    });
    for (const series of selection.series) {
      const candidate = comparison.of(series, selection, families);
      if (candidate !== undefined) found.push(candidate);
      if (++seriesCount % SERIES_PER_SLICE === 0) yield;
    }
  }
  const ranked = found
    .map((one) => ({ ...one, effect: one.effect * families.weight(one.series.labels, one.distance) }))
    .sort((a, b) => b.effect - a.effect)
    .slice(0, limit * CANDIDATES_PER_ENTRY);
  const seen: { readonly candidate: Candidate; readonly course: Course }[] = [];
  for (const [i, candidate] of ranked.entries()) {
    const course = comparison.courseOf(candidate.series, candidate.selection);
    const effect = candidate.effect * steadiness(course, candidate.kind);
    if (effect >= LEAST_EFFECT) seen.push({ candidate: { ...candidate, effect }, course });
    if (i % SERIES_PER_SLICE === 0) yield;
  }
  seen.sort((a, b) => b.candidate.effect - a.candidate.effect);
  const groups = groupAlike(seen.map((one) => one.course)).slice(0, limit);
  const answer: ChangesAnswer = {
    baselineStartMs,
    baselineEndMs,
    seriesCount,
    elapsedMs: Math.round(performance.now() - startedMs),
    changes: groups.map(([first, ...alike]) => ({
      ...changeOf(seen[first!]!.candidate),
      ...(alike.length === 0 ? {} : { alike: alike.map((i) => changeOf(seen[i]!.candidate)) }),
    })),
  };
  return successReply([JSON.stringify(answer)]);
}

function readSelectors(match: readonly string[] | undefined): (readonly Matcher[])[] {
  if (match === undefined || match.length === 0) return [EVERYTHING];
  return match.map((text) => {
    try {
      return parseSelector(text);
    } catch (error) {
      throw parameterError("match", error);
    }
  });
}

interface Candidate extends Effect {
  readonly series: SelectedSeries;
  readonly selection: Selection;
  readonly isCounter: boolean;
  readonly before: number | null;
  readonly during: number | null;
}

function changeOf({ series: { labels }, isCounter, kind, effect, before, during }: Candidate): SeriesChange {
  const query = isCounter ? `rate(${labels.toString()}[1m])` : labels.toString();
  return { metric: labels.toObject(), query, kind, effect, before, during };
}

interface Windows {
  readonly startMs: number;
  readonly endMs: number;
  readonly baselineStartMs: number;
  readonly baselineEndMs: number;
}

/** Compares one series after the other with the same buffers. */
class Comparison {
  readonly #context: EngineContext;
  readonly #windows: Windows;
  readonly #samples = new SampleColumns();
  readonly #points = new TierColumns();
  readonly #before = new Moments();
  readonly #during = new Moments();
  readonly #counts = new Uint32Array(COURSE_LENGTH);
  /** Where the values go that are read. */
  #sink: (atMs: number, value: number) => void = () => {};

  constructor(context: EngineContext, windows: Windows) {
    this.#context = context;
    this.#windows = windows;
  }

  of(series: SelectedSeries, selection: Selection, families: Families): Candidate | undefined {
    const isCounter = this.#isCounter(series.labels.name);
    if (!isCounter && isMoment(series.labels.name)) return undefined;
    this.#before.clear();
    this.#during.clear();
    this.#sink = this.#compare;
    this.#read(series, selection, isCounter);
    families.add(series.labels, this.#before.mean, this.#during.mean);
    const effect = effectOf(this.#before, this.#during);
    if (effect === undefined) return undefined;
    return {
      ...effect,
      series,
      selection,
      isCounter,
      before: this.#before.count === 0 ? null : this.#before.mean,
      during: this.#during.count === 0 ? null : this.#during.mean,
    };
  }

  courseOf(series: SelectedSeries, selection: Selection): Course {
    const points = new Float64Array(COURSE_LENGTH);
    const counts = this.#counts.fill(0);
    const { baselineStartMs, baselineEndMs, startMs, endMs } = this.#windows;
    const half = COURSE_LENGTH / 2;
    const indexIn = (atMs: number, fromMs: number, toMs: number) =>
      Math.min(half - 1, Math.floor(((atMs - fromMs) / (toMs - fromMs)) * half));
    this.#sink = (atMs, value) => {
      let at = -1;
      if (atMs > startMs && atMs <= endMs) at = half + indexIn(atMs, startMs, endMs);
      else if (atMs > baselineStartMs && atMs <= baselineEndMs) at = indexIn(atMs, baselineStartMs, baselineEndMs);
      if (at === -1) return;
      points[at]! += value;
      counts[at]!++;
    };
    this.#read(series, selection, this.#isCounter(series.labels.name));
    for (let i = 0; i < COURSE_LENGTH; i++) points[i] = counts[i] === 0 ? Number.NaN : points[i]! / counts[i]!;
    return { labels: series.labels, points };
  }

  #read(series: SelectedSeries, { tier, tierStepMs }: Selection, isCounter: boolean): void {
    if (tier === "raw") this.#readRaw(series, isCounter);
    else this.#readTier(series, isCounter, tierStepMs);
  }

  #readRaw(series: SelectedSeries, isCounter: boolean): void {
    const { baselineStartMs, baselineEndMs, startMs, endMs } = this.#windows;
    const columns = this.#samples;
    series.read(Math.min(baselineStartMs, startMs), Math.max(baselineEndMs, endMs), columns);
    const { timesMs, values, kinds } = columns;
    let previous = -1;
    for (let i = 0; i < columns.length; i++) {
      if (kinds[i] !== SampleKind.FLOAT) {
        previous = -1;
        continue;
      }
      const atMs = timesMs[i]!;
      if (!isCounter) this.#put(atMs, values[i]!);
      else if (previous >= 0 && values[i]! >= values[previous]!) {
        this.#put(atMs, ((values[i]! - values[previous]!) * 1000) / (atMs - timesMs[previous]!));
      }
      previous = i;
    }
  }

  #readTier(series: SelectedSeries, isCounter: boolean, tierStepMs: number): void {
    const { baselineStartMs, baselineEndMs, startMs, endMs } = this.#windows;
    const points = this.#points;
    series.readTier(Math.min(baselineStartMs, startMs), Math.max(baselineEndMs, endMs), points);
    for (let i = 0; i < points.length; i++) {
      const value = isCounter ? (points.increase[i]! * 1000) / tierStepMs : points.sum[i]! / points.count[i]!;
      this.#put(points.endsMs[i]! - tierStepMs / 2, value);
    }
  }

  #put(atMs: number, value: number): void {
    if (Number.isFinite(value)) this.#sink(atMs, value);
  }

  readonly #compare = (atMs: number, value: number): void => {
    const { baselineStartMs, baselineEndMs, startMs, endMs } = this.#windows;
    if (atMs > startMs && atMs <= endMs) this.#during.add(value);
    else if (atMs > baselineStartMs && atMs <= baselineEndMs) this.#before.add(value);
  };

  #isCounter(name: string): boolean {
    const [known] = this.#context.store.metadata(name).get(name) ?? [];
    if (known !== undefined && known.type !== "unknown") return known.type === "counter" || COUNTER_NAME.test(name);
    return COUNTER_NAME.test(name);
  }
}
