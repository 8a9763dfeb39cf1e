/** A store that holds weeks already: written in this process at full speed, by a clock that is told to move. */
import { cpSync, existsSync, mkdtempSync, rmSync, statfsSync } from "node:fs";
import { join } from "node:path";
import { Labels, ManualClock, runToEnd } from "@dmon/model";
import { openStore } from "@dmon/tsdb";

export interface HistoryShape {
  /** Hosts, each of which is scraped as one source. */
  readonly hosts: number;
  /** Of each host: one in two is a counter (`history_requests_total`), the others are gauges (`history_temperature`). */
  readonly seriesOfHost: number;
  readonly days: number;
  readonly stepMs: number;
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

function writeInto(dir: string, { hosts, seriesOfHost, days, stepMs }: HistoryShape): void {
  const endMs = Math.floor(Date.now() / 60_000) * 60_000;
  const clock = new ManualClock(endMs - days * DAY_MS);
  const keptMs = (days + 5) * DAY_MS;
  const retention = { rawMs: keptMs, m1Ms: keptMs, h1Ms: keptMs };
  const store = openStore({ dir, clock, retention });
  for (let host = 0; host < hosts; host++) {
    const series = Array.from({ length: seriesOfHost }, (_, i) => labelsOf(host, i));
    store.define({ source: host + 1, fromSlot: 0, series });
  }
  const kinds = new Uint8Array(seriesOfHost).fill(1);
  const columns = Array.from({ length: hosts }, () => new Float64Array(seriesOfHost));
  const random = generator();
  for (let round = 1; clock.nowMs() < endMs; round++) {
    clock.advance(stepMs);
    for (const [host, values] of columns.entries()) {
      for (let i = 0; i < seriesOfHost; i++) {
        const wave = 50 + 30 * Math.sin(host + i + round / 500);
        values[i] = i % 2 === 0 ? values[i]! + Math.floor(random() * 20) : Math.round((wave + 5 * random()) * 10) / 10;
      }
      store.appendBatch({ source: host + 1, atMs: clock.nowMs(), length: seriesOfHost, kinds, values });
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
