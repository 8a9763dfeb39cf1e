/**
 * Bytes flipped anywhere, in any file: the store opens, answers all that was not in the altered place, never answers a
 * value that was not written, and counts what it met.
 */
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Answer, Driver, eq, floats, metric, temporaryDir } from "./testing/store-driver.ts";

const START = Date.UTC(2026, 10, 19, 20);
const FLIPS = Number(process.env.DMON_FLIPS ?? 25);
const everything = [eq("job", "j")];

let original: Driver;
let expected: Map<string, Map<number, number>>;
let endMs = 0;

function byTime(answers: readonly Answer[]): Map<string, Map<number, number>> {
  return new Map(answers.map(({ labels, times, values }) => [labels, new Map(times.map((t, i) => [t, values[i]!]))]));
}

beforeAll(() => {
  original = new Driver(START);
  const { store, clock } = original;
  const series = Array.from({ length: 30 }, (_, i) =>
    metric("m_total", { n: String(i), job: "j", pad: "x".repeat(i) }),
  );
  store.define({ source: 1, fromSlot: 0, series });
  // Noise that does not compress, so that packs reach over many pages.
  let noise = 1;
  for (let i = 0; i < 9 * 360; i++) {
    clock.advance(10_000);
    const values = series.map((_, n) => {
      noise = (noise * 1103515245 + 12345) % 2147483648;
      return n % 2 === 0 ? noise / 7 : i * n;
    });
    store.appendBatch(floats(1, clock.nowMs(), values));
    store.commit();
    if (i % 6 === 0) original.maintain();
  }
  store.checkpoint();
  endMs = clock.nowMs();
  expected = byTime(original.select(everything, { tier: "raw" }));
  original.store.close();
});

afterAll(() => {
  rmSync(original.dir, { recursive: true, force: true });
});

function filesOf(dir: string): string[] {
  return readdirSync(dir, { recursive: true, encoding: "utf8" }).filter(
    (name) => statSync(join(dir, name)).isFile() && statSync(join(dir, name)).size > 0 && name !== "reserve",
  );
}

/** Deterministic, so that a failure can be repeated. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) >>> 0;
    return state / 2 ** 32;
  };
}

function openDamaged(alter: (dir: string) => string): { lost: number; damage: string[] } {
  const { dir, remove } = temporaryDir();
  try {
    cpSync(original.dir, dir, { recursive: true });
    const where = alter(dir);
    const d = new Driver(endMs, { dir });
    try {
      const got = byTime(d.select(everything, { tier: "raw" }));
      let lost = 0;
      for (const [labels, samples] of got) {
        const truth = expected.get(labels);
        expect(truth, `${where}: series ${labels} never was`).toBeDefined();
        for (const [atMs, value] of samples) {
          // Compared by hand: a hundred thousand expectations take longer than all else.
          if (truth!.get(atMs) !== value) expect.fail(`${where}: ${labels} at ${atMs} is ${value}`);
        }
      }
      for (const [labels, truth] of expected) lost += truth.size - (got.get(labels)?.size ?? 0);
      // What is damaged must not keep the store from going on.
      const ref = d.store.resolve(metric("after", { job: "k" }))!;
      d.store.appendFloat(ref, endMs + 1000, 1);
      d.store.commit();
      d.clock.advance(3 * 3_600_000);
      d.maintain();
      expect(d.select([eq("job", "k")])[0]?.values, where).toEqual([1]);
      const damage = d.events.flatMap((event) => (event.type === "damage" ? [event.what] : []));
      return { lost, damage };
    } finally {
      d.store.close();
    }
  } finally {
    remove();
  }
}

describe("damage", () => {
  test(`${FLIPS} altered places lose what they held and nothing else, and are counted`, () => {
    const total = [...expected.values()].reduce((sum, samples) => sum + samples.size, 0);
    let worst = 0;
    for (let seed = 1; seed <= FLIPS; seed++) {
      const next = random(seed);
      let place = "";
      const { lost, damage } = openDamaged((dir) => {
        const files = filesOf(dir);
        const name = files[Math.floor(next() * files.length)]!;
        const bytes = readFileSync(join(dir, name));
        const at = Math.floor(next() * bytes.length);
        const length = 1 + Math.floor(next() * 64);
        for (let i = at; i < Math.min(at + length, bytes.length); i++) bytes[i]! ^= 1 + Math.floor(next() * 255);
        writeFileSync(join(dir, name), bytes);
        place = `seed ${seed}, ${length} bytes at ${at} of ${name} (${bytes.length})`;
        return place;
      });
      if (lost > 0) expect(damage, `${place} lost ${lost}`).not.toEqual([]);
      worst = Math.max(worst, lost);
    }
    // The largest single thing is a day's file or the head; no flip may cost the store.
    expect(worst).toBeLessThan(total * 0.7);
  }, 120_000);

  test.each([
    "raw/2026-11-20.db",
    "recent.db",
    "head.db",
  ])("%s with its first page gone gives its samples back", (name) => {
    const { lost, damage } = openDamaged((dir) => {
      const bytes = readFileSync(join(dir, name));
      bytes.fill(0, 0, 4096);
      writeFileSync(join(dir, name), bytes);
      return name;
    });
    expect(damage).not.toEqual([]);
    expect(lost).toBe(0);
  });

  test.each(["raw/2026-11-20.db", "recent.db", "head.db"])("%s emptied is told of", (name) => {
    const { damage } = openDamaged((dir) => {
      writeFileSync(join(dir, name), "");
      return name;
    });
    expect(damage).toHaveLength(1);
  });

  test("something else in place of a day's file is passed over and told once", () => {
    const name = "raw/2026-11-20.db";
    // It made every query fail whose range met the file.
    const { damage } = openDamaged((dir) => {
      rmSync(join(dir, name));
      mkdirSync(join(dir, name));
      return name;
    });
    expect(damage.filter((what) => what.startsWith("the file cannot be opened")).length).toBe(1);
  });

  test("a lock file that was written over keeps nobody out", () => {
    const { lost } = openDamaged((dir) => {
      writeFileSync(join(dir, "lock.db"), "x".repeat(10_000));
      return "lock.db";
    });
    expect(lost).toBe(0);
  });

  test("a place is counted once, however often it is read", () => {
    const { dir, remove } = temporaryDir();
    cpSync(original.dir, dir, { recursive: true });
    // Points where samples are wanted: each chunk of them is unreadable.
    cpSync(join(dir, "1m/2026-11-20.db"), join(dir, "raw/2026-11-20.db"));
    const d = new Driver(endMs, { dir });
    d.select(everything, { tier: "raw" });
    const { damageCount } = d.store.stats();
    expect(damageCount).toBeGreaterThan(0);
    d.select(everything, { tier: "raw" });
    expect(d.store.stats().damageCount).toBe(damageCount);
    d.store.close();
    remove();
  });

  test("files that are gone cost what they held", () => {
    for (const name of ["recent.db", "raw/2026-11-20.db"]) {
      openDamaged((dir) => {
        rmSync(join(dir, name));
        return `${name} removed`;
      });
    }
  });
});
