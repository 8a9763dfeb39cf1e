import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { goExp2, goLog, goLog2, goLog10, goMax, goMin, goPow } from "./go-math.ts";

function expectClose(actual: number, expected: number): void {
  if (Object.is(actual, expected) || Math.abs(actual - expected) <= 1e-12 * Math.abs(expected)) return;
  expect(actual).toBe(expected);
}

const finite = fc.double({ noNaN: true, noDefaultInfinity: true });

describe("logarithms", () => {
  it("are those of JavaScript but for the last digits", () => {
    fc.assert(
      fc.property(fc.double({ min: 0 }), (value) => {
        expectClose(goLog(value), Math.log(value));
        expectClose(goLog2(value), Math.log2(value));
        expectClose(goLog10(value), Math.log10(value));
      }),
    );
  });

  it("are exact for powers of two", () => {
    for (let power = -1074; power < 1024; power++) expect(goLog2(2 ** power)).toBe(power);
  });
});

describe("goExp2", () => {
  it("is JavaScript's power of two but for the last digits", () => {
    fc.assert(fc.property(fc.double({ min: -1100, max: 1100 }), (x) => expectClose(goExp2(x), 2 ** x)));
  });

  it.each([
    [Number.NaN, Number.NaN],
    [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
    [Number.NEGATIVE_INFINITY, 0],
    [1024, Number.POSITIVE_INFINITY],
    [-1075, 0],
    [-1074, 5e-324],
    // Go's last digit.
    [0.5, Math.SQRT2 - 2 ** -52],
    [10, 1024],
  ])("of %d is %d", (x, expected) => {
    expect(goExp2(x)).toBe(expected);
  });
});

describe("goPow", () => {
  it("is JavaScript's power but for the last digits", () => {
    fc.assert(
      fc.property(fc.double({ min: -1e3, max: 1e3, noNaN: true }), fc.integer({ min: -60, max: 60 }), (x, y) => {
        expectClose(goPow(x, y), x ** y);
        expectClose(goPow(Math.abs(x), y + 0.25), Math.abs(x) ** (y + 0.25));
      }),
    );
  });

  it.each([
    [1, Number.NaN, 1],
    [-1, Number.POSITIVE_INFINITY, 1],
    [0, -1, Number.POSITIVE_INFINITY],
    [-8, 1 / 3, Number.NaN],
    [2, 0.5, Math.SQRT2],
    [10, 400, Number.POSITIVE_INFINITY],
    [10, -400, 0],
    [2, -1074, 5e-324],
  ])("%d ^ %d", (x, y, result) => {
    expect(goPow(x, y)).toBe(result);
  });
});

describe("extremes", () => {
  it("put infinities before NaN", () => {
    expect(goMax(Number.NaN, Number.POSITIVE_INFINITY)).toBe(Number.POSITIVE_INFINITY);
    expect(goMin(Number.NEGATIVE_INFINITY, Number.NaN)).toBe(Number.NEGATIVE_INFINITY);
    fc.assert(fc.property(finite, finite, (a, b) => goMax(a, b) >= goMin(a, b)));
  });
});
