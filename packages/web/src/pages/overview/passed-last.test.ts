import { describe, expect, it } from "vitest";
import { passedLast } from "./passed-last.ts";

describe("passedLast", () => {
  it.each([
    ["at the page's top", [270, 900, 1600], undefined],
    ["in the first section", [120, 750, 1450], "a"],
    ["in the second", [-500, 130, 830], "b"],
    ["at the end", [-3000, -2000, -900], "c"],
    ["beside another column, at both tops", [150, 800, 150], "a"],
    ["further down in the left column", [-700, 190, -700], "b"],
    ["further down in the right column", [-700, 900, 40], "c"],
  ])("is the one that the reader is in %s", (_, tops, id) => {
    expect(passedLast(tops.map((top, i) => ({ id: "abc"[i]!, top })))).toBe(id);
  });

  it("is none where there are no sections", () => {
    expect(passedLast([])).toBeUndefined();
  });
});
