/**
 * The files of `scrape_failure_log_file`: a line of JSON for each scrape that failed.
 *
 * Keys are Prometheus' (`time`, `level`, `msg`, `job_name`, `target`), without the place in its sources. Files are appended to,
 * shared by the jobs that name them, and opened anew when a configuration is applied, so that they can be rotated.
 */
import { resolve } from "node:path";
import { LineFile, type LineFileLog } from "../line-file.ts";

export interface ScrapeFailure {
  /** Wall clock, ms. */
  readonly atMs: number;
  readonly job: string;
  readonly url: string;
  readonly message: string;
}

export class FailureLogs {
  readonly #log: LineFileLog;
  readonly #baseDir: string;
  readonly #files = new Map<string, LineFile>();

  /** @param baseDir where relative names of files start */
  constructor(log: LineFileLog, baseDir: string) {
    this.#log = log;
    this.#baseDir = baseDir;
  }

  /** Opens these files, those that are open anew, and closes all others. "" is no file. */
  use(names: Iterable<string>): void {
    const wanted = new Set([...names].filter((name) => name !== ""));
    for (const [name, file] of this.#files) {
      if (wanted.has(name)) continue;
      void file.close();
      this.#files.delete(name);
    }
    for (const name of wanted) {
      const known = this.#files.get(name);
      if (known === undefined)
        this.#files.set(name, new LineFile(resolve(this.#baseDir, name), "scrape_failure_log_file", this.#log));
      else known.reopen();
    }
  }

  /** @param name one of the files in use; nothing happens for any other */
  add(name: string, { atMs, job, url, message }: ScrapeFailure): void {
    const time = new Date(atMs).toISOString();
    const line = { time, level: "ERROR", msg: message, job_name: job, target: url };
    this.#files.get(name)?.append(JSON.stringify(line));
  }

  /** Closes every file, after what waits is written. */
  close(): void {
    this.use([]);
  }
}
