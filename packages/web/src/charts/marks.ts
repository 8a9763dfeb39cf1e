/**
 * What is drawn on every chart besides its lines: annotations as thin lines with a flag, and the window that is looked at for
 * changes as a band.
 */
import type uPlot from "uplot";
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
  u: uPlot,
  scheme: Scheme,
  layer: "below" | "above",
  marks: readonly Mark[],
  window: MarkedWindow | undefined,
): void {
  const { ctx, bbox } = u;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  if (layer === "below") {
    if (window !== undefined) drawBand(u, window, COLORS[scheme].window);
    for (const { atS, endS, kind } of marks) {
      if (endS !== undefined) drawBand(u, { fromS: atS, toS: endS }, `${COLORS[scheme][kind]}22`);
    }
  } else for (const mark of marks) drawFlag(u, mark, COLORS[scheme][mark.kind]);
  ctx.restore();
}

function drawBand(u: uPlot, { fromS, toS }: MarkedWindow, color: string): void {
  const left = u.valToPos(fromS, "x", true);
  const right = u.valToPos(toS, "x", true);
  u.ctx.fillStyle = color;
  u.ctx.fillRect(left, u.bbox.top, Math.max(1, right - left), u.bbox.height);
}

function drawFlag(u: uPlot, { atS }: Mark, color: string): void {
  const { ctx, bbox } = u;
  const x = Math.round(u.valToPos(atS, "x", true)) + 0.5;
  const size = 4 * devicePixelRatio;
  ctx.strokeStyle = color;
  ctx.fillStyle = color;
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash([3 * devicePixelRatio, 3 * devicePixelRatio]);
  ctx.beginPath();
  ctx.moveTo(x, bbox.top);
  ctx.lineTo(x, bbox.top + bbox.height);
  ctx.stroke();
  ctx.beginPath();
  ctx.moveTo(x - size, bbox.top);
  ctx.lineTo(x + size, bbox.top);
  ctx.lineTo(x, bbox.top + size * 1.5);
  ctx.fill();
}
