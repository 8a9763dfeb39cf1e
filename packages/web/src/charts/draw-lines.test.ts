import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Place, pixelsOf, shownIndexes, stretches, xOf } from "./draw-lines.ts";

/** One pixel a second from 0, one pixel a unit upwards from 100. */
const place: Place = { left: 0, startPx: 0, pxPerS: 1, zero: 100, pxPerUnit: 1 };
const pixels = (times: number[], values: (number | null)[], at: Place = place) => [
  ...pixelsOf(times, values, 0, times.length - 1, at),
];

describe("a line in pixels", () => {
  it("keeps the ends of a flat stretch", () => {
    expect(pixels([0, 1, 2, 3, 4], [7, 7, 7, 7, 9])).toEqual([0, 93, 3, 93, 4, 91]);
  });
  it("draws first, lowest, highest and last of the points in one column of pixels", () => {
    const narrow = { ...place, pxPerS: 0.1 };
    expect(pixels([0, 1, 2, 3, 10], [5, 20, 0, 8, 8], narrow)).toEqual([0, 95, 0, 80, 0, 100, 0, 92, 1, 92]);
  });
  it("counts what is not there as zero, and draws what is far away just beyond the plot", () => {
    expect(pixels([0, 1], [null, 1e12])).toEqual([0, 100, 1, -20_000]);
  });
  it("finds the stretches between holes", () => {
    expect(stretches([1, null, 2, 3, undefined, 4], 0, 5)).toEqual([
      [0, 0],
      [2, 3],
      [5, 5],
    ]);
    expect(stretches([1, 1, 1, 1], 1, 2)).toEqual([[1, 2]]);
  });
  it("moves every point by the same whole pixels as the window does", () => {
    const epochS = fc.double({ min: 0, max: 2e9, noNaN: true });
    fc.assert(
      fc.property(
        epochS,
        fc.integer({ min: 1, max: 2000 }),
        fc.integer({ min: 5, max: 900 }),
        fc.nat(500),
        (atS, width, windowS, shift) => {
          const pxPerS = width / windowS;
          const startPx = Math.round(atS * pxPerS) - Math.floor(width / 2);
          const [before, after] = [startPx, startPx + shift].map((start) =>
            xOf(atS, { ...place, startPx: start, pxPerS }),
          );
          expect(before! - after!).toBe(shift);
        },
      ),
    );
  });
  it("shows all points of the columns between two pixels, and one more on either side", () => {
    const times = [0, 1, 2, 2.1, 2.2, 3, 4, 5, 6];
    expect(shownIndexes(times, place, 2, 4)).toEqual([1, 7]);
    expect(shownIndexes(times, place, -5, 99)).toEqual([0, 8]);
    expect(shownIndexes(times, place, 50, 60)).toEqual([8, 8]);
    expect(shownIndexes([], place, 0, 10)).toEqual([0, -1]);
  });
  it("covers the same rows of pixels as all points would", () => {
    const point = fc.record({
      gapS: fc.double({ min: 0.01, max: 4, noNaN: true }),
      value: fc.integer({ min: 0, max: 90 }),
    });
    fc.assert(
      fc.property(fc.array(point, { minLength: 1, maxLength: 60 }), (points) => {
        let atS = 0;
        const times = points.map(({ gapS }) => {
          atS += gapS;
          return atS;
        });
        const values = points.map(({ value }) => value);
        const all = times.flatMap((time, i) => [Math.round(time), 100 - values[i]!]);
        expect(rowsByColumn(pixels(times, values))).toEqual(rowsByColumn(all));
      }),
    );
  });
});

/** Of every column of pixels that a path touches, the highest and lowest row. */
function rowsByColumn(path: readonly number[]): Map<number, readonly [number, number]> {
  const rows = new Map<number, readonly [number, number]>();
  const touch = (x: number, y: number) => {
    const [low, high] = rows.get(x) ?? [y, y];
    rows.set(x, [Math.min(low, y), Math.max(high, y)]);
  };
  for (let i = 0; i + 3 < path.length; i += 2) {
    const [x0, y0, x1, y1] = path.slice(i, i + 4) as [number, number, number, number];
    for (let x = x0; x <= x1; x++) touch(x, x1 === x0 ? y0 : Math.round(y0 + ((y1 - y0) * (x - x0)) / (x1 - x0)));
    touch(x1, y1);
  }
  touch(path[0]!, path[1]!);
  return rows;
}
