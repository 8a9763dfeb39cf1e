/** String literals within a line: "double" and 'single' quoted with escapes, and `raw`. */
import { unquote } from "../parser/unquote.ts";
import { type Cursor, scriptError } from "./cursor.ts";

const LITERAL = /"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`[^`]*`/y;

/**
 * The value of the literal at the cursor, which moves behind it; undefined where none begins here.
 *
 * @throws {DmonError} `bad_script` where it does not end
 */
export function takeQuoted(cursor: Cursor): string | undefined {
  if (!/["'`]/.test(cursor.text[cursor.at] ?? "")) return undefined;
  const literal = cursor.match(LITERAL);
  if (literal === undefined) throw scriptError(`unterminated string before ${cursor.describeRest()}`);
  return unquote(literal);
}
