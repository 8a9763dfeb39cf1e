/** Heat maps and states as drawings of rows: their texts, their cells, and what is read at a place. */
import type uPlot from "uplot";
import { hexOf, type Scheme } from "../../charts/palette.ts";
import { fitted, type RowsDrawing } from "../../charts/rows-plot.ts";
import { formatAxisValue, formatValue } from "../../units/units.ts";
import type { Heatmap, HeatRow } from "./heatmap.ts";
import type { State, StateRow, States } from "./states.ts";

export interface ReadableRows extends RowsDrawing {
  /** What lies there, in words; undefined where nothing does. */
  read(atS: number, row: number): string | undefined;
}

/** From little to much, on the theme's paper. Source: one hue, evenly lighter or darker as the eye sees it. */
const RAMPS: Readonly<Record<Scheme, readonly string[]>> = {
  light: ["#e3eefa", "#b9d5f2", "#86b6e6", "#5394d6", "#2a71bd", "#14508f", "#0a3361"],
  dark: ["#16263b", "#1b3d63", "#21588f", "#3079bd", "#569fe0", "#8fc4f4", "#d3e9ff"],
};
const SHADES = 28;

/** @param share 0–1 */
export function heatColor(share: number, scheme: Scheme): string {
  const ramp = RAMPS[scheme];
  const at = Math.min(1, Math.max(0, share)) * (ramp.length - 1);
  const low = Math.min(ramp.length - 2, Math.floor(at));
  return mix(ramp[low]!, ramp[low + 1]!, at - low);
}

function mix(a: string, b: string, share: number): string {
  const channel = (hex: string, i: number) => Number.parseInt(hex.slice(1 + 2 * i, 3 + 2 * i), 16);
  const mixed = [0, 1, 2].map((i) => Math.round(channel(a, i) + (channel(b, i) - channel(a, i)) * share));
  return `#${mixed.map((one) => one.toString(16).padStart(2, "0")).join("")}`;
}

/**
 * A cell shows what came in the step up to its time. Its shade goes with the root of its number, so that what is rare is seen
 * beside what is frequent; zero is left blank.
 *
 * @param times s, aligned with the rows' cells
 */
export function heatDrawing(
  { rows, max }: Heatmap,
  times: readonly number[],
  stepS: number,
  unit: string,
): ReadableRows {
  return {
    times,
    rowCount: Math.max(1, rows.length),
    ticks: ticksOf(rows, unit),
    paint: (u, scheme) => paintHeat(u, scheme, rows, max, times, stepS),
    read: (atS, row) => {
      const index = times.findIndex((endS) => endS >= atS - 1e-6);
      const own = rows[row];
      const cell = own?.cells[index];
      if (own === undefined || cell === null || cell === undefined) return undefined;
      return `${rangeName(own, unit)}: ${formatValue(cell, "short")}`;
    },
  };
}

function ticksOf(rows: readonly HeatRow[], unit: string): RowsDrawing["ticks"] {
  if (rows[0]?.label !== undefined) return rows.map(({ label }, i) => ({ at: i + 0.5, text: label ?? "" }));
  return rows.flatMap(({ high }, i) => (Number.isFinite(high) ? [{ at: i + 1, text: endText(high, unit) }] : []));
}

/** No digit more than it has. */
function endText(value: number, unit: string): string {
  return formatAxisValue(value, unit, Math.abs(value) / 20);
}

function rangeName({ label, low, high }: HeatRow, unit: string): string {
  if (label !== undefined) return label;
  if (!Number.isFinite(low)) return `up to ${endText(high, unit)}`;
  if (!Number.isFinite(high)) return `over ${endText(low, unit)}`;
  return `${endText(low, unit)} to ${endText(high, unit)}`;
}

function paintHeat(
  u: uPlot,
  scheme: Scheme,
  rows: readonly HeatRow[],
  max: number,
  times: readonly number[],
  stepS: number,
): void {
  const { ctx } = u;
  const gap = u.bbox.width / (((u.scales.x!.max ?? 1) - (u.scales.x!.min ?? 0)) / stepS) > 6 * devicePixelRatio ? 1 : 0;
  const edges = times.map((endS) => [u.valToPos(endS - stepS, "x", true), u.valToPos(endS, "x", true)] as const);
  // One shade after the other: setting a colour costs more than a rectangle.
  const byShade = Array.from({ length: SHADES }, (): number[] => []);
  for (const [row, { cells }] of rows.entries()) {
    const top = Math.round(u.valToPos(row + 1, "y", true));
    const height = Math.max(1, Math.round(u.valToPos(row, "y", true)) - top - (rows.length > 40 ? 0 : 1));
    for (const [i, cell] of cells.entries()) {
      if (cell === null || cell === undefined || cell <= 0) continue;
      const [left, right] = [Math.round(edges[i]![0]), Math.round(edges[i]![1])];
      const shade = Math.min(SHADES - 1, Math.floor(Math.sqrt(cell / max) * SHADES));
      byShade[shade]!.push(left, top, Math.max(1, right - left - gap), height);
    }
  }
  for (const [shade, boxes] of byShade.entries()) {
    ctx.fillStyle = heatColor((shade + 0.5) / SHADES, scheme);
    for (let i = 0; i < boxes.length; i += 4) ctx.fillRect(boxes[i]!, boxes[i + 1]!, boxes[i + 2]!, boxes[i + 3]!);
  }
}

const LEVEL_COLORS: Readonly<Record<Scheme, Readonly<Record<NonNullable<State["level"]>, string>>>> = {
  light: { ok: "#2a9d78", warning: "#d99a1c", critical: "#cf4a0c", neutral: "#9aa3b1" },
  dark: { ok: "#2f9e7c", warning: "#c98d1f", critical: "#d8582a", neutral: "#5b6472" },
};

export function stateColor({ level, color }: State, scheme: Scheme): string {
  return level === undefined ? hexOf(color ?? "gray", scheme) : LEVEL_COLORS[scheme][level];
}

const TEXT_FONT = '600 11px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';
const MIN_TEXT_HEIGHT = 14;

export function stateDrawing({ rows }: States, times: readonly number[], separate: boolean): ReadableRows {
  // The first stands on top.
  const upwards = rows.toReversed();
  return {
    times,
    rowCount: Math.max(1, rows.length),
    ticks: upwards.map(({ label }, i) => ({ at: i + 0.5, text: label })),
    paint: (u, scheme) => paintStates(u, scheme, upwards, separate),
    read: (atS, row) => {
      const own = upwards[row];
      const found = own?.stretches.find(({ fromS, toS }) => fromS <= atS && atS < toS);
      return found === undefined ? undefined : `${own!.label}: ${found.state.name}`;
    },
  };
}

function paintStates(u: uPlot, scheme: Scheme, rows: readonly StateRow[], separate: boolean): void {
  const { ctx } = u;
  const ratio = devicePixelRatio;
  ctx.font = TEXT_FONT.replace("11px", `${11 * ratio}px`);
  ctx.textBaseline = "middle";
  ctx.textAlign = "left";
  const [fromS, toS] = [u.scales.x!.min ?? 0, u.scales.x!.max ?? 0];
  for (const [row, { stretches }] of rows.entries()) {
    const whole = u.valToPos(row, "y", true) - u.valToPos(row + 1, "y", true);
    const room = Math.min(whole * 0.2, 6 * ratio);
    const top = Math.round(u.valToPos(row + 1, "y", true) + room / 2);
    const height = Math.max(1, Math.round(whole - room));
    for (const { fromS: from, toS: to, state } of stretches) {
      if (to < fromS || from > toS) continue;
      const left = Math.round(Math.max(u.bbox.left, u.valToPos(from, "x", true)));
      const right = Math.round(Math.min(u.bbox.left + u.bbox.width, u.valToPos(to, "x", true)));
      const gap = separate && right - left > 3 * ratio ? ratio : 0;
      const color = stateColor(state, scheme);
      ctx.fillStyle = color;
      ctx.fillRect(left, top, Math.max(1, right - left - gap), height);
      if (state.text === "" || height < MIN_TEXT_HEIGHT * ratio) continue;
      ctx.fillStyle = inkOn(color);
      const text = fitted(ctx, state.text, (right - left) / ratio - 10);
      if (text !== "") ctx.fillText(text, left + 5 * ratio, top + height / 2 + ratio / 2);
    }
  }
}

/** Black or white, whichever is read better on a colour (WCAG's relative luminance). */
export function inkOn(hex: string): string {
  const [r, g, b] = [1, 3, 5].map((i) => {
    const channel = Number.parseInt(hex.slice(i, i + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  const luminance = 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
  return luminance > 0.179 ? "#10141a" : "#ffffff";
}
