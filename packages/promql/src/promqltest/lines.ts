/** The lines of a script, and where in them a mistake is. */
import { isDmonError, messageOf } from "@dmon/model";

/** A mistake in a script, with the line (from 1) it is in. */
export class ScriptError extends Error {
  readonly line: number;

  constructor(line: number, cause: unknown) {
    super(messageOf(cause), { cause });
    this.name = "ScriptError";
    this.line = line;
  }
}

/** The lines of a script, trimmed, comments blank. Numbers count from 1. */
export class ScriptLines {
  readonly #lines: readonly string[];
  #at = 0;

  constructor(text: string) {
    this.#lines = text.split("\n").map((raw) => {
      const line = raw.trim();
      return line.startsWith("#") ? "" : line;
    });
  }

  /** Number of the line that `next` gave last. */
  get number(): number {
    return this.#at;
  }

  next(): string | undefined {
    return this.#at < this.#lines.length ? this.#lines[this.#at++] : undefined;
  }

  /** The next line of the same block; undefined at its end. */
  nextOfBlock(): string | undefined {
    const line = this.#lines[this.#at];
    if (line === undefined || line === "") return undefined;
    this.#at++;
    return line;
  }

  /** Runs a parser; a mistake that it meets is given the number of the line read last. */
  located<T>(parse: () => T): T {
    try {
      return parse();
    } catch (error) {
      if (isDmonError(error)) throw new ScriptError(this.#at, error);
      throw error;
    }
  }
}
