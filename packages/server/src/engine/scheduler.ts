/**
 * Shares the engine's thread between pieces of work.
 *
 * A task is a generator that yields where it may be paused (`Slices`). The scheduler runs the most urgent task that can run
 * for at most one slice, then lets the event loop take in messages (new samples, cancellations), then chooses anew; tasks of
 * one priority take turns. Wall time bounds the slice, and thread CPU is never more than that.
 */
import type { Slices } from "@dmon/model";

/** Smaller runs first. */
export const Priority = { RULES: 0, INTERACTIVE: 1, EXPORT: 2, MAINTENANCE: 3 } as const;
export type Priority = (typeof Priority)[keyof typeof Priority];

/** Longest time before other work gets its turn, ms. */
export const SLICE_MS = 20;

export interface Task {
  readonly priority: Priority;
  readonly work: Slices<void>;
  /** True while the task waits for something outside (a reader that is slow); it is then passed over. */
  readonly isBlocked?: () => boolean;
  /** The work threw: a defect unless the work handles its own failures. */
  readonly onError: (error: unknown) => void;
}

export class Scheduler {
  readonly #queues: Task[][] = [[], [], [], []];
  readonly #now: () => number;
  readonly #defer: (run: () => void) => void;
  #scheduled = false;
  #isClosed = false;

  constructor(
    now: () => number = () => performance.now(),
    defer: (run: () => void) => void = (run) => void setImmediate(run),
  ) {
    this.#now = now;
    this.#defer = defer;
  }

  /** Tasks that are not done. */
  get pendingCount(): number {
    return this.#queues.reduce((sum, queue) => sum + queue.length, 0);
  }

  /** A task that comes once this is closed is dropped. */
  add(task: Task): void {
    if (this.#isClosed) return;
    this.#queues[task.priority]!.push(task);
    this.wake();
  }

  /** Drops a task; its `finally` blocks run. */
  cancel(task: Task): void {
    const queue = this.#queues[task.priority]!;
    const index = queue.indexOf(task);
    if (index < 0) return;
    queue.splice(index, 1);
    task.work.return();
  }

  /** Drops all tasks, whose `finally` blocks run, and those that come later. */
  close(): void {
    this.#isClosed = true;
    for (const task of this.#queues.flatMap((queue) => queue.splice(0))) {
      try {
        task.work.return();
      } catch (error) {
        task.onError(error);
      }
    }
  }

  /** Something may have become able to run. */
  wake(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#defer(() => this.#runSlice());
  }

  #runSlice(): void {
    this.#scheduled = false;
    const task = this.#take();
    if (task === undefined) return;
    const endMs = this.#now() + SLICE_MS;
    try {
      while (!task.isBlocked?.()) {
        if (task.work.next().done) {
          this.wake();
          return;
        }
        if (this.#now() >= endMs) break;
      }
      this.#queues[task.priority]!.push(task);
    } catch (error) {
      task.onError(error);
    }
    this.wake();
  }

  /** Removes and returns the next task that can run. */
  #take(): Task | undefined {
    for (const queue of this.#queues) {
      const index = queue.findIndex((task) => !task.isBlocked?.());
      if (index >= 0) return queue.splice(index, 1)[0];
    }
    return undefined;
  }
}
