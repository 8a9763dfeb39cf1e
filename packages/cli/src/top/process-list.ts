/** Which processes are shown, in which order, and the columns for them. Pure. */
import type { ProcessRow } from "@dmon/collect";
import { formatBytesShort, formatCpuTime, percentDigits } from "../snapshot/format.ts";
import type { Span } from "./area.ts";
import { type Style, severity } from "./theme.ts";
import type { TopState } from "./top-state.ts";

export type ProcessSort = "cpu" | "memory" | "io" | "time" | "pid" | "name" | "threads";

type Compare = (a: ProcessRow, b: ProcessRow) => number;

const io = (row: ProcessRow) => row.readBytesPerSecond + row.writeBytesPerSecond;

/** Sort orders with the keys that choose them; the heaviest, or the first of the alphabet, comes first. */
export const PROCESS_SORTS: readonly { readonly name: ProcessSort; readonly key: string; readonly compare: Compare }[] =
  [
    { name: "cpu", key: "c", compare: (a, b) => b.cpuRatio - a.cpuRatio || b.cpuSeconds - a.cpuSeconds },
    { name: "memory", key: "m", compare: (a, b) => b.residentBytes - a.residentBytes },
    { name: "io", key: "i", compare: (a, b) => io(b) - io(a) || b.cpuRatio - a.cpuRatio },
    { name: "time", key: "t", compare: (a, b) => b.cpuSeconds - a.cpuSeconds },
    { name: "pid", key: "p", compare: (a, b) => a.pid - b.pid },
    { name: "name", key: "n", compare: (a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.pid - b.pid) },
    { name: "threads", key: "T", compare: (a, b) => b.threads - a.threads },
  ];

export function shownProcesses(
  rows: readonly ProcessRow[],
  { sort, reversed, filter, kernelThreads }: Pick<TopState, "sort" | "reversed" | "filter" | "kernelThreads">,
): ProcessRow[] {
  const words = filter
    .toLowerCase()
    .split(" ")
    .filter((word) => word !== "");
  const shown = rows.filter((row) => {
    // A kernel thread that works hard is what people look for.
    if (row.kernel && !kernelThreads && row.cpuRatio < 0.05 && words.length === 0) return false;
    if (words.length === 0) return true;
    const text = `${row.pid} ${row.user} ${row.name} ${row.commandLine} ${row.container}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
  const { compare } = PROCESS_SORTS.find(({ name }) => name === sort)!;
  shown.sort(reversed ? (a, b) => compare(b, a) : compare);
  return shown;
}

export interface Column<Row> {
  readonly title: string;
  /** Cells; negative: aligned to the right. The last column takes what is left. */
  readonly width: number;
  /** Narrowest terminal on which it is shown. */
  readonly from: number;
  readonly sort?: ProcessSort;
  readonly text: (row: Row) => string;
  readonly style?: (row: Row) => Style;
  /** Where one cell has several styles: its pieces, in place of `text`. */
  readonly spans?: (row: Row, cells: number) => readonly Span[];
  /** Shown only where it has something to say of one of the rows. */
  readonly optional?: boolean;
}

export const PROCESS_COLUMNS: readonly Column<ProcessRow>[] = [
  { title: "PID", width: -7, from: 0, sort: "pid", text: (row) => String(row.pid), style: () => "dim" },
  { title: "USER", width: 9, from: 60, text: (row) => row.user, style: () => "dim" },
  { title: "S", width: 1, from: 70, text: (row) => row.state, style: stateStyle },
  {
    title: "CPU%",
    width: -6,
    from: 0,
    sort: "cpu",
    text: (row) => percentDigits(row.cpuRatio),
    style: (row) => shade(row.cpuRatio),
  },
  {
    title: "MEM%",
    width: -5,
    from: 66,
    text: (row) => percentDigits(row.memoryRatio),
    style: (row) => shade(row.memoryRatio),
  },
  { title: "RES", width: -6, from: 0, sort: "memory", text: (row) => formatBytesShort(row.residentBytes) },
  { title: "THR", width: -5, from: 104, sort: "threads", text: (row) => String(row.threads), style: () => "dim" },
  {
    title: "FDS",
    width: -5,
    from: 124,
    text: (row) => (row.openFiles === null ? "–" : String(row.openFiles)),
    style: () => "dim",
  },
  { title: "NI", width: -3, from: 140, text: (row) => String(row.nice), style: () => "dim" },
  {
    title: "TIME",
    width: -8,
    from: 76,
    sort: "time",
    text: (row) => formatCpuTime(row.cpuSeconds),
    style: () => "dim",
  },
  {
    title: "READ",
    width: -6,
    from: 112,
    sort: "io",
    text: (row) => rate(row.readBytesPerSecond),
    style: () => "accent",
  },
  {
    title: "WRITE",
    width: -6,
    from: 112,
    sort: "io",
    text: (row) => rate(row.writeBytesPerSecond),
    style: () => "second",
  },
  { title: "CONTAINER", width: 16, from: 120, text: (row) => row.container, style: () => "accent", optional: true },
  {
    title: "COMMAND",
    width: 0,
    from: 0,
    sort: "name",
    text: (row) => row.commandLine || row.name,
    spans: commandSpans,
  },
];

/** The program stands out from its arguments and its folder; the folder is shown only where there is room for the whole. */
function commandSpans({ commandLine, kernel, name }: ProcessRow, cells: number): readonly Span[] {
  if (kernel || commandLine === "") return [[kernel ? `[${name}]` : name, kernel ? "dim" : "text"]];
  const space = commandLine.indexOf(" ");
  const end = space < 0 ? commandLine.length : space;
  const slash = commandLine.lastIndexOf("/", end - 1) + 1;
  return [
    [commandLine.length > cells ? "" : commandLine.slice(0, slash), "dim"],
    [commandLine.slice(slash, end), "text"],
    [commandLine.slice(end), "dim"],
  ];
}

function rate(bytes: number): string {
  return bytes < 1 ? "" : formatBytesShort(bytes);
}

/** What is next to nothing steps back, so that the eye goes to the rest. */
function shade(ratio: number): Style {
  return ratio < 0.005 ? "dim" : severity(ratio);
}

function stateStyle({ state }: ProcessRow): Style {
  if (state === "R") return "ok";
  if (state === "D") return "warning";
  return state === "Z" ? "critical" : "dim";
}
