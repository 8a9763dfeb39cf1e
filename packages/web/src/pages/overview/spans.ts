/** How the charts of a section stand beside each other, so that no row is left half empty. Pure. */

const COLUMNS = 12;

/**
 * @param wide whether a chart takes two places (one where there is only one), in order
 * @param perRow places beside each other
 * @returns the places that each chart takes, row by row
 */
export function rowsOf(wide: readonly boolean[], perRow: 1 | 2 | 3): number[][] {
  const rows: number[][] = [];
  let left = 0;
  for (const isWide of wide) {
    const places = isWide ? Math.min(2, perRow) : 1;
    if (places > left) {
      rows.push([]);
      left = perRow;
    }
    rows.at(-1)!.push(places);
    left -= places;
  }
  return rows;
}

/** @returns columns of 12 for each chart, aligned with `wide`; those of one row add up to 12 */
export function spansOf(wide: readonly boolean[], perRow: 2 | 3): number[] {
  return rowsOf(wide, perRow).flatMap((row) => {
    const sum = row.reduce((total, places) => total + places, 0);
    return row.map((places) => (COLUMNS * places) / sum);
  });
}
