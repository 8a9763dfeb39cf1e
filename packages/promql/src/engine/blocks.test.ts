import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { blocksOf } from "./blocks.ts";

describe("blocksOf", () => {
  it("covers every step once, with all that it reads", () => {
    const shape = fc.record({
      firstMs: fc.integer({ min: 0, max: 1e9 }),
      stepMs: fc.constantFrom(0, 1000, 60_000, 3_600_000, 86_400_000),
      count: fc.integer({ min: 0, max: 3000 }),
      beforeMs: fc.constantFrom(1000, 300_000, 86_400_000),
      afterMs: fc.constantFrom(0, 300_000),
      wholeWindows: fc.boolean(),
      tierStepMs: fc.constantFrom(0, 60_000, 3_600_000),
    });
    fc.assert(
      fc.property(shape, (it) => {
        let next = 0;
        for (const { fromStep, toStep, startMs, endMs } of blocksOf(it)) {
          expect(fromStep).toBe(next);
          expect(toStep).toBeGreaterThan(fromStep);
          expect(startMs).toBe(it.firstMs + fromStep * it.stepMs - it.beforeMs + 1);
          expect(endMs).toBe(it.firstMs + (toStep - 1) * it.stepMs + it.afterMs);
          next = toStep;
        }
        expect(next).toBe(it.count);
      }),
    );
  });

  it("reads steps that lie far apart one by one", () => {
    const sparse = {
      firstMs: 0,
      stepMs: 3_600_000,
      count: 24,
      beforeMs: 300_000,
      afterMs: 0,
      wholeWindows: false,
      tierStepMs: 0,
    };
    expect(blocksOf(sparse)).toHaveLength(24);
    expect(blocksOf({ ...sparse, stepMs: 60_000 })).toHaveLength(1);
  });

  it("bounds what one block decodes", () => {
    const month = {
      firstMs: 0,
      stepMs: 60_000,
      count: 43_200,
      beforeMs: 300_000,
      afterMs: 0,
      wholeWindows: false,
      tierStepMs: 0,
    };
    for (const { startMs, endMs } of blocksOf(month)) expect(endMs - startMs).toBeLessThan(101_000_000);
  });

  it("bounds the points of a tier that one block decodes, and reads a month of hours in one", () => {
    const year = { firstMs: 0, stepMs: 60_000, count: 525_600, beforeMs: 60_000, afterMs: 0, wholeWindows: false };
    const minutes = blocksOf({ ...year, tierStepMs: 60_000 });
    for (const { startMs, endMs } of minutes) expect((endMs - startMs) / 60_000).toBeLessThan(20_002);
    expect(minutes).toHaveLength(27);
    const month = { ...year, stepMs: 3_600_000, count: 720, beforeMs: 3_600_000, tierStepMs: 3_600_000 };
    expect(blocksOf(month)).toHaveLength(1);
  });
});
