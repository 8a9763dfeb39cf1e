/** A rectangle of a frame, with the few things that panels draw in it. Whatever lies outside is cut. */
import { bar, sparkline } from "./bars.ts";
import { cutText, type Frame, textWidth } from "./frame.ts";
import { type Style, severity, type Thresholds } from "./theme.ts";

/** A piece of a line. */
export type Span = readonly [text: string, style?: Style];

export class Area {
  readonly frame: Frame;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;

  constructor(frame: Frame, x: number, y: number, width: number, height: number) {
    this.frame = frame;
    this.x = x;
    this.y = y;
    this.width = Math.max(0, width);
    this.height = Math.max(0, height);
  }

  /** Spans one after another from the left. @returns the column after the last */
  line(row: number, ...spans: readonly Span[]): number {
    if (row < 0 || row >= this.height) return 0;
    let x = this.x;
    for (const [text, style = "text"] of spans) {
      x = this.frame.put(x, this.y + row, text, style, this.x + this.width);
    }
    return x - this.x;
  }

  /** A text that ends at the right edge, left out where fewer than `atLeast` columns are left of it. */
  right(row: number, text: string, style: Style, atLeast = 0): void {
    if (row < 0 || row >= this.height || this.width - textWidth(text) < atLeast) return;
    this.frame.putRight(this.x + this.width, this.y + row, text, style);
  }

  /** `label  12.3% ████████──────── rest`: the bar takes the room that is left. */
  meter(row: number, label: string, ratio: number, rest: string, thresholds?: Thresholds): void {
    const style = severity(ratio, thresholds);
    const percent = `${(ratio * 100).toFixed(ratio >= 0.9995 ? 0 : 1).padStart(5)}% `;
    const restWidth = rest === "" ? 0 : textWidth(rest) + 1;
    const room = this.width - textWidth(label) - percent.length - restWidth;
    const { filled, empty } = bar(ratio, Math.max(0, room));
    this.line(
      row,
      [label, "title"],
      [percent, style],
      [filled, style],
      [empty, "track"],
      [rest === "" ? "" : ` ${rest}`, "dim"],
    );
  }

  /** A graph of `rows` rows that ends at the newest value, each column in the colour of its severity. */
  graph(row: number, rows: number, ratios: readonly number[], thresholds?: Thresholds): void {
    for (let level = 0; level < rows; level++) {
      const floor = (rows - 1 - level) / rows;
      for (let column = 0; column < this.width; column++) {
        const ratio = ratios[ratios.length - this.width + column] ?? Number.NaN;
        const isBase = level === rows - 1;
        if (Number.isNaN(ratio) || (ratio <= floor && !isBase)) continue;
        this.#cell(row + level, column, sparkline([(ratio - floor) * rows], 1), severity(ratio, thresholds));
      }
    }
  }

  /** A sparkline as wide as the area, scaled to its own largest value. */
  spark(row: number, values: readonly number[], max: number, style: Style): void {
    this.line(row, [sparkline(values.slice(-this.width), max), style]);
  }

  text(row: number, text: string, style: Style = "text"): void {
    this.line(row, [cutText(text, this.width), style]);
  }

  #cell(row: number, column: number, char: string, style: Style): void {
    if (row < this.height) this.frame.put(this.x + column, this.y + row, char, style);
  }
}
