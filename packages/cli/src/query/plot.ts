/**
 * A range as lines drawn with characters: in a terminal with colours, in Braille dots; without colours several series are told apart by
 * a character each. Times are UTC.
 */
import type { ApiMatrixSeries } from "@dmon/model";
import type { ColorDepth } from "../top/theme.ts";
import { DotCanvas } from "./dot-canvas.ts";
import { metricText } from "./render.ts";

export interface PlotOptions {
  /** Characters, axis labels included. */
  readonly width: number;
  /** Lines of the drawing itself; axis and legend come below. */
  readonly height: number;
  /** The whole time axis, both ends inclusive, ms since the epoch. */
  readonly startMs: number;
  readonly endMs: number;
  /** Points farther apart than this are not joined, ms. */
  readonly stepMs: number;
  readonly depth: ColorDepth;
}

interface Point {
  readonly atMs: number;
  readonly value: number;
}

interface PlottedSeries {
  readonly name: string;
  /** Finite ones only. */
  readonly points: readonly Point[];
}

const SYMBOLS = "•+x*o#@%&=";
/** Told apart by people who confuse red and green, on dark and on light grounds. */
const COLORS_256 = [75, 208, 79, 176, 220, 117, 203, 141, 150, 180];
const COLORS_16 = [94, 93, 96, 95, 92, 34, 91, 35, 36, 33];
/** Lines between two ticks of the value axis, at least. */
const TICK_LINES = 4;
/** Columns between the beginnings of two times, at least. */
const TIME_COLUMNS = 14;
const NICE_STEPS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400];

/** @returns lines, each ended; at most ten series, those that reach highest */
export function plotText(matrix: readonly ApiMatrixSeries[], options: PlotOptions): string {
  const { width, height, depth } = options;
  const all = matrix.map(plotted).filter(({ points }) => points.length > 0);
  if (all.length === 0) return "no data\n";
  const shown = highest(all, SYMBOLS.length);
  const axis = valueAxis(shown, height);
  const labels = axis.ticks.map(({ text }) => text.length);
  const margin = Math.max(...labels) + 2;
  const columns = Math.max(10, width - margin);
  const isFine = depth !== 0 || shown.length === 1;
  const canvas = new DotCanvas(columns, height, isFine);
  for (const [owner, { points }] of shown.entries()) draw(canvas, points, owner, axis, options);
  const lines = Array.from({ length: height }, (_, row) => {
    const tick = axis.ticks.find((one) => one.row === row);
    const edge = tick === undefined ? "│" : "┤";
    const cells = canvas.row(row).map(({ owner, braille }) => {
      if (owner === undefined) return " ";
      return isFine ? colored(braille, owner, depth) : SYMBOLS[owner]!;
    });
    return `${(tick?.text ?? "").padStart(margin - 2)} ${edge}${cells.join("").trimEnd()}`;
  });
  const nameWidth = Math.max(...shown.map(({ name }) => name.length));
  const legend = shown.map((one, owner) => `  ${legendLine(one, nameWidth, owner, isFine, depth)}`);
  const more =
    all.length > shown.length ? [`  … and ${all.length - shown.length} more series, which reach less high`] : [];
  return `${[...lines, ...timeAxis(margin, columns, options), ...legend, ...more].join("\n")}\n`;
}

function plotted({ metric, values }: ApiMatrixSeries): PlottedSeries {
  const points = (values ?? []).map(([at, text]) => ({ atMs: at * 1000, value: Number(text) }));
  return { name: metricText(metric), points: points.filter(({ value }) => Number.isFinite(value)) };
}

/** In the order in which they came. */
function highest(series: readonly PlottedSeries[], count: number): PlottedSeries[] {
  if (series.length <= count) return [...series];
  const reach = ({ points }: PlottedSeries): number =>
    points.reduce((top, { value }) => Math.max(top, value), -Infinity);
  const chosen = new Set([...series].sort((a, b) => reach(b) - reach(a)).slice(0, count));
  return series.filter((one) => chosen.has(one));
}

interface ValueAxis {
  readonly low: number;
  readonly high: number;
  readonly ticks: readonly { readonly row: number; readonly text: string }[];
}

function valueAxis(series: readonly PlottedSeries[], height: number): ValueAxis {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (const { points } of series) {
    for (const { value } of points) {
      if (value < min) min = value;
      if (value > max) max = value;
    }
  }
  // What comes near zero is drawn from zero, so that heights compare.
  if (min > 0 && min < max / 2) min = 0;
  if (max < 0 && max > min / 2) max = 0;
  if (min === max) [min, max] = min === 0 ? [0, 1] : [Math.min(0, min * 2), Math.max(0, min * 2)];
  const step = niceStep((max - min) / Math.max(1, Math.floor(height / TICK_LINES)));
  const low = Math.floor(min / step + 1e-9) * step;
  const high = Math.ceil(max / step - 1e-9) * step;
  const count = Math.round((high - low) / step);
  const ticks = Array.from({ length: count + 1 }, (_, i) => ({
    row: Math.round((i / count) * (height - 1)),
    text: shortNumber(high - i * step, step),
  }));
  return { low, high, ticks };
}

/** The next of 1, 2, 5, 10, … times a power of ten. */
function niceStep(atLeast: number): number {
  const power = 10 ** Math.floor(Math.log10(atLeast));
  return ([1, 2, 5].find((factor) => factor * power >= atLeast * (1 - 1e-9)) ?? 10) * power;
}

function draw(
  canvas: DotCanvas,
  points: readonly Point[],
  owner: number,
  { low, high }: ValueAxis,
  { startMs, endMs, stepMs }: PlotOptions,
): void {
  const x = (atMs: number): number =>
    endMs === startMs ? 0 : Math.round(((atMs - startMs) / (endMs - startMs)) * (canvas.width - 1));
  const y = (value: number): number => Math.round(((high - value) / (high - low)) * (canvas.height - 1));
  let last: Point | undefined;
  for (const point of points) {
    if (last !== undefined && point.atMs - last.atMs <= stepMs * 1.5) {
      canvas.line(x(last.atMs), y(last.value), x(point.atMs), y(point.value), owner);
    } else canvas.dot(x(point.atMs), y(point.value), owner);
    last = point;
  }
}

/** Two lines: the axis with its ticks, and their times. */
function timeAxis(margin: number, columns: number, { startMs, endMs }: PlotOptions): string[] {
  const spanS = (endMs - startMs) / 1000;
  const leastS = (spanS / columns) * TIME_COLUMNS;
  const stepS = NICE_STEPS_S.find((step) => step >= leastS) ?? Math.ceil(leastS / 86_400) * 86_400;
  const line = Array<string>(columns).fill("─");
  let times = "";
  for (let atS = Math.ceil(startMs / 1000 / stepS) * stepS; atS * 1000 <= endMs; atS += stepS) {
    const column = spanS === 0 ? 0 : Math.round(((atS * 1000 - startMs) / (endMs - startMs)) * (columns - 1));
    const text = timeText(atS * 1000, stepS, spanS);
    if (column < times.length || column + text.length > columns) continue;
    line[column] = "┬";
    times = `${times.padEnd(column)}${text} `;
  }
  const zone = "UTC";
  const foot =
    times.length + zone.length <= columns ? `${times.padEnd(columns - zone.length)}${zone}` : times.trimEnd();
  return [`${" ".repeat(margin - 1)}└${line.join("")}`, `${" ".repeat(margin)}${foot}`];
}

function timeText(atMs: number, stepS: number, spanS: number): string {
  const text = new Date(atMs).toISOString();
  if (stepS >= 86_400) return text.slice(0, 10);
  const clock = text.slice(11, stepS < 60 ? 19 : 16);
  return spanS > 86_400 ? `${text.slice(5, 10)} ${clock}` : clock;
}

function legendLine(
  { name, points }: PlottedSeries,
  nameWidth: number,
  owner: number,
  isFine: boolean,
  depth: ColorDepth,
): string {
  const mark = isFine ? colored("━━", owner, depth) : SYMBOLS[owner]!;
  const values = points.map(({ value }) => value);
  const low = values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
  const high = values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
  return `${mark} ${name.padEnd(nameWidth)}  last ${shortNumber(values.at(-1)!)}, min ${shortNumber(low)}, max ${shortNumber(high)}`;
}

function colored(text: string, owner: number, depth: ColorDepth): string {
  if (depth === 0) return text;
  const parameters = depth === 8 ? `38;5;${COLORS_256[owner]}` : String(COLORS_16[owner]);
  return `\x1b[${parameters}m${text}\x1b[0m`;
}

const SCALES = [
  ["T", 1e12],
  ["G", 1e9],
  ["M", 1e6],
  ["k", 1e3],
  ["", 1],
] as const;

/** @param step what two numbers beside this one differ by, which it is written finely enough for; default: three digits */
function shortNumber(value: number, step?: number): string {
  const size = Math.abs(value);
  if (size < (step ?? 0) / 1e6 || size === 0) return "0";
  if (size >= 1e15 || size < 1e-4) return value.toExponential(2);
  const [unit, scale] = SCALES.find(([, least]) => size >= least) ?? SCALES.at(-1)!;
  if (step === undefined) return `${Number((value / scale).toPrecision(3))}${unit}`;
  const decimals = Math.max(0, -Math.floor(Math.log10(step / scale) + 1e-9));
  return `${(value / scale).toFixed(Math.min(decimals, 12))}${unit}`;
}
