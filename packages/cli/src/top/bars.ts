/** Bars and sparklines out of block characters: eighths of a cell, so that a bar of 20 cells shows half a percent. */

const LEFT_BLOCKS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"] as const;
const LOWER_BLOCKS = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"] as const;
const TRACK = "─";

/** A bar of `width` cells, as its filled and its empty part. @param ratio 0–1; what lies outside is cut */
export function bar(ratio: number, width: number): { readonly filled: string; readonly empty: string } {
  const eighths = Math.round(clamp(ratio) * width * 8);
  const whole = Math.floor(eighths / 8);
  const part = LEFT_BLOCKS[eighths % 8]!;
  const filled = "█".repeat(whole) + part;
  return { filled, empty: TRACK.repeat(Math.max(0, width - filled.length)) };
}

/** One character a value; NaN is a blank. @param max value of a full cell */
export function sparkline(values: readonly number[], max: number): string {
  let line = "";
  for (const value of values) {
    if (Number.isNaN(value)) line += " ";
    else line += LOWER_BLOCKS[Math.min(7, Math.floor(clamp(max > 0 ? value / max : 0) * 8))]!;
  }
  return line;
}

function clamp(ratio: number): number {
  return ratio > 1 ? 1 : ratio > 0 ? ratio : 0;
}
