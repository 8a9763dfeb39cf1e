/**
 * A file that lines are appended to, without waiting for the disk: logs of scrapes that failed and of queries.
 *
 * It can be opened anew at any time, so that it can be rotated. Lines wait while the file cannot be opened, up to a bound; what
 * is lost, and that the file cannot be written, is told once in the program's log, and that it can be again.
 */
import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { messageOf } from "@dmon/model";

/** A named pipe that nobody reads is an error instead of an open that never ends. */
const APPEND = constants.O_APPEND | constants.O_CREAT | constants.O_WRONLY | constants.O_NONBLOCK;
/** Lines are lost while so many characters wait. */
const MAX_WAITING = 4 << 20;

export interface LineFileLog {
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
}

export class LineFile {
  readonly path: string;
  readonly #name: string;
  readonly #log: LineFileLog;
  #handle: FileHandle | undefined;
  #waiting = "";
  #lostLines = 0;
  #flushing: Promise<void> | undefined;
  #mustOpen = true;
  #reported = false;

  /** @param name the setting that names the file, for the log */
  constructor(path: string, name: string, log: LineFileLog) {
    this.path = path;
    this.#name = name;
    this.#log = log;
    this.#flush();
  }

  /** @param line without its line feed */
  append(line: string): void {
    if (this.#waiting.length + line.length < MAX_WAITING) this.#waiting += `${line}\n`;
    else this.#lostLines++;
    this.#flush();
  }

  /** Opens the file of this name anew: the one that was open may have been moved away. */
  reopen(): void {
    this.#mustOpen = true;
    this.#flush();
  }

  /** Resolves when what waits is written, or cannot be, and the file is closed. */
  async close(): Promise<void> {
    this.#flush();
    await this.#flushing;
    await this.#shut();
  }

  /** Brings the file in line with what is wanted of it; one at a time. */
  #flush(): void {
    this.#flushing ??= this.#write().finally(() => {
      this.#flushing = undefined;
    });
  }

  async #write(): Promise<void> {
    try {
      while (this.#mustOpen || this.#waiting !== "") {
        if (this.#mustOpen) await this.#open();
        const text = this.#waiting;
        this.#waiting = "";
        if (text !== "") await this.#append(text);
      }
      if (this.#reported || this.#lostLines > 0) this.#sayAgain();
    } catch (error) {
      this.#mustOpen = true;
      if (!this.#reported)
        this.#log.warn({ file: this.path, error: messageOf(error) }, `${this.#name} cannot be written`);
      this.#reported = true;
    }
  }

  async #append(text: string): Promise<void> {
    try {
      await this.#handle!.appendFile(text);
    } catch (error) {
      // Part of it may stand there already: written again, lines would stand twice.
      this.#lostLines += text.split("\n").length - 1;
      throw error;
    }
  }

  #sayAgain(): void {
    this.#log.warn({ file: this.path, lostLines: this.#lostLines }, `${this.#name} is written again`);
    this.#reported = false;
    this.#lostLines = 0;
  }

  async #open(): Promise<void> {
    // First: a reload during the opening opens once more.
    this.#mustOpen = false;
    await this.#shut();
    this.#handle = await open(this.path, APPEND, 0o666);
  }

  async #shut(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close().catch(() => {});
  }
}
