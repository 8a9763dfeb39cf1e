import { describe, expect, it } from "vitest";
import { spansOf } from "./spans.ts";

describe("spansOf", () => {
  const [W, s] = [true, false];
  it.each([
    [[W, s, s, s, s], 3, [8, 4, 4, 4, 4]],
    [[W, s, s], 3, [8, 4, 12]],
    [[W, s, s, s], 3, [8, 4, 6, 6]],
    [[s, W, W], 3, [4, 8, 12]],
    [[W, s, s, s], 2, [12, 6, 6, 12]],
    [[s, W], 2, [12, 12]],
    [[], 3, []],
  ] as const)("%j in rows of %d", (wide, perRow, spans) => {
    expect(spansOf(wide, perRow)).toEqual(spans);
  });
});
