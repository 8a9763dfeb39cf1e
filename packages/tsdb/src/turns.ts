/**
 * Work that changes files takes turns: each piece reads what the next changes, and rests at its yields.
 *
 * Whoever asks for the next turn first helps the present one to its end, whatever became of the runner that began it: a runner
 * of higher priority would else wait for one that gets no time.
 */
import type { Slices } from "@dmon/model";

interface Turn {
  readonly work: Slices<void>;
  isDone: boolean;
  error: { readonly cause: unknown } | undefined;
}

export class Turns {
  #current: Turn | undefined;

  /** True while some work is under way, be it that its runner dropped it. */
  get isTaken(): boolean {
    return this.#current !== undefined;
  }

  /** Runs `work` after what is under way; a runner that drops this leaves the work to whoever comes next. @throws what it throws */
  *run(work: () => Slices<void>): Slices<void> {
    while (this.#current !== undefined) {
      this.#advance(this.#current);
      yield;
    }
    const turn: Turn = { work: work(), isDone: false, error: undefined };
    this.#current = turn;
    for (;;) {
      this.#advance(turn);
      if (turn.isDone) break;
      yield;
    }
    if (turn.error !== undefined) throw turn.error.cause;
  }

  #advance(turn: Turn): void {
    if (turn.isDone) return;
    try {
      if (turn.work.next().done !== true) return;
    } catch (cause) {
      turn.error = { cause };
    }
    turn.isDone = true;
    if (this.#current === turn) this.#current = undefined;
  }
}
