/**
 * `POST /api/v1/analysis/changes`: over everything that was collected, which series changed most in a window, against the
 * time before it? Counters are compared by their rate.
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
import { effectOf, Moments } from "../analysis/effect.ts";
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
  const found: SeriesChange[] = [];
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
      const change = comparison.of(series, selection);
      if (change !== undefined) found.push(change);
      if (++seriesCount % SERIES_PER_SLICE === 0) yield;
    }
  }
  found.sort((a, b) => b.effect - a.effect);
  const answer: ChangesAnswer = {
    baselineStartMs,
    baselineEndMs,
    seriesCount,
    elapsedMs: Math.round(performance.now() - startedMs),
    changes: found.slice(0, limit),
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

  constructor(context: EngineContext, windows: Windows) {
    this.#context = context;
    this.#windows = windows;
  }

  of(series: SelectedSeries, { tier, tierStepMs }: Selection): SeriesChange | undefined {
    const { labels } = series;
    const isCounter = this.#isCounter(labels.name);
    this.#before.clear();
    this.#during.clear();
    if (tier === "raw") this.#readRaw(series, isCounter);
    else this.#readTier(series, isCounter, tierStepMs);
    const effect = effectOf(this.#before, this.#during);
    if (effect === undefined) return undefined;
    return {
      metric: labels.toObject(),
      query: isCounter ? `rate(${labels.toString()}[1m])` : labels.toString(),
      ...effect,
      before: this.#before.count === 0 ? null : this.#before.mean,
      during: this.#during.count === 0 ? null : this.#during.mean,
    };
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
      if (!isCounter) this.#put(atMs, values[i]!, 1);
      else if (previous >= 0 && values[i]! >= values[previous]!) {
        this.#put(atMs, ((values[i]! - values[previous]!) * 1000) / (atMs - timesMs[previous]!), 1);
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
      this.#put(points.endsMs[i]! - tierStepMs / 2, value, 1);
    }
  }

  #put(atMs: number, value: number, weight: number): void {
    if (!Number.isFinite(value)) return;
    const { baselineStartMs, baselineEndMs, startMs, endMs } = this.#windows;
    if (atMs > startMs && atMs <= endMs) this.#during.add(value, weight);
    else if (atMs > baselineStartMs && atMs <= baselineEndMs) this.#before.add(value, weight);
  }

  #isCounter(name: string): boolean {
    const [known] = this.#context.store.metadata(name).get(name) ?? [];
    if (known !== undefined && known.type !== "unknown") return known.type === "counter" || COUNTER_NAME.test(name);
    return COUNTER_NAME.test(name);
  }
}
