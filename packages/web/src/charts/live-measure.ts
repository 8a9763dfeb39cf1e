/**
 * Computes a measure from the live stream's frames, as the engine would from the store.
 *
 * Costs one pass over the measure's series a frame; keeps the last reading of each counter. Counter resets count from zero,
 * as in PromQL.
 */
import type { LiveSeries } from "@dmon/model";
import { type ComputedMeasure, type Measure, type SeriesMeasure, selectorOf } from "./measure.ts";

const KEY_SEPARATOR = "\u001f";

/** The group's key: the values of the labels that it is grouped by. */
export function groupKey(metric: Readonly<Record<string, string>>, by: readonly string[]): string {
  return by.length === 0 ? "" : by.map((label) => metric[label] ?? "").join(KEY_SEPARATOR);
}

export interface LiveMeasure {
  readonly match: readonly string[];
  /** Series of a subscription to `match`; others are ignored. */
  addSeries(series: readonly LiveSeries[]): void;
  /** @returns value by group key; the map is reused by the next call */
  evaluate(atMs: number, values: ReadonlyMap<number, number>): ReadonlyMap<string, number>;
}

export function liveMeasure(measure: Measure, scope: readonly string[]): LiveMeasure {
  return measure.kind === "series" ? new LiveSeriesMeasure(measure, scope) : new LiveComputedMeasure(measure, scope);
}

interface Tracked {
  readonly key: string;
  lastValue: number;
  lastAtMs: number;
}

class LiveSeriesMeasure implements LiveMeasure {
  readonly match: readonly string[];
  readonly #measure: SeriesMeasure;
  readonly #accepts: (metric: Readonly<Record<string, string>>) => boolean;
  readonly #tracked = new Map<number, Tracked>();
  readonly #refs = new Map<string, number>();
  readonly #out = new Map<string, number>();
  readonly #counts = new Map<string, number>();

  constructor(measure: SeriesMeasure, scope: readonly string[]) {
    this.#measure = measure;
    this.match = [selectorOf(measure, scope)];
    this.#accepts = matcherTest([...scope, ...measure.where]);
  }

  addSeries(series: readonly LiveSeries[]): void {
    for (const { ref, metric } of series) {
      if (metric.__name__ !== this.#measure.name || this.#tracked.has(ref) || !this.#accepts(metric)) continue;
      // The same series under a new number: the source was set up anew, and the old number is dead.
      const identity = JSON.stringify(metric);
      const before = this.#refs.get(identity);
      if (before !== undefined) this.#tracked.delete(before);
      this.#refs.set(identity, ref);
      this.#tracked.set(ref, { key: groupKey(metric, this.#measure.by), lastValue: Number.NaN, lastAtMs: 0 });
    }
  }

  evaluate(atMs: number, values: ReadonlyMap<number, number>): ReadonlyMap<string, number> {
    this.#out.clear();
    this.#counts.clear();
    for (const [ref, tracked] of this.#tracked) {
      const value = values.get(ref);
      if (value === undefined) tracked.lastAtMs = 0;
      else this.#addOne(tracked, this.#measure.as === "rate" ? rate(tracked, value, atMs) : value);
    }
    if (this.#measure.combine === "avg")
      for (const [key, n] of this.#counts) this.#out.set(key, this.#out.get(key)! / n);
    return this.#measure.combine === "count" ? this.#counts : this.#out;
  }

  #addOne({ key }: Tracked, value: number | undefined): void {
    if (value === undefined) return;
    const before = this.#out.get(key);
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
    if (before === undefined) this.#out.set(key, value);
    else if (this.#measure.combine === "max") this.#out.set(key, Math.max(before, value));
    else if (this.#measure.combine === "min") this.#out.set(key, Math.min(before, value));
    else this.#out.set(key, before + value);
  }
}

function rate(tracked: Tracked, value: number, atMs: number): number | undefined {
  const sinceMs = atMs - tracked.lastAtMs;
  const known = tracked.lastAtMs > 0 && sinceMs > 0;
  const increase = value < tracked.lastValue ? value : value - tracked.lastValue;
  tracked.lastValue = value;
  tracked.lastAtMs = atMs;
  return known ? (increase * 1000) / sinceMs : undefined;
}

class LiveComputedMeasure implements LiveMeasure {
  readonly match: readonly string[];
  readonly #op: ComputedMeasure["op"];
  readonly #left: LiveMeasure;
  readonly #right: LiveMeasure | number;
  readonly #out = new Map<string, number>();

  constructor(measure: ComputedMeasure, scope: readonly string[]) {
    this.#op = measure.op;
    this.#left = liveMeasure(measure.left, scope);
    this.#right = typeof measure.right === "number" ? measure.right : liveMeasure(measure.right, scope);
    const rightMatch = typeof this.#right === "number" ? [] : this.#right.match;
    this.match = [...new Set([...this.#left.match, ...rightMatch])];
  }

  addSeries(series: readonly LiveSeries[]): void {
    this.#left.addSeries(series);
    if (typeof this.#right !== "number") this.#right.addSeries(series);
  }

  evaluate(atMs: number, values: ReadonlyMap<number, number>): ReadonlyMap<string, number> {
    this.#out.clear();
    const left = this.#left.evaluate(atMs, values);
    const right = typeof this.#right === "number" ? this.#right : this.#right.evaluate(atMs, values);
    for (const [key, a] of left) {
      const b = typeof right === "number" ? right : (right.get(key) ?? right.get(""));
      if (b !== undefined) this.#out.set(key, operate(a, this.#op, b));
    }
    return this.#out;
  }
}

function operate(a: number, op: ComputedMeasure["op"], b: number): number {
  switch (op) {
    case "+":
      return a + b;
    case "-":
      return a - b;
    case "*":
      return a * b;
    case "/":
      return a / b;
    case "min":
      return Math.min(a, b);
  }
}

const MATCHER = /^([a-zA-Z_]\w*)(=~|!~|!=|=)(".*")$/;

/** Several measures share a subscription; each takes the series that its own matchers want. */
function matcherTest(matchers: readonly string[]): (metric: Readonly<Record<string, string>>) => boolean {
  const tests = matchers.map((text) => {
    const [, label, op, quoted] = MATCHER.exec(text) ?? [];
    if (label === undefined || quoted === undefined) throw new Error(`BUG: a built-in matcher cannot be read: ${text}`);
    const wanted = JSON.parse(quoted) as string;
    if (op === "=") return (metric: Readonly<Record<string, string>>) => (metric[label] ?? "") === wanted;
    if (op === "!=") return (metric: Readonly<Record<string, string>>) => (metric[label] ?? "") !== wanted;
    const pattern = new RegExp(`^(?:${wanted})$`, "s");
    const negate = op === "!~";
    return (metric: Readonly<Record<string, string>>) => pattern.test(metric[label] ?? "") !== negate;
  });
  return (metric) => tests.every((test) => test(metric));
}
