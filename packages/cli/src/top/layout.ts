/** Puts the whole view together for a terminal of any size. Pure: state and reading in, frame out. */
import type { ContainerRow, ProcessRow } from "@dmon/collect";
import { formatDuration } from "../snapshot/format.ts";
import { type Alert, alertText } from "./alerts.ts";
import { Area, type Span } from "./area.ts";
import { CONTAINER_COLUMNS, shownContainers } from "./container-list.ts";
import { cutText, Frame, textWidth } from "./frame.ts";
import {
  cpuPanel,
  diskPanel,
  filesystemPanel,
  headStyle,
  memoryPanel,
  networkPanel,
  type Panel,
  type PanelContext,
  pressurePanel,
} from "./panels.ts";
import { type Column, PROCESS_COLUMNS, PROCESS_SORTS, shownProcesses } from "./process-list.ts";
import type { Style } from "./theme.ts";
import type { TopHistory, TopReading } from "./top-reading.ts";
import type { TopState } from "./top-state.ts";

export interface TopView {
  readonly state: TopState;
  readonly reading: TopReading;
  readonly history: TopHistory;
  readonly alerts: readonly Alert[];
}

/** Panels from left to right, and from top to bottom within a column, by the width of the terminal. */
const COLUMNS: readonly { readonly from: number; readonly columns: readonly (readonly Panel[])[] }[] = [
  { from: 160, columns: [[cpuPanel], [memoryPanel, pressurePanel], [networkPanel], [diskPanel, filesystemPanel]] },
  { from: 108, columns: [[cpuPanel], [memoryPanel, pressurePanel, filesystemPanel], [networkPanel, diskPanel]] },
  {
    from: 60,
    columns: [
      [cpuPanel, networkPanel],
      [memoryPanel, pressurePanel, diskPanel, filesystemPanel],
    ],
  },
  { from: 0, columns: [[cpuPanel, memoryPanel, filesystemPanel]] },
];

/** Containers stand above the processes where there is room for both. */
const BOTH_LISTS_FROM_HEIGHT = 34;
const MAX_CONTAINERS_ABOVE = 8;

/** On less nothing can be told. */
const LEAST_WIDTH = 20;
const LEAST_HEIGHT = 5;

export function drawTop(view: TopView, width: number, height: number): Frame {
  const frame = new Frame(width, height);
  if (width < LEAST_WIDTH || height < LEAST_HEIGHT) {
    frame.put(0, 0, cutText("too small", width), "dim");
    return frame;
  }
  drawHeader(view, new Area(frame, 0, 0, width, 1));
  const panelRows = drawPanels(view, frame);
  drawAlerts(view.alerts, new Area(frame, 0, 1 + panelRows, width, 1));
  const footer = new Area(frame, 0, height - 1, width, 1);
  drawFooter(view.state, footer);
  const from = 2 + panelRows;
  drawLists(view, new Area(frame, 0, from, width, height - 1 - from));
  if (view.state.help) drawHelp(frame);
  return frame;
}

function drawHeader({ reading, state }: TopView, area: Area): void {
  const { host, load } = reading;
  const facts = [host.operatingSystem, host.kernel.replace(/^Linux /, "")];
  if (host.uptimeSeconds !== null) facts.push(`up ${formatDuration(host.uptimeSeconds)}`);
  const clock = `${new Date(reading.atMs).toTimeString().slice(0, 8)}${state.paused ? " paused" : ""}`;
  const average =
    load === null ? "" : `load ${[load.load1, load.load5, load.load15].map((one) => one.toFixed(2)).join(" ")}  `;
  const right = area.width >= 60 ? `${average}${clock}` : area.width >= 32 ? clock : "";
  const room = area.width - textWidth(right) - 2;
  area.frame.put(0, 0, cutText(`${host.hostname}  ${facts.filter((fact) => fact !== "").join(" · ")}`, room), "dim");
  area.frame.put(0, 0, cutText(host.hostname, room), "bold");
  area.right(0, right, state.paused ? "warning" : "dim", 0);
}

/** @returns the rows that the panels took */
function drawPanels({ reading, history }: TopView, frame: Frame): number {
  const context: PanelContext = { reading, history };
  const { columns } = COLUMNS.find(({ from }) => frame.width >= from)!;
  const gap = 2;
  const width = Math.floor((frame.width - gap * (columns.length - 1)) / columns.length);
  // Half of a small terminal and a third of a large one; the lists need the rest.
  const most = Math.max(3, frame.height < 30 ? Math.floor(frame.height * 0.38) : Math.floor(frame.height * 0.3));
  const plans = columns.map((panels) => planColumn(panels, context, width, most));
  const rows = Math.max(...plans.map((plan) => plan.reduce((sum, { height }) => sum + height, 0)));
  plans.forEach((plan, column) => {
    const x = column * (width + gap);
    let y = 1;
    const wide = column === plans.length - 1 ? frame.width - x : width;
    for (const { panel, height } of plan) {
      panel.draw(context, new Area(frame, x, y, wide, height));
      y += height;
    }
  });
  return rows;
}

interface Placed {
  readonly panel: Panel;
  readonly height: number;
}

/** Gives each panel the least it needs, then what is left to the first that can use it. */
function planColumn(panels: readonly Panel[], context: PanelContext, width: number, most: number): Placed[] {
  const wishes = panels.map((panel) => ({ panel, ...panel.rows(context, width) }));
  let left = most;
  const heights = wishes.map(({ least }) => {
    const height = Math.min(least, left);
    left -= height;
    return height;
  });
  wishes.forEach((wish, i) => {
    if (heights[i] === 0) return;
    const more = Math.min(left, wish.most - heights[i]!);
    heights[i]! += more;
    left -= more;
  });
  return wishes.map(({ panel }, i) => ({ panel, height: heights[i]! }));
}

function drawAlerts(alerts: readonly Alert[], area: Area): void {
  if (alerts.length === 0) {
    area.line(0, ["✓ ", "ok"], ["no limit is reached", "dim"]);
    return;
  }
  let column = 0;
  for (const [i, alert] of alerts.entries()) {
    const text = alertText(alert);
    const rest = alerts.length - i;
    if (i > 0 && column + textWidth(text) + 4 > area.width - 8) {
      area.right(0, `+${rest} more`, "dim", column);
      return;
    }
    const mark = alert.style === "critical" ? "‼ " : "! ";
    const spans: Span[] = [["  ".repeat(i > 0 ? 1 : 0)], [mark, alert.style], [text, alert.style]];
    column += new Area(area.frame, area.x + column, area.y, area.width - column, 1).line(0, ...spans);
  }
}

function drawLists(view: TopView, area: Area): void {
  const { state, reading } = view;
  const containers = shownContainers(reading.containers, state.view === "containers" ? state.filter : "");
  if (state.view === "containers") {
    drawContainers(containers, state, area);
    return;
  }
  let used = 0;
  if (area.height >= BOTH_LISTS_FROM_HEIGHT - 10 && containers.length > 0) {
    used = Math.min(containers.length, MAX_CONTAINERS_ABOVE) + 2;
    drawContainers(containers, state, new Area(area.frame, area.x, area.y, area.width, used - 1));
  }
  drawProcesses(reading.processes, state, new Area(area.frame, area.x, area.y + used, area.width, area.height - used));
}

function drawProcesses(all: readonly ProcessRow[], state: TopState, area: Area): void {
  const rows = shownProcesses(all, state);
  const selected = rows.findIndex(({ pid }) => pid === state.selected);
  const first = Math.max(0, Math.min(selected - Math.floor((area.height - 1) / 2), rows.length - (area.height - 1)));
  drawTable(PROCESS_COLUMNS, rows.slice(first), area, state.sort, selected - first);
  if (rows.length === 0) area.line(1, ["nothing matches the filter", "dim"]);
}

function drawContainers(rows: readonly ContainerRow[], state: TopState, area: Area): void {
  drawTable(CONTAINER_COLUMNS, rows, area, undefined, -1);
  const nothing = state.filter === "" ? "no containers or services on this machine" : "nothing matches the filter";
  if (rows.length === 0) area.line(1, [nothing, "dim"]);
}

function drawTable<Row>(
  all: readonly Column<Row>[],
  rows: readonly Row[],
  area: Area,
  sort: TopState["sort"] | undefined,
  selected: number,
): void {
  // An order by something that is not to be seen looks like none.
  const hasRoom = ({ from, sort: own }: Column<Row>) => area.width >= from || (sort !== undefined && own === sort);
  const columns = all.filter(
    (column) => hasRoom(column) && (column.optional !== true || rows.some((row) => column.text(row) !== "")),
  );
  area.frame.paintRow(area.y, "header", area.x, area.x + area.width);
  let x = area.x;
  for (const { title, width, sort: own, text, style, spans } of columns) {
    const cells = width === 0 ? area.x + area.width - x : Math.abs(width);
    if (cells <= 0) return;
    const isSorted = sort !== undefined && own === sort;
    place(area, 0, x, cells, width < 0, title, headStyle(isSorted));
    const shown = Math.min(rows.length, area.height - 1);
    for (let i = 0; i < shown; i++) {
      const row = rows[i]!;
      if (spans === undefined) place(area, 1 + i, x, cells, width < 0, text(row), style?.(row) ?? "text");
      else placeSpans(area, 1 + i, x, cells, spans(row, cells));
    }
    x += cells + 1;
  }
  if (selected >= 0 && selected < area.height - 1) area.frame.paintRow(area.y + 1 + selected, "selected");
}

function place(area: Area, row: number, x: number, cells: number, toRight: boolean, text: string, style: Style): void {
  if (row >= area.height) return;
  const cut = cutText(text, cells);
  const at = toRight ? x + cells - textWidth(cut) : x;
  area.frame.put(at, area.y + row, cut, style, x + cells);
}

function placeSpans(area: Area, row: number, x: number, cells: number, spans: readonly Span[]): void {
  let at = x;
  for (const [text, style] of spans) {
    at = area.frame.put(at, area.y + row, cutText(text, x + cells - at), style, x + cells);
  }
}

function drawFooter(state: TopState, area: Area): void {
  if (state.typing) {
    area.line(0, ["filter: ", "key"], [state.filter], ["▏", "key"], ["  Enter keeps, Esc clears", "dim"]);
    return;
  }
  const sorts = PROCESS_SORTS.slice(0, 4).map(({ name, key }): [string, string] => [key, name]);
  const keys: [string, string][] = [
    ["q", "quit"],
    ["h", "help"],
    ["/", state.filter === "" ? "filter" : `filter: ${state.filter}`],
    ["Tab", state.view === "processes" ? "containers" : "processes"],
    ...sorts,
    ["r", "reverse"],
    ["k", state.kernelThreads ? "hide kernel" : "kernel"],
    ["Space", state.paused ? "go on" : "pause"],
    ["-+", `${state.intervalMs / 1000} s`],
  ];
  let x = 0;
  for (const [key, name] of keys) {
    if (x + textWidth(key) + textWidth(name) + 1 > area.width) return;
    x += new Area(area.frame, area.x + x, area.y, area.width - x, 1).line(0, [key, "key"], [` ${name}  `, "dim"]);
  }
}

const HELP: readonly (readonly [key: string, text: string])[] = [
  ["c m i t", "sort by CPU, memory, I/O, CPU time"],
  ["p n T", "sort by PID, name, threads"],
  ["r", "reverse the order"],
  ["/", "filter by PID, user, command"],
  ["↑ ↓ PgUp PgDn Home End", "move the cursor"],
  ["Tab", "processes or containers"],
  ["k", "kernel threads too"],
  ["Space", "pause"],
  ["- +", "faster, slower"],
  ["Esc", "no filter, no cursor"],
  ["Ctrl-L", "draw the screen anew"],
  ["q", "quit"],
];

function drawHelp(frame: Frame): void {
  const width = Math.min(frame.width - 2, 66);
  const padding = frame.height >= HELP.length + 4 ? 1 : 0;
  const shown = HELP.slice(0, frame.height - 2);
  const height = shown.length + 2 * padding + 2;
  const [x, y] = [Math.floor((frame.width - width) / 2), Math.max(0, Math.floor((frame.height - height) / 2))];
  const inner = width - 2;
  const edge = (left: string, right: string) => `${left}${"─".repeat(inner)}${right}`;
  frame.put(x, y, edge("╭", "╮"), "dim");
  for (let row = 1; row < height - 1; row++) frame.put(x, y + row, `│${" ".repeat(inner)}│`, "dim");
  frame.put(x, y + height - 1, edge("╰", "╯"), "dim");
  frame.put(x + 2, y, " Keys ", "title");
  shown.forEach(([key, text], i) => {
    const row = y + 1 + padding + i;
    frame.putRight(x + 26, row, key, "key");
    frame.put(x + 28, row, cutText(text, width - 30), "text");
  });
}
