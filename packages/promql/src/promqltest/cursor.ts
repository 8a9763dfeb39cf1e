/** A place in one line of text, for the small hand-written parsers of the script language. */
import { DmonError } from "@dmon/model";

/** A mistake in a script. `code` is `bad_script`. */
export function scriptError(message: string): DmonError {
  return new DmonError("bad_script", message);
}

export class Cursor {
  readonly text: string;
  at: number;

  constructor(text: string, at = 0) {
    this.text = text;
    this.at = at;
  }

  get done(): boolean {
    return this.at >= this.text.length;
  }

  /** What follows, for messages. */
  get rest(): string {
    return this.text.slice(this.at);
  }

  startsWith(text: string): boolean {
    return this.text.startsWith(text, this.at);
  }

  /** Steps over `text` if it stands here. */
  take(text: string): boolean {
    if (!this.startsWith(text)) return false;
    this.at += text.length;
    return true;
  }

  expect(text: string, where: string): void {
    if (!this.take(text))
      throw scriptError(`expected ${JSON.stringify(text)} in ${where} before ${this.describeRest()}`);
  }

  /** Steps over what `pattern` (sticky) matches here; undefined where it does not. */
  match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (found === null) return undefined;
    this.at += found[0].length;
    return found[0];
  }

  skipSpaces(): void {
    this.match(SPACES);
  }

  describeRest(): string {
    return this.done ? "the end of the line" : JSON.stringify(this.rest.slice(0, 30));
  }
}

const SPACES = /[ \t]*/y;
