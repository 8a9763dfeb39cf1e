import { describe, expect, it } from "vitest";
import { needOf, SECTIONS } from "../pages/overview/catalog.ts";
import { CHECKS } from "../pages/overview/checks.ts";
import { withScope } from "../pages/overview/findings.tsx";
import { legendPlaces, toCsv, toJson } from "./export.ts";
import { linesOf, PlotColumns } from "./lines.ts";
import { liveMeasure } from "./live-measure.ts";
import { atMost, compute, gaugeOf, type PromqlContext, rateOf, toPromql } from "./measure.ts";
import { hexOf } from "./palette.ts";
import type { PanelSpec } from "./panel-spec.ts";
import { SeriesTable } from "./series-table.ts";
import { formatTick } from "./time-axis.ts";

const context: PromqlContext = { scope: ['instance="a"'], stepMs: 1000, intervalMs: 1000 };

describe("the legend of a chart's picture", () => {
  it("goes on in another row where one is full, and gives a long entry a row of its own", () => {
    expect(legendPlaces([40, 40, 40, 300, 10], 100)).toEqual([
      { row: 0, left: 0 },
      { row: 0, left: 40 },
      { row: 1, left: 0 },
      { row: 2, left: 0 },
      { row: 3, left: 0 },
    ]);
    expect(legendPlaces([], 100)).toEqual([]);
  });
});

describe("a measure as PromQL", () => {
  const busy = rateOf("cpu_total", { where: ['mode!="idle"'], by: ["mode"] });
  const cores = gaugeOf("cpu_total", { where: ['mode="idle"'], combine: "count" });
  it("takes the last two readings at the collection's interval, a window beyond", () => {
    expect(toPromql(busy, context)).toBe('sum by (mode) (irate(cpu_total{instance="a",mode!="idle"}[5s]))');
    expect(toPromql(busy, { ...context, stepMs: 60_000 })).toContain("rate(cpu_total{instance=");
    expect(toPromql(busy, { ...context, stepMs: 60_000 })).toContain("[60s]");
  });
  it("divides a group by one value for all", () => {
    expect(toPromql(compute(compute(busy, "/", cores), "*", 100), context)).toBe(
      '(sum by (mode) (irate(cpu_total{instance="a",mode!="idle"}[5s])) / on() group_left() count(cpu_total{instance="a",mode="idle"})) * 100',
    );
  });
});

describe("a measure from the stream", () => {
  const series = [
    { ref: 1, metric: { __name__: "c_total", mode: "user", cpu: "0" } },
    { ref: 2, metric: { __name__: "c_total", mode: "user", cpu: "1" } },
    { ref: 3, metric: { __name__: "c_total", mode: "idle", cpu: "0" } },
    { ref: 4, metric: { __name__: "other" } },
  ];
  it("adds up rates within each group, counting resets from zero", () => {
    const measure = liveMeasure(rateOf("c_total", { where: ['mode!="idle"'], by: ["mode"] }), []);
    measure.addSeries(series);
    expect(
      new Map(
        measure.evaluate(
          1000,
          new Map([
            [1, 10],
            [2, 20],
            [3, 1],
          ]),
        ),
      ),
    ).toEqual(new Map());
    expect(
      measure
        .evaluate(
          2000,
          new Map([
            [1, 11],
            [2, 22],
            [3, 2],
          ]),
        )
        .get("user"),
    ).toBeCloseTo(3);
    expect(
      measure
        .evaluate(
          4000,
          new Map([
            [1, 2],
            [2, 22],
            [3, 2],
          ]),
        )
        .get("user"),
    ).toBeCloseTo(1);
  });
  it("starts anew where a series was away", () => {
    const measure = liveMeasure(rateOf("c_total", { where: ['cpu="1"'] }), []);
    measure.addSeries(series);
    measure.evaluate(1000, new Map([[2, 10]]));
    expect(measure.evaluate(2000, new Map()).size).toBe(0);
    expect(measure.evaluate(3000, new Map([[2, 50]])).size).toBe(0);
    expect(measure.evaluate(4000, new Map([[2, 51]])).get("")).toBe(1);
  });
  it("does not count a series twice that came back under a new number", () => {
    const measure = liveMeasure(gaugeOf("other"), []);
    measure.addSeries(series);
    measure.addSeries([{ ref: 9, metric: { __name__: "other" } }]);
    expect(
      measure
        .evaluate(
          1000,
          new Map([
            [4, 5],
            [9, 5],
          ]),
        )
        .get(""),
    ).toBe(5);
  });
  it("keeps a share within the whole", () => {
    const measure = liveMeasure(atMost(gaugeOf("other"), 100), []);
    measure.addSeries(series);
    expect(measure.evaluate(1000, new Map([[4, 101.5]])).get("")).toBe(100);
    expect(toPromql(atMost(gaugeOf("other"), 100), context)).toBe('clamp_max(sum(other{instance="a"}), 100)');
  });
  it("computes shares", () => {
    const share = compute(compute(gaugeOf("free"), "/", gaugeOf("total")), "*", 100);
    const measure = liveMeasure(share, []);
    measure.addSeries([
      { ref: 1, metric: { __name__: "free" } },
      { ref: 2, metric: { __name__: "total" } },
    ]);
    expect(
      measure
        .evaluate(
          1000,
          new Map([
            [1, 25],
            [2, 200],
          ]),
        )
        .get(""),
    ).toBe(12.5);
    expect(measure.match).toEqual(["free", "total"]);
  });
  it("takes only the series of its host", () => {
    const measure = liveMeasure(gaugeOf("x"), ['instance="a"']);
    measure.addSeries([
      { ref: 1, metric: { __name__: "x", instance: "a" } },
      { ref: 2, metric: { __name__: "x", instance: "b" } },
    ]);
    expect(
      measure
        .evaluate(
          1,
          new Map([
            [1, 5],
            [2, 7],
          ]),
        )
        .get(""),
    ).toBe(5);
  });
});

describe("SeriesTable", () => {
  const table = () => {
    const made = SeriesTable.grid(100, 104, 1);
    made.addMatrix(
      0,
      [
        {
          metric: { a: "x" },
          values: [
            [101, "1"],
            [103, "NaN"],
            [104, "4"],
          ],
        },
      ],
      (m) => m.a ?? "",
    );
    return made;
  };
  it("puts points on the grid and leaves holes", () => {
    expect(table().columns[0]?.values).toEqual([null, 1, null, null, 4]);
  });
  it("breaks the line over a long hole, and takes no point twice", () => {
    const made = table();
    made.append(105, new Map([["0|x", 5]]), 4);
    made.append(105, new Map([["0|x", 6]]), 4);
    made.append(120, new Map([["0|x", 7]]), 4);
    expect(made.times).toEqual([100, 101, 102, 103, 104, 105, 112.5, 120]);
    expect(made.columns[0]?.values.slice(-3)).toEqual([5, null, 7]);
  });
  it("does not grow however long it is appended to", () => {
    const made = table();
    for (let s = 105; s < 20_000; s++) {
      made.append(s, new Map([["0|x", s]]), 4);
      made.trim(s - 300);
    }
    expect(made.times.length).toBeLessThan(420);
    expect(made.columns[0]?.values.length).toBe(made.times.length);
  });
  it("forgets lines that have ended", () => {
    const made = table();
    for (let s = 105; s < 1000; s++) {
      made.append(s, new Map([["0|y", 1]]), 4);
      made.ensure("0|y", 0, {});
      made.trim(s - 100);
    }
    expect(made.columns.map((column) => column.key)).toEqual(["0|y"]);
  });
});

describe("lines", () => {
  const spec: PanelSpec = {
    id: "p",
    title: "",
    unit: "none",
    stacked: true,
    queries: [{ label: (l) => l.n ?? "" }, { label: "down", downwards: true }],
  };
  const filled = () => {
    const table = SeriesTable.grid(0, 2, 1);
    table.addMatrix(
      0,
      [
        {
          metric: { n: "a" },
          values: [
            [0, "1"],
            [1, "1"],
          ],
        },
        {
          metric: { n: "b" },
          values: [
            [0, "2"],
            [2, "5"],
          ],
        },
      ],
      (m) => m.n ?? "",
    );
    table.addMatrix(1, [{ metric: {}, values: [[0, "3"]] }], () => "");
    return table;
  };
  it("stacks upwards and downwards apart, a hole counting as zero", () => {
    const table = filled();
    expect(new PlotColumns(linesOf(table, spec)).update(table.times)).toEqual([
      [1, 1, 0],
      [3, 1, 5],
      [-3, 0, 0],
    ]);
  });
  it("adds what came to the columns that are there, and starts anew where points were cut off", () => {
    const table = filled();
    const growing = new PlotColumns(linesOf(table, spec));
    growing.update(table.times);
    for (let atS = 3; atS < 80; atS++) {
      const point = table.columns.flatMap(({ key }, i) => (i === atS % 4 ? [] : [[key, atS * (i + 1)] as const]));
      table.append(atS, new Map(point), Number.POSITIVE_INFINITY);
      const grown = structuredClone(growing.update(table.times));
      expect(grown).toEqual(new PlotColumns(linesOf(table, spec)).update(table.times));
    }
    table.trim(60);
    expect(table.times[0]).toBe(59);
    expect(growing.update(table.times)).toEqual(new PlotColumns(linesOf(table, spec)).update(table.times));
  });
  it("says which labels tell nothing apart", () => {
    const table = SeriesTable.grid(0, 1, 1);
    const named = ["0", "1"].map((cpu) => ({
      metric: { job: "node", cpu },
      values: [[0, "1"] as const],
    }));
    table.addMatrix(0, named, (m) => m.cpu ?? "");
    const query = { label: (labels: object, shared: readonly string[]) => `${Object.keys(labels)} without ${shared}` };
    expect(linesOf(table, { ...spec, queries: [query] })[0]?.label).toBe("job,cpu without job");
    const single = SeriesTable.grid(0, 1, 1);
    single.addMatrix(0, named.slice(0, 1), (m) => m.cpu ?? "");
    expect(linesOf(single, { ...spec, queries: [query] })[0]?.label).toBe("job,cpu without ");
  });
  it("draws those that reach highest, and keeps colours apart", () => {
    const table = SeriesTable.grid(0, 1, 1);
    const result = Array.from({ length: 30 }, (_, i) => ({
      metric: { n: `s${i}` },
      values: [[0, String(i)] as const],
    }));
    table.addMatrix(0, result, (m) => m.n ?? "");
    const lines = linesOf(table, { ...spec, maxLines: 12 });
    expect(lines.map((line) => line.label)).toEqual(Array.from({ length: 12 }, (_, i) => `s${i + 18}`));
    expect(new Set(lines.map((line) => `${line.color} ${line.dash.join()}`)).size).toBe(12);
  });
});

describe("a chart as a file", () => {
  const table = SeriesTable.grid(0, 2, 1);
  table.addMatrix(
    0,
    [
      {
        metric: { n: 'a,"b"' },
        values: [
          [0, "1"],
          [2, "3"],
        ],
      },
    ],
    (m) => m.n ?? "",
  );
  const lines = linesOf(table, { id: "p", title: "", unit: "none", queries: [{ label: (l) => l.n ?? "" }] });
  it("is CSV with a row a point, empty where there is no value", () => {
    expect(toCsv(table.times, lines)).toBe(
      'time,"a,""b"""\n1970-01-01T00:00:00.000Z,1\n1970-01-01T00:00:01.000Z,\n1970-01-01T00:00:02.000Z,3\n',
    );
  });
  it("is JSON with the points that are there", () => {
    expect(JSON.parse(toJson(table.times, lines))).toEqual({
      timeUnit: "ms",
      series: [
        {
          label: 'a,"b"',
          labels: { n: 'a,"b"' },
          points: [
            [0, 1],
            [2000, 3],
          ],
        },
      ],
    });
  });
});

describe("the catalog", () => {
  const panels = SECTIONS.flatMap((section) => section.panels);
  it("names each chart once", () => {
    expect(new Set(panels.map((panel) => panel.id)).size).toBe(panels.length);
  });
  it.each(panels.map((panel) => [panel.id, panel] as const))("%s can be asked both ways", (_, panel) => {
    expect(needOf(panel)).toMatch(/^\w+$/);
    for (const { measure } of panel.queries) {
      expect(toPromql(measure!, context)).toMatch(/^[\s\S]*instance="a"/);
      expect(liveMeasure(measure!, ['instance="a"']).match.length).toBeGreaterThan(0);
    }
  });
  it("puts the host into each check", () => {
    for (const { expr } of CHECKS) expect(withScope(expr, ['instance="a"'])).not.toContain("$s");
    expect(withScope("x{$s} + y{$s,b='c'}", [])).toBe("x{} + y{b='c'}");
  });
});

it.each([
  [1_795_175_261, 10, "11:47:41"],
  [1_795_175_280, 60, "11:48"],
  [1_795_132_800, 3600, "20 Nov"],
  [1_795_132_800, 86_400, "20 Nov"],
  [1_795_132_800, 31 * 86_400, "Nov 26"],
])("a tick at %s, %s s apart, reads %s", (atS, stepS, expected) => {
  expect(formatTick(atS, stepS, true)).toBe(expected);
});

describe("the palette", () => {
  const luminance = (hex: string) => {
    const [r, g, b] = [1, 3, 5].map((at) => {
      const c = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
      return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    }) as [number, number, number];
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (a: string, b: string) => {
    const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
    return (high + 0.05) / (low + 0.05);
  };
  it.each([
    "blue",
    "orange",
    "teal",
    "purple",
    "yellow",
    "sky",
    "vermilion",
    "pink",
    "olive",
    "gray",
  ] as const)("%s stands out from the paper in both themes", (name) => {
    expect(contrast(hexOf(name, "light"), "#ffffff")).toBeGreaterThan(3);
    expect(contrast(hexOf(name, "dark"), "#151920")).toBeGreaterThan(3);
  });
});
