/**
 * A screen as a grid of cells, and the shortest text that turns one into the next.
 *
 * Only what changed is sent, so that nothing flickers and a slow line suffices. Text that comes from outside (names, command
 * lines) cannot reach the terminal as control characters.
 */
import { type ColorDepth, STYLES, type Style, styleSequence } from "./theme.ts";

const STYLE_INDEX = new Map<Style, number>(STYLES.map((style, index) => [style, index]));
/** So many unchanged cells are sent again rather than jumped over. */
const MAX_RESENT_CELLS = 6;
/** Right half of a character that is two cells wide. */
const CONTINUED = "";

export class Frame {
  readonly width: number;
  readonly height: number;
  readonly #cells: string[];
  readonly #styles: Uint8Array;

  constructor(width: number, height: number) {
    this.width = width;
    this.height = height;
    this.#cells = new Array<string>(width * height).fill(" ");
    this.#styles = new Uint8Array(width * height);
  }

  /**
   * Writes text from (`x`, `y`) to the right, cut at `limit` (exclusive; the frame's edge where not given).
   *
   * @returns the column after the last cell written
   */
  put(x: number, y: number, text: string, style: Style = "text", limit: number = this.width): number {
    if (y < 0 || y >= this.height) return x;
    const end = Math.min(limit, this.width);
    const index = STYLE_INDEX.get(style)!;
    let column = x;
    for (const char of text) {
      const width = cellsOf(char);
      if (width === 0) continue;
      if (column + width > end) break;
      this.#write(column, y, isControl(char) ? "·" : char, width, index);
      column += width;
    }
    return column;
  }

  /** The same, ending before column `end`. */
  putRight(end: number, y: number, text: string, style: Style = "text"): void {
    this.put(end - textWidth(text), y, text, style);
  }

  /** Gives a whole row one style, whatever stands there. */
  paintRow(y: number, style: Style, from = 0, to = this.width): void {
    if (y < 0 || y >= this.height) return;
    this.#styles.fill(STYLE_INDEX.get(style)!, y * this.width + from, y * this.width + to);
  }

  /** The rows as plain text, without the blanks at their ends. */
  toLines(): string[] {
    const lines: string[] = [];
    for (let y = 0; y < this.height; y++) {
      lines.push(
        this.#cells
          .slice(y * this.width, (y + 1) * this.width)
          .join("")
          .trimEnd(),
      );
    }
    return lines;
  }

  /**
   * What to send to a terminal that shows `before` (undefined: anything) so that it shows this.
   *
   * "" where nothing changed. Frames of different sizes are drawn anew.
   */
  updateFrom(before: Frame | undefined, depth: ColorDepth): string {
    const sameSize = before?.width === this.width && before.height === this.height;
    // A terminal that was cleared shows blanks already.
    const known = sameSize ? before : new Frame(this.width, this.height);
    let out = sameSize ? "" : "\x1b[0m\x1b[2J";
    let style = -1;
    for (let y = 0; y < this.height; y++) {
      for (let x = this.#nextChange(known, y, 0); x < this.width; ) {
        const end = this.#runEnd(known, y, x);
        out += `\x1b[${y + 1};${x + 1}H`;
        for (; x < end; x++) {
          const cell = y * this.width + x;
          if (this.#styles[cell] !== style) {
            style = this.#styles[cell]!;
            out += styleSequence(STYLES[style]!, depth);
          }
          out += this.#cells[cell];
        }
        x = this.#nextChange(known, y, end);
      }
    }
    return out === "" ? "" : `${out}\x1b[0m`;
  }

  #write(x: number, y: number, char: string, width: number, style: number): void {
    // A wide character of which only the right half is in sight leaves a blank.
    const whole = x >= 0;
    for (let i = 0; i < width; i++) {
      const column = x + i;
      if (column < 0) continue;
      this.#splitWide(column, y);
      const cell = y * this.width + column;
      this.#cells[cell] = !whole ? " " : i === 0 ? char : CONTINUED;
      this.#styles[cell] = style;
    }
  }

  /** Before a cell is overwritten: of a wide character that it is half of, the other half becomes a blank. */
  #splitWide(x: number, y: number): void {
    const cell = y * this.width + x;
    if (this.#cells[cell] === CONTINUED) this.#cells[cell - 1] = " ";
    else if (x + 1 < this.width && this.#cells[cell + 1] === CONTINUED) this.#cells[cell + 1] = " ";
  }

  #changed(before: Frame, cell: number): boolean {
    return this.#cells[cell] !== before.#cells[cell] || this.#styles[cell] !== before.#styles[cell];
  }

  #nextChange(before: Frame, y: number, from: number): number {
    let x = from;
    while (x < this.width && !this.#changed(before, y * this.width + x)) x++;
    // A change in the right half of a wide character is one of the whole.
    return x > 0 && x < this.width && this.#cells[y * this.width + x] === CONTINUED ? x - 1 : x;
  }

  /** End of the changed cells that begin at `from`, short gaps included. */
  #runEnd(before: Frame, y: number, from: number): number {
    let end = from + 1;
    for (let x = from + 1; x < this.width && x - end < MAX_RESENT_CELLS; x++) {
      if (this.#changed(before, y * this.width + x)) end = x + 1;
    }
    while (end < this.width && this.#cells[y * this.width + end] === CONTINUED) end++;
    return end;
  }
}

/** Cells that a text takes. */
export function textWidth(text: string): number {
  let width = 0;
  for (const char of text) width += cellsOf(char);
  return width;
}

/** The text cut to `width` cells, with … where something is missing. */
export function cutText(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  let out = "";
  let used = 0;
  for (const char of text) {
    used += cellsOf(char);
    if (used > width - 1) break;
    out += char;
  }
  return width > 0 ? `${out}…` : "";
}

function isControl(char: string): boolean {
  const code = char.codePointAt(0)!;
  return code < 0x20 || (code >= 0x7f && code < 0xa0) || BIDI.test(char);
}

/** Marks that turn the direction of what follows. */
const BIDI = /[\u200e\u200f\u202a-\u202e\u2066-\u2069]/;
const NO_WIDTH = /\p{Mn}|\p{Me}|[\u200b\u200c]|\u200d/u;
/** East Asian wide and emoji, as most terminals have them. Source: UAX #11. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f680}-\u{1f6ff}\u{1f900}-\u{1f9ff}\u{20000}-\u{3fffd}]/u;

function cellsOf(char: string): number {
  if (char < "\u0300") return 1;
  if (NO_WIDTH.test(char)) return 0;
  return WIDE.test(char) ? 2 : 1;
}
