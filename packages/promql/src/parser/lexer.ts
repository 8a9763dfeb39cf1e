/**
 * The lexer of PromQL: text to tokens, one at a time, with Prometheus' error messages.
 *
 * Three modes: between the words of an expression, within braces, and at the start of a duration expression within
 * brackets (until its first number; from there on the words between are those of an expression, with fewer letters allowed).
 * Source: the behaviour of Prometheus 3.14 `promql/parser/lex.go`.
 */
import { scanDurationRest, scanNumber } from "./scan-number.ts";
import { goQuote, type Token, type TokenKind, wordKind } from "./tokens.ts";

type Mode = "expression" | "braces" | "duration";

const SPACE = /[ \t\r\n]+/y;
const IDENTIFIER = /[a-zA-Z_][a-zA-Z0-9_]*/y;
const WORD = /[a-zA-Z_:][a-zA-Z0-9_:]*/y;
const LETTERS = /[a-zA-Z_]*/y;
const DURATION_WORDS: ReadonlySet<string> = new Set(["step", "range", "min_of", "max_of"]);

export class Lexer {
  readonly #input: string;
  #at = 0;
  #mode: Mode = "expression";
  #parenDepth = 0;
  #bracketOpen = false;
  #gotColon = false;
  #gotDuration = false;
  #failed = false;

  constructor(input: string) {
    this.#input = input;
  }

  /** The next token. After an error or the end the end is repeated. */
  next(): Token {
    if (this.#failed) return this.#token("eof", this.#at, this.#at, "");
    this.#skipSpaceAndComments();
    switch (this.#mode) {
      case "expression":
        return this.#expression();
      case "braces":
        return this.#insideBraces();
      case "duration":
        return this.#durationExpression();
    }
  }

  #skipSpaceAndComments(): void {
    for (;;) {
      SPACE.lastIndex = this.#at;
      if (SPACE.test(this.#input)) this.#at = SPACE.lastIndex;
      if (this.#input[this.#at] !== "#" || this.#mode === "duration") return;
      while (this.#at < this.#input.length && this.#input[this.#at] !== "\n" && this.#input[this.#at] !== "\r")
        this.#at++;
    }
  }

  #token(kind: TokenKind, start: number, end: number, word: string): Token {
    this.#at = end;
    return { kind, text: this.#input.slice(start, end), word, start, end };
  }

  #error(message: string, start = this.#at): Token {
    this.#failed = true;
    return { kind: "error", text: message, word: "", start, end: this.#input.length };
  }

  /** The character at an offset, whole, with surrogate pairs together; "" at the end. */
  #charAt(offset: number): string {
    const code = this.#input.codePointAt(offset);
    return code === undefined ? "" : String.fromCodePoint(code);
  }

  #expression(): Token {
    const start = this.#at;
    const char = this.#charAt(start);
    const following = this.#input[start + 1] ?? "";
    const operator = (length: number) => {
      const text = this.#input.slice(start, start + length);
      return this.#token("operator", start, start + length, text);
    };
    switch (char) {
      case "":
        if (this.#parenDepth !== 0) return this.#error("unclosed left parenthesis");
        if (this.#bracketOpen) return this.#error("unclosed left bracket");
        return this.#token("eof", start, start, "");
      case ",":
        return this.#token("punctuation", start, start + 1, char);
      case "*":
      case "/":
      case "%":
      case "+":
      case "-":
      case "^":
      case "@":
        return operator(1);
      case "=":
        if (following === "~") return this.#error("unexpected character after '=': '~'");
        return following === "=" ? operator(2) : operator(1);
      case "!":
        if (following === "=") return operator(2);
        return this.#error(`unexpected character after '!': ${goQuoteChar(this.#charAt(start + 1))}`);
      case "<":
      case ">":
        return operator(following === "=" || following === "/" ? 2 : 1);
      case '"':
      case "'":
        return this.#quotedString(char);
      case "`":
        return this.#rawString();
      case "(":
        this.#parenDepth++;
        return this.#token("punctuation", start, start + 1, char);
      case ")":
        return this.#closeParen(start);
      case "{":
        this.#mode = "braces";
        return this.#token("punctuation", start, start + 1, char);
      case "[":
        if (this.#bracketOpen) return this.#error("unexpected left bracket '['");
        this.#bracketOpen = true;
        this.#gotColon = false;
        this.#gotDuration = false;
        this.#mode = "duration";
        return this.#token("punctuation", start, start + 1, char);
      case "]":
        if (!this.#bracketOpen) return this.#error("unexpected right bracket ']'");
        this.#bracketOpen = false;
        return this.#token("punctuation", start, start + 1, char);
      default:
        return this.#expressionWord(start, char, following);
    }
  }

  #closeParen(start: number): Token {
    this.#parenDepth--;
    if (this.#parenDepth < 0) return this.#error("unexpected right parenthesis ')'", start + 1);
    return this.#token("punctuation", start, start + 1, ")");
  }

  #expressionWord(start: number, char: string, following: string): Token {
    if (isDigit(char) || (char === "." && isDigit(following))) return this.#numberOrDuration();
    if (!isLetter(char) && char !== ":") return this.#error(`unexpected character: ${goQuoteChar(char)}`);
    if (!this.#bracketOpen) return this.#keywordOrIdentifier(start);
    if (char === ":") {
      if (this.#gotColon) return this.#error("unexpected colon ':'");
      this.#gotColon = true;
      return this.#token("punctuation", start, start + 1, ":");
    }
    return this.#durationWord(start) ?? this.#error(`unexpected character: ${goQuoteChar(char)}, expected ':'`);
  }

  #keywordOrIdentifier(start: number): Token {
    WORD.lastIndex = start;
    WORD.test(this.#input);
    const end = WORD.lastIndex;
    const word = this.#input.slice(start, end);
    const lower = word.toLowerCase();
    const kind = wordKind(lower);
    if (kind !== undefined) return this.#token(kind, start, end, lower);
    return this.#token(word.includes(":") ? "metricIdentifier" : "identifier", start, end, "");
  }

  #durationWord(start: number): Token | undefined {
    LETTERS.lastIndex = start;
    LETTERS.test(this.#input);
    const end = LETTERS.lastIndex;
    const lower = this.#input.slice(start, end).toLowerCase();
    return DURATION_WORDS.has(lower) ? this.#token("preprocessor", start, end, lower) : undefined;
  }

  #durationExpression(): Token {
    const start = this.#at;
    const char = this.#charAt(start);
    switch (char) {
      case "":
        return this.#error("unexpected end of input in duration expression");
      case "]":
        this.#bracketOpen = false;
        this.#mode = "expression";
        return this.#token("punctuation", start, start + 1, char);
      case ":":
        if (!this.#gotDuration)
          return this.#error("unexpected colon before duration in duration expression", start + 1);
        if (this.#gotColon) return this.#error("unexpected repeated colon in duration expression", start + 1);
        this.#gotColon = true;
        return this.#token("punctuation", start, start + 1, char);
      case "(":
        this.#parenDepth++;
        return this.#token("punctuation", start, start + 1, char);
      case ")":
        return this.#closeParen(start);
      case ",":
        return this.#token("punctuation", start, start + 1, char);
      case "+":
      case "-":
      case "*":
      case "/":
      case "%":
      case "^":
        return this.#token("operator", start, start + 1, char);
    }
    if (isDigit(char) || (char === "." && isDigit(this.#input[start + 1] ?? ""))) {
      this.#gotDuration = true;
      this.#mode = "expression";
      return this.#numberOrDuration();
    }
    const word = isLetter(char) ? this.#durationWord(start) : undefined;
    if (word === undefined) return this.#error(`unexpected character in duration expression: ${goQuoteChar(char)}`);
    this.#gotDuration = true;
    return word;
  }

  #insideBraces(): Token {
    const start = this.#at;
    const char = this.#charAt(start);
    const following = this.#input[start + 1] ?? "";
    switch (char) {
      case "":
        return this.#error("unexpected end of input inside braces");
      case ",":
        return this.#token("punctuation", start, start + 1, char);
      case '"':
      case "'":
        return this.#quotedString(char);
      case "`":
        return this.#rawString();
      case "=":
        return following === "~" ? this.#matchOperator(start, 2) : this.#matchOperator(start, 1);
      case "!":
        if (following === "~" || following === "=") return this.#matchOperator(start, 2);
        return this.#error(`unexpected character after '!' inside braces: ${goQuoteChar(this.#charAt(start + 1))}`);
      case "{":
        return this.#error("unexpected left brace '{'");
      case "}":
        this.#mode = "expression";
        return this.#token("punctuation", start, start + 1, char);
    }
    if (!isLetter(char)) return this.#error(`unexpected character inside braces: ${goQuoteChar(char)}`);
    IDENTIFIER.lastIndex = start;
    IDENTIFIER.test(this.#input);
    return this.#token("identifier", start, IDENTIFIER.lastIndex, "");
  }

  #matchOperator(start: number, length: number): Token {
    return this.#token("operator", start, start + length, this.#input.slice(start, start + length));
  }

  #rawString(): Token {
    const start = this.#at;
    const close = this.#input.indexOf("`", start + 1);
    const end = close < 0 ? this.#input.length : close + 1;
    if (hasBadRune(this.#input, start, end)) return this.#error("invalid UTF-8 rune", start);
    if (close < 0) return this.#error("unterminated raw string", start);
    return this.#token("string", start, end, "");
  }

  #quotedString(quote: string): Token {
    const start = this.#at;
    let at = start + 1;
    for (;;) {
      const char = this.#charAt(at);
      if (char === "" || char === "\n") return this.#error("unterminated quoted string", start);
      if (isBadRune(char)) return this.#error("invalid UTF-8 rune", start);
      at += char.length;
      if (char === quote) return this.#token("string", start, at, "");
      if (char !== "\\") continue;
      const skipped = this.#escapeLength(at, quote);
      if (typeof skipped === "string") return this.#error(skipped, start);
      at += skipped;
    }
  }

  /** Length of the escape after a backslash, or what is wrong with it. */
  #escapeLength(at: number, quote: string): number | string {
    const char = this.#charAt(at);
    if (char === "") return "escape sequence not terminated";
    if (char === quote || "abfnrtv\\".includes(char)) return 1;
    const form = escapeForm(char);
    if (form === undefined) return `unknown escape sequence ${unicodeName(char)}`;
    const first = form.base === 8 ? at : at + 1;
    let code = 0;
    for (let i = 0; i < form.digits; i++) {
      const digit = this.#charAt(first + i);
      if (digit === "") return "escape sequence not terminated";
      const value = digitValue(digit);
      if (value >= form.base) return `illegal character ${unicodeName(digit)} in escape sequence`;
      code = code * form.base + value;
    }
    if (code > form.max || (code >= 0xd800 && code < 0xe000)) {
      return "escape sequence is an invalid Unicode code point";
    }
    return first - at + form.digits;
  }

  #numberOrDuration(): Token {
    const start = this.#at;
    const number = scanNumber(this.#input, start);
    if (number.valid) return this.#token("number", start, number.end, "");
    const duration = scanDurationRest(this.#input, number.end);
    if (duration.valid) return this.#token("duration", start, duration.end, "");
    return this.#error(`bad number or duration syntax: ${goQuote(this.#input.slice(start, duration.end))}`, start);
  }
}

interface EscapeForm {
  readonly digits: number;
  readonly base: number;
  readonly max: number;
}

function escapeForm(char: string): EscapeForm | undefined {
  if (char >= "0" && char <= "7") return { digits: 3, base: 8, max: 255 };
  if (char === "x") return { digits: 2, base: 16, max: 255 };
  if (char === "u") return { digits: 4, base: 16, max: 0x10ffff };
  if (char === "U") return { digits: 8, base: 16, max: 0x10ffff };
  return undefined;
}

function digitValue(char: string): number {
  const value = Number.parseInt(char, 16);
  return char.length === 1 && !Number.isNaN(value) ? value : 16;
}

/** Invalid UTF-8 arrives as U+FFFD, or as half a surrogate pair. */
function isBadRune(char: string): boolean {
  const code = char.charCodeAt(0);
  return code === 0xfffd || (char.length === 1 && code >= 0xd800 && code < 0xe000);
}

function hasBadRune(text: string, from: number, to: number): boolean {
  for (const char of text.slice(from, to)) if (isBadRune(char)) return true;
  return false;
}

/** Go's `%q` of a character. */
function goQuoteChar(char: string): string {
  if (char === "") return "'\ufffd'";
  if (char === "'") return "'\\''";
  if (char === '"') return `'"'`;
  return `'${goQuote(char).slice(1, -1)}'`;
}

/** Go's `%#U`. */
function unicodeName(char: string): string {
  const code = char.codePointAt(0)!;
  return `U+${code.toString(16).toUpperCase().padStart(4, "0")} '${char}'`;
}

function isDigit(char: string): boolean {
  return char >= "0" && char <= "9" && char.length === 1;
}

function isLetter(char: string): boolean {
  return /^[a-zA-Z_]$/.test(char);
}
