import { describe, expect, it } from "vitest";
import { exponentialBound, upperBound } from "./bounds.ts";

describe("exponentialBound", () => {
  it.each([
    [0, 0, 1],
    [1, 0, 2],
    [-3, 0, 0.125],
    [1, -1, 4],
    [-1, -4, 2 ** -16],
    [4, 2, 2],
    [256, 8, 2],
    [1024, 0, Number.MAX_VALUE],
    [1025, 0, Number.POSITIVE_INFINITY],
    [64, -4, Number.MAX_VALUE],
    [1024 * 256, 8, Number.MAX_VALUE],
    [-1073, 0, 2 ** -1073],
  ])("of bucket %i in schema %i is %d", (index, schema, bound) => {
    expect(exponentialBound(index, schema)).toBe(bound);
  });

  // As Prometheus prints them: some differ from the correctly rounded power in the last digits.
  it.each([
    [-1, 1, 0.7071067811865475],
    [-1, 2, 0.8408964152537144],
    [-1, 3, 0.9170040432046711],
    [-5, 3, 0.6484197773255048],
    [-1, 6, 0.9892280131939752],
    [-1, 8, 0.9972960560854698],
    [-254, 8, 0.5027149505564014],
  ])("of bucket %i in schema %i is Prometheus' %d", (index, schema, bound) => {
    expect(exponentialBound(index, schema)).toBe(bound);
  });

  it("adds up to the sum of Prometheus' table", () => {
    let sum = 0;
    for (let i = -256; i < 0; i++) sum += exponentialBound(i, 8);
    expect(sum).toBe(184.41507805069728);
  });

  it("rises strictly over all buckets of the finest schema", () => {
    for (let i = -600; i < 600; i++) expect(exponentialBound(i + 1, 8)).toBeGreaterThan(exponentialBound(i, 8));
  });
});

describe("upperBound of custom buckets", () => {
  it.each([
    [-1, Number.NEGATIVE_INFINITY],
    [0, 5],
    [1, 10],
    [2, Number.POSITIVE_INFINITY],
  ])("of bucket %i is %d", (index, bound) => {
    expect(upperBound(index, -53, [5, 10])).toBe(bound);
  });
});
