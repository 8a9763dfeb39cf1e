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
