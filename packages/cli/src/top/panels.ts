/** The panels above the processes. Each says how many rows it could use, and draws itself into as many as it gets. */
import { formatBytesShort, percentDigits } from "../snapshot/format.ts";
import type { FilesystemReading, InterfaceReading } from "../snapshot/snapshot-types.ts";
import type { Area, Span } from "./area.ts";
import { sparkline } from "./bars.ts";
import { cutText } from "./frame.ts";
import { FULLNESS, type Style, severity, WAITING } from "./theme.ts";
import type { TopHistory, TopReading } from "./top-reading.ts";

export interface PanelContext {
  readonly reading: TopReading;
  readonly history: TopHistory;
}

export interface Panel {
  /** Rows with which it has said the most important, and rows with which it has said all; 0 where there is nothing to say. */
  rows(context: PanelContext, width: number): { readonly least: number; readonly most: number };
  draw(context: PanelContext, area: Area): void;
}

const NONE = { least: 0, most: 0 };
const perSecond = (bytes: number) => `${formatBytesShort(bytes)}/s`;
const gap: Span = ["  "];

const MAX_GRAPH_ROWS = 6;
const CPU_MODES = [
  ["user", "user"],
  ["system", "sys"],
  ["iowait", "wait"],
  ["steal", "st"],
] as const;

/** Columns that one core's meter takes. */
const CORE_WIDTH = 19;

export const cpuPanel: Panel = {
  rows({ reading: { cpu } }, width) {
    if (cpu === null) return NONE;
    return { least: 3, most: 2 + MAX_GRAPH_ROWS + coreRows(cpu.cores, width) };
  },

  draw({ reading: { cpu }, history }, area) {
    if (cpu === null) return;
    area.meter(0, "CPU", cpu.usedRatio, "");
    const cores = Math.min(coreRows(cpu.cores, area.width), Math.max(0, area.height - 3));
    const graphRows = Math.max(1, area.height - 2 - cores);
    area.graph(1, graphRows, history.cpu.last(area.width));
    const { modes } = cpu;
    const shownModes = area.width >= 38 ? CPU_MODES : CPU_MODES.slice(0, 3);
    const spans = shownModes.flatMap(([mode, name]): Span[] => {
      const notable = (mode === "iowait" || mode === "steal") && modes[mode] >= 0.05;
      return [[`${name} `, "dim"], [percentDigits(modes[mode]), notable ? "warning" : "text"], gap];
    });
    area.line(1 + graphRows, ...spans);
    drawCores(
      cpu.perCore.map(({ usedRatio }) => usedRatio),
      area,
      2 + graphRows,
      cores,
    );
  },
};

/** As many rows as meters of all cores take, at most six; with more cores each is one character. */
function coreRows(cores: number, width: number): number {
  const perRow = Math.max(1, Math.floor((width + 1) / CORE_WIDTH));
  const rows = Math.ceil(cores / perRow);
  return rows <= 6 ? rows : Math.ceil(cores / width);
}

function drawCores(ratios: readonly number[], area: Area, from: number, rows: number): void {
  const perRow = Math.max(1, Math.floor((area.width + 1) / CORE_WIDTH));
  if (Math.ceil(ratios.length / perRow) > rows) {
    ratios.forEach((ratio, core) => {
      const [row, column] = [Math.floor(core / area.width), core % area.width];
      if (row >= rows) return;
      area.frame.put(area.x + column, area.y + from + row, sparkline([ratio], 1), severity(ratio));
    });
    return;
  }
  const width = Math.floor((area.width + 1) / perRow) - 1;
  ratios.forEach((ratio, core) => {
    const [row, place] = [Math.floor(core / perRow), core % perRow];
    const style = severity(ratio);
    const label = `${String(core).padStart(2)} `;
    const filled = Math.round(ratio * (width - 8));
    const x = area.x + place * (width + 1);
    const y = area.y + from + row;
    if (from + row >= area.height) return;
    let at = area.frame.put(x, y, label, "dim");
    at = area.frame.put(at, y, "■".repeat(filled), style);
    area.frame.put(at, y, "·".repeat(Math.max(0, width - 8 - filled)), "track");
    area.frame.putRight(x + width, y, `${Math.round(ratio * 100)}%`.padStart(4), style);
  });
}

export const memoryPanel: Panel = {
  rows({ reading: { memory } }) {
    if (memory === null) return NONE;
    return { least: memory.swap.totalBytes > 0 ? 2 : 1, most: 4 };
  },

  draw({ reading: { memory }, history }, area) {
    if (memory === null) return;
    const of = (used: number, total: number) => `${formatBytesShort(used)}/${formatBytesShort(total)}`;
    area.meter(0, "MEM", memory.usedRatio, of(memory.usedBytes, memory.totalBytes));
    let row = 1;
    const { swap } = memory;
    if (swap.totalBytes > 0) area.meter(row++, "SWP", swap.usedRatio, of(swap.usedBytes, swap.totalBytes));
    if (area.height > row) {
      const parts: Span[] = [
        ["avail ", "dim"],
        [formatBytesShort(memory.availableBytes)],
        gap,
        ["cache ", "dim"],
        [formatBytesShort(memory.cachedBytes)],
      ];
      if (area.width >= 37) parts.push(gap, ["free ", "dim"], [formatBytesShort(memory.freeBytes)]);
      area.line(row++, ...parts);
    }
    if (area.height > row) area.graph(row, Math.min(2, area.height - row), history.memory.last(area.width));
  },
};

export const networkPanel: Panel = {
  rows({ reading: { network } }) {
    if (network === null) return NONE;
    return { least: 2, most: 2 + shownInterfaces(network.interfaces).length };
  },

  draw({ reading: { network }, history }, area) {
    if (network === null) return;
    const [received, sent] = [history.received.last(1)[0]!, history.sent.last(1)[0]!];
    area.line(0, ["NET", "title"], ["  ↓ ", "accent"], [perSecond(received)], ["  ↑ ", "second"], [perSecond(sent)]);
    twoSparks(area, 1, history.received.last(area.width), history.sent.last(area.width));
    shownInterfaces(network.interfaces).forEach((one, i) => {
      const name = cutText(one.name, 12).padEnd(12);
      const troubled: Span = one.errorsTotal > 0 ? ["  errors", "warning"] : [""];
      area.line(
        2 + i,
        [name, "dim"],
        [" ↓ ", "accent"],
        [perSecond(one.receivedBytesPerSecond).padStart(7)],
        [" ↑ ", "second"],
        [perSecond(one.sentBytesPerSecond).padStart(7)],
        troubled,
      );
    });
  },
};

/** Busy ones first, then the rest that ever carried anything; the loopback last. */
function shownInterfaces(interfaces: readonly InterfaceReading[]): InterfaceReading[] {
  const traffic = (one: InterfaceReading) => one.receivedBytesPerSecond + one.sentBytesPerSecond;
  return interfaces
    .filter((one) => one.receivedBytesTotal + one.sentBytesTotal > 0)
    .sort((a, b) => Number(a.name === "lo") - Number(b.name === "lo") || traffic(b) - traffic(a))
    .slice(0, 4);
}

/** Two histories side by side on one row, each scaled to its own largest value. */
function twoSparks(area: Area, row: number, left: readonly number[], right: readonly number[]): void {
  const width = Math.floor((area.width - 1) / 2);
  const scaled = (values: readonly number[]) => {
    const shown = values.slice(-width);
    return sparkline(shown, Math.max(1024, ...shown.filter((value) => !Number.isNaN(value))));
  };
  area.line(row, [scaled(left), "accent"], [" "], [scaled(right), "second"]);
}

export const diskPanel: Panel = {
  rows({ reading: { disk } }) {
    if (disk === null || disk.devices.length === 0) return NONE;
    return { least: 1, most: 2 + Math.min(4, disk.devices.length) };
  },

  draw({ reading: { disk }, history }, area) {
    if (disk === null) return;
    const [read, written] = [history.read.last(1)[0]!, history.written.last(1)[0]!];
    area.line(0, ["DISK", "title"], [" r ", "accent"], [perSecond(read)], ["  w ", "second"], [perSecond(written)]);
    const devices = [...disk.devices].sort((a, b) => b.busyRatio - a.busyRatio).slice(0, 4);
    if (area.height > 1 + devices.length)
      twoSparks(area, 1, history.read.last(area.width), history.written.last(area.width));
    const from = Math.max(1, Math.min(2, area.height - devices.length));
    devices.forEach((one, i) => {
      const busy = `${percentDigits(one.busyRatio)}%`.padStart(6);
      area.line(
        from + i,
        [cutText(one.device, 12).padEnd(12), "dim"],
        [" r ", "accent"],
        [perSecond(one.readBytesPerSecond).padStart(7)],
        [" w ", "second"],
        [perSecond(one.writtenBytesPerSecond).padStart(7)],
        [busy, severity(one.busyRatio)],
      );
    });
  },
};

export const filesystemPanel: Panel = {
  rows({ reading: { disk } }) {
    const count = shownFilesystems(disk?.filesystems ?? []).length;
    return count === 0 ? NONE : { least: 1, most: Math.min(8, count) };
  },

  draw({ reading: { disk } }, area) {
    const fullest = shownFilesystems(disk?.filesystems ?? []).slice(0, area.height);
    const nameWidth = Math.min(
      Math.floor(area.width / 3),
      Math.max(...fullest.map(({ mountpoint }) => mountpoint.length)),
    );
    fullest.forEach((one, row) => {
      area.meter(
        row,
        mountName(one, nameWidth),
        one.usedRatio,
        `${formatBytesShort(one.availableBytes)} free`,
        FULLNESS,
      );
    });
  },
};

/** The fullest first; of one device that is mounted in several places the shortest path, of empty ones none. */
function shownFilesystems(all: readonly FilesystemReading[]): FilesystemReading[] {
  const shown = new Map<string, FilesystemReading>();
  for (const one of all) {
    if (one.usedBytes === 0) continue;
    const key = one.device.startsWith("/") ? one.device : one.mountpoint;
    const other = shown.get(key);
    if (other === undefined || one.mountpoint.length < other.mountpoint.length) shown.set(key, one);
  }
  return [...shown.values()].sort((a, b) => b.usedRatio - a.usedRatio);
}

/** The end of a path tells more than its beginning. */
function mountName({ mountpoint }: FilesystemReading, width: number): string {
  const name = mountpoint.length > width ? `…${mountpoint.slice(1 - width)}` : mountpoint;
  return name.padEnd(width);
}

export const pressurePanel: Panel = {
  rows({ reading: { pressure } }) {
    return pressure === null ? NONE : { least: 1, most: 3 };
  },

  draw({ reading: { pressure } }, area) {
    if (pressure === null) return;
    const readings = [
      ["cpu", pressure.cpu.someRatio],
      ["mem", pressure.memory.someRatio],
      ["io ", pressure.io.someRatio],
    ] as const;
    if (area.height < readings.length) {
      area.line(0, ["WAIT ", "title"], ...pressureSpans(readings, area.width - "WAIT ".length));
      return;
    }
    readings.forEach(([name, ratio], row) => {
      area.meter(row, `WAIT ${name}`, ratio, "", WAITING);
    });
  },
};

/** Readings beside each other in `width` cells; what does not fit whole is left out, so that no number is cut. */
function pressureSpans(readings: readonly (readonly [name: string, ratio: number])[], width: number): Span[] {
  const texts = readings.map(([name, ratio]) => `${name.trim()} ${percentDigits(ratio)}`);
  const between = texts.join("  ").length <= width ? "  " : " ";
  let left = width;
  return texts.flatMap((text, i): Span[] => {
    const [name, ratio] = readings[i]!;
    left -= text.length + (i > 0 ? between.length : 0);
    if (left < 0) return [];
    return [[i > 0 ? between : ""], [`${name.trim()} `, "dim"], [percentDigits(ratio), severity(ratio, WAITING)]];
  });
}

/** Style of a header's cell in the tables below. */
export function headStyle(isSorted: boolean): Style {
  return isSorted ? "selected" : "header";
}
