/** The status tiles: one number each that says how it is, and what stands beside it. */
import { compute, gaugeOf } from "../../charts/measure.ts";
import type { PanelSpec } from "../../charts/panel-spec.ts";
import { formatValue } from "../../units/units.ts";
import {
  CPU_BUSY,
  DISK_BUSY,
  FILESYSTEM_USED,
  LOAD_PER_CORE,
  MEMORY_USED,
  NETWORK_IN,
  NETWORK_OUT,
  pressure,
} from "./catalog.ts";
import type { Level } from "./checks.ts";
import type { Finding } from "./findings.tsx";

/** The last value of each line: by the query's place, then by the line's label. */
export type LastValues = readonly ReadonlyMap<string, number>[];

export interface TileSpec {
  readonly panel: PanelSpec;
  readonly needs: string;
  readonly section: string;
  /** The checks that judge what it shows: it is marked by what they find, as the headline is, and by nothing else. */
  readonly judgedBy: readonly string[];
  /** The queries whose lines, added up or the highest of them, are drawn. */
  readonly drawn: readonly number[];
  readonly combine: "sum" | "max";
  detail(values: LastValues): string;
}

const first = (values: LastValues, query: number): number | undefined => values[query]?.values().next().value;
const highest = (values: LastValues, query: number): string =>
  [...(values[query] ?? [])].sort((a, b) => b[1] - a[1])[0]?.[0] ?? "";
const bytes = (value: number | undefined) => formatValue(value, "bytes");

/** The worst that a tile's checks found. @param findings worst first */
export function levelOf(tile: TileSpec, findings: readonly Finding[]): Level | undefined {
  return findings.find(({ check }) => check !== undefined && tile.judgedBy.includes(check))?.level;
}

export const TILES: readonly TileSpec[] = [
  {
    panel: {
      id: "tile-cpu",
      title: "CPU",
      unit: "percent",
      min: 0,
      max: 100,
      queries: [
        { measure: CPU_BUSY, label: "busy", color: "blue" },
        { measure: LOAD_PER_CORE, label: "load" },
        { measure: gaugeOf("node_load1"), label: "load" },
      ],
    },
    needs: "node_cpu_seconds_total",
    section: "cpu",
    judgedBy: ["cpu-busy"],
    drawn: [0],
    combine: "max",
    detail: (values) => {
      const load = first(values, 2);
      const perCore = first(values, 1);
      if (load === undefined || perCore === undefined) return "";
      const cores = perCore === 0 ? undefined : Math.round(load / perCore);
      return `load ${formatValue(load, "none", 2)}${cores === undefined ? "" : ` on ${cores} cores`}`;
    },
  },
  {
    panel: {
      id: "tile-memory",
      title: "Memory",
      unit: "percent",
      min: 0,
      max: 100,
      queries: [
        { measure: MEMORY_USED, label: "used", color: "blue" },
        { measure: gaugeOf("node_memory_MemAvailable_bytes"), label: "available" },
      ],
    },
    needs: "node_memory_MemAvailable_bytes",
    section: "memory",
    judgedBy: ["memory"],
    drawn: [0],
    combine: "max",
    detail: (values) => (first(values, 1) === undefined ? "" : `${bytes(first(values, 1))} available`),
  },
  {
    panel: {
      id: "tile-pressure",
      title: "Pressure",
      unit: "percent",
      min: 0,
      queries: [
        { measure: pressure("cpu_waiting"), label: "CPU", color: "blue" },
        { measure: pressure("memory_waiting"), label: "memory", color: "teal" },
        { measure: pressure("io_waiting"), label: "I/O", color: "purple" },
      ],
    },
    needs: "node_pressure_cpu_waiting_seconds_total",
    section: "pressure",
    judgedBy: ["pressure-cpu", "pressure-memory", "pressure-io"],
    drawn: [0, 1, 2],
    combine: "max",
    detail: (values) => {
      if (values.every((lines) => lines.size === 0)) return "";
      const named = ["CPU", "memory", "disks"].map((name, i) => [name, first(values, i) ?? 0] as const);
      const [name, value] = [...named].sort((a, b) => b[1] - a[1])[0]!;
      return value < 0.5 ? "nothing waits" : `waiting for ${name}`;
    },
  },
  {
    panel: {
      id: "tile-disk",
      title: "Disk busy",
      unit: "percent",
      min: 0,
      max: 100,
      queries: [{ measure: DISK_BUSY, label: (labels) => labels.device ?? "", color: "purple" }],
    },
    needs: "node_disk_io_time_seconds_total",
    section: "disks",
    judgedBy: ["disk-busy"],
    drawn: [0],
    combine: "max",
    detail: (values) => highest(values, 0),
  },
  {
    panel: {
      id: "tile-space",
      title: "Fullest filesystem",
      unit: "percent",
      min: 0,
      max: 100,
      queries: [{ measure: FILESYSTEM_USED, label: (labels) => labels.mountpoint ?? "", color: "teal" }],
    },
    needs: "node_filesystem_avail_bytes",
    section: "filesystems",
    judgedBy: ["fs-full"],
    drawn: [0],
    combine: "max",
    detail: (values) => highest(values, 0),
  },
  {
    panel: {
      id: "tile-network",
      title: "Network",
      unit: "Bps",
      min: 0,
      queries: [
        { measure: compute(NETWORK_IN, "*", 1), label: "in", color: "blue" },
        { measure: compute(NETWORK_OUT, "*", 1), label: "out", color: "orange" },
      ],
    },
    needs: "node_network_receive_bytes_total",
    section: "network",
    judgedBy: [],
    drawn: [0, 1],
    combine: "sum",
    detail: (values) => {
      const [received, sent] = [first(values, 0), first(values, 1)];
      if (received === undefined && sent === undefined) return "";
      return `${formatValue(received, "Bps")} in · ${formatValue(sent, "Bps")} out`;
    },
  },
];
