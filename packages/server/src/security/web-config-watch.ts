/**
 * Looks now and then whether the web configuration or a certificate that it names was replaced, so that renewed
 * certificates and new users are in force without a restart. What cannot be read leaves what was in force.
 */
import { statSync } from "node:fs";
import { DmonError, messageOf } from "@dmon/model";
import type { Log } from "../log.ts";
import type { WebConfig } from "./web-options.ts";

const LOOK_EVERY_MS = 10_000;

export interface WebConfigWatchOptions {
  readonly log: Log;
  /** @throws {DmonError} where it is wrong */
  load(): WebConfig;
  /** @throws {DmonError} where it may not be put in force */
  apply(next: WebConfig): void;
}

export class WebConfigWatch {
  readonly #options: WebConfigWatchOptions;
  #files: readonly string[];
  #seen: string;
  readonly #kind: string;
  readonly #timer: ReturnType<typeof setInterval>;

  /** @param first what is in force */
  constructor(first: WebConfig, options: WebConfigWatchOptions) {
    this.#options = options;
    this.#files = first.files;
    this.#seen = stateOf(this.#files);
    this.#kind = kindOf(first);
    this.#timer = setInterval(() => this.look(), LOOK_EVERY_MS);
    this.#timer.unref();
  }

  /** Once; a file that is wrong is reported once, and looked at again when it changes. */
  look(): void {
    const state = stateOf(this.#files);
    if (state === this.#seen) return;
    this.#seen = state;
    try {
      const next = this.#options.load();
      requireSameKind(this.#kind, kindOf(next));
      this.#options.apply(next);
      this.#files = next.files;
      this.#seen = stateOf(this.#files);
      this.#options.log.info({ files: this.#files }, "web configuration read anew");
    } catch (error) {
      this.#options.log.error(
        { error: messageOf(error) },
        "the new web configuration is wrong; the old one stays in force",
      );
    }
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

/** What a listening socket cannot change. */
function kindOf({ tls }: WebConfig): string {
  if (tls === undefined) return "without TLS";
  return tls.clients.authType === "NoClientCert" ? "with TLS" : "with TLS and certificates of clients";
}

function requireSameKind(before: string, after: string): void {
  if (before === after) return;
  throw new DmonError("web_config_invalid", `changing from a server ${before} to one ${after} takes a restart`);
}

/** What tells a replaced file from the one before, also where it was put in place of the other by a rename. */
function stateOf(files: readonly string[]): string {
  return files
    .map((file) => {
      const stat = statSync(file, { throwIfNoEntry: false });
      return stat === undefined ? "missing" : `${stat.ino} ${stat.mtimeMs} ${stat.size}`;
    })
    .join("\n");
}
