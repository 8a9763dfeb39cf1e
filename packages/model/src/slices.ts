/**
 * Work that can be paused.
 *
 * A slice-wise task is a generator: it yields at places where it holds no open statement, lock or half-written state, and
 * returns its result. Whoever runs it decides how long to rest at a yield, or to drop it (`return()` runs its `finally`).
 * A task yields at least every few milliseconds of work; the engine gives it up to 20 ms of thread CPU before others run.
 */
export type Slices<T> = Generator<void, T, void>;

/** Runs a task to its end without a pause: for tests, offline commands and work known to be short. */
export function runToEnd<T>(task: Slices<T>): T {
  for (;;) {
    const step = task.next();
    if (step.done) return step.value;
  }
}

/** Items that are sorted, or merged, between two yields: some milliseconds where comparing takes a microsecond. */
const SORTED_A_SLICE = 2000;
const MERGED_A_SLICE = 10_000;

/** Sorts as `Array.sort` does, equal items in the order in which they came; may change `items`. @returns the sorted array */
export function* sortInSlices<T>(items: T[], compare: (a: T, b: T) => number): Slices<T[]> {
  if (items.length <= SORTED_A_SLICE) return items.sort(compare);
  let runs: T[][] = [];
  for (let at = 0; at < items.length; at += SORTED_A_SLICE) {
    runs.push(items.slice(at, at + SORTED_A_SLICE).sort(compare));
    yield;
  }
  while (runs.length > 1) {
    const merged: T[][] = [];
    for (let i = 0; i < runs.length; i += 2) {
      const next = runs[i + 1];
      merged.push(next === undefined ? runs[i]! : yield* merge(runs[i]!, next, compare));
      yield;
    }
    runs = merged;
  }
  return runs[0]!;
}

function* merge<T>(left: readonly T[], right: readonly T[], compare: (a: T, b: T) => number): Slices<T[]> {
  const out: T[] = [];
  let l = 0;
  let r = 0;
  while (l < left.length && r < right.length) {
    out.push(compare(left[l]!, right[r]!) <= 0 ? left[l++]! : right[r++]!);
    if (out.length % MERGED_A_SLICE === 0) yield;
  }
  for (; l < left.length; l++) out.push(left[l]!);
  for (; r < right.length; r++) out.push(right[r]!);
  return out;
}
