/** Errors of the parser and the type checker, with Prometheus' text: `line:column: parse error: what`. */
import { DmonError } from "@dmon/model";
import type { Span } from "../ast.ts";

/** @returns `line:column` of an offset, both from 1, the column in bytes of UTF-8 as Prometheus counts */
export function lineAndColumn(query: string, offset: number): string {
  if (query === "") return "unknown position";
  if (offset < 0 || offset > query.length) return "invalid position";
  const before = query.slice(0, offset);
  const lineStart = before.lastIndexOf("\n") + 1;
  let line = 1;
  for (let at = before.indexOf("\n"); at >= 0; at = before.indexOf("\n", at + 1)) line++;
  return `${line}:${utf8Length(before.slice(lineStart)) + 1}`;
}

/** Bytes of `text` in UTF-8. */
function utf8Length(text: string): number {
  let bytes = 0;
  for (const char of text) {
    const code = char.codePointAt(0)!;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return bytes;
}

/** The error `bad_query` at a place of the query. */
export function parseError(query: string, span: Span, message: string): DmonError {
  return new DmonError("bad_query", `${lineAndColumn(query, span.start)}: parse error: ${message}`);
}
