import { describe, expect, it } from "vitest";
import { effectOf, MAX_EFFECT, Moments } from "./effect.ts";

function moments(values: readonly number[]): Moments {
  const result = new Moments();
  for (const value of values) result.add(value);
  return result;
}

const quiet = [10, 11, 9, 10, 10, 11, 9, 10];

describe("effectOf", () => {
  it.each([
    ["a jump out of the noise", quiet, quiet.map((v) => v * 5), "rose"],
    ["a fall", quiet, quiet.map((v) => v / 5), "fell"],
    ["more swing around the same mean", quiet, [0, 20, 0, 20, 0, 20, 0, 20], "varied"],
    ["from nothing", [], quiet, "appeared"],
    ["to nothing", quiet, [], "vanished"],
  ])("sees %s", (_name, before, during, kind) => {
    expect(effectOf(moments(before), moments(during))?.kind).toBe(kind);
  });

  it("says nothing of a constant", () => {
    expect(effectOf(moments([5, 5, 5]), moments([5, 5, 5]))).toBeUndefined();
    expect(effectOf(moments([0, 0, 0]), moments([0, 0, 0]))).toBeUndefined();
  });

  it("ranks a real jump far above a steady clock and above noise", () => {
    const jump = effectOf(moments(quiet), moments(quiet.map((v) => v * 5)))!.effect;
    const clock = effectOf(moments([1e9, 1e9 + 1, 1e9 + 2]), moments([1e9 + 3, 1e9 + 4, 1e9 + 5]))?.effect ?? 0;
    const noise = effectOf(moments(quiet), moments([11, 9, 10, 10, 9, 11, 10, 10]))?.effect ?? 0;
    expect(jump).toBeGreaterThan(1);
    expect(clock).toBeLessThan(0.01);
    expect(noise).toBeLessThan(jump / 20);
  });

  it("is bounded", () => {
    const effect = effectOf(moments([0, 0, 0, 0]), moments([1e9, 1e9, 1e9, 1e9]))!.effect;
    expect(effect).toBeLessThanOrEqual(MAX_EFFECT);
    expect(effect).toBeGreaterThan(MAX_EFFECT / 2);
  });

  it("has the variance of the textbook", () => {
    const m = moments([2, 4, 4, 4, 5, 5, 7, 9]);
    expect(m.mean).toBe(5);
    expect(m.variance).toBeCloseTo(32 / 7, 12);
  });
});
