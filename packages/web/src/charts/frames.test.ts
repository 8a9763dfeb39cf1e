import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { alongWithCharts, cancelDrawing, drawNextFrame, drawSoon, writeWhenDrawn } from "./frames.ts";

let frames: (() => void)[] = [];
const drawFrame = () => {
  for (const frame of frames.splice(0)) frame();
};

beforeEach(() => {
  vi.useFakeTimers();
  frames = [];
  vi.stubGlobal("requestAnimationFrame", (frame: () => void) => frames.push(frame));
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe("frames", () => {
  it("draw all that asked, once, in one", () => {
    const [one, other] = [vi.fn(), vi.fn()];
    drawNextFrame(one);
    drawNextFrame(other);
    drawNextFrame(one);
    expect(frames).toHaveLength(1);
    drawFrame();
    expect([one, other].map((job) => job.mock.calls.length)).toEqual([1, 1]);
    expect(frames).toHaveLength(0);
  });

  it("take along what is in no hurry, which else is drawn within a second", () => {
    const [polled, other, gone, live] = [vi.fn(), vi.fn(), vi.fn(), vi.fn()];
    drawSoon(polled);
    vi.advanceTimersByTime(500);
    drawNextFrame(live);
    drawFrame();
    expect(polled).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(5000);
    expect(frames).toHaveLength(0);
    drawSoon(gone);
    drawSoon(other);
    cancelDrawing(gone);
    vi.advanceTimersByTime(1000);
    drawFrame();
    expect([gone, other].map((job) => job.mock.calls.length)).toEqual([0, 1]);
  });

  it("let in what is shown beside live charts with these, and at once where there are none", async () => {
    vi.stubGlobal("document", { hidden: false });
    vi.advanceTimersByTime(2000);
    const [beside, alone, hidden] = [vi.fn(), vi.fn(), vi.fn()];
    drawNextFrame(() => undefined);
    drawFrame();
    void alongWithCharts().then(beside);
    await Promise.resolve();
    expect(beside).not.toHaveBeenCalled();
    drawNextFrame(() => undefined);
    drawFrame();
    await Promise.resolve();
    expect(beside).toHaveBeenCalledTimes(1);

    vi.advanceTimersByTime(1501);
    void alongWithCharts().then(alone);
    await Promise.resolve();
    expect(alone).toHaveBeenCalledTimes(1);

    drawNextFrame(() => undefined);
    drawFrame();
    vi.stubGlobal("document", { hidden: true });
    void alongWithCharts().then(hidden);
    await Promise.resolve();
    expect(hidden).toHaveBeenCalledTimes(1);
  });

  it("write texts when all is drawn, and outside of a frame at once", () => {
    const order: string[] = [];
    const chart = (name: string) => () => {
      writeWhenDrawn(() => order.push(`${name} text`));
      order.push(name);
    };
    drawNextFrame(chart("one"));
    drawNextFrame(chart("other"));
    drawFrame();
    writeWhenDrawn(() => order.push("at once"));
    expect(order).toEqual(["one", "other", "one text", "other text", "at once"]);
  });

  it("go on with the others where one fails", () => {
    const told = vi.fn();
    vi.stubGlobal("reportError", told);
    const other = vi.fn();
    drawNextFrame(() => {
      throw new Error("cannot be drawn");
    });
    drawNextFrame(other);
    drawFrame();
    expect(other).toHaveBeenCalledTimes(1);
    expect(told).toHaveBeenCalledWith(new Error("cannot be drawn"));
  });
});
