/**
 * The data of one chart over its life: history by range queries, then the live stream's frames or polls, and the comparison.
 *
 * A feed works only while its chart is on the screen (`setActive`): off it, nothing is asked, kept or computed. All of a
 * feed's lines lie in `table` (and `past`, shifted onto the present, for a comparison).
 */
import type { LiveSeries } from "@dmon/model";
import { ask } from "../api/batch.ts";
import { ApiError, isQueryError, matrixOf, messageOfQueryError } from "../api/client.ts";
import { type LiveConnection, live } from "../api/live.ts";
import { stepMsOf, type TimeRange, windowMsOf } from "../time/time-range.ts";
import { groupKey, type LiveMeasure, liveMeasure } from "./live-measure.ts";
import { groupingOf, rateWindow, toPromql } from "./measure.ts";
import type { LabelSet, PanelQuery, PanelSpec } from "./panel-spec.ts";
import { SeriesTable } from "./series-table.ts";

export interface PanelView {
  readonly range: TimeRange;
  /** 0: no comparison. */
  readonly compareMs: number;
  /** Matchers put on built-in charts' selectors. */
  readonly scope: readonly string[];
}

export function isSameView(a: PanelView, b: PanelView): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

export type FeedPhase = "idle" | "loading" | "ready" | "error";

export interface FeedState {
  readonly phase: FeedPhase;
  readonly error: string | undefined;
  /** The error is the query's own: asking again is no use. */
  readonly isQueryWrong: boolean;
  /** Changes when lines come or go. */
  readonly shape: number;
  /** Series that matched, drawn or not. */
  readonly seriesCount: number;
}

const MAX_POINTS = 900;
/** Where a reader chose the step; Prometheus answers no more than 11,000 either. */
const MAX_CHOSEN_POINTS = 10_000;
const MAX_ALIGN_MS = 10_000;
const HOLE_STEPS = 4;
const MIN_POLL_MS = 2000;
const MIN_TEXT_POLL_MS = 5000;
const MAX_POLL_MS = 60_000;
const RETRY_MS = 5000;
/** Frames kept while history is asked for: more than an answer should take. */
const MAX_MEANWHILE = 300;

/** One frame's values by column key. */
interface LivePoint {
  readonly atMs: number;
  readonly values: ReadonlyMap<string, number>;
  /** Of the columns that may be new. */
  readonly labels: ReadonlyMap<string, LabelSet>;
}

export class PanelFeed {
  spec: PanelSpec;
  table = new SeriesTable();
  past: SeriesTable | undefined;
  #view: PanelView;
  #active = false;
  #state: FeedState = { phase: "idle", error: undefined, isQueryWrong: false, shape: 0, seriesCount: 0 };
  #abort = new AbortController();
  #unsubscribe: (() => void) | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #endS = 0;
  /** Frames that came while history was asked for; undefined while it is not. They go behind it. */
  #meanwhile: LivePoint[] | undefined;
  readonly #stateListeners = new Set<() => void>();
  readonly #dataListeners = new Set<() => void>();
  readonly #live: LiveConnection;

  constructor(spec: PanelSpec, view: PanelView, connection: LiveConnection = live) {
    this.spec = spec;
    this.#view = view;
    this.#live = connection;
  }

  get state(): FeedState {
    return this.#state;
  }

  get view(): PanelView {
    return this.#view;
  }

  get stepMs(): number {
    const windowMs = windowMsOf(this.#view.range);
    if (this.spec.stepMs !== undefined) return Math.max(this.spec.stepMs, stepMsOf(windowMs, 1000, MAX_CHOSEN_POINTS));
    return stepMsOf(windowMs, this.#intervalMs, this.spec.maxPoints ?? MAX_POINTS);
  }

  get #intervalMs(): number {
    return Math.max(this.#live.intervalMs, this.spec.everyMs ?? 0);
  }

  get #scope(): readonly string[] {
    return this.spec.everywhere ? [] : this.#view.scope;
  }

  /** The ends of the chart's axis, s. */
  get window(): readonly [fromS: number, toS: number] {
    const { range } = this.#view;
    if (range.kind === "fixed") return [range.fromMs / 1000, range.toMs / 1000];
    const endS = this.#endS || this.#live.nowMs / 1000;
    return [endS - range.windowMs / 1000, endS];
  }

  readonly listenState = (listener: () => void): (() => void) => {
    this.#stateListeners.add(listener);
    return () => this.#stateListeners.delete(listener);
  };

  readonly listenData = (listener: () => void): (() => void) => {
    this.#dataListeners.add(listener);
    return () => this.#dataListeners.delete(listener);
  };

  setView(view: PanelView): void {
    const isSame = isSameView(view, this.#view);
    this.#view = view;
    if (this.#active && !isSame) this.#restart();
  }

  setActive(active: boolean): void {
    if (active === this.#active) return;
    this.#active = active;
    if (active) this.#restart();
    else this.#stop();
  }

  /** From now on all lines are drawn, however many. */
  drawAll(): void {
    this.spec = { ...this.spec, maxLines: Number.POSITIVE_INFINITY };
    this.#changedShape(this.#state.phase);
  }

  retry(): void {
    if (this.#active) this.#restart();
  }

  /** The query's text, as it would be written in Explore. */
  promql(query: PanelQuery): string {
    const context = { scope: this.#scope, stepMs: this.stepMs, intervalMs: this.#intervalMs };
    if (query.measure !== undefined) return toPromql(query.measure, context);
    const rangeMs = windowMsOf(this.#view.range);
    const toMs = this.window[1] * 1000;
    const known: Readonly<Record<string, string>> = {
      rate_interval: rateWindow(context),
      interval: `${Math.max(1, this.stepMs / 1000)}s`,
      interval_ms: `${Math.max(1000, this.stepMs)}`,
      range: `${Math.round(rangeMs / 1000)}s`,
      range_s: `${Math.round(rangeMs / 1000)}`,
      range_ms: `${Math.round(rangeMs)}`,
      from: `${Math.round(toMs - rangeMs)}`,
      to: `${Math.round(toMs)}`,
    };
    return (query.expr ?? "").replaceAll(
      /\$__(\w+)|\$\{__(\w+)(?::\w+)?\}/g,
      (whole, plain?: string, braced?: string) => {
        return known[plain ?? braced ?? ""] ?? whole;
      },
    );
  }

  #stop(): void {
    this.#abort.abort();
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
    clearTimeout(this.#timer);
  }

  #restart(): void {
    this.#stop();
    this.#abort = new AbortController();
    if (this.#state.phase !== "ready") this.#setState({ phase: "loading", error: undefined });
    this.#meanwhile = [];
    if (this.followsStream) this.#follow();
    void this.#load(this.#abort.signal);
  }

  get #isLive(): boolean {
    return this.#view.range.kind === "live";
  }

  /** Gets its points from the live stream, each second; others ask every few. */
  get followsStream(): boolean {
    return (
      this.#isLive &&
      this.stepMs <= this.#live.intervalMs &&
      this.spec.queries.every((query) => query.measure !== undefined)
    );
  }

  async #load(signal: AbortSignal): Promise<void> {
    const stepMs = this.stepMs;
    const { range, compareMs } = this.#view;
    const toMs = range.kind === "fixed" ? range.toMs : this.#live.nowMs;
    // Long steps count back from the end, so that what is newest is on the chart however short its past.
    const alignMs = Math.min(stepMs, MAX_ALIGN_MS);
    const endMs = Math.floor(toMs / alignMs) * alignMs;
    const startMs = endMs - Math.floor(windowMsOf(range) / stepMs) * stepMs;
    try {
      const [table, past] = await Promise.all([
        this.#history(startMs, endMs, stepMs, signal, this.spec.onNotes),
        compareMs === 0 ? undefined : this.#history(startMs - compareMs, endMs - compareMs, stepMs, signal),
      ]);
      if (signal.aborted) return;
      this.table = table;
      this.past = past;
      if (past !== undefined) for (let i = 0; i < past.times.length; i++) past.times[i]! += compareMs / 1000;
      this.#endS = toMs / 1000;
      for (const point of this.#meanwhile ?? []) this.#append(point);
      this.#meanwhile = undefined;
      this.#changedShape("ready");
      if (this.#isLive && !this.followsStream) this.#schedulePoll(stepMs);
    } catch (error) {
      if (!signal.aborted) this.#failed(error);
    }
  }

  #failed(error: unknown): void {
    this.#meanwhile = undefined;
    this.#setState({
      phase: this.#state.phase === "ready" ? "ready" : "error",
      error: messageOfQueryError(error),
      isQueryWrong: isQueryError(error),
    });
    const mayPass = !(error instanceof ApiError) || error.type === "network" || error.status >= 500;
    if (mayPass) this.#timer = setTimeout(() => this.#restart(), RETRY_MS);
  }

  async #history(
    startMs: number,
    endMs: number,
    stepMs: number,
    signal: AbortSignal,
    onNotes?: PanelSpec["onNotes"],
  ): Promise<SeriesTable> {
    const table = SeriesTable.grid(startMs / 1000, endMs / 1000, stepMs / 1000);
    const answers = await Promise.all(
      this.spec.queries.map((query, i) =>
        ask(
          { query: this.promql(query), start: startMs / 1000, end: endMs / 1000, step: stepMs / 1000 },
          signal,
          onNotes && ((notes) => onNotes(i, notes)),
        ),
      ),
    );
    for (const [i, answer] of answers.entries()) {
      table.addMatrix(i, matrixOf(answer), keyOf(this.spec.queries[i]!), this.spec.nativeBuckets);
    }
    return table;
  }

  #follow(): void {
    const measures = this.spec.queries.map((query) => liveMeasure(query.measure!, this.#scope));
    const labelsByKey = new Map<string, LabelSet>();
    const match = [...new Set(measures.flatMap((measure) => measure.match))];
    this.#unsubscribe = this.#live.subscribe(match, {
      onSeries: (series) => {
        for (const [i, measure] of measures.entries()) {
          measure.addSeries(series);
          rememberLabels(labelsByKey, i, this.spec.queries[i]!, series);
        }
      },
      onFrame: (atMs, values) => this.#addFrame(measures, labelsByKey, atMs, values),
      onGap: () => this.#restart(),
    });
  }

  #addFrame(
    measures: readonly LiveMeasure[],
    labelsByKey: ReadonlyMap<string, LabelSet>,
    atMs: number,
    values: ReadonlyMap<number, number>,
  ): void {
    const point = new Map<string, number>();
    for (const [i, measure] of measures.entries()) {
      for (const [key, value] of measure.evaluate(atMs, values)) point.set(`${i}|${key}`, value);
    }
    // The first frame after history has no rates yet: a point without values would be a hole.
    if (point.size === 0) return;
    const news = { atMs, values: point, labels: labelsByKey };
    if (this.#meanwhile !== undefined && this.#meanwhile.length < MAX_MEANWHILE) this.#meanwhile.push(news);
    if (this.#state.phase === "ready") this.#afterAppend(this.#append(news));
  }

  /** @returns whether lines came */
  #append({ atMs, values, labels }: LivePoint): boolean {
    const columnCount = this.table.columns.length;
    for (const key of values.keys()) {
      if (this.table.column(key) === undefined) {
        this.table.ensure(key, Number(key.slice(0, key.indexOf("|"))), labels.get(key) ?? {});
      }
    }
    this.table.append(atMs / 1000, values, (HOLE_STEPS * this.#live.intervalMs) / 1000);
    this.#endS = Math.max(this.#endS, atMs / 1000);
    return this.table.columns.length > columnCount;
  }

  #afterAppend(grew: boolean): void {
    const columns = this.table.columns;
    this.table.trim(this.window[0]);
    if (grew || this.table.columns !== columns) this.#changedShape("ready");
    else for (const listener of this.#dataListeners) listener();
  }

  #schedulePoll(stepMs: number): void {
    const isText = this.spec.queries.some((query) => query.measure === undefined);
    const least = isText ? MIN_TEXT_POLL_MS : MIN_POLL_MS;
    const waitMs = Math.min(Math.max(stepMs, least), MAX_POLL_MS);
    const signal = this.#abort.signal;
    this.#timer = setTimeout(() => void this.#poll(stepMs, signal), waitMs);
  }

  async #poll(stepMs: number, signal: AbortSignal): Promise<void> {
    if (document.hidden) return this.#schedulePoll(stepMs);
    const toMs = this.#live.nowMs;
    const lastMs = Math.round((this.table.times.at(-1) ?? 0) * 1000);
    const endMs = lastMs + Math.floor((toMs - lastMs) / stepMs) * stepMs;
    try {
      if (endMs > lastMs + MAX_POINTS * stepMs) return this.#restart();
      if (endMs > lastMs) {
        const news = await this.#history(lastMs + stepMs, endMs, stepMs, signal);
        if (signal.aborted) return;
        this.#endS = toMs / 1000;
        this.#afterAppend(this.#addRows(news));
      }
      if (this.#state.error !== undefined) this.#setState({ error: undefined });
    } catch (error) {
      if (signal.aborted) return;
      this.#setState({ error: messageOfQueryError(error) });
    }
    this.#schedulePoll(stepMs);
  }

  #addRows(news: SeriesTable): boolean {
    let grew = false;
    for (const { key, query, labels } of news.columns) {
      if (this.table.column(key) !== undefined) continue;
      this.table.ensure(key, query, labels);
      grew = true;
    }
    for (const [row, atS] of news.times.entries()) {
      const point = new Map<string, number>();
      for (const column of news.columns) {
        const value = column.values[row];
        if (value !== null && value !== undefined) point.set(column.key, value);
      }
      this.table.append(atS, point, Number.POSITIVE_INFINITY);
    }
    return grew;
  }

  #changedShape(phase: FeedPhase): void {
    this.#setState({
      phase,
      error: undefined,
      shape: this.#state.shape + 1,
      seriesCount: this.table.columns.length,
    });
    for (const listener of this.#dataListeners) listener();
  }

  #setState(change: Partial<FeedState>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#stateListeners) listener();
  }
}

/** Built-in charts name a line by its group; others by all its labels. */
function keyOf(query: PanelQuery): (metric: LabelSet) => string {
  if (query.measure === undefined) return (metric) => JSON.stringify(metric);
  const by = groupingOf(query.measure);
  return (metric) => groupKey(metric, by);
}

function rememberLabels(
  labelsByKey: Map<string, LabelSet>,
  index: number,
  query: PanelQuery,
  series: readonly LiveSeries[],
): void {
  const by = groupingOf(query.measure!);
  for (const { metric } of series) {
    const key = `${index}|${groupKey(metric, by)}`;
    if (!labelsByKey.has(key)) {
      labelsByKey.set(
        key,
        Object.fromEntries(by.flatMap((label) => (label in metric ? [[label, metric[label]!]] : []))),
      );
    }
  }
}
