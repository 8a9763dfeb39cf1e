import type { ApiQueryData } from "@dmon/model";
import { describe, expect, it } from "vitest";
import { csvText, tableText } from "./render.ts";

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

  it("write native histograms as Prometheus does", () => {
    const histogram = { count: "3", sum: "2.5", buckets: [[0, "1", "2", "3"] as const] };
    const text = "{count:3, sum:2.5, (1,2]:3}";
    const found: ApiQueryData = { resultType: "vector", result: [{ metric: {}, histogram: [1, histogram] }] };
    expect(tableText(found)).toContain(text);
    const over: ApiQueryData = { resultType: "matrix", result: [{ metric: {}, histograms: [[1, histogram]] }] };
    expect(csvText(over)).toContain(text);
  });

  it("quote as CSV", () => {
    const data: ApiQueryData = { resultType: "vector", result: [{ metric: { a: 'x,"y"' }, value: [0, "1"] }] };
    expect(csvText(data)).toBe('time,a,value\r\n1970-01-01T00:00:00.000Z,"x,""y""",1\r\n');
  });
});
