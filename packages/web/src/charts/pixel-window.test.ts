import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { drawnBetween, pixelWindow } from "./pixel-window.ts";

const endOf = fc.integer({ min: 1_700_000_000_000, max: 1_900_000_000_000 }).map((ms) => ms / 1000);
const windowOf = fc.constantFrom(10, 60, 300, 3600, 86_400, 30 * 86_400);
const widthOf = fc.integer({ min: 40, max: 4000 });

describe("a window in whole pixels", () => {
  it("is as wide as the plot, and ends within half a pixel of where it should", () => {
    fc.assert(
      fc.property(endOf, windowOf, widthOf, (endS, windowS, width) => {
        const { pxPerS, startPx, endPx } = pixelWindow(endS, windowS, width);
        expect(endPx - startPx).toBe(width);
        expect(Math.abs(endPx - endS * pxPerS)).toBeLessThanOrEqual(0.5);
      }),
    );
  });

  it("draws its newest and its oldest instant, on whichever side of a pixel they lie", () => {
    fc.assert(
      fc.property(endOf, windowOf, widthOf, (endS, windowS, width) => {
        const [fromS, toS] = drawnBetween(pixelWindow(endS, windowS, width));
        // A double's own step at today's seconds is 2e-7.
        expect(toS - endS).toBeGreaterThan(-1e-6);
        expect(fromS - (endS - windowS)).toBeLessThan(1e-6);
      }),
    );
  });
});
