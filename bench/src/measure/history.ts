/** A store that holds weeks already: written in this process at full speed, by a clock that is told to move. */
import { cpSync, existsSync, mkdtempSync, rmSync, statfsSync } from "node:fs";
import { join } from "node:path";
import { Labels, ManualClock, runToEnd } from "@dmon/model";
import { openStore } from "@dmon/tsdb";

export interface HistorySeries {
  readonly labels: Labels;
  /** Grows by 0 to 19 a step; the others go up and down around a value. */
  readonly isCounter: boolean;
  /** A counter's first value; what a gauge goes around, by up to seven tenths of it. */
  readonly value: number;
}

export interface HistoryShape {
  /** The series of each host, which is scraped as one source. */
  readonly hosts: readonly (readonly HistorySeries[])[];
  readonly days: number;
  readonly stepMs: number;
}

/** Hosts of which one in two series is a counter (`history_requests_total`), the others are gauges (`history_temperature`). */
export function madeUpHosts(count: number, seriesOfHost: number): HistoryShape["hosts"] {
  return Array.from({ length: count }, (_, host) =>
    Array.from({ length: seriesOfHost }, (_, i) => {
      const isCounter = i % 2 === 0;
      return { labels: labelsOf(host, i), isCounter, value: isCounter ? 0 : 50 };
    }),
  );
}

const DAY_MS = 86_400_000;
/** As long as a window is open: chunks are cut and merged as in production, without a commit a sample. */
const ROUND_MS = 120_000;

/** Where there is one, a folder in memory: each commit waits for the disk, twenty thousand times, for what can be written again. */
const MEMORY = "/dev/shm";
/** A container's is often smaller than a history. */
const ROOM_BYTES = 2 ** 30;

/** Fills `dir` with samples up to the last full minute. Raw samples are kept for as long as the history is. */
export function writeHistory(dir: string, shape: HistoryShape): void {
  if (!hasRoom()) {
    writeInto(dir, shape);
    return;
  }
  const scratch = mkdtempSync(join(MEMORY, "dmon-history-"));
  try {
    writeInto(scratch, shape);
    cpSync(scratch, dir, { recursive: true, preserveTimestamps: true });
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

function hasRoom(): boolean {
  if (!existsSync(MEMORY)) return false;
  const { bavail, bsize } = statfsSync(MEMORY);
  return bavail * bsize > ROOM_BYTES;
}

function writeInto(dir: string, { hosts, days, stepMs }: HistoryShape): void {
  const endMs = Math.floor(Date.now() / 60_000) * 60_000;
  const clock = new ManualClock(endMs - days * DAY_MS);
  const keptMs = (days + 5) * DAY_MS;
  const retention = { rawMs: keptMs, m1Ms: keptMs, h1Ms: keptMs };
  const store = openStore({ dir, clock, retention });
  for (const [host, series] of hosts.entries()) {
    store.define({ source: host + 1, fromSlot: 0, series: series.map(({ labels }) => labels) });
  }
  const kinds = hosts.map(({ length }) => new Uint8Array(length).fill(1));
  const columns = hosts.map((series) => Float64Array.from(series, ({ value }) => value));
  const random = generator();
  for (let round = 1; clock.nowMs() < endMs; round++) {
    clock.advance(stepMs);
    for (const [host, values] of columns.entries()) {
      for (const [i, { isCounter, value }] of hosts[host]!.entries()) {
        const wave = 1 + 0.6 * Math.sin(host + i + round / 500);
        values[i] = isCounter
          ? values[i]! + Math.floor(random() * 20)
          : Math.round(value * (wave + 0.1 * random()) * 10) / 10;
      }
      store.appendBatch({ source: host + 1, atMs: clock.nowMs(), length: values.length, kinds: kinds[host]!, values });
    }
    if ((round * stepMs) % ROUND_MS !== 0) continue;
    store.commit();
    runToEnd(store.maintenance());
  }
  store.close();
}

function labelsOf(host: number, i: number): Labels {
  const name = i % 2 === 0 ? "history_requests_total" : "history_temperature";
  return Labels.from({ __name__: name, job: "history", instance: `host-${host}`, part: String(i).padStart(3, "0") });
}

/** The same numbers at each run. */
function generator(): () => number {
  let seed = 1;
  return () => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return seed / 2 ** 32;
  };
}
