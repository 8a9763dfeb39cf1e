/**
 * When the store is looked after: every ten seconds, and within the second where much came in.
 *
 * A timer of a second would wake an idle engine as often as its samples do, and find nothing nine times of ten.
 */
import type { Clock } from "@dmon/model";

/** With less to do than this, maintenance rests. */
export const MUCH_SAMPLES = 50_000;
const REST_MS = 10_000;
const PAUSE_MS = 1000;

export class MaintenancePace {
  readonly #clock: Clock;
  readonly #begin: () => void;
  #isRunning = false;
  #isStopped = false;
  #appendedCount = 0;
  #dueMs: number;
  #cancel: () => void;

  /** @param begin starts a round; it must end with {@link ended} */
  constructor(clock: Clock, begin: () => void) {
    this.#clock = clock;
    this.#begin = begin;
    this.#dueMs = clock.monotonicMs() + REST_MS;
    this.#cancel = clock.after(REST_MS, () => this.#run());
  }

  appended(count: number): void {
    this.#appendedCount += count;
    if (this.#appendedCount >= MUCH_SAMPLES) this.#comeWithin(PAUSE_MS);
  }

  ended(): void {
    this.#isRunning = false;
    this.#comeWithin(this.#appendedCount >= MUCH_SAMPLES ? PAUSE_MS : REST_MS);
  }

  /** For good: a round that is under way may still end, and no other begins. */
  stop(): void {
    this.#isStopped = true;
    this.#cancel();
  }

  /** At most one round is under way; what it does not see is left to the next. */
  #run(): void {
    this.#isRunning = true;
    this.#appendedCount = 0;
    this.#dueMs = Number.POSITIVE_INFINITY;
    this.#begin();
  }

  #comeWithin(delayMs: number): void {
    const dueMs = this.#clock.monotonicMs() + delayMs;
    if (this.#isStopped || this.#isRunning || dueMs >= this.#dueMs) return;
    this.#cancel();
    this.#dueMs = dueMs;
    this.#cancel = this.#clock.after(delayMs, () => this.#run());
  }
}
