/** Where time comes from. Everything that waits or stamps takes a `Clock`, so that tests never sleep. */
export interface Clock {
  /** Wall clock, milliseconds since the Unix epoch. May jump in both directions. */
  nowMs(): number;
  /** Milliseconds since an arbitrary instant. Never goes back; tells a jump of the wall clock from time passing. */
  monotonicMs(): number;
  /** Calls `run` once after `delayMs` of monotonic time. The answer cancels it. */
  after(delayMs: number, run: () => void): () => void;
}

declare const setTimeout: (run: () => void, delayMs: number) => unknown;
declare const clearTimeout: (timer: unknown) => void;
declare const performance: { now(): number };

/** What a timer can wait at most, ms (25 days): asked for more, it fires at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after(delayMs, run) {
    let leftMs = delayMs;
    let timer: unknown;
    const wait = (): void => {
      const nowMs = Math.min(leftMs, MAX_TIMER_MS);
      leftMs -= nowMs;
      timer = setTimeout(leftMs > 0 ? wait : run, nowMs);
    };
    wait();
    return () => clearTimeout(timer);
  },
};

/** A clock that stands still until it is told to move. Timers run in order of their time. */
export class ManualClock implements Clock {
  #wallMs: number;
  #monotonicMs = 0;
  #timers: { dueMs: number; run: () => void }[] = [];

  constructor(wallMs = 0) {
    this.#wallMs = wallMs;
  }

  nowMs(): number {
    return this.#wallMs;
  }

  monotonicMs(): number {
    return this.#monotonicMs;
  }

  after(delayMs: number, run: () => void): () => void {
    const timer = { dueMs: this.#monotonicMs + Math.max(0, delayMs), run };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** Lets `byMs` pass on both clocks and runs what falls due, at its own instant. */
  advance(byMs: number): void {
    const endMs = this.#monotonicMs + byMs;
    for (;;) {
      const next = this.#timers.filter((timer) => timer.dueMs <= endMs).sort((a, b) => a.dueMs - b.dueMs)[0];
      if (next === undefined) break;
      this.#timers.splice(this.#timers.indexOf(next), 1);
      this.#moveTo(Math.max(next.dueMs, this.#monotonicMs));
      next.run();
    }
    this.#moveTo(endMs);
  }

  /** Moves the wall clock only: what an administrator or NTP does. */
  jumpWall(byMs: number): void {
    this.#wallMs += byMs;
  }

  #moveTo(monotonicMs: number): void {
    this.#wallMs += monotonicMs - this.#monotonicMs;
    this.#monotonicMs = monotonicMs;
  }
}
