import { describe, expect, it } from "vitest";
import type { BatchWriter, Family } from "./collector.ts";
import { aside, type Hold, seldom, slowly } from "./slowly.ts";

/** A family whose slots are numbered, and which keeps what was made and not released. */
function family(first: number) {
  const slots = new Map<string, number>();
  let next = first;
  const made: Family = {
    slot(...labels) {
      const key = labels.join("|");
      const known = slots.get(key);
      if (known !== undefined) return known;
      slots.set(key, next);
      return next++;
    },
    release(slot) {
      for (const [key, each] of slots) if (each === slot) slots.delete(key);
    },
  };
  return { made, slots };
}

function batchAt(monotonicMs: number) {
  const values = new Map<number, number>();
  const batch: BatchWriter = { atMs: monotonicMs, monotonicMs, set: (slot, value) => void values.set(slot, value) };
  return { batch, values };
}

/** What is said at each of the readings, and what must then be written. */
const READINGS: readonly (readonly (readonly [label: string, value: number])[])[] = [
  [
    ["a", 1],
    ["b", 2],
    ["c", 3],
  ],
  [
    ["a", 4],
    ["b", 5],
    ["c", 6],
  ],
  [
    ["a", 7],
    ["new", 8],
    ["b", 9],
    ["c", 10],
  ],
  [
    ["c", 1],
    ["b", 2],
    ["a", 3],
  ],
  [["c", 5]],
  [],
  [
    ["a", 1],
    ["c", 2],
  ],
];

describe("seldom", () => {
  it("reads when it is due, and again at once after a failure", () => {
    let reads = 0;
    let broken = false;
    const read = seldom(5000, () => {
      reads++;
      if (broken) throw new Error("no such file");
      return reads;
    });
    const valueAt = (atMs: number) => read(batchAt(atMs).batch);
    expect([0, 1000, 4999, 5000, 6000].map(valueAt)).toEqual([1, 1, 1, 2, 2]);
    broken = true;
    expect(() => valueAt(10_000)).toThrow("no such file");
    broken = false;
    expect(valueAt(10_001)).toBe(4);
  });
});

describe("slowly", () => {
  it("writes what the last reading said, whatever the one before it said, and releases the rest", () => {
    const { made, slots } = family(10);
    let reading = READINGS[0]!;
    const series = slowly(1000, (hold) => {
      for (const [label, value] of reading) hold(made, value, label);
    });
    READINGS.forEach((each, i) => {
      reading = each;
      for (const offsetMs of [0, 500]) {
        const { batch, values } = batchAt(i * 1000 + offsetMs);
        series.collect(batch);
        expect([...values.values()]).toEqual(each.map(([, value]) => value));
        expect([...values.keys()]).toEqual(each.map(([label]) => slots.get(label)));
      }
      expect([...slots.keys()].sort()).toEqual(each.map(([label]) => label).sort());
    });
  });

  it("tells families apart that have the same labels", () => {
    const first = family(10);
    const second = family(20);
    let swapped = false;
    const series = slowly(1000, (hold) => {
      hold(swapped ? second.made : first.made, 1, "x");
      hold(swapped ? first.made : second.made, 2, "x");
    });
    const before = batchAt(0);
    series.collect(before.batch);
    expect([...before.values]).toEqual([
      [10, 1],
      [20, 2],
    ]);
    swapped = true;
    const after = batchAt(1000);
    series.collect(after.batch);
    expect([...after.values]).toEqual([
      [20, 1],
      [10, 2],
    ]);
  });

  it("fails until the next reading", () => {
    let isBroken = true;
    const series = slowly(1000, () => {
      if (isBroken) throw new Error("no");
    });
    expect(() => series.collect(batchAt(0).batch)).toThrow("no");
    isBroken = false;
    expect(() => series.collect(batchAt(500).batch)).toThrow("no");
    series.collect(batchAt(1000).batch);
  });
});

describe("aside", () => {
  it("says the last reading that was finished while another is under way, and after one that failed", async () => {
    const { made } = family(0);
    let finish: { resolve: () => void; reject: (error: Error) => void } = { resolve() {}, reject() {} };
    let value = 1;
    const collector = aside(1000, async (hold: Hold) => {
      hold(made, value, "a");
      await new Promise<void>((resolve, reject) => {
        finish = { resolve, reject };
      });
      hold(made, value, "b");
    });
    const said = () => {
      const { batch, values } = batchAt(0);
      collector.collect(batch);
      return [...values.values()];
    };
    const first = collector.refresh?.();
    expect(said()).toEqual([]);
    finish.resolve();
    await first;
    expect(said()).toEqual([1, 1]);
    value = 2;
    const second = collector.refresh?.();
    expect(said()).toEqual([1, 1]);
    finish.reject(new Error("gone"));
    await expect(second).rejects.toThrow("gone");
    expect(said()).toEqual([1, 1]);
    value = 3;
    const third = collector.refresh?.();
    finish.resolve();
    await third;
    expect(said()).toEqual([3, 3]);
  });
});
