/** A reading as tables for people: aligned numbers, a bar for what has a limit, colour for what deserves attention. */
import { bar } from "../top/bars.ts";
import {
  type ColorDepth,
  FULLNESS,
  paint,
  type Style,
  severity,
  type Thresholds,
  USAGE,
  WAITING,
} from "../top/theme.ts";
import { formatBytes, formatDuration, formatPercent } from "./format.ts";
import type { SectionName, Snapshot, SnapshotSections } from "./snapshot-types.ts";

const BAR_WIDTH = 24;
/** Longest text of a column that is cut to the terminal. */
const MIN_LAST_COLUMN = 12;

interface Cell {
  readonly text: string;
  readonly style?: Style;
  readonly right?: boolean;
}

type Row = readonly Cell[];

const text = (value: string, style: Style = "text"): Cell => ({ text: value, style });
const number = (value: string, style: Style = "text"): Cell => ({ text: value, style, right: true });
const size = (bytes: number | null) => number(bytes === null ? "–" : formatBytes(bytes));
const rate = (bytes: number) => number(`${formatBytes(bytes)}/s`);
const share = (ratio: number, thresholds?: Thresholds) => number(formatPercent(ratio), severity(ratio, thresholds));
const heads = (...names: readonly string[]): Row =>
  names.map((name) => (name.startsWith(">") ? number(name.slice(1), "dim") : text(name, "dim")));

const TITLES: Readonly<Record<SectionName, string>> = {
  host: "Host",
  cpu: "CPU",
  memory: "Memory",
  disk: "Disks",
  network: "Network",
  load: "Load",
  pressure: "Pressure",
  processes: "Processes",
  containers: "Containers and services",
};

/** @param columns width of the terminal; only the last column of a table is cut to it */
export function snapshotTable(reading: Snapshot, columns: number, depth: ColorDepth): string {
  const print = new Printer(columns, depth);
  for (const name of Object.keys(TITLES) as SectionName[]) {
    const section = reading[name];
    if (section === undefined) continue;
    print.title(TITLES[name]);
    if (section === null) print.line(text("not on this machine, or not readable", "dim"));
    else PRINT[name](section as never, print);
  }
  if (reading.errors.length > 0) print.title("Could not be read", "critical");
  for (const { section, source, message } of reading.errors) {
    print.line(text(`${section} (${source}): ${message}`, "critical"));
  }
  return print.out;
}

class Printer {
  out = "";
  readonly depth: ColorDepth;
  readonly #columns: number;

  constructor(columns: number, depth: ColorDepth) {
    this.#columns = columns;
    this.depth = depth;
  }

  title(name: string, style: Style = "title"): void {
    this.out += `${this.out === "" ? "" : "\n"}${paint(name, style, this.depth)}\n`;
  }

  gap(): void {
    this.out += "\n";
  }

  line(...cells: Row): void {
    this.out += `  ${cells.map((cell) => paint(cell.text, cell.style ?? "text", this.depth)).join("  ")}\n`;
  }

  /** `name  12.3 %  ████░░░░  rest` */
  meter(name: string, ratio: number, rest: string, thresholds: Thresholds = USAGE): void {
    const style = severity(ratio, thresholds);
    const { filled, empty } = bar(ratio, BAR_WIDTH);
    const drawn = `${paint(filled, style, this.depth)}${paint(empty, "track", this.depth)}`;
    const percent = paint(formatPercent(ratio).padStart(7), style, this.depth);
    this.out += `  ${name.padEnd(8)} ${percent}  ${drawn}  ${paint(rest, "dim", this.depth)}`.trimEnd();
    this.out += "\n";
  }

  table(rows: readonly Row[]): void {
    const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.text.length)));
    const last = widths.length - 1;
    const before = widths.slice(0, last).reduce((sum, width) => sum + width + 2, 2);
    const lastWidth = Math.max(MIN_LAST_COLUMN, this.#columns - before);
    for (const row of rows) {
      const cells = row.map(({ text: value, style = "text", right }, column) => {
        const cut = column === last && value.length > lastWidth ? `${value.slice(0, lastWidth - 1)}…` : value;
        const width = Math.min(widths[column]!, column === last ? lastWidth : Number.POSITIVE_INFINITY);
        const padded = right ? cut.padStart(width) : column === last ? cut : cut.padEnd(width);
        return paint(padded, style, this.depth);
      });
      this.out += `  ${cells.join("  ")}\n`;
    }
  }
}

const PRINT: { readonly [Name in SectionName]: (section: SnapshotSections[Name], print: Printer) => void } = {
  host(host, print) {
    const up = host.uptimeSeconds === null ? "" : `up ${formatDuration(host.uptimeSeconds)}`;
    const facts = [host.operatingSystem, `${host.kernel} ${host.architecture}`.trim(), up];
    print.line(text(host.hostname, "bold"), ...facts.filter((fact) => fact !== "").map((fact) => text(fact)));
  },

  cpu(cpu, print) {
    const { modes } = cpu;
    const parts = (["user", "system", "iowait", "steal"] as const).map(
      (mode) => `${mode} ${formatPercent(modes[mode])}`,
    );
    print.meter("all", cpu.usedRatio, `${cpu.cores} cores · ${parts.join(" · ")}`);
    for (const core of cpu.perCore) print.meter(`core ${core.core}`, core.usedRatio, "");
  },

  memory(memory, print) {
    const { swap } = memory;
    const rest = `${formatBytes(memory.usedBytes)} of ${formatBytes(memory.totalBytes)} · ${formatBytes(memory.availableBytes)} available`;
    print.meter("memory", memory.usedRatio, rest);
    if (swap.totalBytes === 0) print.line(text("no swap", "dim"));
    else print.meter("swap", swap.usedRatio, `${formatBytes(swap.usedBytes)} of ${formatBytes(swap.totalBytes)}`);
  },

  disk(disk, print) {
    const mounts = disk.filesystems.map(
      (one): Row => [
        text(one.mountpoint, "bold"),
        size(one.totalBytes),
        size(one.usedBytes),
        size(one.availableBytes),
        share(one.usedRatio, FULLNESS),
        one.inodesUsedRatio === null ? number("–") : share(one.inodesUsedRatio, FULLNESS),
        text(`${one.type}${one.readOnly ? ", read-only" : ""}`),
        text(one.device, "dim"),
      ],
    );
    if (mounts.length > 0) {
      print.table([
        heads("mounted on", ">size", ">used", ">available", ">use", ">inodes", "type", "device"),
        ...mounts,
      ]);
    }
    const devices = disk.devices.map(
      (one): Row => [
        text(one.device, "bold"),
        rate(one.readBytesPerSecond),
        rate(one.writtenBytesPerSecond),
        number(one.readsPerSecond.toFixed(0)),
        number(one.writesPerSecond.toFixed(0)),
        share(one.busyRatio),
      ],
    );
    if (mounts.length > 0 && devices.length > 0) print.gap();
    if (devices.length > 0)
      print.table([heads("device", ">read", ">written", ">reads/s", ">writes/s", ">busy"), ...devices]);
  },

  network({ interfaces }, print) {
    const rows = interfaces.map(
      (one): Row => [
        text(one.name, "bold"),
        rate(one.receivedBytesPerSecond),
        rate(one.sentBytesPerSecond),
        size(one.receivedBytesTotal),
        size(one.sentBytesTotal),
        number(String(one.receivedPacketsTotal)),
        number(String(one.sentPacketsTotal)),
        number(String(one.errorsTotal + one.dropsTotal), one.errorsTotal > 0 ? "warning" : "text"),
      ],
    );
    const names = heads(
      "interface",
      ">receiving",
      ">sending",
      ">received",
      ">sent",
      ">packets in",
      ">packets out",
      ">errors, drops",
    );
    print.table([names, ...rows]);
  },

  load({ load1, load5, load15 }, print) {
    const averages = [load1, load5, load15].map((value) => value.toFixed(2));
    print.line(text(averages.join("  ")), text("runnable and waiting tasks over 1, 5 and 15 minutes", "dim"));
  },

  pressure(pressure, print) {
    for (const name of ["cpu", "memory", "io"] as const) {
      const { someRatio, fullRatio } = pressure[name];
      const rest = fullRatio === null ? "" : `all tasks waited ${formatPercent(fullRatio)}`;
      print.meter(name, someRatio, rest, WAITING);
    }
  },

  processes(section, print) {
    print.line(text(`${section.total} processes, ${section.running} running, ${section.threads} threads`, "dim"));
    const rows = section.top.map(
      (one): Row => [
        number(String(one.pid)),
        text(one.user || "–"),
        number(formatPercent(one.cpuRatio), severity(one.cpuRatio)),
        size(one.residentBytes),
        number(formatPercent(one.memoryRatio)),
        text(one.container || "–", "dim"),
        text(one.commandLine || `[${one.name}]`),
      ],
    );
    print.table([heads(">pid", "user", ">cpu", ">memory", ">of all", "container", "command"), ...rows]);
  },

  containers(containers, print) {
    if (containers.length === 0) return print.line(text("none", "dim"));
    const rows = containers.map(
      (one): Row => [
        text(one.name, "bold"),
        number(one.cpuRatio === null ? "–" : formatPercent(one.cpuRatio), severity(one.cpuRatio ?? 0)),
        size(one.workingSetBytes),
        size(one.memoryLimitBytes),
        number(one.tasks === null ? "–" : String(one.tasks)),
        text(one.runtime, "dim"),
        text(one.image, "dim"),
      ],
    );
    print.table([heads("name", ">cpu", ">memory", ">limit", ">tasks", "runtime", "image"), ...rows]);
  },
};
