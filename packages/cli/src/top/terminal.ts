/**
 * The terminal, taken over and given back: alternate screen, no cursor, keys one by one.
 *
 * Given back in every case: at the end, on signals, when the program fails, and while it is stopped by Ctrl-Z.
 */
import { writeSync } from "node:fs";
import type { ReadStream } from "node:tty";
import type { Frame } from "./frame.ts";
import { decodeKeys } from "./keys.ts";
import type { ColorDepth } from "./theme.ts";

/** Alternate screen, cursor hidden, long lines cut. */
const ENTER = "\x1b[?1049h\x1b[?25l\x1b[?7l";
const LEAVE = "\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l";
/** Terminals that know it show what is between at once; others pass it over. */
const BEGIN_UPDATE = "\x1b[?2026h";
const END_UPDATE = "\x1b[?2026l";

/** A terminal, with the descriptor behind it. */
type Output = NodeJS.WriteStream & { readonly fd: number };

export interface TerminalEvents {
  onKey(key: string): void;
  onResize(): void;
  /** The program should end: a signal, or the terminal is gone. */
  onEnd(exitCode: number): void;
}

export class Terminal {
  readonly #input: ReadStream;
  readonly #output: Output;
  readonly #depth: ColorDepth;
  readonly #events: TerminalEvents;
  #shown: Frame | undefined;
  #entered = false;
  /** The terminal has not taken all of the last frame yet: the next one waits for a later time. */
  #busy = false;

  readonly #onData = (data: Buffer | string) => {
    for (const key of decodeKeys(data.toString())) {
      if (key === "ctrl-z") this.#stop();
      else this.#events.onKey(key);
    }
  };
  readonly #onResize = () => {
    this.#shown = undefined;
    this.#events.onResize();
  };
  readonly #onContinue = () => {
    this.#enter();
    this.#events.onResize();
  };
  readonly #onSignal = (signal: NodeJS.Signals) => this.#events.onEnd(SIGNAL_EXIT_CODES[signal] ?? 1);
  readonly #onGone = () => this.#events.onEnd(0);
  readonly #onExit = () => this.#leave();
  readonly #onFailure = (error: unknown) => {
    this.close();
    console.error(error);
    process.exit(1);
  };

  constructor(input: ReadStream, output: Output, depth: ColorDepth, events: TerminalEvents) {
    this.#input = input;
    this.#output = output;
    this.#depth = depth;
    this.#events = events;
  }

  get width(): number {
    return this.#output.columns || 80;
  }

  get height(): number {
    return this.#output.rows || 24;
  }

  open(): void {
    this.#enter();
    this.#input.on("data", this.#onData);
    this.#input.on("end", this.#onGone);
    this.#output.on("resize", this.#onResize);
    this.#output.on("error", this.#onGone);
    for (const signal of Object.keys(SIGNAL_EXIT_CODES)) process.on(signal, this.#onSignal);
    process.on("SIGCONT", this.#onContinue);
    process.on("exit", this.#onExit);
    process.on("uncaughtException", this.#onFailure);
    process.on("unhandledRejection", this.#onFailure);
  }

  /** Shows a frame: sends what differs from the one before. Left out while the terminal is still busy with that. */
  show(frame: Frame): void {
    if (!this.#entered || this.#busy) return;
    const update = frame.updateFrom(this.#shown, this.#depth);
    this.#shown = frame;
    if (update === "") return;
    this.#busy = true;
    this.#output.write(BEGIN_UPDATE + update + END_UPDATE, () => {
      this.#busy = false;
    });
  }

  /** Forgets what the terminal shows, so that the next frame is drawn whole. */
  redraw(): void {
    this.#shown = undefined;
  }

  close(): void {
    this.#leave();
    this.#input.off("data", this.#onData);
    this.#input.off("end", this.#onGone);
    this.#output.off("resize", this.#onResize);
    for (const signal of Object.keys(SIGNAL_EXIT_CODES)) process.off(signal, this.#onSignal);
    process.off("SIGCONT", this.#onContinue);
    process.off("exit", this.#onExit);
    process.off("uncaughtException", this.#onFailure);
    process.off("unhandledRejection", this.#onFailure);
    this.#input.pause();
  }

  #enter(): void {
    if (this.#input.isTTY) this.#input.setRawMode(true);
    this.#input.resume();
    this.#shown = undefined;
    this.#busy = false;
    this.#entered = true;
    this.#write(ENTER);
  }

  #leave(): void {
    if (!this.#entered) return;
    this.#entered = false;
    this.#write(LEAVE);
    if (this.#input.isTTY) this.#input.setRawMode(false);
  }

  #stop(): void {
    this.#leave();
    process.kill(process.pid, "SIGSTOP");
  }

  /** At once, because it may be the last thing that the program does. A terminal that is gone needs nothing. */
  #write(text: string): void {
    try {
      writeSync(this.#output.fd, text);
    } catch {}
  }
}

const SIGNAL_EXIT_CODES: Readonly<Partial<Record<NodeJS.Signals, number>>> = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };
