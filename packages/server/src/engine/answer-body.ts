/** The body of an engine's answer as a stream: what the reader has taken is acknowledged, so that the engine goes on. */
import { Readable } from "node:stream";

export interface AnswerBodyEvents {
  /** One piece has left the buffer. */
  onTaken(): void;
  /** The reader went away before the end. */
  onDropped(): void;
}

export class AnswerBody extends Readable {
  readonly #events: AnswerBodyEvents;
  #unread = 0;
  #isComplete = false;

  constructor(events: AnswerBodyEvents) {
    super({ highWaterMark: 256 * 1024 });
    this.#events = events;
  }

  give(bytes: Uint8Array): void {
    this.#unread++;
    // `push` says whether the reader wants more; where it does not, `_read` will be called once it does.
    if (this.push(bytes)) this._read();
  }

  finish(): void {
    this.#isComplete = true;
    this.push(null);
  }

  override _read(): void {
    for (; this.#unread > 0; this.#unread--) this.#events.onTaken();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    if (!this.#isComplete) this.#events.onDropped();
    done(error);
  }
}
