/**
 * Calls once an interval, on the wall clock's multiples of it, so that a fleet's samples line up and timestamps compress to
 * nothing. A late call keeps the round timestamp while it is late by at most 1 % of the interval (Prometheus' rule); later
 * ones say the true time. A suspended machine yields one call on waking, not one a missed second.
 */
import type { Clock } from "@dmon/model";

const TOLERANCE_RATIO = 0.01;

export class Ticker {
  readonly #clock: Clock;
  readonly #run: (atMs: number) => void;
  #intervalMs: number;
  #cancel: (() => void) | undefined;
  #lastMs = Number.NEGATIVE_INFINITY;
  /** By the monotonic clock. */
  #expectedMs = 0;
  #longestDelayMs = 0;
  /** How late the last call was, ms. */
  latenessMs = 0;
  /** Calls that did not happen because the program was busy or the machine slept. */
  missedCount = 0;

  constructor(clock: Clock, intervalMs: number, run: (atMs: number) => void) {
    this.#clock = clock;
    this.#intervalMs = intervalMs;
    this.#run = run;
  }

  get intervalMs(): number {
    return this.#intervalMs;
  }

  /** Longest time that a call waited for the thread since this was last asked, ms; a jump of the wall clock does not count. */
  takeLongestDelayMs(): number {
    const longestMs = this.#longestDelayMs;
    this.#longestDelayMs = 0;
    return longestMs;
  }

  start(): void {
    this.#schedule();
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  setInterval(intervalMs: number): void {
    if (intervalMs === this.#intervalMs) return;
    this.#intervalMs = intervalMs;
    this.stop();
    this.start();
  }

  #schedule(): void {
    const nowMs = this.#clock.nowMs();
    const dueMs = Math.floor(nowMs / this.#intervalMs + 1) * this.#intervalMs;
    this.#expectedMs = this.#clock.monotonicMs() + dueMs - nowMs;
    this.#cancel = this.#clock.after(dueMs - nowMs, () => this.#tick(dueMs));
  }

  #tick(dueMs: number): void {
    const nowMs = this.#clock.nowMs();
    this.latenessMs = nowMs - dueMs;
    this.#longestDelayMs = Math.max(this.#longestDelayMs, this.#clock.monotonicMs() - this.#expectedMs);
    // A timer may fire a fraction early; the round time is meant then too.
    const isOnTime = Math.abs(this.latenessMs) <= this.#intervalMs * TOLERANCE_RATIO;
    const atMs = isOnTime ? dueMs : Math.round(nowMs);
    const isRepeat = isOnTime && atMs === this.#lastMs;
    if (Number.isFinite(this.#lastMs) && atMs > this.#lastMs) {
      this.missedCount += Math.max(0, Math.round((atMs - this.#lastMs) / this.#intervalMs) - 1);
    }
    this.#lastMs = atMs;
    try {
      if (!isRepeat) this.#run(atMs);
    } finally {
      this.#schedule();
    }
  }
}
