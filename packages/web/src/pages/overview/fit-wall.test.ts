import { describe, expect, it } from "vitest";
import { fitWall, wallSpans } from "./fit-wall.ts";

describe("fitWall", () => {
  it.each([
    ["a large screen", 2528, 1190, 42, { perRow: 7, rowHeight: 191 }],
    ["four times as much", 3808, 1900, 42, { perRow: 7, rowHeight: 310 }],
    ["one chart", 1200, 800, 1, { perRow: 1, rowHeight: 800 }],
    ["a screen on its side", 1048, 1700, 20, { perRow: 3, rowHeight: 236 }],
  ])("fills %s", (_, width, height, count, fit) => {
    expect(fitWall({ width, height }, 8, count)).toEqual(fit);
  });

  it("never goes below what can be read: such a wall is scrolled", () => {
    const { perRow, rowHeight } = fitWall({ width: 1000, height: 500 }, 8, 60);
    expect([perRow, rowHeight]).toEqual([3, 148]);
    expect(fitWall({ width: 200, height: 0 }, 8, 5)).toEqual({ perRow: 1, rowHeight: 148 });
  });

  it("keeps all within the box where they fit", () => {
    for (let count = 0; count <= 80; count++) {
      const { perRow, rowHeight } = fitWall({ width: 3808, height: 1900 }, 8, count);
      const rows = Math.ceil(count / perRow);
      expect(rows * rowHeight + (rows - 1) * 8).toBeLessThanOrEqual(1900);
    }
  });
});

describe("wallSpans", () => {
  it.each([
    [42, 7, { columns: 49, whole: 7, last: 7 }],
    [10, 4, { columns: 8, whole: 2, last: 4 }],
    [5, 4, { columns: 4, whole: 1, last: 4 }],
    [3, 4, { columns: 12, whole: 3, last: 4 }],
  ])("fill the last row of %d in rows of %d", (count, perRow, spans) => {
    expect(wallSpans(count, perRow)).toEqual(spans);
    const inLast = count % perRow || perRow;
    expect(spans.last * inLast).toBe(spans.columns);
  });
});
