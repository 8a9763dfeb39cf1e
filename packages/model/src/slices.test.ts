import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { runToEnd, sortInSlices } from "./slices.ts";

interface Item {
  readonly key: number;
  readonly place: number;
}

const byKey = (a: Item, b: Item): number => a.key - b.key;

describe("sortInSlices", () => {
  it("sorts as Array.sort does, equal items in their order", () => {
    const keys = fc.array(fc.integer({ min: 0, max: 500 }), { minLength: 0, maxLength: 9000, size: "max" });
    fc.assert(
      fc.property(keys, (drawn) => {
        const items = drawn.map((key, place): Item => ({ key, place }));
        expect(runToEnd(sortInSlices([...items], byKey))).toEqual([...items].sort(byKey));
      }),
      { numRuns: 30 },
    );
  });

  it("compares a bounded number of times between two yields", () => {
    let compared = 0;
    let most = 0;
    const items = Array.from({ length: 100_000 }, (_, place): Item => ({ key: (place * 7919) % 100_003, place }));
    const task = sortInSlices(items, (a, b) => {
      compared++;
      return byKey(a, b);
    });
    for (let done = false; !done; ) {
      compared = 0;
      done = task.next().done === true;
      most = Math.max(most, compared);
    }
    expect(most).toBeLessThan(40_000);
  });
});
