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
