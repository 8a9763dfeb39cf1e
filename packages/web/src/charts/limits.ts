/** Limits on a chart: a line where one begins, and an area over what lies in `warning` and `critical`. */
import type uPlot from "uplot";
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
  u: uPlot,
  scheme: Scheme,
  { steps, lines, areas }: PanelLimits,
  layer: "below" | "above",
): void {
  const { ctx, bbox } = u;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  for (const [i, step] of steps.entries()) {
    const y = pixelOf(u, step);
    const color = COLORS[scheme][step.level];
    if (layer === "below" && areas && (step.level === "warning" || step.level === "critical")) {
      const next = steps[i + 1];
      const top = next === undefined ? bbox.top : pixelOf(u, next);
      ctx.fillStyle = color + AREA_ALPHA[scheme];
      ctx.fillRect(bbox.left, top, bbox.width, y - top);
    }
    if (layer === "above" && lines && Number.isFinite(step.from)) {
      ctx.strokeStyle = color;
      ctx.lineWidth = Math.max(1, devicePixelRatio);
      ctx.setLineDash(DASH_PX.map((px) => px * devicePixelRatio));
      ctx.beginPath();
      ctx.moveTo(bbox.left, Math.round(y) + 0.5);
      ctx.lineTo(bbox.left + bbox.width, Math.round(y) + 0.5);
      ctx.stroke();
    }
  }
  ctx.restore();
}

/** Without a beginning, it begins at the plot's lower edge. */
function pixelOf(u: uPlot, { from, percent }: PanelLimit): number {
  const { top, height } = u.bbox;
  if (!Number.isFinite(from)) return top + height;
  return percent === true ? top + height * (1 - from / 100) : u.valToPos(from, "y", true);
}

/** How high the axis reaches so that a limit is in sight which the data have come half the way to. */
export function topWithLimits(top: number, limits: PanelLimits | undefined): number {
  let reach = top;
  for (const { from, percent } of limits?.steps ?? []) {
    if (percent !== true && Number.isFinite(from) && from > reach && top >= from / 2) reach = from;
  }
  return reach;
}
