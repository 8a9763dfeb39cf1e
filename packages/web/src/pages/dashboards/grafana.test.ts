import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { fromGrafana, isGrafanaDashboard, readDashboard } from "./grafana.ts";

const FULL = new URL("../../../../../../shared/conformance/dashboards/node-exporter-full.json", import.meta.url);
const isThere = existsSync(FULL);
if (!isThere) console.warn(`skipped: ${FULL.pathname} is not here, so the published dashboard is not imported`);

describe.skipIf(!isThere)("Node Exporter Full", () => {
  const document = fromGrafana(isThere ? JSON.parse(readFileSync(FULL, "utf8")) : { title: "absent", panels: [] });

  it("keeps every panel in its place", () => {
    const counts = Object.groupBy(document.panels, (panel) => panel.kind);
    const sizes = Object.fromEntries(Object.entries(counts).map(([kind, panels]) => [kind, panels.length]));
    expect(sizes).toEqual({ row: 16, chart: 111, stat: 5, gauge: 5, bars: 4 });
  });

  it("asks all of its queries", () => {
    const exprs = document.panels.flatMap((panel) => panel.queries ?? []);
    expect(exprs).toHaveLength(286);
    expect(exprs.filter((query) => query.hidden)).toHaveLength(11);
  });

  it("keeps its variables, without the data source", () => {
    expect(document.variables?.map((variable) => variable.name)).toEqual(["job", "nodename", "node"]);
  });

  it("takes what is sent downwards, and what is not stacked out of the stack", () => {
    const memory = document.panels.find((panel) => panel.title === "Memory Basic");
    expect(memory).toMatchObject({ stacked: true, unit: "bytes" });
    expect(memory?.overrides?.find((one) => one.match === "Total")).toMatchObject({ stacked: false, fill: false });
    const network = document.panels.find((panel) => panel.title === "Network Traffic Basic");
    expect(network?.overrides).toContainEqual(expect.objectContaining({ match: "/.*Tx.*/", downwards: true }));
  });
});

describe("fromGrafana", () => {
  const panel = (rest: object) => ({
    title: "t",
    panels: [{ id: 1, title: "p", gridPos: { x: 0, y: 0, w: 12, h: 8 }, ...rest }],
  });

  it.each([
    ["an unknown type", { type: "geomap", targets: [{ expr: "up" }] }, /geomap/],
    ["another data source", { type: "timeseries", targets: [{ query: "x", datasource: { type: "loki" } }] }, /loki/],
    ["no query", { type: "timeseries", targets: [] }, /no query/],
    ["a library panel", { type: "timeseries", libraryPanel: { uid: "x" }, targets: [{ expr: "up" }] }, /library/],
  ])("keeps a panel with %s, and says why it is not shown", (_, rest, reason) => {
    const [only] = fromGrafana(panel(rest)).panels;
    expect(only).toMatchObject({ kind: "unsupported", title: "p" });
    expect(only?.text).toMatch(reason);
  });

  it("unwraps the API's answer", () => {
    expect(
      fromGrafana({ dashboard: panel({ type: "text", options: { content: "hello" } }), meta: {} }).panels[0]?.text,
    ).toBe("hello");
  });

  it("takes the panels of a folded row after it", () => {
    const { panels } = fromGrafana({
      title: "t",
      panels: [
        {
          id: 1,
          type: "row",
          title: "r",
          collapsed: true,
          panels: [{ id: 2, type: "stat", title: "s", targets: [{ expr: "up" }] }],
        },
      ],
    });
    expect(panels.map((one) => [one.kind, one.title])).toEqual([
      ["row", "r"],
      ["stat", "s"],
    ]);
  });

  it("says what is wrong with something else", () => {
    expect(() => fromGrafana({ title: "x" })).toThrow(/no list of panels/);
  });

  it("knows ours from Grafana's", () => {
    expect(isGrafanaDashboard({ panels: [] })).toBe(true);
    expect(isGrafanaDashboard({ schema: 1, panels: [] })).toBe(false);
  });
});

describe("readDashboard", () => {
  const own = { schema: 1, title: "t", panels: [] };

  it("takes our own form as it is, and Grafana's bare and in its API's envelope", () => {
    expect(readDashboard(own)).toBe(own);
    expect(readDashboard({ title: "t", panels: [] })).toMatchObject({ schema: 1, title: "t" });
    expect(readDashboard({ meta: {}, dashboard: { title: "t", panels: [] } })).toMatchObject({ schema: 1, title: "t" });
  });

  it.each([
    [{ foo: 1 }],
    [[]],
    [null],
    ["text"],
    [{ schema: 1 }],
    [{ schema: 1, title: "t" }],
    [{ dashboard: {} }],
  ])("says of %j that it is no dashboard", (value) => {
    expect(() => readDashboard(value)).toThrow(/^This is no dashboard: /);
  });
});
