/**
 * Draws a plot's lines and fills onto its canvas, in place of uPlot's own path builders: their objects and clips for each line
 * and frame were half of what a live page cost.
 *
 * Points are put on whole pixels, as uPlot does, so that flat lines are sharp. What a pixel cannot show is left out: of the
 * points in one column of pixels the first, lowest, highest and last are drawn, and of a flat stretch its ends. So a line of a
 * month costs what the screen is wide, and one that rests nearly nothing. A layer of a stack is filled down to the layer below
 * by following that line back.
 */
import type uPlot from "uplot";

export interface DrawnLine {
  readonly color: string;
  /** CSS px. */
  readonly width: number;
  /** CSS px of line and hole, by turns; empty: none. */
  readonly dash: readonly number[];
  /** Undefined: not filled. */
  readonly fill: string | undefined;
  /** The fill's other edge: the zero line, or the line with this index in uPlot's data. */
  readonly fillTo: "zero" | number;
}

type Values = readonly (number | null | undefined)[];

/** From values to pixels. Plain numbers: with functions in their place, each point leaves two numbers to the garbage collector. */
export interface Place {
  /** The pixel of the first instant. */
  readonly left: number;
  /** That instant, in pixels since the epoch; whole, so that a point moves by whole pixels with it and never by rounding. */
  readonly startPx: number;
  readonly pxPerS: number;
  /** The pixel of zero. */
  readonly zero: number;
  readonly pxPerUnit: number;
}

/** Device px; whole. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/**
 * @param box what lies outside is cut off
 * @param data the times (s), then one column a line
 * @param lines as `data` without its first column; later ones are drawn on top
 * @param fromX points that only matter left of this pixel may be left out
 */
export function drawLines(
  ctx: CanvasRenderingContext2D,
  box: Box,
  place: Place,
  data: uPlot.AlignedData,
  lines: readonly DrawnLine[],
  fromX: number,
): void {
  const times = data[0];
  const [from, to] = shownIndexes(times, place, Math.max(fromX, box.left), box.left + box.width);
  if (to < from) return;
  ctx.save();
  ctx.beginPath();
  ctx.rect(box.left, box.top, box.width, box.height);
  ctx.clip();
  ctx.lineJoin = "round";
  for (const [i, line] of lines.entries()) {
    const values = data[i + 1] as Values;
    const width = strokeWidth(line.width);
    // A line of one pixel lies in a row of pixels, not between two.
    const offset = (Math.round(width) % 2) / 2;
    ctx.setTransform(1, 0, 0, 1, offset, offset);
    if (line.fill !== undefined) {
      ctx.fillStyle = line.fill;
      const lower = line.fillTo === "zero" ? undefined : (data[line.fillTo] as Values);
      ctx.beginPath();
      for (const [start, end] of stretches(values, from, to)) {
        trace(ctx, pixelsOf(times, values, start, end, place), false);
        if (lower === undefined) {
          ctx.lineTo(xOf(times[end]!, place), yOf(0, place));
          ctx.lineTo(xOf(times[start]!, place), yOf(0, place));
        } else trace(ctx, pixelsOf(times, lower, start, end, place), true);
        ctx.closePath();
      }
      ctx.fill();
    }
    ctx.strokeStyle = line.color;
    ctx.lineWidth = width;
    ctx.setLineDash(line.dash.length === 0 ? NO_DASH : line.dash.map((px) => px * devicePixelRatio));
    ctx.beginPath();
    for (const [start, end] of stretches(values, from, to)) {
      const points = pixelsOf(times, values, start, end, place);
      trace(ctx, points, false);
      // A single reading between two holes is a dot.
      if (points.length === 2) ctx.lineTo(points[0]! + 2 * devicePixelRatio, points[1]!);
    }
    ctx.stroke();
  }
  ctx.restore();
}

const NO_DASH: number[] = [];

/**
 * One pixel on an ordinary screen: up to that width Chromium draws without computing an outline, which takes a quarter of the
 * time for a smooth line and a fifteenth for a restless one where no GPU helps.
 *
 * @param cssPx wanted
 * @returns device px
 */
export function strokeWidth(cssPx: number): number {
  return devicePixelRatio === 1 ? Math.min(cssPx, 1) : cssPx * devicePixelRatio;
}

/** First and last index between two pixels (both inclusive), and one more on either side, so that lines reach them. */
export function shownIndexes(
  times: ArrayLike<number>,
  place: Place,
  left: number,
  right: number,
): readonly [from: number, to: number] {
  let to = times.length - 1;
  while (to > 0 && xOf(times[to - 1]!, place) > right) to--;
  let from = Math.max(0, to);
  while (from > 0 && xOf(times[from]!, place) >= left) from--;
  return [from, to];
}

/** What lies far beyond the plot is drawn just beyond it. */
const FAR_PX = 20_000;

/** @returns an integer: two points are told apart by it */
export function xOf(atS: number, { left, startPx, pxPerS }: Place): number {
  return Math.max(-FAR_PX, Math.min(FAR_PX, left + Math.round(atS * pxPerS) - startPx)) | 0;
}

export function yOf(value: number, { zero, pxPerUnit }: Place): number {
  return Math.round(Math.max(-FAR_PX, Math.min(FAR_PX, zero - value * pxPerUnit))) | 0;
}

/** Stretches without a hole, as first and last index. */
export function stretches(values: Values, from: number, to: number): (readonly [number, number])[] {
  const out: (readonly [number, number])[] = [];
  let start = -1;
  for (let i = from; i <= to + 1; i++) {
    const isPresent = i <= to && values[i] !== null && values[i] !== undefined;
    if (isPresent && start === -1) start = i;
    if (!isPresent && start !== -1) {
      out.push([start, i - 1]);
      start = -1;
    }
  }
  return out;
}

/** x, y, x, y …; taken again by the next line. */
let pixels = new Int32Array(4096);
let used = 0;

/**
 * Pixels of a stretch; a value that is not there counts as zero.
 *
 * @param from first index
 * @param to last index
 * @returns pixels from left to right, x and y by turns; valid until the next call
 */
export function pixelsOf(times: ArrayLike<number>, values: Values, from: number, to: number, place: Place): Int32Array {
  // Four points a column of pixels at most, and no more columns than points.
  if (pixels.length < (to - from + 2) * 8) pixels = new Int32Array((to - from + 2) * 8);
  used = 0;
  let column = Number.MIN_SAFE_INTEGER;
  let low = 0;
  let high = 0;
  let last = 0;
  for (let i = from; i <= to; i++) {
    const x = xOf(times[i]!, place);
    const y = yOf(values[i] ?? 0, place);
    if (x === column) {
      if (y < low) low = y;
      else if (y > high) high = y;
    } else {
      if (low !== high) putColumn(column, low, high, last);
      put(x, y);
      column = x;
      low = y;
      high = y;
    }
    last = y;
  }
  if (low !== high) putColumn(column, low, high, last);
  return pixels.subarray(0, used);
}

/** Down and up again inside of one column of pixels, ending where the line goes on. */
function putColumn(x: number, low: number, high: number, last: number): void {
  put(x, low);
  put(x, high);
  put(x, last);
}

function put(x: number, y: number): void {
  // The third point on a level moves the second.
  if (used >= 4 && pixels[used - 1] === y && pixels[used - 3] === y) {
    pixels[used - 2] = x;
    return;
  }
  pixels[used++] = x;
  pixels[used++] = y;
}

function trace(ctx: CanvasRenderingContext2D, points: Int32Array, isBackwards: boolean): void {
  if (isBackwards) for (let i = points.length - 2; i >= 0; i -= 2) ctx.lineTo(points[i]!, points[i + 1]!);
  else {
    ctx.moveTo(points[0]!, points[1]!);
    for (let i = 2; i < points.length; i += 2) ctx.lineTo(points[i]!, points[i + 1]!);
  }
}
