/** A small filled line without axes, drawn on a canvas: the shape of a number's last minutes. */
import { pixelsOf, stretches, strokeWidth } from "./draw-lines.ts";
import { withAlpha } from "./palette.ts";

interface Size {
  readonly width: number;
  readonly height: number;
}

export interface SparklineStyle {
  readonly color: string;
  readonly min: number | undefined;
  readonly max: number | undefined;
}

/**
 * @param width of the drawing on the page, px (not read here: a look at the layout after another drawing's write would lay out the page)
 * @param times s, ascending; aligned with `values`
 * @param window the ends of the drawing, s
 */
export function drawSparkline(
  canvas: HTMLCanvasElement,
  { width: widthPx, height: heightPx }: Size,
  times: readonly number[],
  values: readonly (number | null)[],
  [fromS, toS]: readonly [number, number],
  { color, min, max }: SparklineStyle,
): void {
  const ratio = devicePixelRatio;
  const width = Math.round(widthPx * ratio);
  const height = Math.round(heightPx * ratio);
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
  const ctx = canvas.getContext("2d")!;
  ctx.clearRect(0, 0, width, height);
  const [least, greatest] = rangeOf(values);
  if (least > greatest) return;
  const low = min ?? least;
  const high = max ?? Math.max(greatest, low + 1e-9);
  const pxPerUnit = (height - 3 * ratio) / (high - low || 1);
  const pxPerS = width / (toS - fromS);
  const place = {
    left: 0,
    startPx: Math.round(toS * pxPerS) - width,
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

function rangeOf(values: readonly (number | null)[]): readonly [least: number, greatest: number] {
  let [least, greatest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (value === null) continue;
    if (value < least) least = value;
    if (value > greatest) greatest = value;
  }
  return [least, greatest];
}
