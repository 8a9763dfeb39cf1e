/** A small filled line without axes, drawn on a canvas: the shape of a number's last minutes. */
import { withAlpha } from "./palette.ts";

export interface SparklineStyle {
  readonly color: string;
  readonly min: number | undefined;
  readonly max: number | undefined;
}

/**
 * @param times s, ascending; aligned with `values`
 * @param window the ends of the drawing, s
 */
export function drawSparkline(
  canvas: HTMLCanvasElement,
  times: readonly number[],
  values: readonly (number | null)[],
  [fromS, toS]: readonly [number, number],
  { color, min, max }: SparklineStyle,
): void {
  const ratio = devicePixelRatio;
  const width = canvas.clientWidth * ratio;
  const height = canvas.clientHeight * ratio;
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
  const ctx = canvas.getContext("2d")!;
  ctx.clearRect(0, 0, width, height);
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return;
  const low = min ?? Math.min(...known);
  const high = max ?? Math.max(...known, low + 1e-9);
  const x = (atS: number) => ((atS - fromS) / (toS - fromS)) * width;
  const y = (value: number) => height - ratio - ((value - low) / (high - low || 1)) * (height - 3 * ratio);
  ctx.lineWidth = 1.5 * ratio;
  ctx.lineJoin = "round";
  ctx.strokeStyle = color;
  ctx.fillStyle = withAlpha(color, 0.14);
  for (const [from, to] of runs(values)) {
    ctx.beginPath();
    for (let i = from; i <= to; i++) ctx.lineTo(x(times[i]!), y(values[i]!));
    ctx.stroke();
    ctx.lineTo(x(times[to]!), height);
    ctx.lineTo(x(times[from]!), height);
    ctx.fill();
  }
}

/** Stretches without a hole, as first and last index. */
function runs(values: readonly (number | null)[]): (readonly [number, number])[] {
  const out: (readonly [number, number])[] = [];
  let start = -1;
  for (let i = 0; i <= values.length; i++) {
    const present = i < values.length && values[i] !== null && values[i] !== undefined;
    if (present && start === -1) start = i;
    if (!present && start !== -1) {
      out.push([start, i - 1]);
      start = -1;
    }
  }
  return out;
}
