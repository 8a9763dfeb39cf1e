/**
 * A process that writes to a store until it is killed: `node kill-child.ts DIR`. Started again on the same directory it first
 * checks that everything is there that the one before had committed.
 *
 * Thirty seconds pass a round, so that chunks, merges, new days and retention all come by while it lives. The newest
 * committed second is kept in a file beside the store, renamed into place after each commit.
 */

import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { ManualClock, runToEnd, SampleColumns } from "@dmon/model";
import { backupStore, restoreStore } from "../backup.ts";
import { openStore } from "../index.ts";
import { eq, floats, metric } from "./store-driver.ts";

const [, , dir = "", seedText = "0"] = process.argv;
const ROUND_MS = 30_000;
const RAW_MS = 6 * 3_600_000;
const ackPath = `${dir}.ack`;
const deletedPath = `${dir}.deleted`;
/** Samples up to then were deleted, and that was answered. */
const deletedMs = existsSync(deletedPath) ? Number(readFileSync(deletedPath, "utf8")) : 0;
const startMs = Date.UTC(2026, 10, 20, 9);
const acked = existsSync(ackPath) ? Number(readFileSync(ackPath, "utf8")) : startMs;

const clock = new ManualClock(acked);
const openedAt = performance.now();
const problems: string[] = [];
const store = openStore({
  dir,
  clock,
  reserveBytes: 0,
  retention: { rawMs: RAW_MS, m1Ms: 2 * RAW_MS, h1Ms: 4 * RAW_MS },
  onEvent: (event) => {
    if (event.type === "damage" || event.type === "error") problems.push(JSON.stringify(event));
  },
});
const openMs = performance.now() - openedAt;
const kept = check(store, "store");
if (problems.length > 0) throw new Error(problems.join("\n"));
process.stdout.write(`open ${openMs.toFixed(0)} kept ${kept}\n`);

store.define({ source: 1, fromSlot: 0, series: [metric("steady", { job: "j" }), metric("count_total", { job: "j" })] });
let inFlight = false;
for (let round = Number(seedText); ; round++) {
  clock.advance(ROUND_MS);
  const atMs = clock.nowMs();
  const seconds = atMs / 1000;
  store.appendBatch(floats(1, atMs, [7, seconds]));
  const single = store.resolve(metric("single", { job: "j" }))!;
  store.appendFloat(single, atMs, seconds / 10);
  // A series that comes and goes, so that the index grows and series leave.
  const pod = store.resolve(metric("pod", { job: "j", pod: String(Math.floor(seconds / 3600)) }))!;
  store.appendFloat(pod, atMs, 1);
  store.commit();
  writeFileSync(`${ackPath}.next`, String(atMs));
  renameSync(`${ackPath}.next`, ackPath);
  if (round % 10 === 0) store.checkpoint();
  runToEnd(store.maintenance());
  // Of a series that is deleted again and again nothing that was deleted may come back.
  const doomed = store.resolve(metric("doomed", { job: "j" }))!;
  store.appendFloat(doomed, atMs, seconds);
  if (round % 40 === 20) {
    runToEnd(store.deleteSeries([[eq("__name__", "doomed")]], Number.NEGATIVE_INFINITY, atMs));
    writeFileSync(`${deletedPath}.next`, String(atMs));
    renameSync(`${deletedPath}.next`, deletedPath);
  }
  if (round % 160 === 110) runToEnd(store.cleanDeleted());
  if (round % 200 === 50 && !inFlight) {
    inFlight = true;
    void copy(atMs).finally(() => {
      inFlight = false;
    });
  }
  // Lets the copy go on.
  if (inFlight || round % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
}

/** A backup made amid writing holds all that was committed before it began. */
async function copy(atMs: number): Promise<void> {
  const target = `${dir}.backup`;
  const restored = `${dir}.restored`;
  rmSync(target, { recursive: true, force: true });
  rmSync(restored, { recursive: true, force: true });
  await backupStore(dir, target);
  restoreStore(target, restored);
  const opened = openStore({ dir: restored, clock: new ManualClock(clock.nowMs()), reserveBytes: 0 });
  check(opened, "backup", atMs);
  opened.close();
  process.stdout.write("backup\n");
}

/** @returns samples that are there */
function check(opened: typeof store, what: string, untilMs = acked): number {
  const columns = new SampleColumns();
  const range = { startMs: untilMs - RAW_MS + 1, endMs: untilMs + 60_000 };
  const hints = { ...range, stepMs: 0, rangeMs: 0, func: "", tier: "raw" as const };
  const selection = runToEnd(opened.select([eq("job", "j")], hints));
  const first = Math.max(startMs + ROUND_MS, range.startMs + ROUND_MS - 1);
  const expected = Math.floor((untilMs - first) / ROUND_MS) + 1;
  let kept = 0;
  for (const series of selection.series) {
    const { labels } = series;
    if (labels.name === "pod") continue;
    if (labels.name === "doomed") {
      series.read(first, untilMs, columns);
      if (what === "store" && columns.length > 0 && columns.timesMs[0]! <= deletedMs) {
        throw new Error(`${what}: a sample at ${columns.timesMs[0]}, deleted until ${deletedMs}, is back`);
      }
      continue;
    }
    series.read(first, untilMs, columns);
    if (columns.length !== expected) {
      throw new Error(`${what}: ${labels} has ${columns.length} of ${expected} samples until ${untilMs}`);
    }
    for (let i = 0; i < columns.length; i++) {
      const seconds = columns.timesMs[i]! / 1000;
      const value = labels.name === "steady" ? 7 : labels.name === "single" ? seconds / 10 : seconds;
      if (columns.values[i] !== value) throw new Error(`${what}: ${labels} at ${seconds} is ${columns.values[i]}`);
    }
    kept += columns.length;
  }
  if (expected > 0 && selection.series.length < 4) throw new Error(`${what}: series are missing`);
  return kept;
}
