/** The value of a quoted string of PromQL, which the lexer has found to be well formed. */

const SIMPLE: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
  "'": "'",
  '"': '"',
};

const ESCAPE = /\\(?:([abfnrtv\\'"])|([0-7]{3})|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))/g;

/**
 * Escapes of single bytes (`\xff`, `\377`) that do not make up valid UTF-8 become U+FFFD, since text here cannot hold them.
 *
 * @param quoted with its quotes: "…", '…' or `…`
 */
export function unquote(quoted: string): string {
  const inner = quoted.slice(1, -1);
  if (quoted[0] === "`") return inner;
  if (!inner.includes("\\")) return inner;
  if (!/\\[x0-7]/.test(inner)) return inner.replace(ESCAPE, (_, ...groups) => unescapeRune(groups));
  return unquoteBytes(inner);
}

function unescapeRune(groups: readonly unknown[]): string {
  const [simple, octal, hex, short, long] = groups as (string | undefined)[];
  if (simple !== undefined) return SIMPLE[simple]!;
  const code = octal !== undefined ? Number.parseInt(octal, 8) : Number.parseInt(hex ?? short ?? long ?? "0", 16);
  return String.fromCodePoint(code);
}

function unquoteBytes(inner: string): string {
  const encoder = new TextEncoder();
  const bytes: number[] = [];
  let from = 0;
  for (const match of inner.matchAll(ESCAPE)) {
    bytes.push(...encoder.encode(inner.slice(from, match.index)));
    const byte = match[2] !== undefined ? Number.parseInt(match[2], 8) : Number.parseInt(match[3] ?? "", 16);
    if (Number.isNaN(byte)) bytes.push(...encoder.encode(unescapeRune(match.slice(1))));
    else bytes.push(byte);
    from = match.index + match[0].length;
  }
  bytes.push(...encoder.encode(inner.slice(from)));
  return new TextDecoder().decode(new Uint8Array(bytes));
}
