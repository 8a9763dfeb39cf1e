/**
 * A chart's window of time in whole pixels since the epoch, so that what is drawn can be moved along, and what moved is drawn as it would
 * be anew.
 */
export interface PixelWindow {
  readonly pxPerS: number;
  /** The ends of the axis, px since the epoch. */
  readonly startPx: number;
  readonly endPx: number;
}

/**
 * @param endS the wanted end
 * @param windowS its length, more than 0
 * @param width device px, more than 0
 */
export function pixelWindow(endS: number, windowS: number, width: number): PixelWindow {
  const pxPerS = width / windowS;
  const endPx = Math.round(endS * pxPerS);
  return { pxPerS, startPx: endPx - width, endPx };
}

/** @returns the instants (s) that have a pixel in it: half a pixel more on either side, as a point is drawn on the pixel next to it */
export function drawnBetween({ pxPerS, startPx, endPx }: PixelWindow): readonly [fromS: number, toS: number] {
  return [(startPx - 0.5) / pxPerS, (endPx + 0.5) / pxPerS];
}
