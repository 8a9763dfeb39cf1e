/**
 * A chart's canvas: paper, grid, labels, lines and marks, and how they follow the clock.
 *
 * Each second a live chart moves left by whole pixels. What is on the canvas is moved along, and only the piece that came is
 * drawn: everything has its place on a grid of pixels that begins with the epoch, so that moving is the same as drawing anew.
 * Where anything else changed (the scale of values, sizes, lines, marks) or there are marks or limits, all is drawn anew. So are dashed lines, whose dashes
 * are counted from the left edge, and lines wider than a pixel, whose outlines are smoothed a little differently in pieces.
 *
 * The canvas is opaque: one that is not is blended with the page beneath it, every second, by whoever has no GPU.
 */
import type uPlot from "uplot";
import { type Box, type DrawnLine, drawLines, type Place, strokeWidth, xOf, yOf } from "./draw-lines.ts";
import { drawLimits } from "./limits.ts";
import { drawMarks, type Mark, type MarkedWindow } from "./marks.ts";
import type { Scheme } from "./palette.ts";
import type { PanelLimits } from "./panel-spec.ts";

interface Paint {
  /** As `--surface` in tokens.css, which lies around it. */
  readonly paper: string;
  readonly text: string;
  readonly grid: string;
}

export const PAINT: Readonly<Record<Scheme, Paint>> = {
  light: { paper: "#ffffff", text: "#5c6470", grid: "#e9ebef" },
  dark: { paper: "#151920", text: "#98a1b0", grid: "#262b35" },
};

export interface Ticks {
  /** s, or values; ascending, evenly spaced but for days and months. */
  readonly at: readonly number[];
  /** One a tick; empty where it would not fit. */
  readonly labels: readonly string[];
}

/** All that a chart shows. Lengths are device px. */
export interface Drawing {
  readonly width: number;
  readonly height: number;
  /** Device px a CSS px. */
  readonly ratio: number;
  /** Of the plot, within the canvas. */
  readonly box: Box;
  readonly place: Place;
  /** The times (s), then one column a line. Grows at its end; points once drawn stay as they are while `data[0]` is the same array. */
  readonly data: uPlot.AlignedData;
  /** The same array as long as they look the same. */
  readonly lines: readonly DrawnLine[];
  readonly timeTicks: Ticks;
  readonly valueTicks: Ticks;
  readonly limits: PanelLimits | undefined;
  readonly marks: readonly Mark[];
  readonly markedWindow: MarkedWindow | undefined;
}

/** CSS px between the plot and its labels. */
const [TIME_GAP, VALUE_GAP] = [4, 6];
/** CSS px. */
export const FONT_SIZE = 11;
export const FONT_FAMILY = 'system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';

interface Drawn {
  readonly drawing: Drawing;
  readonly count: number;
}

export class ChartCanvas {
  readonly element = document.createElement("canvas");
  readonly #ctx = this.element.getContext("2d", { alpha: false })!;
  readonly #scheme: Scheme;
  #before: Drawn | undefined;

  constructor(scheme: Scheme) {
    this.#scheme = scheme;
  }

  draw(drawing: Drawing): void {
    const count = drawing.data[0].length;
    const before = this.#before;
    this.#before = { drawing, count };
    const shift = before === undefined ? undefined : shiftBetween(before, this.#before);
    if (before === undefined || shift === undefined) this.#drawAll(drawing);
    else this.#move(drawing, shift, before.count, hasSameTicks(before.drawing.timeTicks, drawing.timeTicks));
  }

  #drawAll(drawing: Drawing): void {
    const { width, height, box } = drawing;
    if (this.element.width !== width || this.element.height !== height) {
      this.element.width = width;
      this.element.height = height;
    }
    this.#ctx.fillStyle = PAINT[this.#scheme].paper;
    this.#ctx.fillRect(0, 0, width, height);
    this.#drawValueLabels(drawing);
    this.#drawTimeLabels(drawing);
    this.#drawPlot(drawing, box.left);
  }

  /** @param drawnCount points that were drawn before */
  #move(drawing: Drawing, shift: number, drawnCount: number, hasSameLabels: boolean): void {
    const { width, height, box, place, data } = drawing;
    const ctx = this.#ctx;
    if (shift > 0) {
      const [across, down] = [width - box.left - shift, height - box.top];
      ctx.drawImage(this.element, box.left + shift, box.top, across, down, box.left, box.top, across, down);
      ctx.fillStyle = PAINT[this.#scheme].paper;
      ctx.fillRect(width - shift, box.top, shift, down);
    }
    if (!hasSameLabels) this.#drawTimeLabels(drawing);
    // The last point drawn may have been a dot, and its line's end.
    const last = drawnCount === 0 ? box.left : xOf(data[0][drawnCount - 1]!, place) - reach(drawing.lines);
    this.#drawPlot(drawing, Math.max(box.left, Math.min(last, box.left + box.width - shift)));
  }

  /** @param fromX what lies left of it is left as it is */
  #drawPlot(drawing: Drawing, fromX: number): void {
    const { box, place, data, lines, limits, marks, markedWindow } = drawing;
    const ctx = this.#ctx;
    const grid = gridWidth();
    const right = box.left + box.width;
    ctx.save();
    ctx.beginPath();
    ctx.rect(fromX, box.top, right + grid - fromX, box.height + grid);
    ctx.clip();
    ctx.fillStyle = PAINT[this.#scheme].paper;
    ctx.fillRect(fromX, box.top, right + grid - fromX, box.height + grid);
    if (limits !== undefined) drawLimits(ctx, box, place, this.#scheme, limits, "below");
    drawMarks(ctx, box, place, this.#scheme, "below", marks, markedWindow);
    ctx.fillStyle = PAINT[this.#scheme].grid;
    for (const atS of withNeighbours(drawing.timeTicks.at)) {
      const x = xOf(atS, place);
      if (x >= Math.max(fromX, box.left) && x <= right) ctx.fillRect(x, box.top, grid, box.height);
    }
    for (const value of drawing.valueTicks.at) ctx.fillRect(fromX, yOf(value, place), right - fromX, grid);
    drawLines(ctx, box, place, data, lines, fromX - reach(lines));
    if (limits !== undefined) drawLimits(ctx, box, place, this.#scheme, limits, "above");
    drawMarks(ctx, box, place, this.#scheme, "above", marks, undefined);
    ctx.restore();
  }

  /** In the strip below the plot, which begins where the plot does. */
  #drawTimeLabels({ width, height, box, place, timeTicks }: Drawing): void {
    const ctx = this.#ctx;
    const top = box.top + box.height + gridWidth();
    ctx.save();
    ctx.beginPath();
    ctx.rect(box.left, top, width - box.left, height - top);
    ctx.clip();
    ctx.fillStyle = PAINT[this.#scheme].paper;
    ctx.fillRect(box.left, top, width - box.left, height - top);
    this.#setFont("center", "top");
    const y = box.top + box.height + TIME_GAP * devicePixelRatio;
    for (const [i, text] of timeTicks.labels.entries()) {
      if (text !== "") ctx.fillText(text, xOf(timeTicks.at[i]!, place), y);
    }
    ctx.restore();
  }

  #drawValueLabels({ box, place, valueTicks }: Drawing): void {
    this.#setFont("right", "middle");
    const x = box.left - VALUE_GAP * devicePixelRatio;
    for (const [i, text] of valueTicks.labels.entries()) this.#ctx.fillText(text, x, yOf(valueTicks.at[i]!, place));
  }

  #setFont(align: CanvasTextAlign, baseline: CanvasTextBaseline): void {
    this.#ctx.font = `${FONT_SIZE * devicePixelRatio}px ${FONT_FAMILY}`;
    this.#ctx.fillStyle = PAINT[this.#scheme].text;
    this.#ctx.textAlign = align;
    this.#ctx.textBaseline = baseline;
  }
}

/** By how many pixels the plot moves to the left; undefined where more than that changed. */
function shiftBetween(before: Drawn, now: Drawn): number | undefined {
  const [a, b] = [before.drawing, now.drawing];
  const shift = b.place.startPx - a.place.startPx;
  const isMoved =
    shift >= 0 &&
    shift < b.box.width &&
    a.ratio === b.ratio &&
    before.count <= now.count &&
    a.data[0] === b.data[0] &&
    a.lines === b.lines &&
    b.lines.every(({ width, dash }) => dash.length === 0 && strokeWidth(width) <= 1) &&
    [a, b].every((one) => one.limits === undefined && one.marks.length === 0 && one.markedWindow === undefined) &&
    a.width === b.width &&
    a.height === b.height &&
    isSame(a.box, b.box) &&
    isSame({ ...a.place, startPx: 0 }, { ...b.place, startPx: 0 });
  return isMoved ? shift : undefined;
}

function hasSameTicks(a: Ticks, b: Ticks): boolean {
  return (
    a.at.length === b.at.length &&
    b.at.every((at, i) => at === a.at[i]) &&
    b.labels.every((text, i) => text === a.labels[i])
  );
}

function isSame<T extends object>(a: T, b: T): boolean {
  return (Object.keys(a) as (keyof T)[]).every((key) => a[key] === b[key]);
}

function gridWidth(): number {
  return Math.max(1, Math.round(devicePixelRatio));
}

/** How far from its point a line may reach: half its width, and a single point's dot. */
function reach(lines: readonly DrawnLine[]): number {
  const widest = lines.reduce((most, { width }) => Math.max(most, strokeWidth(width)), 0);
  return Math.ceil(widest + 2 * devicePixelRatio) + 1;
}

/** Ticks just outside of the window may lie on its first or last pixel. */
function withNeighbours(at: readonly number[]): readonly number[] {
  if (at.length < 2) return at;
  return [2 * at[0]! - at[1]!, ...at, 2 * at.at(-1)! - at.at(-2)!];
}
