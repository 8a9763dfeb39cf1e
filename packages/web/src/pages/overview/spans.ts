/** How wide the charts of a section are, so that no row is left half empty. Pure. */

const COLUMNS = 12;

/**
 * @param wide whether a chart takes two places, aligned with the result
 * @param perRow places beside each other
 * @returns columns of 12 for each chart; those of one row add up to 12
 */
export function spansOf(wide: readonly boolean[], perRow: 2 | 3): number[] {
  const rows: number[][] = [];
  let left = 0;
  for (const isWide of wide) {
    const places = isWide ? 2 : 1;
    if (places > left) {
      rows.push([]);
      left = perRow;
    }
    rows.at(-1)!.push(places);
    left -= places;
  }
  return rows.flatMap((row) => {
    const sum = row.reduce((total, places) => total + places, 0);
    return row.map((places) => (COLUMNS * places) / sum);
  });
}
