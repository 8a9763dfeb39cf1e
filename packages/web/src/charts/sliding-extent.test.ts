import fc from "fast-check";
import type uPlot from "uplot";
import { describe, expect, it } from "vitest";
import { SlidingExtent } from "./sliding-extent.ts";

/** By looking at everything. */
function naive(data: uPlot.AlignedData, fromS: number, toS: number): [number | null, number | null] {
  const inside = data
    .slice(1)
    .flatMap((values) => [...values!].filter((_, i) => data[0][i]! >= fromS && data[0][i]! <= toS))
    .filter((value) => value !== null && value !== undefined);
  return inside.length === 0 ? [null, null] : [Math.min(...inside), Math.max(...inside)];
}

describe("the extent of a window that goes on", () => {
  it("is that of all of its values, whatever comes and leaves", () => {
    const value = fc.oneof(fc.integer({ min: -5, max: 5 }), fc.constant(null));
    const step = fc.record({
      points: fc.array(fc.tuple(value, value), { maxLength: 3 }),
      move: fc.integer({ min: -2, max: 4 }),
      width: fc.integer({ min: 0, max: 6 }),
      isNew: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const extent = new SlidingExtent();
        let data: [number[], (number | null)[], (number | null)[]] = [[], [], []];
        let fromS = 0;
        for (const { points, move, width, isNew } of steps) {
          if (isNew) data = [data[0].slice(2), data[1].slice(2), data[2].slice(2)];
          for (const [a, b] of points) {
            data[0].push((data[0].at(-1) ?? 0) + 1);
            data[1].push(a);
            data[2].push(b);
          }
          fromS += move;
          expect(extent.between(data, fromS, fromS + width)).toEqual(naive(data, fromS, fromS + width));
        }
      }),
    );
  });

  it("looks only at what came while no extreme leaves", () => {
    let reads = 0;
    const counted = (values: number[]) =>
      new Proxy(values, {
        get(target, name) {
          if (typeof name === "string" && /^\d+$/.test(name)) reads++;
          return Reflect.get(target, name);
        },
      });
    const times = Array.from({ length: 300 }, (_, i) => i);
    const values = counted(times.map((i) => (i === 150 ? 100 : i === 151 ? -100 : i % 10)));
    const data = [times, values] as uPlot.AlignedData;
    const extent = new SlidingExtent();
    expect(extent.between(data, 0, 299)).toEqual([-100, 100]);
    times.push(300);
    values.push(5);
    reads = 0;
    expect(extent.between(data, 1, 300)).toEqual([-100, 100]);
    expect(reads).toBeLessThan(5);
  });
});
