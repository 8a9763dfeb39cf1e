/** How many charts stand beside each other where all of them are to be on one screen. Pure. */

export interface Fit {
  /** Charts in a row. */
  readonly perRow: number;
  /** Of each row with its frame, px. */
  readonly rowHeight: number;
}

/** Below these a chart cannot be read: then the wall is scrolled. px */
const [MIN_WIDTH, MIN_HEIGHT] = [270, 148];
/** A chart looks best about so much wider than it is high. */
const ASPECT = 1.9;

/**
 * The arrangement in which charts are largest, measured by the smaller of their height and what their width suits.
 *
 * @param box px
 * @param gap between charts, px
 * @param count charts; 0 or more
 */
export function fitWall(box: { readonly width: number; readonly height: number }, gap: number, count: number): Fit {
  const most = Math.max(1, Math.floor((box.width + gap) / (MIN_WIDTH + gap)));
  let best: Fit & { readonly size: number } = { perRow: 1, rowHeight: MIN_HEIGHT, size: Number.NEGATIVE_INFINITY };
  for (let perRow = 1; perRow <= Math.min(most, Math.max(1, count)); perRow++) {
    const rows = Math.max(1, Math.ceil(count / perRow));
    const rowHeight = Math.floor((box.height - gap * (rows - 1)) / rows);
    const width = (box.width - gap * (perRow - 1)) / perRow;
    const size = Math.min(rowHeight, width / ASPECT);
    if (size > best.size) best = { perRow, rowHeight: Math.max(rowHeight, MIN_HEIGHT), size };
  }
  return { perRow: best.perRow, rowHeight: best.rowHeight };
}

/**
 * The columns that each chart takes, so that the last row is filled as the others are.
 *
 * @returns the grid's columns, and a chart's in whole rows and in the last one
 */
export function wallSpans(count: number, perRow: number): { columns: number; whole: number; last: number } {
  const inLast = count % perRow || perRow;
  return { columns: perRow * inLast, whole: inLast, last: perRow };
}
