import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { backupStore, restoreStore, verifyBackup } from "./backup.ts";
import { analyzeStore, verifyStore } from "./inspect.ts";
import { Driver, eq, floats, metric, temporaryDir } from "./testing/store-driver.ts";

const START = Date.UTC(2026, 10, 20, 10);
let d: Driver;
let target: string;
let remove: () => void;

beforeEach(() => {
  const made = temporaryDir();
  remove = made.remove;
  target = join(made.dir, "backup");
  d = new Driver(START);
  d.store.define({ source: 1, fromSlot: 0, series: [metric("m", { job: "j" }), metric("c_total", { job: "j" })] });
  fill(4 * 360);
});

afterEach(() => {
  d.dispose();
  remove();
});

function fill(rounds: number): void {
  for (let i = 0; i < rounds; i++) {
    d.clock.advance(10_000);
    d.store.appendBatch(floats(1, d.clock.nowMs(), [Math.sin(i), i]));
    d.store.commit();
    d.maintain();
  }
}

describe("a backup", () => {
  test("made while the store is written to holds all that was committed before, and is restored as it is", async () => {
    const before = d.select([eq("job", "j")]);
    const pending = backupStore(d.dir, target);
    fill(200);
    await pending;
    expect(verifyBackup(target).fileCount).toBeGreaterThan(4);
    const dir = `${target}-restored`;
    restoreStore(target, dir);
    const restored = new Driver(d.clock.nowMs(), { dir });
    expect(restored.select([eq("job", "j")], { endMs: before[0]!.times.at(-1)! })).toEqual(before);
    restored.store.close();
    expect(verifyStore(dir).problems).toEqual([]);
  });

  test("that reads a file holds up merging and nothing else: what waits is done when it has let go", () => {
    const reader = new DatabaseSync(join(d.dir, "recent.db"), { readOnly: true });
    const hold = (): void => reader.exec("BEGIN; SELECT count(*) FROM packs;");
    hold();
    // More than two hours, so that a window ends and wants to be merged.
    expect(() => fill(2.5 * 360)).not.toThrow();
    const held = d.store.stats().mergedWindows;
    const answer = d.select([eq("job", "j")]);
    reader.exec("COMMIT");
    // Once more between the end of a merge and the file's shrinking: "database is locked" ended the program there.
    for (let round = 0; round < 30 && !reader.isTransaction; round++) {
      d.clock.advance(10_000);
      for (const _ of d.store.maintenance()) {
        if (d.store.stats().mergedWindows > held && !reader.isTransaction) hold();
      }
    }
    expect(reader.isTransaction).toBe(true);
    reader.close();
    expect(d.select([eq("job", "j")], { endMs: answer[0]!.times.at(-1)! })).toEqual(answer);
    expect(answer[0]!.times.length).toBe(6.5 * 360);
    expect(d.events.filter(({ type }) => type === "error" || type === "damage")).toEqual([]);
  });

  test("takes along what else is kept beside the store", async () => {
    writeFileSync(join(d.dir, "state.db"), "");
    await backupStore(d.dir, target);
    expect(existsSync(join(target, "state.db"))).toBe(true);
    expect(readdirSync(target)).not.toContain("lock.db");
  });

  test("holds the dashboards, checked and restored as they are", async () => {
    const dashboards = join(d.dir, "dashboards");
    mkdirSync(join(dashboards, ".git"), { recursive: true });
    writeFileSync(join(dashboards, "web.json"), "{}\n");
    writeFileSync(join(dashboards, "db.yaml"), "title: db\n", { mode: 0o400 });
    writeFileSync(join(dashboards, "web.json.4f.tmp"), "{");
    await backupStore(d.dir, target);
    const dir = `${target}-restored`;
    restoreStore(target, dir);
    expect(readdirSync(join(dir, "dashboards"))).toEqual(["db.yaml", "web.json"]);
    expect(readFileSync(join(dir, "dashboards/db.yaml"), "utf8")).toBe("title: db\n");
    appendFileSync(join(target, "dashboards/web.json"), " ");
    expect(() => verifyBackup(target)).toThrow(/web\.json is not what was backed up/);
  });

  test("that was altered, or not finished, is refused, and nothing is left of the try", async () => {
    await backupStore(d.dir, target);
    appendFileSync(join(target, "recent.db"), "x");
    expect(() => restoreStore(target, `${target}-2`)).toThrow(expect.objectContaining({ code: "restore_failed" }));
    rmSync(join(target, "backup.json"));
    expect(() => restoreStore(target, `${target}-2`)).toThrow(/not a finished backup/);
    expect(existsSync(`${target}-2`)).toBe(false);
  });

  test("goes into an empty directory only, as a restore does", async () => {
    mkdirSync(target);
    writeFileSync(join(target, "mine"), "");
    await expect(backupStore(d.dir, target)).rejects.toMatchObject({ code: "backup_failed" });
    rmSync(join(target, "mine"));
    await backupStore(d.dir, target);
    expect(() => restoreStore(target, d.dir)).toThrow(expect.objectContaining({ code: "restore_failed" }));
  });
});

test("analyze tells what takes the room, beside the running store", () => {
  const { files, metrics, residentSeries, jobs } = analyzeStore(d.dir);
  expect(residentSeries).toBe(2);
  expect(files.map(({ tier }) => tier)).toEqual(expect.arrayContaining(["recent", "raw", "1m"]));
  expect(metrics[0]).toMatchObject({ name: "m", series: 1 });
  expect(metrics[0]!.bytes).toBeGreaterThan(metrics[1]!.bytes);
  expect(jobs.map(({ name }) => name)).toEqual(["j"]);
});
