/**
 * The files of `scrape_failure_log_file`: a line of JSON for each scrape that failed.
 *
 * Keys are Prometheus' (`time`, `level`, `msg`, `job_name`, `target`), without the place in its sources. Files are appended to,
 * shared by the jobs that name them, and opened anew when a configuration is applied, so that they can be rotated. Writing
 * waits for nobody: what a file does not take is told once in the program's log, and the next failure tries again.
 */
import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { resolve } from "node:path";
import { messageOf } from "@dmon/model";

/** A named pipe that nobody reads is an error instead of an open that never ends. */
const APPEND = constants.O_APPEND | constants.O_CREAT | constants.O_WRONLY | constants.O_NONBLOCK;
/** Lines are dropped while so many characters wait for a slow disk. */
const MAX_WAITING = 1 << 20;

export interface ScrapeFailure {
  /** Wall clock, ms. */
  readonly atMs: number;
  readonly job: string;
  readonly url: string;
  readonly message: string;
}

export interface FailureLogWarnings {
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
}

export class FailureLogs {
  readonly #log: FailureLogWarnings;
  readonly #baseDir: string;
  readonly #files = new Map<string, FailureLogFile>();

  /** @param baseDir where relative names of files start */
  constructor(log: FailureLogWarnings, baseDir: string) {
    this.#log = log;
    this.#baseDir = baseDir;
  }

  /** Opens these files, those that are open anew, and closes all others. "" is no file. */
  use(names: Iterable<string>): void {
    const wanted = new Set([...names].filter((name) => name !== ""));
    for (const [name, file] of this.#files) {
      if (wanted.has(name)) continue;
      file.close();
      this.#files.delete(name);
    }
    for (const name of wanted) {
      const known = this.#files.get(name);
      if (known === undefined) this.#files.set(name, new FailureLogFile(resolve(this.#baseDir, name), this.#log));
      else known.reopen();
    }
  }

  /** @param name one of the files in use; nothing happens for any other */
  add(name: string, { atMs, job, url, message }: ScrapeFailure): void {
    const time = new Date(atMs).toISOString();
    const line = { time, level: "ERROR", msg: message, job_name: job, target: url };
    this.#files.get(name)?.append(`${JSON.stringify(line)}\n`);
  }

  /** Closes every file, after what waits is written. */
  close(): void {
    this.use([]);
  }
}

class FailureLogFile {
  readonly #path: string;
  readonly #log: FailureLogWarnings;
  #handle: FileHandle | undefined;
  #waiting = "";
  #busy = false;
  #mustOpen = true;
  #closed = false;
  #reported = false;

  constructor(path: string, log: FailureLogWarnings) {
    this.#path = path;
    this.#log = log;
    void this.#flush();
  }

  append(line: string): void {
    if (this.#waiting.length < MAX_WAITING) this.#waiting += line;
    void this.#flush();
  }

  reopen(): void {
    this.#mustOpen = true;
    void this.#flush();
  }

  close(): void {
    this.#closed = true;
    void this.#flush();
  }

  /** Brings the file in line with what is wanted of it; one at a time. */
  async #flush(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    try {
      while (this.#mustOpen || this.#waiting !== "") {
        if (this.#mustOpen) await this.#open();
        const text = this.#waiting;
        this.#waiting = "";
        if (text !== "") await this.#handle!.appendFile(text);
      }
      this.#reported = false;
    } catch (error) {
      this.#waiting = "";
      this.#mustOpen = true;
      if (!this.#reported) {
        this.#log.warn({ file: this.#path, error: messageOf(error) }, "scrape_failure_log_file cannot be written");
      }
      this.#reported = true;
    }
    if (this.#closed) await this.#shut();
    this.#busy = false;
  }

  async #open(): Promise<void> {
    // First: a reload during the opening opens once more.
    this.#mustOpen = false;
    await this.#shut();
    this.#handle = await open(this.#path, APPEND, 0o666);
  }

  async #shut(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close().catch(() => {});
  }
}
