/**
 * A power cut: what no sync had reached is lost, in part and in any order. Everything up to the last checkpoint must be there.
 *
 * A process cannot lose its own unsynced writes, so this is made by hand: the directory is copied right after a checkpoint
 * (all of that is synced) and again later; of what the logs gained in between, pages at random are zeroed or cut off. Files
 * in rollback-journal mode sync each transaction by themselves; that SQLite and the disk do as they say is taken on trust.
 */
import { cpSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Driver, eq, floats, metric, temporaryDir } from "./testing/store-driver.ts";

const START = Date.UTC(2026, 10, 20, 10);
const PAGE = 4096;
const series = Array.from({ length: 40 }, (_, i) => metric("m", { job: "j", n: String(i) }));

function logsOf(dir: string): string[] {
  return [...readdirSync(join(dir, "tail")).map((name) => join("tail", name)), "head.db-wal"];
}

/** Cuts a log, or zeroes some of its pages, anywhere behind what was synced. */
function lose(dir: string, name: string, syncedBytes: number, random: () => number): void {
  const path = join(dir, name);
  const bytes = readFileSync(path);
  const end = syncedBytes + Math.floor(random() * (bytes.length - syncedBytes + 1));
  const kept = bytes.subarray(0, random() < 0.5 ? end : bytes.length);
  for (let at = Math.ceil(syncedBytes / PAGE) * PAGE; at < kept.length; at += PAGE) {
    if (random() < 0.4) kept.fill(0, at, Math.min(at + PAGE, kept.length));
  }
  writeFileSync(path, kept);
}

test("a power cut costs what came after the last checkpoint", () => {
  let seed = 1;
  const random = (): number => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
    return seed / 2 ** 32;
  };
  for (let run = 0; run < 25; run++) {
    const d = new Driver(START);
    d.store.define({ source: 1, fromSlot: 0, series: series.slice(0, 30) });
    const collect = (seconds: number): void => {
      for (let i = 0; i < seconds; i++) {
        d.clock.advance(1000);
        d.store.appendBatch(
          floats(
            1,
            d.clock.nowMs(),
            Array.from({ length: 30 }, (_, n) => Math.sin(d.clock.nowMs() * n)),
          ),
        );
        // New series keep head.db busy too.
        if (i % 10 === 0) d.store.resolve(metric("late", { job: "k", at: String(d.clock.nowMs()) }));
        d.store.commit();
        d.maintain();
      }
    };
    collect(20 + Math.floor(random() * 300));
    d.store.checkpoint();
    const synced = new Map(logsOf(d.dir).map((name) => [name, statSync(join(d.dir, name)).size]));
    const before = d.select([eq("job", "j")]);
    // Up to the next checkpoint; chunks may be cut meanwhile.
    collect(Math.floor(random() * 30));
    const cut = temporaryDir();
    cpSync(d.dir, cut.dir, { recursive: true });
    for (const name of logsOf(cut.dir)) {
      // After a checkpoint SQLite writes its log from the start again: what is there was all copied into the database.
      lose(cut.dir, name, name === "head.db-wal" ? 0 : (synced.get(name) ?? 0), random);
    }
    const after = new Driver(d.clock.nowMs(), { dir: cut.dir });
    const got = after.select([eq("job", "j")], { endMs: before[0]!.times.at(-1)! });
    expect(got, `run ${run}`).toEqual(before);
    after.store.close();
    cut.remove();
    d.dispose();
  }
});
