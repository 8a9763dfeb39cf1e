/**
 * Real data for measuring: what this machine says each second, or recorded series.
 *
 * A capture that is replayed in a loop goes on where it ended: what only grew keeps growing, so that no loop looks like a
 * restart of the machine.
 */

import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { Labels, SampleKind } from "@dmon/model";

export interface Capture {
  readonly series: readonly Labels[];
  readonly intervalMs: number;
  /** One row a collection; values aligned with `series`. */
  readonly rows: readonly { readonly kinds: Uint8Array; readonly values: Float64Array }[];
}

const FILES = [
  "stat",
  "meminfo",
  "vmstat",
  "diskstats",
  "loadavg",
  "softirqs",
  "interrupts",
  "schedstat",
  "net/dev",
  "net/snmp",
  "net/netstat",
  "net/sockstat",
  "net/softnet_stat",
  "pressure/cpu",
  "pressure/memory",
  "pressure/io",
];

/** Every number in the files above, one series each, read once a second for `seconds`. */
export async function captureProc(seconds: number): Promise<Capture> {
  const slots = new Map<string, number>();
  const rows: { kinds: Uint8Array; values: Float64Array }[] = [];
  const startMs = performance.now();
  for (let second = 0; second < seconds; second++) {
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, startMs + second * 1000 - performance.now())));
    const found: [number, number][] = [];
    for (const file of FILES) for (const [key, value] of numbersOf(file)) found.push([slotOf(slots, key), value]);
    const values = new Float64Array(slots.size);
    const kinds = new Uint8Array(slots.size);
    for (const [slot, value] of found) {
      values[slot] = value;
      kinds[slot] = SampleKind.FLOAT;
    }
    rows.push({ kinds, values });
  }
  const series = [...slots.keys()].map((key) => {
    const [file = "", line = "", field = ""] = key.split("\t");
    const name = `proc_${file.replaceAll("/", "_")}_${field}`;
    return Labels.from({ __name__: name, line, job: "node", instance: "bench" });
  });
  return { series, intervalMs: 1000, rows: rows.map((row) => widened(row, series.length)) };
}

function slotOf(slots: Map<string, number>, key: string): number {
  let slot = slots.get(key);
  if (slot === undefined) {
    slot = slots.size;
    slots.set(key, slot);
  }
  return slot;
}

function* numbersOf(file: string): Generator<[key: string, value: number]> {
  let text: string;
  try {
    text = readFileSync(`/proc/${file}`, "utf8");
  } catch {
    return;
  }
  for (const [number, line] of text.split("\n").entries()) {
    const words = line.trim().split(/[\s=]+/);
    const label = words[0] === undefined || /^\d/.test(words[0]) ? String(number) : words[0];
    for (const [field, word] of words.entries()) {
      if (/^-?\d+(\.\d+)?$/.test(word)) yield [`${file}\t${label}${number}\t${field}`, Number(word)];
    }
  }
}

function widened(row: { kinds: Uint8Array; values: Float64Array }, width: number): Capture["rows"][number] {
  const kinds = new Uint8Array(width);
  kinds.set(row.kinds);
  const values = new Float64Array(width);
  values.set(row.values);
  return { kinds, values };
}

/** Series as JSON lines, `{"labels": …, "samples": [[ms, value | "stale"], …]}`, gzipped, at one interval. */
export function readJsonLines(path: string, intervalMs: number): Capture {
  const lines = gunzipSync(readFileSync(path)).toString("utf8").trim().split("\n");
  const parsed = lines.map(
    (line) => JSON.parse(line) as { labels: Record<string, string>; samples: [number, number | string][] },
  );
  const starts = parsed.map(({ samples }) => samples[0]![0]);
  const startMs = starts.reduce((a, b) => Math.min(a, b));
  const count = parsed.reduce(
    (most, { samples }) => Math.max(most, Math.round((samples.at(-1)![0] - startMs) / intervalMs) + 1),
    0,
  );
  const rows = Array.from({ length: count }, () => ({
    kinds: new Uint8Array(parsed.length),
    values: new Float64Array(parsed.length),
  }));
  for (const [slot, { samples }] of parsed.entries()) {
    for (const [atMs, value] of samples) {
      const row = rows[Math.round((atMs - startMs) / intervalMs)]!;
      row.kinds[slot] = value === "stale" ? SampleKind.STALE : SampleKind.FLOAT;
      row.values[slot] = Number(value);
    }
  }
  return { series: parsed.map(({ labels }) => Labels.from(labels)), intervalMs, rows };
}

/** Rows of a capture without end. The array that is given is overwritten by the next. */
export function* looped(capture: Capture): Generator<Capture["rows"][number]> {
  const width = capture.series.length;
  const growth = new Float64Array(width);
  for (let slot = 0; slot < width; slot++) growth[slot] = growthOf(capture, slot);
  const offset = new Float64Array(width);
  const values = new Float64Array(width);
  for (;;) {
    for (const row of capture.rows) {
      for (let slot = 0; slot < width; slot++) values[slot] = row.values[slot]! + offset[slot]!;
      yield { kinds: row.kinds, values };
    }
    for (let slot = 0; slot < width; slot++) offset[slot]! += growth[slot]!;
  }
}

/** By how much a series that only grows (whole numbers, or hundredths) grew over the capture; else 0. */
function growthOf({ rows }: Capture, slot: number): number {
  let last = Number.NaN;
  let first = Number.NaN;
  for (const row of rows) {
    if (row.kinds[slot] !== SampleKind.FLOAT) continue;
    const value = row.values[slot]!;
    if (value < last || !Number.isInteger(value)) return 0;
    if (Number.isNaN(first)) first = value;
    last = value;
  }
  return last > first ? last - first : 0;
}
