import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Sparkline } from "./sparkline.ts";

const SIZE = { width: 100, height: 30 };
const STYLE = { color: "#3355aa", min: undefined, max: undefined };

function fakeCanvas() {
  const clearRect = vi.fn();
  const context = { clearRect, beginPath() {}, lineTo() {}, stroke() {}, fill() {} };
  return { canvas: { width: 0, height: 0, getContext: () => context } as unknown as HTMLCanvasElement, clearRect };
}

describe("a sparkline", () => {
  beforeEach(() => vi.stubGlobal("devicePixelRatio", 1));
  afterEach(() => vi.unstubAllGlobals());

  /** Five minutes in a hundred pixels: three seconds a pixel. */
  function live() {
    const { canvas, clearRect } = fakeCanvas();
    const line = new Sparkline(canvas);
    const times = Array.from({ length: 301 }, (_, i) => 900 + i);
    const values: (number | null)[] = times.map((atS) => (atS === 1000 ? 10 : 5));
    const draw = (style = STYLE, size = SIZE) => {
      const before = clearRect.mock.calls.length;
      const endS = times.at(-1)!;
      line.draw(size, times, values, [endS - 300, endS], style);
      return clearRect.mock.calls.length > before;
    };
    const second = (value: number | null) => {
      times.push(times.at(-1)! + 1);
      values.push(value);
      return draw();
    };
    return { draw, second };
  }

  it("is left alone until it moves on by a pixel, and no longer than two seconds", () => {
    const { draw, second } = live();
    expect(draw()).toBe(true);
    expect(draw()).toBe(false);
    const drawn = Array.from({ length: 12 }, () => second(5));
    expect(drawn).toContain(false);
    for (let i = 1; i < drawn.length; i++) expect(drawn[i - 1] || drawn[i]).toBe(true);
  });

  it("is drawn at once where its scale, its place or its colour is another", () => {
    const { draw, second } = live();
    draw();
    expect(second(50)).toBe(true);
    expect(draw()).toBe(false);
    expect(draw({ ...STYLE, color: "#aa5533" })).toBe(true);
    expect(draw({ ...STYLE, color: "#aa5533" }, { width: 120, height: 30 })).toBe(true);
  });
});
