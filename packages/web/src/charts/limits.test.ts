import { describe, expect, it } from "vitest";
import { specOf } from "../pages/dashboards/panel-specs.ts";
import { topWithLimits } from "./limits.ts";
import { timed } from "./timed-link.ts";

describe("limits of a chart", () => {
  const limits = {
    steps: [
      { from: -Infinity, level: "ok" },
      { from: 80, level: "warning" },
      { from: 300, level: "critical" },
    ],
    lines: true,
    areas: false,
  } as const;

  it("are in sight once the data have come half the way to them", () => {
    expect(topWithLimits(10, limits)).toBe(10);
    expect(topWithLimits(40, limits)).toBe(80);
    expect(topWithLimits(90, limits)).toBe(90);
    expect(topWithLimits(200, limits)).toBe(300);
    expect(topWithLimits(50, undefined)).toBe(50);
  });

  const panel = {
    id: 1,
    kind: "chart",
    title: "",
    grid: { x: 0, y: 0, w: 1, h: 1 },
    thresholds: [
      { value: null, level: "ok" },
      { value: 5, level: "critical" },
    ],
  } as const;

  it("are drawn where the panel says so", () => {
    expect(specOf(panel, {}, []).limits).toBeUndefined();
    expect(specOf({ ...panel, thresholdStyle: "area" }, {}, []).limits).toEqual({
      steps: [
        { from: -Infinity, level: "ok" },
        { from: 5, level: "critical" },
      ],
      lines: false,
      areas: true,
    });
  });
});

describe("links of a panel", () => {
  const panel = { id: 1, kind: "chart", title: "", grid: { x: 0, y: 0, w: 1, h: 1 } } as const;

  it("have the values of variables and the shown time, and run nothing", () => {
    const links = [
      { title: "of $job", url: "https://example.org/$job?$__url_time_range&t=$__from" },
      { title: "run", url: "javascript:alert(1)" },
      { title: "elsewhere", url: "//example.org" },
      { title: "here", url: "/dashboards/x" },
    ];
    const { links: shown } = specOf({ ...panel, links }, { job: ["node"] }, []);
    expect(shown?.map(({ title }) => title)).toEqual(["of node", "here"]);
    expect(timed(shown![0]!.url, [1, 2.5])).toBe("https://example.org/node?from=1000&to=2500&t=1000");
  });
});

describe("settings of single series", () => {
  it("of a query are its own, also where hidden ones stand before it", () => {
    const queries = [{ expr: "a", hidden: true }, { expr: "b" }, { expr: "c" }];
    const spec = specOf(
      {
        id: 1,
        kind: "chart",
        title: "",
        grid: { x: 0, y: 0, w: 1, h: 1 },
        queries,
        overrides: [{ match: "/.*/", query: 2, dashed: true }],
      },
      {},
      [],
    );
    expect([0, 1].map((query) => spec.styleOf?.("x", query).dashed)).toEqual([undefined, true]);
  });
});
