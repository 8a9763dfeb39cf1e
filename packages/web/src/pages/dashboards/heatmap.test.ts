import { describe, expect, it } from "vitest";
import type { PanelSpec } from "../../charts/panel-spec.ts";
import { SeriesTable } from "../../charts/series-table.ts";
import { heatColor, heatDrawing } from "./draw-rows.ts";
import { heatmapOf } from "./heatmap.ts";

const spec: PanelSpec = {
  id: "h",
  title: "",
  unit: "s",
  maxLines: 100,
  queries: [{ expr: "x", label: (labels) => labels.name ?? "" }],
};

function tableOf(series: readonly (readonly [labels: Record<string, string>, values: readonly (number | null)[]])[]) {
  const table = SeriesTable.grid(10, 10 * series[0]![1].length, 10);
  for (const [labels, values] of series) table.ensure(`0|${JSON.stringify(labels)}`, 0, labels).values = [...values];
  return table;
}

describe("a heat map", () => {
  it("of a classic histogram has the counts between its ends, whatever the order of its series", () => {
    const table = tableOf([
      [{ le: "+Inf" }, [10, 10, null]],
      [{ le: "0.1" }, [1, 4, null]],
      [{ le: "1" }, [6, 3.999, null]],
    ]);
    const { rows, max } = heatmapOf(table, spec, false);
    expect(rows.map(({ low, high }) => [low, high])).toEqual([
      [Number.NEGATIVE_INFINITY, 0.1],
      [0.1, 1],
      [1, Number.POSITIVE_INFINITY],
    ]);
    // Rates that are a hair out of order are no negative counts.
    expect(rows.map(({ cells }) => cells)).toEqual([
      [1, 4, null],
      [5, 0, null],
      [4, 10 - 3.999, null],
    ]);
    expect(max).toBeCloseTo(6.001);
  });

  it("adds up the same bucket of several instances", () => {
    const table = tableOf([
      [{ le: "1", instance: "a" }, [1]],
      [{ le: "1", instance: "b" }, [2]],
      [{ le: "+Inf", instance: "a" }, [1]],
      [{ le: "+Inf", instance: "b" }, [5]],
    ]);
    expect(heatmapOf(table, spec, false).rows.map(({ cells }) => cells)).toEqual([[3], [3]]);
  });

  it("of a native histogram has its buckets, which are no sums; of a fine one, neighbours together", () => {
    const bucket = (i: number) => ["0", String(i), String(i + 1), "2"] as const;
    const histogram = {
      count: "200",
      sum: "1",
      buckets: Array.from({ length: 100 }, (_, i) => [0, ...bucket(i).slice(1)] as const),
    };
    const table = SeriesTable.grid(0, 20, 10);
    table.addMatrix(
      0,
      [{ metric: { job: "a" }, histograms: [[10, histogram as never]] }],
      (m) => JSON.stringify(m),
      true,
    );
    const { rows, max } = heatmapOf(table, spec, false);
    expect(rows).toHaveLength(50);
    expect(rows[0]).toMatchObject({ low: 0, high: 2, cells: [null, 4, null] });
    expect(max).toBe(4);
  });

  it("without buckets has a row a series, in their names' order", () => {
    const table = tableOf([
      [{ name: "disk10" }, [3]],
      [{ name: "disk9" }, [1]],
    ]);
    expect(heatmapOf(table, spec, false).rows.map(({ label, cells }) => [label, cells])).toEqual([
      ["disk9", [1]],
      ["disk10", [3]],
    ]);
  });

  it("as a distribution counts series by their value, each once at each time", () => {
    const table = tableOf([
      [{ name: "a" }, [0, 100, null]],
      [{ name: "b" }, [0, 0, null]],
      [{ name: "c" }, [55, null, null]],
    ]);
    const { rows } = heatmapOf(table, spec, true);
    expect(rows[0]).toMatchObject({ low: 0, high: 10 });
    expect(rows.at(-1)!.high).toBeGreaterThan(100);
    const totals = [0, 1, 2].map((i) => rows.reduce((sum, { cells }) => sum + (cells[i] ?? 0), 0));
    expect(totals).toEqual([3, 2, 0]);
    expect(rows[5]?.cells).toEqual([1, 0, null]);
  });

  it("of one value all the time is one row", () => {
    for (const value of [0, 5, -3]) {
      expect(heatmapOf(tableOf([[{ name: "a" }, [value, value]]]), spec, true).rows.map(({ cells }) => cells)).toEqual([
        [1, 1],
      ]);
    }
  });

  it("reads a cell at any moment of its step, and nothing beside the data", () => {
    const table = tableOf([
      [{ le: "0.5" }, [2, 3]],
      [{ le: "+Inf" }, [2, 8]],
    ]);
    const drawing = heatDrawing(heatmapOf(table, spec, false), table.times, 10, "s");
    expect(drawing.ticks).toEqual([{ at: 1, text: "500\u202fms" }]);
    expect(drawing.read(11, 1)).toBe("over 500\u202fms: 5");
    expect(drawing.read(10, 0)).toBe("up to 500\u202fms: 2");
    expect(drawing.read(21, 0)).toBeUndefined();
    expect(drawing.read(15, 2)).toBeUndefined();
  });

  it("goes from light to dark on paper, and from dark to light on a dark page", () => {
    const brightness = (hex: string) => [1, 3, 5].reduce((sum, i) => sum + Number.parseInt(hex.slice(i, i + 2), 16), 0);
    const shades = [0, 0.2, 0.4, 0.6, 0.8, 1];
    const light = shades.map((share) => brightness(heatColor(share, "light")));
    const dark = shades.map((share) => brightness(heatColor(share, "dark")));
    expect(light).toEqual([...light].sort((a, b) => b - a));
    expect(dark).toEqual([...dark].sort((a, b) => a - b));
  });
});
