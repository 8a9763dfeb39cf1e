/** The instants at which an expression is evaluated: `startMs`, `startMs + stepMs`, …, `count` of them. */
export interface Grid {
  readonly startMs: number;
  /** 0 for a single instant. */
  readonly stepMs: number;
  readonly count: number;
}

export function gridOf(startMs: number, endMs: number, stepMs: number): Grid {
  if (endMs < startMs) return { startMs, stepMs, count: 0 };
  return { startMs, stepMs, count: stepMs === 0 ? 1 : Math.floor((endMs - startMs) / stepMs) + 1 };
}

export function timeAt(grid: Grid, step: number): number {
  return grid.startMs + step * grid.stepMs;
}

/** Steps of a grid whose instants are kept for the next query, and columns that are kept of it. */
const MAX_KEPT = 11_001;
const MAX_RUNS = 32;

interface Known {
  readonly grid: Grid;
  readonly times: Float64Array;
  readonly runs: { readonly from: number; readonly to: number; readonly times: Float64Array }[];
}

let known: Known = { grid: { startMs: 0, stepMs: 0, count: 0 }, times: new Float64Array(0), runs: [] };

/**
 * All instants of a grid, not to be changed. The queries of a dashboard have the same grid, and get the same column as long as
 * no other grid is asked for: by that, whoever writes them knows that it has written them before.
 */
export function timesOf(grid: Grid): Float64Array {
  const { startMs, stepMs, count } = grid;
  const { grid: before } = known;
  if (before.startMs === startMs && before.stepMs === stepMs && before.count === count) return known.times;
  const times = new Float64Array(count);
  for (let step = 0; step < count; step++) times[step] = startMs + step * stepMs;
  if (count <= MAX_KEPT) known = { grid, times, runs: [] };
  return times;
}

/** The instants of steps `[from, to)`, as a part of all; the same column for the same steps where that is possible. */
export function timesOfRun(times: Float64Array, from: number, to: number): Float64Array {
  if (from === 0 && to === times.length) return times;
  const { runs } = known;
  if (times !== known.times) return times.subarray(from, to);
  for (const run of runs) if (run.from === from && run.to === to) return run.times;
  const run = { from, to, times: times.subarray(from, to) };
  if (runs.length < MAX_RUNS) runs.push(run);
  return run.times;
}
