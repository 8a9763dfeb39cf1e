/**
 * Repeats thousands of jobs, each at its own interval and offset, with one timer.
 *
 * A binary heap orders them by due time; the clock is asked to wake up for the earliest only. Times are monotonic, so a jump
 * of the wall clock neither bunches nor skips runs.
 */
import type { Clock } from "@dmon/model";

export interface Scheduled {
  /** Due time, monotonic ms. */
  dueMs: number;
  readonly intervalMs: number;
  readonly run: () => void;
  cancelled: boolean;
}

export class Schedule {
  readonly #clock: Clock;
  readonly #heap: Scheduled[] = [];
  #cancelTimer: (() => void) | undefined;
  #wakeMs = Number.POSITIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Runs `run` first after `firstMs`, then every `intervalMs`. Runs that could not take place in time are left out. */
  every(intervalMs: number, firstMs: number, run: () => void): Scheduled {
    const item: Scheduled = { dueMs: this.#clock.monotonicMs() + firstMs, intervalMs, run, cancelled: false };
    this.#push(item);
    this.#arm();
    return item;
  }

  /** Cancelled items leave the heap when they come up. */
  cancel(item: Scheduled): void {
    item.cancelled = true;
  }

  stop(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#heap.length = 0;
    this.#wakeMs = Number.POSITIVE_INFINITY;
  }

  #arm(): void {
    const next = this.#heap[0];
    if (next === undefined || next.dueMs >= this.#wakeMs) return;
    this.#cancelTimer?.();
    this.#wakeMs = next.dueMs;
    // A timer may fire a fraction early; rounding up spares a second wake-up.
    const waitMs = Math.ceil(Math.max(0, next.dueMs - this.#clock.monotonicMs()));
    this.#cancelTimer = this.#clock.after(waitMs, () => this.#wake());
  }

  #wake(): void {
    this.#wakeMs = Number.POSITIVE_INFINITY;
    this.#cancelTimer = undefined;
    const nowMs = this.#clock.monotonicMs();
    for (let next = this.#heap[0]; next !== undefined && next.dueMs <= nowMs; next = this.#heap[0]) {
      if (next.cancelled) {
        this.#popTop();
        continue;
      }
      const behind = Math.floor((nowMs - next.dueMs) / next.intervalMs);
      next.dueMs += (behind + 1) * next.intervalMs;
      this.#sinkTop();
      next.run();
    }
    this.#arm();
  }

  #push(item: Scheduled): void {
    const heap = this.#heap;
    let i = heap.length;
    heap.push(item);
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (heap[parent]!.dueMs <= item.dueMs) break;
      heap[i] = heap[parent]!;
      i = parent;
    }
    heap[i] = item;
  }

  #popTop(): void {
    const last = this.#heap.pop();
    if (this.#heap.length === 0 || last === undefined) return;
    this.#heap[0] = last;
    this.#sinkTop();
  }

  #sinkTop(): void {
    const heap = this.#heap;
    const item = heap[0]!;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && heap[child + 1]!.dueMs < heap[child]!.dueMs) child++;
      if (heap[child]!.dueMs >= item.dueMs) break;
      heap[i] = heap[child]!;
      i = child;
    }
    heap[i] = item;
  }
}
