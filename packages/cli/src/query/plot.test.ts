import { stripVTControlCharacters } from "node:util";
import type { ApiMatrixSeries } from "@dmon/model";
import { describe, expect, it } from "vitest";
import { type PlotOptions, plotText } from "./plot.ts";

const WIDTH = 60;
const HEIGHT = 9;
const minute: PlotOptions = { width: WIDTH, height: HEIGHT, startMs: 0, endMs: 60_000, stepMs: 1000, depth: 0 };

function line(name: string, at: (second: number) => number | undefined, seconds = 60): ApiMatrixSeries {
  const values = Array.from({ length: seconds + 1 }, (_, i) => [i, at(i)] as const).flatMap(([i, value]) =>
    value === undefined ? [] : [[i, String(value)] as const],
  );
  return { metric: { __name__: name }, values };
}

const lengths = (text: string): number[] => text.split("\n").map((row) => [...row].length);

describe("a plot", () => {
  it("of one series is a line of fine dots between labelled axes", () => {
    const text = plotText([line("ramp", (second) => second / 2)], minute);
    expect(text).toMatchInlineSnapshot(`
      "40 ┤
         │
         │                                                 ⢀⣀⣀⡠⠤⠒⠒
         │                                         ⣀⣀⠤⠤⠤⠒⠊⠉⠁
      20 ┤                                 ⣀⡠⠤⠤⠔⠒⠊⠉
         │                        ⢀⣀⡠⠤⠔⠒⠒⠉⠉
         │                ⣀⣀⠤⠤⠒⠒⠊⠉⠁
         │        ⣀⣀⠤⠔⠒⠊⠉⠉
       0 ┤⣀⡠⠤⠔⠒⠉⠉⠉
         └┬─────────────┬─────────────┬────────────┬──────────────
          00:00:00      00:00:15      00:00:30     00:00:45    UTC
        ━━ ramp  last 30, min 0, max 30
      "
    `);
  });

  it("keeps within its width, whatever is in it", () => {
    const many = Array.from({ length: 14 }, (_, i) =>
      line(`series_${i}`, (second) => Math.sin(second / 9 + i) * 10 ** i),
    );
    for (const depth of [0, 4, 8] as const) {
      const text = plotText(many, { ...minute, depth });
      const plain = stripVTControlCharacters(text);
      expect(Math.max(...lengths(plain).slice(0, HEIGHT + 2))).toBeLessThanOrEqual(WIDTH);
      expect(plain).toContain("… and 4 more series");
      expect(plain).not.toContain("series_0 ");
      expect(text !== plain).toBe(depth !== 0);
    }
  });

  it("leaves out what was not there, and shows the whole range that was asked for", () => {
    const gap = line("gap", (second) => (second >= 20 && second <= 40 ? undefined : 5));
    const rows = plotText([gap], minute).split("\n");
    const drawn = rows.find((row) => /[\u2801-\u28ff]/.test(row))!;
    expect(drawn.slice(drawn.search(/[\u2801-\u28ff]/)).trimEnd()).toMatch(
      /^[\u2801-\u28ff]+ {15,22}[\u2801-\u28ff]+$/,
    );
    const late = plotText([line("late", (second) => (second > 55 ? 5 : undefined))], minute).split("\n");
    expect(late.find((row) => /[\u2801-\u28ff]/.test(row))!.search(/[\u2801-\u28ff]/)).toBeGreaterThan(50);
  });

  it("without colours tells several series apart by their characters", () => {
    const text = plotText([line("low", () => 1), line("high", () => 3)], minute);
    expect(text).toContain("•••••");
    expect(text).toContain("+++++");
    expect(text).toMatch(/• low {3}last 1, min 1, max 1\n {2}\+ high {2}last 3, min 3, max 3\n/);
  });

  it.each([
    ["seconds", 60_000, 1000, / 00:00:00 +00:00:15 +00:00:30 +00:00:45 +UTC\n/],
    ["minutes", 3_600_000, 60_000, / 00:00 +00:15 +00:30 +00:45 +UTC\n/],
    ["days with their date", 36 * 3_600_000, 3_600_000, / 01-01 00:00 +01-01 12:00 +01-02 00:00 +UTC\n/],
    ["dates", 40 * 86_400_000, 86_400_000, / 1970-01-01 +1970-01-11 +1970-01-21 /],
  ])("writes %s under its axis", (_what, endMs, stepMs, wanted) => {
    expect(plotText([line("x", () => 1)], { ...minute, endMs, stepMs })).toMatch(wanted);
  });

  it.each([
    ["tiny numbers", 2e-9, /4\.00e-9 ┤/],
    ["bytes", 3.5e9, /10G ┤[\s\S]* 5G ┤/],
    ["a constant zero", 0, /1\.0 ┤[\s\S]* 0 ┤/],
    ["negative ones", -7, / 0 ┤[\s\S]*-20 ┤/],
  ])("labels %s", (_what, value, wanted) => {
    expect(plotText([line("x", () => value)], minute)).toMatch(wanted);
  });

  it("of nothing, or of what is no number, says so", () => {
    expect(plotText([], minute)).toBe("no data\n");
    expect(plotText([line("x", () => Number.NaN)], minute)).toBe("no data\n");
  });
});
