/**
 * The tokens of the two text formats, and the error that Prometheus gives where another one was expected.
 *
 * Source: the token sets and state machines of Prometheus' `model/textparse` (text format 0.0.4 and OpenMetrics 1.0); names of
 * tokens are part of error messages that people search for.
 */
import { DmonError } from "@dmon/model";
import { quoteBytes } from "../bytes/text.ts";

export type Token =
  | "EOF"
  | "EOFWORD"
  | "LINEBREAK"
  | "COMMENT"
  | "HELP"
  | "TYPE"
  | "UNIT"
  | "TEXT"
  | "MNAME"
  | "BOPEN"
  | "BCLOSE"
  | "LNAME"
  | "QSTRING"
  | "LVALUE"
  | "COMMA"
  | "EQUAL"
  | "VALUE"
  | "TIMESTAMP"
  | "INVALID";

export type LexerState =
  | "init"
  | "meta1"
  | "meta2"
  | "labels"
  | "labelValue"
  | "value"
  | "timestamp"
  | "exemplar"
  | "exemplarLabelValue"
  | "exemplarValue"
  | "exemplarTimestamp";

/** A text that cannot be read. The message is Prometheus'. */
export function badExposition(message: string): DmonError {
  return new DmonError("bad_exposition", message);
}

export function isNameStart(c: number): boolean {
  return (c >= 0x61 && c <= 0x7a) || (c >= 0x41 && c <= 0x5a) || c === 0x5f;
}

export function isNamePart(c: number): boolean {
  return isNameStart(c) || (c >= 0x30 && c <= 0x39);
}

/** What both lexers share: a position, the current token's bounds, a state. */
export abstract class Lexer {
  readonly bytes: Uint8Array;
  /** Bounds of the current token. */
  start = 0;
  at = 0;
  state: LexerState = "init";

  constructor(bytes: Uint8Array, at = 0) {
    this.bytes = bytes;
    this.at = at;
    this.start = at;
  }

  abstract next(): Token;

  /** Prometheus' wording of "another token was expected"; `lineStart` is where the entry began. */
  unexpected(expected: string, got: Token, lineStart: number): DmonError {
    const end = Math.min(this.at + 1, this.bytes.length);
    const token = quoteBytes(this.bytes.subarray(this.start, end));
    return badExposition(
      `${expected}, got ${token} ("${got}") while parsing: ${quoteBytes(this.bytes.subarray(lineStart, end))}`,
    );
  }

  protected peek(): number {
    return this.at < this.bytes.length ? this.bytes[this.at]! : -1;
  }

  protected to(state: LexerState, token: Token): Token {
    this.state = state;
    return token;
  }

  /** Takes a metric's name at the current place; colons are allowed where `colons`. */
  protected name(colons: boolean): boolean {
    const c = this.peek();
    if (!isNameStart(c) && !(colons && c === 0x3a)) return false;
    do this.at++;
    while (isNamePart(this.peek()) || (colons && this.peek() === 0x3a));
    return true;
  }

  protected toLineEnd(): void {
    const lineFeed = this.bytes.indexOf(0x0a, this.at);
    this.at = lineFeed < 0 ? this.bytes.length : lineFeed;
  }

  /** Takes a quoted string; on failure `at` stays at the byte that does not fit. */
  protected quoted(lineFeeds: boolean): boolean {
    if (this.peek() !== 0x22) return false;
    this.at++;
    for (;;) {
      const c = this.peek();
      if (c < 0) return false;
      if (c === 0x0a && !lineFeeds) return false;
      if (c === 0x22) {
        this.at++;
        return true;
      }
      if (c === 0x5c) {
        this.at++;
        // "." of the escape matches everything but a line feed.
        if (this.peek() < 0 || this.peek() === 0x0a) return false;
      }
      this.at++;
    }
  }
}

/** Prometheus text format 0.0.4. Blanks between tokens are skipped. */
export class TextLexer extends Lexer {
  next(): Token {
    while (this.state !== "meta2" && (this.peek() === 0x20 || this.peek() === 0x09)) this.at++;
    if (this.peek() < 0) return "EOF";
    this.start = this.at;
    switch (this.state) {
      case "init":
        return this.#init();
      case "meta1":
        return this.quoted(true) || this.name(true) ? this.to("meta2", "MNAME") : "INVALID";
      case "meta2":
        if (this.peek() === 0x0a) return this.#lineBreak();
        this.toLineEnd();
        return this.to("init", "TEXT");
      case "labels":
        return this.#labels();
      case "labelValue":
        return this.quoted(true) ? this.to("labels", "LVALUE") : "INVALID";
      case "value":
        if (this.peek() === 0x7b) return this.#take("labels", "BOPEN");
        if (this.peek() === 0x0a) return "INVALID";
        while (!isBlankOrBrace(this.peek())) this.at++;
        return this.to("timestamp", "VALUE");
      default:
        if (this.peek() === 0x0a) return this.#lineBreak();
        if (!isDigit(this.peek())) return "INVALID";
        while (isDigit(this.peek())) this.at++;
        return "TIMESTAMP";
    }
  }

  #init(): Token {
    const c = this.peek();
    if (c === 0x0a) return this.#lineBreak();
    if (c === 0x7b) return this.#take("labels", "BOPEN");
    if (this.name(true)) return this.to("value", "MNAME");
    if (c !== 0x23) return "INVALID";
    this.at++;
    const blankFrom = this.at;
    while (this.peek() === 0x20 || this.peek() === 0x09) this.at++;
    const after = this.bytes[this.at + 4];
    const word = this.at > blankFrom && (after === 0x20 || after === 0x09) ? keywordAt(this.bytes, this.at) : undefined;
    if (word === "HELP" || word === "TYPE") {
      this.at += 5;
      return this.to("meta1", word);
    }
    this.toLineEnd();
    return "COMMENT";
  }

  #labels(): Token {
    const c = this.peek();
    if (c === 0x7d) return this.#take("value", "BCLOSE");
    if (c === 0x3d) return this.#take("labelValue", "EQUAL");
    if (c === 0x2c) return this.#take("labels", "COMMA");
    if (c === 0x22) return this.quoted(true) ? "QSTRING" : "INVALID";
    return this.name(false) ? "LNAME" : "INVALID";
  }

  #take(state: LexerState, token: Token): Token {
    this.at++;
    return this.to(state, token);
  }

  #lineBreak(): Token {
    this.at++;
    return this.to("init", "LINEBREAK");
  }
}

/** OpenMetrics 1.0. A blank stands exactly where the format wants one. */
export class OpenMetricsLexer extends Lexer {
  next(): Token {
    if (this.peek() < 0) return "EOF";
    this.start = this.at;
    switch (this.state) {
      case "init":
        return this.#init();
      case "meta1":
        return this.quoted(true) || this.name(true) ? this.to("meta2", "MNAME") : "INVALID";
      case "meta2":
        return this.#metaText();
      case "labels":
        return this.#labels("value", "labelValue");
      case "labelValue":
        return this.quoted(false) ? this.to("labels", "LVALUE") : "INVALID";
      case "value":
        if (this.peek() === 0x7b) return this.#take("labels", "BOPEN");
        return this.#word() ? this.to("timestamp", "VALUE") : "INVALID";
      case "timestamp":
        return this.#timestamp();
      case "exemplar":
        return this.#labels("exemplarValue", "exemplarLabelValue");
      case "exemplarLabelValue":
        return this.quoted(false) ? this.to("exemplar", "LVALUE") : "INVALID";
      case "exemplarValue":
        return this.#word() ? this.to("exemplarTimestamp", "VALUE") : "INVALID";
      case "exemplarTimestamp":
        if (this.peek() === 0x0a) return this.#take("init", "LINEBREAK");
        return this.#word() ? "TIMESTAMP" : "INVALID";
    }
  }

  #init(): Token {
    if (this.peek() === 0x7b) return this.#take("labels", "BOPEN");
    if (this.name(true)) return this.to("value", "MNAME");
    if (this.peek() !== 0x23) return "INVALID";
    this.at++;
    if (this.peek() !== 0x20) return "INVALID";
    this.at++;
    const { bytes, at } = this;
    const word = bytes[at + 4] === 0x20 ? keywordAt(bytes, at) : undefined;
    if (word !== undefined) {
      this.at += 5;
      return this.to("meta1", word);
    }
    if (bytes[at] !== 0x45 || bytes[at + 1] !== 0x4f || bytes[at + 2] !== 0x46) return "INVALID";
    this.at += bytes[at + 3] === 0x0a ? 4 : 3;
    return "EOFWORD";
  }

  #metaText(): Token {
    if (this.peek() !== 0x20) return "INVALID";
    this.at++;
    this.toLineEnd();
    if (this.peek() < 0) return "INVALID";
    return this.#take("init", "TEXT");
  }

  #labels(after: LexerState, value: LexerState): Token {
    const c = this.peek();
    if (c === 0x7d) return this.#take(after, "BCLOSE");
    if (c === 0x3d) return this.#take(value, "EQUAL");
    if (c === 0x2c) return this.#take(this.state, "COMMA");
    if (c === 0x22) return this.quoted(true) ? "QSTRING" : "INVALID";
    return this.name(false) ? "LNAME" : "INVALID";
  }

  #timestamp(): Token {
    if (this.peek() === 0x0a) return this.#take("init", "LINEBREAK");
    if (this.peek() !== 0x20) return "INVALID";
    const { bytes, at } = this;
    if (bytes[at + 1] === 0x23 && bytes[at + 2] === 0x20 && bytes[at + 3] === 0x7b) {
      this.at += 4;
      return this.to("exemplar", "COMMENT");
    }
    return this.#word() ? "TIMESTAMP" : "INVALID";
  }

  /** A blank and then anything up to the next blank or line feed. */
  #word(): boolean {
    if (this.peek() !== 0x20) return false;
    this.at++;
    const from = this.at;
    while (this.peek() >= 0 && this.peek() !== 0x20 && this.peek() !== 0x0a) this.at++;
    return this.at > from;
  }

  #take(state: LexerState, token: Token): Token {
    this.at++;
    return this.to(state, token);
  }
}

/** `HELP`, `TYPE` or `UNIT`, where it stands at `at`. */
function keywordAt(bytes: Uint8Array, at: number): "HELP" | "TYPE" | "UNIT" | undefined {
  const is = (word: string) => {
    for (let i = 0; i < 4; i++) if (bytes[at + i] !== word.charCodeAt(i)) return false;
    return true;
  };
  if (is("HELP")) return "HELP";
  if (is("TYPE")) return "TYPE";
  return is("UNIT") ? "UNIT" : undefined;
}

function isDigit(c: number): boolean {
  return c >= 0x30 && c <= 0x39;
}

function isBlankOrBrace(c: number): boolean {
  return c < 0 || c === 0x20 || c === 0x09 || c === 0x0a || c === 0x7b;
}
