/**
 * Rows over time on uPlot's axes: heat maps and states. Shares crosshair, selection, marks and time axis with the charts; what
 * the rows are and how they are drawn is the caller's. No React.
 *
 * The vertical scale counts rows from below: row 0 lies between 0 and 1.
 */
import uPlot from "uplot";
import { FONT_FAMILY, FONT_SIZE, PAINT } from "./chart-canvas.ts";
import {
  AXIS_WIDTH,
  boxOf,
  isMove,
  OWN_DRAWING,
  type PlotHooks,
  placeOf,
  SYNC_KEY,
  TIME_STEPS_S,
} from "./chart-plot.ts";
import { drawMarks, type Mark, type MarkedWindow } from "./marks.ts";
import type { Scheme } from "./palette.ts";
import { formatTick } from "./time-axis.ts";

export interface RowsDrawing {
  /** s, ascending. */
  readonly times: readonly number[];
  /** At least 1. */
  readonly rowCount: number;
  /** Texts beside the rows: where (0 is the lower edge of the lowest), and what. */
  readonly ticks: readonly { readonly at: number; readonly text: string }[];
  /** Draws the cells; the canvas is clipped to the plot. */
  paint(u: uPlot, scheme: Scheme): void;
}

export interface RowsHooks extends Pick<PlotHooks, "onSelect" | "onBack"> {
  /** s; `row` is undefined where another chart is pointed at, both where nothing is. */
  onPoint(atS: number | undefined, row: number | undefined): void;
}

export interface RowsSetting {
  readonly scheme: Scheme;
  readonly utc: boolean;
  readonly width: number;
  readonly height: number;
  /** Room for the rows' texts, px; default as the charts' axes. */
  readonly labelWidth?: number;
  window(): readonly [fromS: number, toS: number];
  marks(): readonly Mark[];
  markedWindow(): MarkedWindow | undefined;
}

const MIN_TICK_PX = 12;
const FONT = `${FONT_SIZE}px ${FONT_FAMILY}`;

export class RowsPlot {
  readonly #plot: uPlot;
  readonly #setting: RowsSetting;
  #drawing: RowsDrawing;
  #shift = false;
  #isOver = false;

  constructor(target: HTMLElement, drawing: RowsDrawing, setting: RowsSetting, hooks: RowsHooks) {
    this.#drawing = drawing;
    this.#setting = setting;
    this.#plot = new uPlot(this.#options(hooks), this.#data(), target);
    const { over } = this.#plot;
    over.addEventListener("mouseenter", () => {
      this.#isOver = true;
    });
    over.addEventListener("mouseleave", () => {
      this.#isOver = false;
    });
    over.addEventListener("mouseup", (event) => {
      this.#shift = event.shiftKey;
    });
    over.addEventListener("dblclick", () => hooks.onBack());
  }

  refresh(drawing: RowsDrawing): void {
    this.#drawing = drawing;
    const [min, max] = this.#setting.window();
    this.#plot.batch(() => {
      this.#plot.setData(this.#data(), false);
      this.#plot.setScale("x", { min, max });
      this.#plot.setScale("y", { min: 0, max: drawing.rowCount });
    });
  }

  redraw(): void {
    this.#plot.redraw(false);
  }

  resize(width: number, height: number): void {
    this.#plot.setSize({ width, height });
  }

  /** Puts the crosshair of all charts on an instant. */
  pointAt(atS: number | undefined): void {
    const { over } = this.#plot;
    const left = atS === undefined ? -10 : this.#plot.valToPos(atS, "x");
    const top = atS === undefined ? -10 : over.clientHeight / 2;
    this.#plot.setCursor({ left, top }, true);
    uPlot.sync(SYNC_KEY).pub("mousemove", this.#plot, left, top, over.clientWidth, over.clientHeight, -1);
  }

  destroy(): void {
    this.#plot.destroy();
  }

  #data(): uPlot.AlignedData {
    const { times } = this.#drawing;
    return [times as number[], times.map(() => null)];
  }

  #options(hooks: RowsHooks): uPlot.Options {
    const { width, height, scheme, utc, labelWidth = AXIS_WIDTH } = this.#setting;
    const paint = PAINT[scheme];
    const [min, max] = this.#setting.window();
    return {
      width,
      height,
      padding: [8, 4, 0, 0],
      legend: { show: false },
      scales: {
        x: { time: true, min, max, auto: false },
        y: { range: () => [0, this.#drawing.rowCount] },
      },
      axes: [
        {
          stroke: paint.text,
          font: FONT,
          size: 24,
          gap: 4,
          space: 56,
          incrs: TIME_STEPS_S,
          grid: { show: false },
          ticks: { show: false },
          values: (u, splits, _axis, _space, stepS) =>
            splits.map((s) => (isCutOff(u, s, stepS) ? "" : formatTick(s, stepS, utc))),
        },
        {
          stroke: paint.text,
          font: FONT,
          size: labelWidth,
          gap: 6,
          grid: { show: false },
          ticks: { show: false },
          splits: (u) => this.#shownTicks(u).map(({ at }) => at),
          values: (u) => this.#shownTicks(u).map(({ text }) => fitted(u.ctx, text, labelWidth - 8)),
        },
      ],
      cursor: {
        sync: { key: SYNC_KEY, scales: ["x", null], setSeries: false, filters: { pub: isMove, sub: isMove } },
        drag: { x: true, y: false, setScale: false, dist: 5 },
        points: { show: false },
        bind: { dblclick: () => null },
      },
      series: [{}, { scale: "y", ...OWN_DRAWING }],
      hooks: {
        setCursor: [(u) => this.#tell(u, hooks)],
        setSelect: [(u) => this.#selected(u, hooks)],
        drawClear: [(u) => this.#drawMarks(u, "below")],
        draw: [(u) => clipped(u, () => this.#drawing.paint(u, scheme)), (u) => this.#drawMarks(u, "above")],
      },
    };
  }

  #drawMarks(u: uPlot, layer: "below" | "above"): void {
    const { scheme, marks, markedWindow } = this.#setting;
    const { min = 0, max = 1 } = u.scales.x!;
    drawMarks(u.ctx, boxOf(u), placeOf(u, max - min), scheme, layer, marks(), markedWindow());
  }

  /** As many as there is room for. */
  #shownTicks(u: uPlot): RowsDrawing["ticks"] {
    const { ticks, rowCount } = this.#drawing;
    const plotPx = u.bbox.height / devicePixelRatio;
    const most = Math.max(1, Math.floor(plotPx / MIN_TICK_PX));
    const every = Math.max(1, Math.ceil(Math.min(ticks.length, rowCount) / most));
    return ticks.filter((_, i) => i % every === 0);
  }

  #tell(u: uPlot, hooks: RowsHooks): void {
    const { left = -1, top = -1 } = u.cursor;
    if (left < 0) {
      hooks.onPoint(undefined, undefined);
      return;
    }
    const row = Math.floor(u.posToVal(top, "y"));
    const isOnRow = this.#isOver && row >= 0 && row < this.#drawing.rowCount;
    hooks.onPoint(u.posToVal(left, "x"), isOnRow ? row : undefined);
  }

  #selected(u: uPlot, hooks: RowsHooks): void {
    if (u.select.width < 5) return;
    const fromS = u.posToVal(u.select.left, "x");
    const toS = u.posToVal(u.select.left + u.select.width, "x");
    u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    hooks.onSelect(fromS, toS, this.#shift);
  }
}

function clipped(u: uPlot, draw: () => void): void {
  const { ctx, bbox } = u;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  draw();
  ctx.restore();
}

/** @param widthPx CSS px */
export function fitted(ctx: CanvasRenderingContext2D, text: string, widthPx: number): string {
  const room = widthPx * devicePixelRatio;
  if (ctx.measureText(text).width <= room) return text;
  let shown = text.length;
  while (shown > 1 && ctx.measureText(`${text.slice(0, shown)}…`).width > room) shown--;
  return shown <= 1 ? "" : `${text.slice(0, shown)}…`;
}

/** A label so near to the edge that half of it would be missing. */
function isCutOff(u: uPlot, atS: number, stepS: number): boolean {
  const halfPx = stepS < 60 ? 24 : 16;
  const plotPx = u.bbox.width / devicePixelRatio;
  return plotPx > 0 && u.valToPos(atS, "x") + halfPx > plotPx + 4;
}
