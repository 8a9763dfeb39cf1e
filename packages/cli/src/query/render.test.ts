import type { ApiQueryData } from "@dmon/model";
import { describe, expect, it } from "vitest";
import { csvText, plotText, tableText } from "./render.ts";

const vector: ApiQueryData = {
  resultType: "vector",
  result: [
    { metric: { __name__: "up", job: "node", instance: "a" }, value: [1_700_000_000, "1"] },
    { metric: { __name__: "up", job: "other" }, value: [1_700_000_000, "0.25"] },
  ],
};

describe("query results as text", () => {
  it("align as a table", () => {
    expect(tableText(vector)).toBe(
      ["METRIC  INSTANCE  JOB    VALUE", "up      a         node       1", "up                other   0.25", ""].join(
        "\n",
      ),
    );
    expect(tableText({ resultType: "scalar", result: [1, "5"] })).toBe("VALUE\n    5\n");
    expect(tableText({ resultType: "vector", result: [] })).toBe("no data\n");
  });

  it("quote as CSV", () => {
    const data: ApiQueryData = { resultType: "vector", result: [{ metric: { a: 'x,"y"' }, value: [0, "1"] }] };
    expect(csvText(data)).toBe('time,a,value\r\n1970-01-01T00:00:00.000Z,"x,""y""",1\r\n');
  });

  it("plot within the given size", () => {
    const values = Array.from({ length: 60 }, (_, i) => [i, String(Math.sin(i / 10) * 1e6)] as const);
    const text = plotText([{ metric: { __name__: "wave" }, values }], 60, 10, { startMs: 0, endMs: 59_000 });
    const lines = text.trimEnd().split("\n");
    expect(lines).toHaveLength(10 + 3);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(60);
    expect(text).toMatch(/k │/);
    expect(text).toContain("• wave");
    expect(plotText([], 60, 10, { startMs: 0, endMs: 59_000 })).toBe("no data\n");
  });

  it("plot the whole range that was asked for, where data covers a part of it too", () => {
    const values = [
      [840, "1"],
      [900, "2"],
    ] as const;
    const lines = plotText([{ metric: {}, values }], 60, 10, { startMs: 0, endMs: 900_000 }).split("\n");
    expect(lines[0]!.indexOf("•")).toBe(59);
    expect(lines[9]!.indexOf("•")).toBeGreaterThan(50);
    expect(lines[11]).toMatch(/00:00:00 +00:15:00$/);
  });
});
