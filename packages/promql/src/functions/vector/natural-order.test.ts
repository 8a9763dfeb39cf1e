import { describe, expect, it } from "vitest";
import { compareNatural } from "./natural-order.ts";

describe("compareNatural", () => {
  it.each([
    [
      ["node10", "node2", "node1"],
      ["node1", "node2", "node10"],
    ],
    [
      ["10.0.0.10", "10.0.0.9"],
      ["10.0.0.9", "10.0.0.10"],
    ],
    [
      ["a", "", "B"],
      ["", "B", "a"],
    ],
    [
      ["v1.10", "v1.9", "v1"],
      ["v1", "v1.9", "v1.10"],
    ],
    [
      ["abc2", "abc", "ab"],
      ["ab", "abc", "abc2"],
    ],
    [
      ["2", "10", "x"],
      ["2", "10", "x"],
    ],
  ])("sorts %j as %j", (texts, sorted) => {
    expect([...texts].sort(compareNatural)).toEqual(sorted);
  });

  it("knows equal texts", () => {
    expect(compareNatural("node1", "node1")).toBe(0);
  });
});
