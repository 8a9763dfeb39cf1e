/** Limits on a chart: a line where one begins, and an area over what lies in `warning` and `critical`. */
import { type Box, type Place, yOf } from "./draw-lines.ts";
import type { Scheme } from "./palette.ts";
import type { PanelLimit, PanelLimits } from "./panel-spec.ts";

type Level = PanelLimit["level"];

const COLORS: Readonly<Record<Scheme, Readonly<Record<Level, string>>>> = {
  light: { ok: "#0a7355", warning: "#b07400", critical: "#c23b06", neutral: "#646c79" },
  dark: { ok: "#43c59e", warning: "#f0b04a", critical: "#f98a5e", neutral: "#8f98a8" },
};
const AREA_ALPHA: Readonly<Record<Scheme, string>> = { light: "1c", dark: "26" };
const DASH_PX = [6, 4];

/** Areas lie below the chart's lines, a limit's line above them. */
export function drawLimits(
  ctx: CanvasRenderingContext2D,
  box: Box,
  place: Place,
  scheme: Scheme,
  { steps, lines, areas }: PanelLimits,
  layer: "below" | "above",
): void {
  ctx.save();
  ctx.beginPath();
  ctx.rect(box.left, box.top, box.width, box.height);
  ctx.clip();
  for (const [i, step] of steps.entries()) {
    const y = pixelOf(step, box, place);
    const color = COLORS[scheme][step.level];
    if (layer === "below" && areas && (step.level === "warning" || step.level === "critical")) {
      const next = steps[i + 1];
      const top = next === undefined ? box.top : pixelOf(next, box, place);
      ctx.fillStyle = color + AREA_ALPHA[scheme];
      ctx.fillRect(box.left, top, box.width, y - top);
    }
    if (layer === "above" && lines && Number.isFinite(step.from)) {
      ctx.strokeStyle = color;
      ctx.lineWidth = Math.max(1, devicePixelRatio);
      ctx.setLineDash(DASH_PX.map((px) => px * devicePixelRatio));
      ctx.beginPath();
      ctx.moveTo(box.left, Math.round(y) + 0.5);
      ctx.lineTo(box.left + box.width, Math.round(y) + 0.5);
      ctx.stroke();
    }
  }
  ctx.restore();
}

/** Without a beginning, it begins at the plot's lower edge. */
function pixelOf({ from, percent }: PanelLimit, { top, height }: Box, place: Place): number {
  if (!Number.isFinite(from)) return top + height;
  return percent === true ? top + height * (1 - from / 100) : yOf(from, place);
}

/** How high the axis reaches so that a limit is in sight which the data have come half the way to. */
export function topWithLimits(top: number, limits: PanelLimits | undefined): number {
  let reach = top;
  for (const { from, percent } of limits?.steps ?? []) {
    if (percent !== true && Number.isFinite(from) && from > reach && top >= from / 2) reach = from;
  }
  return reach;
}
