/** Columns of the containers and services, and their order. */
import type { ContainerRow } from "@dmon/collect";
import { formatBytesShort, percentDigits } from "../snapshot/format.ts";
import type { Column } from "./process-list.ts";
import { severity, WAITING } from "./theme.ts";

export function shownContainers(rows: readonly ContainerRow[], filter: string): ContainerRow[] {
  const words = filter
    .toLowerCase()
    .split(" ")
    .filter((word) => word !== "");
  return rows
    .filter((row) =>
      words.every((word) => `${row.name} ${row.image} ${row.runtime} ${row.pod}`.toLowerCase().includes(word)),
    )
    .sort(
      (a, b) =>
        (b.cpuRatio ?? 0) - (a.cpuRatio ?? 0) ||
        (b.workingSetBytes ?? 0) - (a.workingSetBytes ?? 0) ||
        (a.name < b.name ? -1 : 1),
    );
}

const bytes = (value: number | null) => (value === null ? "–" : formatBytesShort(value));
const rate = (value: number | null) => (value === null || value < 1 ? "" : formatBytesShort(value));
const limitRatio = (row: ContainerRow) =>
  (row.workingSetBytes ?? 0) / (row.memoryLimitBytes ?? Number.POSITIVE_INFINITY);

export const CONTAINER_COLUMNS: readonly Column<ContainerRow>[] = [
  { title: "NAME", width: 28, from: 0, text: (row) => row.name },
  {
    title: "CPU%",
    width: -6,
    from: 0,
    text: (row) => (row.cpuRatio === null ? "–" : percentDigits(row.cpuRatio)),
    style: (row) => severity(row.cpuRatio ?? 0),
  },
  {
    title: "THROT%",
    width: -6,
    from: 90,
    text: (row) => (row.throttledRatio > 0 ? percentDigits(row.throttledRatio) : ""),
    style: (row) => severity(row.throttledRatio, WAITING),
  },
  {
    title: "MEM",
    width: -6,
    from: 0,
    text: (row) => bytes(row.workingSetBytes),
    style: (row) => severity(limitRatio(row)),
  },
  {
    title: "LIMIT",
    width: -6,
    from: 70,
    text: (row) => (row.memoryLimitBytes === null ? "" : bytes(row.memoryLimitBytes)),
  },
  {
    title: "TASKS",
    width: -5,
    from: 80,
    text: (row) => (row.tasks === null ? "–" : String(row.tasks)),
    style: () => "dim",
  },
  { title: "READ", width: -6, from: 100, text: (row) => rate(row.readBytesPerSecond), style: () => "accent" },
  { title: "WRITE", width: -6, from: 100, text: (row) => rate(row.writeBytesPerSecond), style: () => "second" },
  { title: "IN", width: -6, from: 112, text: (row) => rate(row.receivedBytesPerSecond), style: () => "accent" },
  { title: "OUT", width: -6, from: 112, text: (row) => rate(row.sentBytesPerSecond), style: () => "second" },
  {
    title: "OOM",
    width: -4,
    from: 76,
    text: (row) => (row.oomKills > 0 ? String(row.oomKills) : ""),
    style: () => "critical",
  },
  { title: "RUNTIME", width: 10, from: 120, text: (row) => row.runtime, style: () => "dim" },
  { title: "IMAGE", width: 0, from: 0, text: (row) => row.image, style: () => "dim" },
];
