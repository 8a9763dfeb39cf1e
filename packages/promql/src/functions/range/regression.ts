/** `deriv`, `predict_linear`, `double_exponential_smoothing`. Source: prometheus `promql/functions.go`. */

import { queryFailed } from "../../engine/context.ts";
import { compensate } from "../../engine/kahan.ts";
import { goFixed } from "../../go-format.ts";
import { type FloatWindow, floatFunction, type WindowFunction } from "./window.ts";

interface Line {
  readonly slope: number;
  /** The value at the time asked for. */
  readonly intercept: number;
}

/** Least squares with compensated sums. `slope` is per second. */
function regression(times: Float64Array, values: Float64Array, from: number, to: number, interceptMs: number): Line {
  const first = values[from]!;
  let constant = true;
  let sumX = 0;
  let lostX = 0;
  let sumY = 0;
  let lostY = 0;
  let sumXY = 0;
  let lostXY = 0;
  let sumXX = 0;
  let lostXX = 0;
  for (let i = from; i < to; i++) {
    const y = values[i]!;
    if (y !== first && i > from) constant = false;
    const x = (times[i]! - interceptMs) / 1000;
    lostX = compensate(x, sumX, lostX);
    sumX += x;
    lostY = compensate(y, sumY, lostY);
    sumY += y;
    lostXY = compensate(x * y, sumXY, lostXY);
    sumXY += x * y;
    lostXX = compensate(x * x, sumXX, lostXX);
    sumXX += x * x;
  }
  if (constant) {
    return Number.isFinite(first) || Number.isNaN(first)
      ? { slope: 0, intercept: first }
      : { slope: Number.NaN, intercept: Number.NaN };
  }
  const count = to - from;
  sumX += lostX;
  sumY += lostY;
  sumXY += lostXY;
  sumXX += lostXX;
  const slope = (sumXY - (sumX * sumY) / count) / (sumXX - (sumX * sumX) / count);
  return { slope, intercept: sumY / count - (slope * sumX) / count };
}

const deriv: FloatWindow = (times, values, from, to) => regression(times, values, from, to, times[from]!).slope;

const predict: FloatWindow = (times, values, from, to, step, env) => {
  const { slope, intercept } = regression(times, values, from, to, env.timeAt(step));
  return slope * env.params[0]![step]! + intercept;
};

/** Holt's linear method: the level and its trend, each smoothed. */
const smoothing: FloatWindow = (_times, values, from, to, step, env) => {
  const levelFactor = env.params[0]![step]!;
  const trendFactor = env.params[1]![step]!;
  checkFactor("smoothing", "sf", levelFactor);
  checkFactor("trend", "tf", trendFactor);
  let previous = 0;
  let level = values[from]!;
  let trend = values[from + 1]! - values[from]!;
  for (let i = from + 1; i < to; i++) {
    if (i > from + 1) trend = trendFactor * (level - previous) + (1 - trendFactor) * trend;
    const next = levelFactor * values[i]! + (1 - levelFactor) * (level + trend);
    previous = level;
    level = next;
  }
  return level;
};

function checkFactor(name: string, letters: string, factor: number): void {
  if (factor <= 0 || factor >= 1) {
    throw queryFailed(`invalid ${name} factor. Expected: 0 < ${letters} < 1, got: ${goFixed(factor)}`);
  }
}

export const REGRESSIONS: Readonly<Record<string, WindowFunction>> = {
  deriv: floatFunction(2, deriv),
  predict_linear: floatFunction(2, predict),
  double_exponential_smoothing: floatFunction(2, smoothing),
};
