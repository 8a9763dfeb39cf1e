/**
 * Cuts a file of samples into pieces that a server can take one by one: whole lines, and for OpenMetrics each beginning with
 * what was said of the metric and ending in `# EOF`. Only the last piece ends as the file does: one that lacks its `# EOF` was cut off.
 */

const PIECE_BYTES = 8 * 1024 * 1024;
const LINE_FEED = 0x0a;
const EOF_LINE = "# EOF";

export type ImportFormat = "openmetrics" | "jsonl";

export interface Piece {
  readonly bytes: Buffer;
  /** Lines of the file before the piece; what is repeated in front of it (`repeatedLines`) not counted. */
  readonly linesBefore: number;
  readonly repeatedLines: number;
}

export async function* piecesOf(source: AsyncIterable<Uint8Array>, format: ImportFormat): AsyncGenerator<Piece> {
  let rest: Buffer = Buffer.alloc(0);
  const header = new FamilyHeader();
  let linesBefore = 0;
  for await (const chunk of source) {
    rest = Buffer.concat([rest, chunk]);
    if (rest.length < PIECE_BYTES) continue;
    const end = rest.lastIndexOf(LINE_FEED) + 1;
    if (end === 0) continue;
    const lines = rest.subarray(0, end);
    yield { linesBefore, repeatedLines: header.lineCount, bytes: piece(lines, format, header, EOF_LINE) };
    linesBefore += countLines(lines);
    rest = rest.subarray(end);
  }
  const isEnded = linesBefore > 0 && header.sawEnd;
  if (rest.length > 0 || (format === "openmetrics" && !isEnded))
    yield { linesBefore, repeatedLines: header.lineCount, bytes: piece(rest, format, header, "") };
}

function countLines(lines: Uint8Array): number {
  let count = 0;
  for (let at = lines.indexOf(LINE_FEED); at >= 0; at = lines.indexOf(LINE_FEED, at + 1)) count++;
  return count;
}

/** @param end what is put at the end of a piece that has none */
function piece(lines: Buffer, format: ImportFormat, header: FamilyHeader, end: string): Buffer {
  if (format === "jsonl") return lines;
  const before = header.text;
  const text = lines.toString("utf8");
  header.read(text);
  const whole = text.endsWith("\n") || text === "" ? text : `${text}\n`;
  header.sawEnd = whole.endsWith(`${EOF_LINE}\n`);
  return Buffer.from(`${before}${whole}${header.sawEnd || end === "" ? "" : `${end}\n`}`);
}

/** The comment lines of the family that a piece ends in. */
class FamilyHeader {
  #metric = "";
  /** True where the piece before ended in `# EOF`. */
  sawEnd = false;
  #lines: string[] = [];

  get lineCount(): number {
    return this.#lines.length;
  }

  get text(): string {
    return this.#lines.map((line) => `${line}\n`).join("");
  }

  read(text: string): void {
    for (const match of text.matchAll(/^# (?:TYPE|HELP|UNIT) (\S+).*$/gm)) {
      const [line, metric = ""] = match;
      if (metric !== this.#metric) this.#lines = [];
      this.#metric = metric;
      this.#lines.push(line);
    }
  }
}
