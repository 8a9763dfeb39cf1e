/**
 * Splits a Go text template into literal text and the tokens of its actions.
 *
 * Source: Go `text/template` documentation. `{{-` and `-}}` trim white space beside them; comments vanish.
 */
import { DmonError } from "@dmon/model";

export type Token =
  | { readonly type: "string"; readonly value: string }
  | { readonly type: "number"; readonly value: number; readonly isInteger: boolean }
  /** `.a.b`, `.`, `$x`, `$x.a`: fields are separate `field` tokens that follow without white space. */
  | { readonly type: "variable" | "field" | "identifier" | "char"; readonly value: string; readonly glued: boolean };

export type Piece =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "action"; readonly tokens: readonly Token[] };

export function badTemplate(message: string): DmonError {
  return new DmonError("bad_template", `template: ${message}`);
}

export function splitTemplate(source: string): Piece[] {
  const pieces: Piece[] = [];
  let trimNext = false;
  let at = 0;
  for (;;) {
    const open = source.indexOf("{{", at);
    let text = source.slice(at, open < 0 ? source.length : open);
    if (trimNext) text = text.trimStart();
    if (open < 0) {
      if (text !== "") pieces.push({ type: "text", text });
      return pieces;
    }
    let inner = open + 2;
    if (/^-\s/.test(source.slice(inner, inner + 2))) {
      text = text.trimEnd();
      inner++;
    }
    if (text !== "") pieces.push({ type: "text", text });
    const comment = /^\s*\/\*[\s\S]*?\*\/\s*(-?)\}\}/.exec(source.slice(inner));
    if (comment !== null) {
      trimNext = comment[1] === "-";
      at = inner + comment[0].length;
      continue;
    }
    const { tokens, end, trims } = readAction(source, inner);
    pieces.push({ type: "action", tokens });
    trimNext = trims;
    at = end;
  }
}

const NUMBER = /^[+-]?(?:0x[0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)/;
const WORD = /^[\p{L}_][\p{L}\p{N}_]*/u;

function readAction(source: string, from: number): { tokens: Token[]; end: number; trims: boolean } {
  const tokens: Token[] = [];
  let at = from;
  let glued = false;
  for (;;) {
    const rest = source.slice(at);
    const space = /^\s+/.exec(rest);
    if (space !== null) {
      at += space[0].length;
      glued = false;
      if (source.startsWith("-}}", at)) return { tokens, end: at + 3, trims: true };
      continue;
    }
    if (rest === "") throw badTemplate("unclosed action");
    if (rest.startsWith("}}")) return { tokens, end: at + 2, trims: false };
    const [token, length] = readToken(rest, glued, tokens.at(-1));
    tokens.push(token);
    at += length;
    glued = true;
  }
}

function readToken(rest: string, glued: boolean, previous: Token | undefined): [Token, number] {
  const first = rest[0]!;
  if (first === '"' || first === "'") return readQuoted(rest, first);
  if (first === "`") {
    const end = rest.indexOf("`", 1);
    if (end < 0) throw badTemplate("unterminated raw quoted string");
    return [{ type: "string", value: rest.slice(1, end) }, end + 1];
  }
  if (first === "$") {
    const word = WORD.exec(rest.slice(1))?.[0] ?? "";
    return [{ type: "variable", value: `$${word}`, glued }, word.length + 1];
  }
  const number = NUMBER.exec(rest);
  const afterOperand = glued && previous !== undefined && previous.type !== "char";
  if (number !== null && !(first === "." && afterOperand)) {
    const value = Number(number[0]);
    return [{ type: "number", value, isInteger: /^[+-]?(0x[0-9a-fA-F]+|\d+)$/.test(number[0]) }, number[0].length];
  }
  if (first === ".") {
    const word = WORD.exec(rest.slice(1))?.[0] ?? "";
    return [{ type: "field", value: word, glued }, word.length + 1];
  }
  const word = WORD.exec(rest)?.[0];
  if (word !== undefined) return [{ type: "identifier", value: word, glued }, word.length];
  if (rest.startsWith(":=")) return [{ type: "char", value: ":=", glued }, 2];
  if ("()|,=".includes(first)) return [{ type: "char", value: first, glued }, 1];
  throw badTemplate(`unexpected ${JSON.stringify(first)} in action`);
}

const ESCAPES: Readonly<Record<string, string>> = {
  n: "\n",
  t: "\t",
  r: "\r",
  a: "\x07",
  b: "\b",
  f: "\f",
  v: "\v",
  "\\": "\\",
  '"': '"',
  "'": "'",
};

function readQuoted(rest: string, quote: string): [Token, number] {
  let value = "";
  for (let i = 1; i < rest.length; i++) {
    const char = rest[i]!;
    if (char === quote) return [{ type: "string", value }, i + 1];
    if (char === "\n") break;
    if (char !== "\\") {
      value += char;
      continue;
    }
    const coded = /^\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3}))/.exec(rest.slice(i));
    if (coded !== null) {
      const hex = coded[1] ?? coded[2] ?? coded[3];
      value += String.fromCodePoint(hex === undefined ? Number.parseInt(coded[4]!, 8) : Number.parseInt(hex, 16));
      i += coded[0].length - 1;
      continue;
    }
    const escaped = ESCAPES[rest[i + 1] ?? ""];
    if (escaped === undefined) throw badTemplate("bad character escape in a string");
    value += escaped;
    i++;
  }
  throw badTemplate("unterminated quoted string");
}
