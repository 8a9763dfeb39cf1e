/** A small filled line without axes, drawn on a canvas: the shape of a number's last minutes. */

import { pixelsOf, stretches, strokeWidth } from "./draw-lines.ts";
import { withAlpha } from "./palette.ts";
import { pixelWindow } from "./pixel-window.ts";

interface Size {
  readonly width: number;
  readonly height: number;
}

export interface SparklineStyle {
  readonly color: string;
  readonly min: number | undefined;
  readonly max: number | undefined;
}

/** What a picture is made of, besides points. */
interface Frame {
  readonly width: number;
  readonly height: number;
  readonly color: string;
  readonly low: number;
  readonly high: number;
  /** The left end, in pixels since the epoch. */
  readonly startPx: number;
}

/** A point that lies in the pixel that was drawn last waits until the line moves on by one, at most so long. */
const MAX_WAIT_S = 2;

export class Sparkline {
  readonly #canvas: HTMLCanvasElement;
  readonly #ctx: CanvasRenderingContext2D;
  #frame: Frame | undefined;
  #times: readonly number[] | undefined;
  #drawnToS = Number.NEGATIVE_INFINITY;

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas;
    this.#ctx = canvas.getContext("2d")!;
  }

  /**
   * @param size on the page, px (not read here: a look at the layout after another drawing's write would lay out the page)
   * @param times s, ascending; aligned with `values`. Grows at its end; another array where earlier points changed
   * @param window the ends of the drawing, s
   */
  draw(
    size: Size,
    times: readonly number[],
    values: readonly (number | null)[],
    [fromS, toS]: readonly [number, number],
    { color, min, max }: SparklineStyle,
  ): void {
    const ratio = devicePixelRatio;
    const width = Math.round(size.width * ratio);
    const height = Math.round(size.height * ratio);
    const { pxPerS, startPx } = pixelWindow(toS, toS - fromS, width);
    const [least, greatest] = rangeOf(values);
    const low = min ?? least;
    const high = max ?? Math.max(greatest, low + 1e-9);
    const frame: Frame = { width, height, color, low, high, startPx };
    const newestS = times.at(-1) ?? Number.NEGATIVE_INFINITY;
    const isSame = times === this.#times && this.#frame !== undefined && isSameFrame(frame, this.#frame);
    if (isSame && newestS - this.#drawnToS < MAX_WAIT_S) return;
    this.#frame = frame;
    this.#times = times;
    this.#drawnToS = newestS;
    this.#paint(frame, pxPerS, least > greatest ? [] : values, times);
  }

  #paint(
    { width, height, color, low, high, startPx }: Frame,
    pxPerS: number,
    values: readonly (number | null)[],
    times: readonly number[],
  ): void {
    const ratio = devicePixelRatio;
    const ctx = this.#ctx;
    if (this.#canvas.width !== width || this.#canvas.height !== height) {
      this.#canvas.width = width;
      this.#canvas.height = height;
    }
    ctx.clearRect(0, 0, width, height);
    const pxPerUnit = (height - 3 * ratio) / (high - low || 1);
    const place = {
      left: 0,
      startPx,
      pxPerS,
      zero: height - ratio + low * pxPerUnit,
      pxPerUnit,
    };
    ctx.lineWidth = strokeWidth(1.5);
    ctx.lineJoin = "round";
    ctx.strokeStyle = color;
    ctx.fillStyle = withAlpha(color, 0.14);
    for (const [from, to] of stretches(values, 0, values.length - 1)) {
      const points = pixelsOf(times, values, from, to, place);
      ctx.beginPath();
      for (let i = 0; i < points.length; i += 2) ctx.lineTo(points[i]!, points[i + 1]!);
      ctx.stroke();
      ctx.lineTo(points[points.length - 2]!, height);
      ctx.lineTo(points[0]!, height);
      ctx.fill();
    }
  }
}

function isSameFrame(a: Frame, b: Frame): boolean {
  return (Object.keys(a) as (keyof Frame)[]).every((key) => a[key] === b[key]);
}

function rangeOf(values: readonly (number | null)[]): readonly [least: number, greatest: number] {
  let [least, greatest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (value === null) continue;
    if (value < least) least = value;
    if (value > greatest) greatest = value;
  }
  return [least, greatest];
}
