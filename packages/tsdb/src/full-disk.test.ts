/**
 * A full disk, a real one: a small tmpfs, where the system allows to mount it. Collection goes on, it is said, nothing that
 * was there is damaged, and it resumes by itself.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isDmonError } from "@dmon/model";
import { afterAll, describe, expect, test } from "vitest";
import { Driver, eq, floats, metric, temporaryDir } from "./testing/store-driver.ts";

const START = Date.UTC(2026, 10, 20, 10);
const base = temporaryDir();
const mount = join(base.dir, "disk");

function mounted(): boolean {
  try {
    mkdirSync(mount);
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=16m", "dmon-test", mount], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

const canMount = process.platform === "linux" && mounted();
if (!canMount) console.warn("full disk: SKIPPED, no tmpfs can be mounted here (root on Linux is needed)");

afterAll(() => {
  if (canMount) execFileSync("umount", ["-l", mount]);
  base.remove();
});

describe.skipIf(!canMount)("a full disk", () => {
  test("is said, survived, and left behind", () => {
    const d = new Driver(START, { dir: join(mount, "store"), reserveBytes: 1024 * 1024 });
    const series = Array.from({ length: 200 }, (_, i) => metric("m", { n: String(i) }));
    d.store.define({ source: 1, fromSlot: 0, series });
    let rounds = 0;
    let refused = 0;
    const collect = (seconds: number): void => {
      for (let i = 0; i < seconds; i++, rounds++) {
        d.clock.advance(1000);
        d.store.appendBatch(
          floats(
            1,
            d.clock.nowMs(),
            series.map((_, n) => Math.sin(rounds * n)),
          ),
        );
        try {
          d.store.commit();
        } catch (error) {
          if (!isDmonError(error, "disk_full")) throw error;
          refused++;
        }
        d.maintain();
      }
    };
    collect(300);
    expect(refused).toBe(0);
    // Something else fills the disk to the last byte.
    const { bavail, bsize } = statfsSync(mount);
    writeFileSync(join(mount, "other"), new Uint8Array(bavail * bsize));
    collect(700);
    expect(d.events.some(({ type }) => type === "disk_full")).toBe(true);
    expect(d.store.stats().diskFull || refused > 0).toBe(true);
    // The live view does not notice.
    const [first] = d.select([eq("n", "3")]);
    expect(first!.values).toHaveLength(rounds);
    expect(d.store.stats().droppedSamples).toBe(0);

    rmSync(join(mount, "other"));
    collect(30);
    expect(d.events.some(({ type }) => type === "disk_ok")).toBe(true);
    expect(d.store.stats().diskFull).toBe(false);
    const before = d.select([]);
    expect(before).toHaveLength(200);
    expect(before[7]!.values).toHaveLength(rounds);
    d.reopen();
    expect(d.select([])).toEqual(before);
    expect(d.events.filter(({ type }) => type === "damage")).toEqual([]);
    d.store.close();
  });
});

test.skipIf(!canMount)("a store opens on a disk that is full, by its reserve", () => {
  const d = new Driver(START, { dir: join(mount, "second"), reserveBytes: 1024 * 1024 });
  const ref = d.store.resolve(metric("m"))!;
  for (let i = 0; i < 500; i++) d.store.appendFloat(ref, START + i, i);
  d.store.close();
  const { bavail, bsize } = statfsSync(mount);
  writeFileSync(join(mount, "other"), new Uint8Array(bavail * bsize));
  const again = new Driver(START, { dir: join(mount, "second"), reserveBytes: 1024 * 1024 });
  expect(again.select([eq("__name__", "m")])[0]!.values).toHaveLength(500);
  again.store.close();
  rmSync(join(mount, "other"));
});
