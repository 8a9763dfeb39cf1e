/**
 * Functions whose windows overlap so much that each is made from the one before: extremes and quantiles.
 *
 * Minimum and maximum keep a queue of candidates, O(1) a sample whatever the range. Quantiles keep the window sorted; a sample
 * that comes or goes costs a binary search and a move of memory.
 */
import type { SampleColumns } from "@dmon/model";
import type { Series } from "../../engine/series.ts";
import { quantileOfSorted } from "../quantile.ts";
import {
  type ColumnFunction,
  type FloatWindow,
  ignoringHistograms,
  type RangeEnv,
  type Windows,
  walkMixed,
} from "./window.ts";

/** Indexes of candidates, from the best to the latest; grows, and is used again. */
let queue = new Int32Array(256);

export function extremeFunction(sign: 1 | -1, float: FloatWindow): ColumnFunction {
  const mixed = ignoringHistograms(1, float);
  return {
    walk: (samples, windows, out, env) => {
      if (samples.hasHistograms) walkMixed(mixed, samples, windows, out, env);
      else walkExtreme(sign, samples, windows, out, env);
    },
  };
}

function walkExtreme(sign: 1 | -1, samples: SampleColumns, windows: Windows, out: Series, env: RangeEnv): void {
  const { timesMs, values, length } = samples;
  const { firstEndMs, stepMs, fromStep, toStep, rangeMs } = windows;
  if (queue.length < length) queue = new Int32Array(length * 2);
  let head = 0;
  let tail = 0;
  let from = 0;
  let to = 0;
  let read = 0;
  for (let step = fromStep; step < toStep; step++) {
    const endMs = firstEndMs + step * stepMs;
    while (to < length && timesMs[to]! <= endMs) {
      const value = sign * values[to]!;
      // NaN is no candidate: it is the answer only where there is nothing else.
      if (!Number.isNaN(value)) {
        while (tail > head && sign * values[queue[tail - 1]!]! <= value) tail--;
        queue[tail++] = to;
      }
      to++;
    }
    while (from < to && timesMs[from]! <= endMs - rangeMs) from++;
    while (head < tail && queue[head]! < from) head++;
    read += to - from;
    if (to === from) continue;
    out.values[step] = head < tail ? values[queue[head]!]! : Number.NaN;
    out.kinds[step] = 1;
  }
  env.samplesRead += read;
}

/** A window's values in order, NaN apart. */
class SortedWindow {
  #values = new Float64Array(256);
  #length = 0;
  #nanCount = 0;

  clear(): void {
    this.#length = 0;
    this.#nanCount = 0;
  }

  /** Takes `values[from, to)` anew. */
  fill(values: Float64Array, from: number, to: number): void {
    this.clear();
    this.#reserve(to - from);
    for (let i = from; i < to; i++) {
      const value = values[i]!;
      if (Number.isNaN(value)) this.#nanCount++;
      else this.#values[this.#length++] = value;
    }
    this.#values.subarray(0, this.#length).sort();
  }

  add(value: number): void {
    if (Number.isNaN(value)) {
      this.#nanCount++;
      return;
    }
    this.#reserve(this.#length + 1);
    const at = this.#lowerBound(value);
    this.#values.copyWithin(at + 1, at, this.#length++);
    this.#values[at] = value;
  }

  /** Takes out one that is there. */
  remove(value: number): void {
    if (Number.isNaN(value)) {
      this.#nanCount--;
      return;
    }
    const at = this.#lowerBound(value);
    this.#values.copyWithin(at, at + 1, this.#length--);
  }

  quantile(q: number): number {
    if (this.#nanCount === 0) return quantileOfSorted(q, this.#values.subarray(0, this.#length));
    const withNaN = new Float64Array(this.#nanCount + this.#length).fill(Number.NaN);
    withNaN.set(this.#values.subarray(0, this.#length), this.#nanCount);
    return quantileOfSorted(q, withNaN);
  }

  #lowerBound(value: number): number {
    let low = 0;
    let high = this.#length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#values[middle]! < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #reserve(size: number): void {
    if (size <= this.#values.length) return;
    const grown = new Float64Array(size * 2);
    grown.set(this.#values.subarray(0, this.#length));
    this.#values = grown;
  }
}

const sorted = new SortedWindow();

const quantile: FloatWindow = (_times, values, from, to, step, env) => {
  sorted.fill(values, from, to);
  return quantileAt(step, env);
};

function quantileAt(step: number, env: RangeEnv): number {
  const q = env.params[0]![step]!;
  if (!(q >= 0 && q <= 1)) env.notes.invalidQuantile(q, env.span);
  return sorted.quantile(q);
}

export const quantileOverTime: ColumnFunction = {
  walk: (samples, windows, out, env) => {
    if (samples.hasHistograms) walkMixed(ignoringHistograms(1, quantile), samples, windows, out, env);
    else walkQuantile(samples, windows, out, env);
  },
};

function walkQuantile(samples: SampleColumns, windows: Windows, out: Series, env: RangeEnv): void {
  const { timesMs, values, length } = samples;
  const { firstEndMs, stepMs, fromStep, toStep, rangeMs } = windows;
  sorted.clear();
  let from = 0;
  let to = 0;
  for (let step = fromStep; step < toStep; step++) {
    const endMs = firstEndMs + step * stepMs;
    const before = from;
    const until = to;
    while (to < length && timesMs[to]! <= endMs) to++;
    while (from < to && timesMs[from]! <= endMs - rangeMs) from++;
    env.samplesRead += to - from;
    const moved = to - until + (from - before);
    // Sorting anew is cheaper where most of the window changed.
    if (moved * 4 > to - from) sorted.fill(values, from, to);
    else {
      for (let i = before; i < from; i++) sorted.remove(values[i]!);
      for (let i = until; i < to; i++) sorted.add(values[i]!);
    }
    if (to > from) out.setFloat(step, quantileAt(step, env));
  }
}
