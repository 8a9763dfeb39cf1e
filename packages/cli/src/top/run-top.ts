/** `dmon top` at work: reads the machine at a pace, draws, and does what keys say. */
import { type Alert, AlertTracker } from "./alerts.ts";
import { drawTop } from "./layout.ts";
import { shownProcesses } from "./process-list.ts";
import { Terminal } from "./terminal.ts";
import type { ColorDepth } from "./theme.ts";
import { TopHistory, type TopReading, TopSource } from "./top-reading.ts";
import { applyKey, INITIAL_STATE, type TopState } from "./top-state.ts";

export interface TopOptions {
  readonly depth: ColorDepth;
  readonly initial: Partial<TopState>;
}

/** Pause before the first reading that is shown: rates need two. */
const FIRST_PAUSE_MS = 250;

/** @returns the exit code, when the person or a signal ends it */
export function runTop({ depth, initial }: TopOptions): Promise<number> {
  return new Promise((resolve) => {
    new TopSession(depth, { ...INITIAL_STATE, ...initial }, resolve).start();
  });
}

class TopSession {
  readonly #terminal: Terminal;
  readonly #source = new TopSource();
  readonly #history = new TopHistory();
  readonly #alertTracker = new AlertTracker();
  readonly #onEnd: (exitCode: number) => void;
  #state: TopState;
  #reading: TopReading | undefined;
  #alerts: readonly Alert[] = [];
  #timer: NodeJS.Timeout | undefined;
  #ended = false;

  constructor(depth: ColorDepth, state: TopState, onEnd: (exitCode: number) => void) {
    this.#state = state;
    this.#onEnd = onEnd;
    this.#terminal = new Terminal(process.stdin, process.stdout, depth, {
      onKey: (key) => this.#key(key),
      onResize: () => this.#draw(),
      onEnd: (exitCode) => this.#end(exitCode),
    });
  }

  start(): void {
    this.#terminal.open();
    this.#timer = setTimeout(() => this.#tick(), FIRST_PAUSE_MS);
  }

  #tick(): void {
    const { paused, intervalMs } = this.#state;
    if (!paused || this.#reading === undefined) {
      this.#reading = this.#source.read();
      this.#history.push(this.#reading);
      this.#alerts = this.#alertTracker.update(this.#reading);
      this.#draw();
    }
    this.#timer = setTimeout(() => this.#tick(), intervalMs);
  }

  #key(key: string): void {
    if (key === "ctrl-l") this.#terminal.redraw();
    const moved = this.#moved(key);
    const next = moved ?? applyKey(this.#state, key);
    if (next === "end") {
      this.#end(0);
      return;
    }
    const faster = next.intervalMs !== this.#state.intervalMs;
    this.#state = next;
    if (faster) this.#reschedule();
    this.#draw();
  }

  /** Cursor keys move over the processes as they are shown. */
  #moved(key: string): TopState | undefined {
    const step = this.#steps()[key];
    const { help, typing, view } = this.#state;
    if (step === undefined || help || typing || view !== "processes" || this.#reading === undefined) return undefined;
    const rows = shownProcesses(this.#reading.processes, this.#state);
    const at = rows.findIndex(({ pid }) => pid === this.#state.selected);
    const to = Math.max(0, Math.min(rows.length - 1, at < 0 && step > 0 ? step - 1 : at + step));
    return { ...this.#state, selected: rows[to]?.pid };
  }

  #steps(): Readonly<Record<string, number>> {
    const page = Math.max(1, Math.floor(this.#terminal.height / 2));
    return { up: -1, down: 1, pageup: -page, pagedown: page, home: -1e6, end: 1e6 };
  }

  #reschedule(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#tick(), this.#state.intervalMs);
  }

  #draw(): void {
    if (this.#reading === undefined || this.#ended) return;
    const view = { state: this.#state, reading: this.#reading, history: this.#history, alerts: this.#alerts };
    this.#terminal.show(drawTop(view, this.#terminal.width, this.#terminal.height));
  }

  #end(exitCode: number): void {
    if (this.#ended) return;
    this.#ended = true;
    clearTimeout(this.#timer);
    this.#terminal.close();
    this.#source.close();
    this.#onEnd(exitCode);
  }
}
