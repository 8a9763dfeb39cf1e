/**
 * What is drawn on every chart besides its lines: annotations as thin lines with a flag, and the window that is looked at for
 * changes as a band.
 */
import { type Box, type Place, xOf } from "./draw-lines.ts";
import type { Scheme } from "./palette.ts";

export interface Mark {
  readonly atS: number;
  readonly endS?: number;
  readonly kind: "note" | "trouble";
  readonly text: string;
}

export interface MarkedWindow {
  readonly fromS: number;
  readonly toS: number;
}

const COLORS: Readonly<Record<Scheme, { note: string; trouble: string; window: string }>> = {
  light: { note: "#7a4fb0", trouble: "#cf4a0c", window: "#1f6fc41f" },
  dark: { note: "#b78ae0", trouble: "#f5794a", window: "#5b9ff02e" },
};

export function drawMarks(
  ctx: CanvasRenderingContext2D,
  box: Box,
  place: Place,
  scheme: Scheme,
  layer: "below" | "above",
  marks: readonly Mark[],
  window: MarkedWindow | undefined,
): void {
  if (marks.length === 0 && window === undefined) return;
  ctx.save();
  ctx.beginPath();
  ctx.rect(box.left, box.top, box.width, box.height);
  ctx.clip();
  if (layer === "below") {
    if (window !== undefined) drawBand(ctx, box, place, window, COLORS[scheme].window);
    for (const { atS, endS, kind } of marks) {
      if (endS !== undefined) drawBand(ctx, box, place, { fromS: atS, toS: endS }, `${COLORS[scheme][kind]}22`);
    }
  } else for (const mark of marks) drawFlag(ctx, box, place, mark, COLORS[scheme][mark.kind]);
  ctx.restore();
}

function drawBand(
  ctx: CanvasRenderingContext2D,
  box: Box,
  place: Place,
  { fromS, toS }: MarkedWindow,
  color: string,
): void {
  const left = xOf(fromS, place);
  ctx.fillStyle = color;
  ctx.fillRect(left, box.top, Math.max(1, xOf(toS, place) - left), box.height);
}

function drawFlag(ctx: CanvasRenderingContext2D, box: Box, place: Place, { atS }: Mark, color: string): void {
  const x = xOf(atS, place) + 0.5;
  const size = 4 * devicePixelRatio;
  ctx.strokeStyle = color;
  ctx.fillStyle = color;
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash([3 * devicePixelRatio, 3 * devicePixelRatio]);
  ctx.beginPath();
  ctx.moveTo(x, box.top);
  ctx.lineTo(x, box.top + box.height);
  ctx.stroke();
  ctx.beginPath();
  ctx.moveTo(x - size, box.top);
  ctx.lineTo(x + size, box.top);
  ctx.lineTo(x, box.top + size * 1.5);
  ctx.fill();
}
