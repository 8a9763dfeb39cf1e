/**
 * A feed drawn by uPlot: builds the plot for the feed's lines, and refreshes it as data comes. No React.
 *
 * All plots share one crosshair (uPlot's sync). Dragging selects a window: `onSelect` hears of it. Colours come from the
 * scheme; the plot is built anew when lines come or go or the scheme changes.
 */
import uPlot from "uplot";
import { windowMsOf } from "../time/time-range.ts";
import { formatAxisValue, isBinaryUnit } from "../units/units.ts";
import { ChartCanvas, type Drawing, PAINT, type Ticks } from "./chart-canvas.ts";
import { type Box, type DrawnLine, type Place, xOf } from "./draw-lines.ts";
import { topWithLimits } from "./limits.ts";
import { type Line, linesOf, type PlotColumn, PlotColumns } from "./lines.ts";
import type { Mark, MarkedWindow } from "./marks.ts";
import { hexOf, type Scheme, withAlpha } from "./palette.ts";
import type { PanelFeed } from "./panel-feed.ts";
import { drawnBetween, type PixelWindow, pixelWindow } from "./pixel-window.ts";
import { SlidingExtent } from "./sliding-extent.ts";
import { formatTick } from "./time-axis.ts";

export interface PlotHooks {
  /** Dragged over; s. `withShift`: asks what changed rather than zooming. */
  onSelect(fromS: number, toS: number, withShift: boolean): void;
  onBack(): void;
  /** The crosshair's place in the data; null where there is none. */
  onCursor(index: number | null, nearestKey: string | undefined): void;
}

export interface PlotSetting {
  readonly scheme: Scheme;
  readonly utc: boolean;
  readonly width: number;
  readonly height: number;
  /** Lines hidden by the reader. */
  readonly hidden: ReadonlySet<string>;
  marks(): readonly Mark[];
  markedWindow(): MarkedWindow | undefined;
}

const [MINUTE_S, HOUR_S, DAY_S] = [60, 3600, 86_400];
/** Finer than uPlot's own, which knows nothing between a minute and five. */
export const TIME_STEPS_S = [
  ...[1, 2, 5, 10, 15, 20, 30],
  ...[1, 2, 5, 10, 15, 20, 30].map((count) => count * MINUTE_S),
  ...[1, 2, 3, 4, 6, 8, 12].map((count) => count * HOUR_S),
  ...[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 15, 30, 60, 90, 180, 365, 730].map((count) => count * DAY_S),
];

/** So that all charts' plots begin at the same place and the crosshair is one line. */
export const AXIS_WIDTH = 62;
export const SYNC_KEY = "dmon";
const NEAR_PX = 24;
/** Of more lines only the one next to the mouse gets a dot: each is an element to move, in every chart of the page. */
const MANY_LINES = 12;

/**
 * A point that lies in the pixel that was drawn last waits until the chart moves on by one, at most so long: on a narrow chart
 * that is each fifth second of five minutes, and one of two where a pixel is a long time.
 */
const MAX_WAIT_S = 2;

/** uPlot keeps a line's values and scale, finds ticks and follows the mouse; it draws nothing. */
export const OWN_DRAWING = { paths: () => null, points: { show: false } } satisfies Partial<uPlot.Series>;

/** The first chart of the page's life is marked, for whoever measures how long it took (`performance.getEntriesByName`). */
let hasDrawn = false;

export class ChartPlot {
  readonly lines: readonly Line[];
  readonly #drawn: readonly Line[];
  readonly #feed: PanelFeed;
  readonly #plot: uPlot;
  readonly #columns: PlotColumns;
  readonly #pastKeys: readonly string[];
  readonly #setting: PlotSetting;
  readonly #canvas: ChartCanvas;
  readonly #styles: readonly DrawnLine[];
  /** As uPlot found them last, s. */
  #timeTicks: readonly number[] = [];
  #timeStepS = 0;
  #valueTicks: Ticks = { at: [], labels: [] };
  #drawing: Drawing | undefined;
  #window: PixelWindow;
  /** The newest instant on the canvas, s. */
  #drawnToS = Number.NEGATIVE_INFINITY;
  readonly #extent = new SlidingExtent();
  /** The canvas was moved on, and uPlot does not know. */
  #isAhead = false;
  #shift = false;

  constructor(target: HTMLElement, feed: PanelFeed, setting: PlotSetting, hooks: PlotHooks) {
    this.#feed = feed;
    this.#setting = setting;
    // Drawn last is drawn on top: the lowest of a stack, so that layers of no height do not hide the line beneath them.
    this.lines = linesOf(feed.table, feed.spec).filter((line) => !setting.hidden.has(line.key));
    this.#drawn = [...this.lines].reverse();
    this.#columns = new PlotColumns(this.lines, feed.spec.percentStacked);
    this.#pastKeys = this.#choosePast();
    this.#styles = [
      ...this.#drawn.map((line, i) => this.#styleOf(line, i)),
      ...this.#pastKeys.map((key) => this.#styleOfPast(key)),
    ];
    this.#canvas = new ChartCanvas(setting.scheme);
    // It draws when this task has ended.
    this.#plot = new uPlot(this.#options(hooks), this.#data(), target);
    this.#window = this.#pixelWindow(boxOf(this.#plot).width);
    this.#plot.setScale("x", endsOf(this.#window));
    this.#plot.ctx.canvas.replaceWith(this.#canvas.element);
    this.#plot.ctx.clearRect = () => undefined;
    if (!hasDrawn) performance.mark("first-chart");
    hasDrawn = true;
    for (const type of ["mouseenter", "mousemove", "mousedown"]) {
      this.#plot.over.addEventListener(type, this.#catchUp, { capture: true });
    }
    this.#plot.over.addEventListener("mouseup", (event) => {
      this.#shift = event.shiftKey;
    });
    this.#plot.over.addEventListener("dblclick", () => hooks.onBack());
  }

  refresh(): void {
    if (this.#moveOn()) this.#isAhead = true;
    else this.#refreshPlot();
  }

  /**
   * The usual second of a live chart costs little: a piece is added to what is drawn. uPlot, which would look for scales and
   * ticks anew, hears of it once it is needed: when the mouse comes, or anything else changes.
   *
   * @returns whether that was all
   */
  #moveOn(): boolean {
    const { table, view, past } = this.#feed;
    const drawing = this.#drawing;
    if (drawing === undefined || view.range.kind !== "live" || past !== undefined) return false;
    if (drawing.data[0] !== table.times || drawing.ratio !== devicePixelRatio || this.#hasCursor) return false;
    // Longer steps begin at hours and days of the reader's zone.
    if (this.#timeTicks.length < 2 || this.#timeStepS >= HOUR_S) return false;
    this.#columns.update(table.times);
    const { box, place } = drawing;
    const window = this.#pixelWindow(box.width);
    const { startPx } = window;
    const [bottom, top] = this.#yRange(...this.#extent.between(drawing.data, ...drawnBetween(window)));
    const { min: oldBottom, max: oldTop } = this.#plot.scales.y!;
    if (bottom !== oldBottom || top !== oldTop) return false;
    if (startPx === place.startPx && (table.times.at(-1) ?? 0) - this.#drawnToS < MAX_WAIT_S) return true;
    const { min, max } = endsOf(window);
    this.#timeTicks = ticksOn(this.#timeTicks, this.#timeStepS, min, max);
    this.#show({ ...drawing, place: { ...place, startPx } });
    return true;
  }

  #refreshPlot(): void {
    this.#isAhead = false;
    this.#window = this.#pixelWindow(boxOf(this.#plot).width);
    this.#plot.batch(() => {
      this.#plot.setData(this.#data(), false);
      // Whole pixels, so that the crosshair's dots lie on the lines.
      this.#plot.setScale("x", endsOf(this.#window));
    });
  }

  readonly #catchUp = (): void => {
    if (this.#isAhead) this.#refreshPlot();
  };

  get #hasCursor(): boolean {
    return (this.#plot.cursor.left ?? -1) >= 0;
  }

  get #windowS(): number {
    return windowMsOf(this.#feed.view.range) / 1000;
  }

  /** @param width of the plot, device px */
  #pixelWindow(width: number): PixelWindow {
    return pixelWindow(this.#feed.window[1], this.#windowS, width);
  }

  #draw(u: uPlot): void {
    const box = boxOf(u);
    this.#show({
      width: u.ctx.canvas.width,
      height: u.ctx.canvas.height,
      ratio: devicePixelRatio,
      box,
      place: placeOf(u, this.#windowS),
      data: u.data,
      lines: this.#styles,
      valueTicks: this.#valueTicks,
      limits: this.#feed.spec.limits,
    });
  }

  #show(what: Omit<Drawing, "timeTicks" | "marks" | "markedWindow">): void {
    const labels = this.#timeTicks.map((atS) =>
      isCutOff(atS, this.#timeStepS, what) ? "" : formatTick(atS, this.#timeStepS, this.#setting.utc),
    );
    this.#drawing = {
      ...what,
      timeTicks: { at: this.#timeTicks, labels },
      marks: this.#setting.marks(),
      markedWindow: this.#setting.markedWindow(),
    };
    this.#canvas.draw(this.#drawing);
    this.#drawnToS = what.data[0].at(-1) ?? Number.NEGATIVE_INFINITY;
  }

  redraw(): void {
    this.#catchUp();
    this.#plot.redraw(false);
  }

  resize(width: number, height: number): void {
    this.#catchUp();
    this.#plot.setSize({ width, height });
  }

  /** Puts the crosshair on a point of the data, here and in all other charts. */
  pointAt(index: number): void {
    const atS = this.#feed.table.times[index];
    if (atS === undefined) return;
    this.#catchUp();
    this.#moveCursor(this.#plot.valToPos(atS, "x"), this.#plot.over.clientHeight / 2);
  }

  clearPoint(): void {
    this.#moveCursor(-10, -10);
  }

  #moveCursor(left: number, top: number): void {
    this.#plot.setCursor({ left, top }, true);
    const { clientWidth, clientHeight } = this.#plot.over;
    uPlot.sync(SYNC_KEY).pub("mousemove", this.#plot, left, top, clientWidth, clientHeight, this.index ?? -1);
  }

  get index(): number | null {
    return this.#plot.cursor.idx ?? null;
  }

  /** The drawing as it is on the screen. */
  get canvas(): HTMLCanvasElement {
    return this.#canvas.element;
  }

  destroy(): void {
    this.#plot.destroy();
  }

  /** A comparison shows each line's past; of a stack, its sum. */
  #choosePast(): string[] {
    const past = this.#feed.past;
    if (past === undefined) return [];
    if (this.lines.some((line) => line.stacked)) return ["sum"];
    return this.lines.flatMap((line) => (past.column(line.key) === undefined ? [] : [line.key]));
  }

  #data(): uPlot.AlignedData {
    const { table } = this.#feed;
    const columns = [...this.#columns.update(table.times)].reverse();
    return [table.times, ...columns, ...this.#pastKeys.map((key) => this.#pastColumn(key))] as uPlot.AlignedData;
  }

  /** The past's values at the present's times (the nearest point on its grid). */
  #pastColumn(key: string): PlotColumn {
    const past = this.#feed.past!;
    const values = key === "sum" ? sumOf(past.columns.map((column) => column.values)) : past.column(key)!.values;
    const sign = this.lines.find((line) => line.key === key)?.downwards ? -1 : 1;
    const startS = past.times[0] ?? 0;
    const stepS = past.times.length > 1 ? past.times[1]! - startS : 1;
    return this.#feed.table.times.map((atS) => {
      const value = values[Math.round((atS - startS) / stepS)];
      return value === null || value === undefined ? null : value * sign;
    });
  }

  #options(hooks: PlotHooks): uPlot.Options {
    const { width, height, scheme } = this.#setting;
    const { spec } = this.#feed;
    const axisUnit = spec.percentStacked ? "percent" : spec.unit;
    const [min, max] = this.#feed.window;
    return {
      width,
      height,
      padding: [8, 4, 0, 0],
      legend: { show: false },
      drawOrder: [],
      scales: {
        x: { time: true, min, max, auto: false },
        y: { range: (u, low, high) => this.#yRange(...this.#extentOf(u, low, high)) },
      },
      axes: [
        {
          size: 24,
          space: 56,
          incrs: TIME_STEPS_S,
          ticks: { show: false },
          values: (_u, splits, _axis, _space, stepS) => {
            this.#timeTicks = splits;
            this.#timeStepS = stepS;
            return splits;
          },
        },
        {
          size: AXIS_WIDTH,
          space: 28,
          ticks: { show: false },
          ...(isBinaryUnit(axisUnit) ? { incrs: binaryIncrements() } : {}),
          values: (_u, splits, _axis, _space, step) => {
            const labels = splits.map((value) => formatAxisValue(Math.abs(value), axisUnit, step));
            this.#valueTicks = { at: splits, labels };
            return labels;
          },
        },
      ],
      cursor: {
        sync: {
          key: SYNC_KEY,
          scales: ["x", null],
          setSeries: false,
          filters: { pub: isMove, sub: (type) => this.#hears(type) },
        },
        drag: { x: true, y: false, setScale: false, dist: 5 },
        focus: { prox: NEAR_PX },
        points: { size: 5, width: 1.5, one: this.#drawn.length > MANY_LINES },
        bind: { dblclick: () => null },
      },
      focus: { alpha: 1 },
      series: [
        {},
        ...this.#drawn.map((line) => ({ label: line.label, stroke: hexOf(line.color, scheme), ...OWN_DRAWING })),
        ...this.#pastKeys.map(() => ({ label: "before", ...OWN_DRAWING })),
      ],
      hooks: {
        setCursor: [(u) => hooks.onCursor(u.cursor.left! < 0 ? null : (u.cursor.idx ?? null), this.#nearest(u))],
        setSelect: [(u) => this.#selected(u, hooks)],
        draw: [(u) => this.#draw(u)],
      },
    };
  }

  /** The crosshair comes over from another chart. */
  #hears(type: string): boolean {
    this.#catchUp();
    return isMove(type);
  }

  #nearest(u: uPlot): string | undefined {
    const top = u.cursor.top ?? -1;
    const index = u.cursor.idx;
    if (index === null || index === undefined || top < 0) return undefined;
    let nearest: string | undefined;
    let best = NEAR_PX;
    for (const [i, line] of this.#drawn.entries()) {
      const value = u.data[i + 1]?.[index];
      if (value === null || value === undefined) continue;
      const distance = Math.abs(u.valToPos(value, "y") - top);
      if (distance < best) {
        best = distance;
        nearest = line.key;
      }
    }
    return nearest;
  }

  #selected(u: uPlot, hooks: PlotHooks): void {
    if (u.select.width < 5) return;
    const fromS = u.posToVal(u.select.left, "x");
    const toS = u.posToVal(u.select.left + u.select.width, "x");
    u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    hooks.onSelect(fromS, toS, this.#shift);
  }

  #styleOf(line: Line, at: number): DrawnLine {
    const color = hexOf(line.color, this.#setting.scheme);
    const dark = this.#setting.scheme === "dark";
    const fillAlpha = line.stacked ? (dark ? 0.42 : 0.38) : 0.12;
    return {
      color,
      width: line.stacked ? 1 : 1.5,
      dash: line.dash,
      fill: line.filled ? withAlpha(color, fillAlpha) : undefined,
      fillTo: this.#fillTo(at),
    };
  }

  #styleOfPast(key: string): DrawnLine {
    const { scheme } = this.#setting;
    const line = this.lines.find((one) => one.key === key);
    const color = line === undefined ? PAINT[scheme].text : withAlpha(hexOf(line.color, scheme), 0.65);
    return { color, width: 1.25, dash: [3, 3], fill: undefined, fillTo: "zero" };
  }

  /** A stacked line is filled down to the one below it (drawn after it), and not to zero through all others. */
  #fillTo(at: number): DrawnLine["fillTo"] {
    const line = this.#drawn[at]!;
    if (!line.stacked) return "zero";
    const below = this.#drawn.findIndex((one, i) => i > at && one.stacked && one.downwards === line.downwards);
    // The first of uPlot's columns holds the times.
    return below === -1 ? "zero" : below + 1;
  }

  /**
   * uPlot leaves out a newest point that lies a part of a pixel beyond the end. A comparison's columns are new ones each time: no extent
   * slides there.
   */
  #extentOf(u: uPlot, low: number | null, high: number | null): [low: number | null, high: number | null] {
    return this.#pastKeys.length > 0 ? [low, high] : this.#extent.between(u.data, ...drawnBetween(this.#window));
  }

  #yRange(low: number | null, high: number | null): [number, number] {
    const { spec } = this.#feed;
    if (spec.min !== undefined && spec.max !== undefined) return [spec.min, spec.max];
    const hasDownwards = this.lines.some((line) => line.downwards);
    const reach = spec.reach ?? 0;
    let top = topWithLimits(Math.max(high ?? 0, reach, 0), spec.limits);
    // A mirrored chart without any traffic is one-sided: its two halves would read the same.
    const isQuiet = (low ?? 0) >= 0 && (high ?? 0) <= 0;
    let bottom = Math.min(low ?? 0, hasDownwards && !isQuiet ? -reach : 0, 0);
    if (top === 0 && bottom === 0) top = 1;
    // A gauge that never comes near zero (a temperature, a voltage) is drawn from just below it.
    if (!hasDownwards && !this.lines.some((line) => line.filled) && reach === 0 && low !== null && high !== null) {
      if (low > 0 && (high - low) / high < 0.15) bottom = Math.max(0, low - Math.max(high - low, high * 0.02) * 2);
    }
    const room = (top - bottom) * 0.08;
    return [spec.min ?? (bottom < 0 ? bottom - room : bottom), spec.max ?? top + room];
  }
}

/** The plot's place in whole device pixels: uPlot knows halves, where a screen's pixels are no whole CSS pixels. */
export function boxOf({ bbox }: uPlot): Box {
  const [left, top] = [Math.round(bbox.left), Math.round(bbox.top)];
  return {
    left,
    top,
    width: Math.round(bbox.left + bbox.width) - left,
    height: Math.round(bbox.top + bbox.height) - top,
  };
}

/** @param windowS what the plot was asked to show: its scales are rounded, and a point must keep its pixel */
export function placeOf(u: uPlot, windowS: number): Place {
  const { left, top, width, height } = boxOf(u);
  const { min: startS = 0, max: endS = 1 } = u.scales.x!;
  const { min: bottom = 0, max: peak = 1 } = u.scales.y!;
  // The page's window may be another already.
  const isShown = Math.abs(endS - startS - windowS) < 1e-3;
  const { pxPerS, startPx } = pixelWindow(endS, (isShown ? windowS : endS - startS) || 1, width);
  const pxPerUnit = height / (peak - bottom || 1);
  return { left, startPx, pxPerS, zero: top + height + bottom * pxPerUnit, pxPerUnit };
}

function endsOf({ pxPerS, startPx, endPx }: PixelWindow): { min: number; max: number } {
  return { min: startPx / pxPerS, max: endPx / pxPerS };
}

/** A label so near to an end that part of it would be missing. */
function isCutOff(atS: number, stepS: number, { box, place }: Pick<Drawing, "box" | "place">): boolean {
  const half = (stepS < 60 ? 24 : 16) * devicePixelRatio;
  const x = xOf(atS, place);
  return x < box.left + half || x + half > box.left + box.width + 4 * devicePixelRatio;
}

/** Ticks of a window that went on: those that left it are gone, and those that came are there. */
function ticksOn(ticks: readonly number[], stepS: number, fromS: number, toS: number): readonly number[] {
  const out = ticks.filter((at) => at >= fromS);
  for (let at = (out.at(-1) ?? ticks.at(-1)!) + stepS; at <= toS; at += stepS) if (at >= fromS) out.push(at);
  return out;
}

export function isMove(type: string): boolean {
  return type !== "mousedown" && type !== "mouseup" && type !== "dblclick";
}

function sumOf(columns: readonly (readonly (number | null)[])[]): PlotColumn {
  const length = columns[0]?.length ?? 0;
  return Array.from({ length }, (_, i) => {
    const present = columns.filter((values) => values[i] !== null && values[i] !== undefined);
    return present.length === 0 ? null : present.reduce((sum, values) => sum + values[i]!, 0);
  });
}

/** 1, 2, 4, 8 … so that an axis of bytes reads 256 MiB, 512 MiB and not 238.4 MiB. */
function binaryIncrements(): number[] {
  return Array.from({ length: 70 }, (_, i) => 2 ** (i - 5));
}
