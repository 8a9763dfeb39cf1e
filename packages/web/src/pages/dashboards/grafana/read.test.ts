import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { fromGrafana, isGrafanaDashboard, readDashboard } from "./read.ts";

const FULL = new URL("../../../../../../../shared/conformance/dashboards/node-exporter-full.json", import.meta.url);
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

  it("gives panels without a number, or with the same, one of their own", () => {
    const place = (y: number) => ({ type: "text", gridPos: { x: 0, y, w: 12, h: 8 } });
    const { panels } = fromGrafana({ panels: [{ id: 2, ...place(8) }, { id: 2, ...place(16) }, place(0)] });
    expect(panels.map((one) => [one.id, one.grid.y])).toEqual([
      [3, 0],
      [2, 8],
      [4, 16],
    ]);
  });

  it("keeps repeats, value mappings, sparklines and several chosen values", () => {
    const { panels, variables } = fromGrafana({
      ...panel({
        type: "stat",
        repeat: "disk",
        repeatDirection: "v",
        maxPerRow: 2,
        targets: [{ expr: "up", instant: true }],
        options: { graphMode: "area", colorMode: "value" },
        fieldConfig: {
          defaults: {
            mappings: [
              { type: "value", options: { "0": { text: "DOWN", color: "red" }, "1": { text: "UP", color: "green" } } },
              { type: "range", options: { from: 2, to: 9, result: { text: "many" } } },
              { type: "special", options: { match: "null", result: { text: "N/A" } } },
            ],
          },
        },
      }),
      templating: {
        list: [
          { name: "disk", type: "query", query: "label_values(device)", multi: true, current: { value: ["a", "b"] } },
          { name: "every", type: "interval", query: "1m,10m", auto: true },
          { name: "site", type: "custom", query: "Berlin : ber, Oslo : osl" },
          { name: "host", type: "textbox", query: "any" },
          { name: "fixed", type: "constant", query: "x" },
        ],
      },
    });
    expect(panels[0]).toMatchObject({
      repeat: { variable: "disk", direction: "down", perRow: 2 },
      spark: true,
      queries: [{ expr: "up", instant: true }],
      mappings: [
        { value: 0, text: "DOWN", level: "critical" },
        { value: 1, text: "UP", level: "ok" },
        { from: 2, to: 9, text: "many" },
        { missing: true, text: "N/A" },
      ],
    });
    expect(variables).toEqual([
      { name: "disk", multi: true, current: ["a", "b"], query: "label_values(device)" },
      { name: "every", values: ["$__rate_interval", "1m", "10m"], texts: { $__rate_interval: "auto" } },
      { name: "site", values: ["ber", "osl"], texts: { ber: "Berlin", osl: "Oslo" } },
      { name: "host", free: true, current: "any" },
      { name: "fixed", hidden: true, values: ["x"] },
    ]);
  });

  it("names what is not carried over", () => {
    const { notes } = fromGrafana({
      ...panel({
        type: "table",
        targets: [{ expr: "up" }, { query: "select 1", datasource: { type: "mysql" } }],
        transformations: [{ id: "merge" }, { id: "organize" }],
        timeFrom: "1h",
      }),
      annotations: { list: [{ builtIn: 1, name: "own" }, { name: "Deploys" }] },
      templating: { list: [{ name: "filters", type: "adhoc" }] },
    });
    expect(notes).toEqual([
      'The variable "filters" (adhoc) cannot be chosen here.',
      'The annotations "Deploys" are not asked for.',
      '"p": its transformations (merge) are not applied.',
      '"p": 1 of its queries ask other data sources and are left out.',
      '"p": it is shown for the page\'s time, not for its own.',
    ]);
  });

  it("draws heat maps, states over time and limits on charts", () => {
    const { panels, notes } = fromGrafana({
      panels: [
        {
          type: "timeseries",
          title: "limits",
          targets: [{ expr: "up" }],
          fieldConfig: {
            defaults: {
              custom: { thresholdsStyle: { mode: "dashed+area" } },
              thresholds: {
                mode: "absolute",
                steps: [
                  { color: "green", value: null },
                  { color: "red", value: 80 },
                ],
              },
            },
          },
        },
        {
          type: "graph",
          title: "old limits",
          targets: [{ expr: "up" }],
          thresholds: [
            { value: 90, colorMode: "critical", op: "gt", line: true },
            { value: 70, colorMode: "warning", op: "gt", line: true },
          ],
        },
        { type: "heatmap", title: "new", targets: [{ expr: "b" }], options: { calculate: true, yAxis: { unit: "s" } } },
        { type: "heatmap", title: "old", targets: [{ expr: "b" }], dataFormat: "tsbuckets", yAxis: { format: "ms" } },
        { type: "heatmap", title: "older", targets: [{ expr: "b" }], dataFormat: "timeseries" },
        { type: "state-timeline", title: "states", targets: [{ expr: "up" }] },
        {
          type: "status-history",
          title: "history",
          targets: [{ expr: "up" }],
          fieldConfig: {
            defaults: {
              mappings: [{ type: "regex", options: { pattern: "/^5/", result: { text: "bad", color: "red" } } }],
            },
          },
        },
      ],
    });
    expect(
      panels.map(({ kind, title, unit, thresholdStyle, distribution, separate }) => [
        kind,
        title,
        unit ?? thresholdStyle,
        distribution ?? separate,
      ]),
    ).toEqual([
      ["chart", "limits", "both", undefined],
      ["chart", "old limits", "line", undefined],
      ["heatmap", "new", "s", true],
      ["heatmap", "old", "ms", undefined],
      ["heatmap", "older", undefined, true],
      ["states", "states", undefined, undefined],
      ["states", "history", undefined, true],
    ]);
    expect(panels[0]?.thresholds).toEqual([
      { value: null, level: "ok" },
      { value: 80, level: "critical" },
    ]);
    expect(panels[1]?.thresholds).toEqual([
      { value: 70, level: "warning" },
      { value: 90, level: "critical" },
    ]);
    expect(panels[6]?.mappings).toEqual([{ pattern: "/^5/", text: "bad", level: "critical" }]);
    expect(notes).toBeUndefined();
  });

  it("takes settings for a query's series, and names those that it cannot tell or apply", () => {
    const property = { id: "custom.lineStyle", value: { fill: "dash" } };
    const { panels, notes } = fromGrafana(
      panel({
        type: "timeseries",
        targets: [
          { refId: "A", expr: "a" },
          { refId: "X", query: "not ours" },
          { refId: "B", expr: "b" },
        ],
        fieldConfig: {
          defaults: { custom: { drawStyle: "bars", scaleDistribution: { type: "log", log: 2 } } },
          overrides: [
            { matcher: { id: "byFrameRefID", options: "B" }, properties: [property] },
            { matcher: { id: "byType", options: "number" }, properties: [{ id: "unit", value: "s" }] },
            { matcher: { id: "byType", options: "time" }, properties: [{ id: "unit", value: "dateTimeAsIso" }] },
            { matcher: { id: "byValue", options: { op: "gte" } }, properties: [property] },
            {
              matcher: { id: "byName", options: "Total" },
              properties: [
                { id: "custom.axisPlacement", value: "right" },
                { id: "custom.lineWidth", value: 3 },
                property,
              ],
            },
          ],
        },
      }),
    );
    expect(panels[0]?.overrides).toEqual([
      { match: "/.*/", query: 1, dashed: true },
      { match: "/.*/", unit: "s" },
      { match: "Total", dashed: true },
    ]);
    expect(notes).toEqual([
      '"p": 1 of its queries ask other data sources and are left out.',
      '"p": it is drawn with lines.',
      '"p": its axis is linear, not logarithmic.',
      '"p": settings of single series are not applied (series chosen by byValue {"op":"gte"}, axisPlacement of "Total").',
    ]);
  });

  it("keeps links that lead somewhere from here, and names the others", () => {
    const { panels, links, notes } = fromGrafana({
      ...panel({
        type: "stat",
        targets: [{ expr: "up" }],
        links: [{ title: "Runbook", url: "https://example.org/$job?$__url_time_range" }],
        fieldConfig: {
          defaults: {
            links: [
              { title: "Point", url: "https://example.org/$__field.labels.instance" },
              { title: "Detail", url: "/d/abc/detail" },
            ],
          },
        },
      }),
      links: [
        { type: "link", title: "Wiki", url: "https://example.org/wiki" },
        { type: "link", title: "Bad", url: "javascript:alert(1)" },
        { type: "dashboards", title: "Others", tags: ["x"] },
      ],
    });
    expect(links).toEqual([{ title: "Wiki", url: "https://example.org/wiki" }]);
    expect(panels[0]?.links).toEqual([{ title: "Runbook", url: "https://example.org/$job?$__url_time_range" }]);
    expect(notes).toEqual([
      'The link "Bad" leads to a place in Grafana, and is not shown.',
      'The list of dashboards "Others" is not shown: see the page Dashboards.',
      '"p": the link "Point" is made of a point\'s values, and is not shown.',
      '"p": the link "Detail" leads to a place in Grafana, and is not shown.',
    ]);
  });

  it.each([
    [{ type: "stat", options: { reduceOptions: { calcs: ["range"] } } }, /"range" of its values/],
    [{ type: "stat", options: { reduceOptions: { calcs: ["lastNotNull"], values: true } } }, /not every value/],
    [{ type: "stat", options: { reduceOptions: { calcs: ["last"], fields: "/^cpu$/" } } }, /not only the fields/],
    [{ type: "piechart" }, /pie is drawn as bars/],
    [{ type: "graph", alert: { name: "x" } }, /alerts are rules in files/],
    [{ type: "graph", seriesOverrides: [{ alias: "x", yaxis: 2 }] }, /share the left axis/],
    [{ type: "text", options: { mode: "html", content: "<b>x</b>" } }, /HTML is shown as plain text/],
    [{ type: "singlestat", postfix: " req" }, /words before and after/],
    [
      { type: "stat", fieldConfig: { defaults: { mappings: [{ type: "value", options: { ok: { text: "fine" } } }] } } },
      /for values that are no numbers/,
    ],
  ])("says what of %j is not as it was", (rest, note) => {
    const { notes } = fromGrafana(panel({ targets: [{ expr: "up" }], ...rest }));
    expect(notes).toEqual([expect.stringMatching(note)]);
  });

  it.each(["alertlist", "dashlist", "annolist"])("says where else to look for a panel of the type %s", (type) => {
    expect(fromGrafana(panel({ type })).panels[0]).toMatchObject({
      kind: "unsupported",
      text: expect.stringMatching(/here/),
    });
  });

  it("places the rows of versions before 5, with their graphs and single numbers", () => {
    const { panels } = fromGrafana({
      title: "old",
      schemaVersion: 14,
      rows: [
        {
          title: "Load",
          showTitle: true,
          height: "380px",
          panels: [
            {
              id: 1,
              type: "graph",
              span: 8,
              title: "CPU",
              stack: true,
              fill: 1,
              yaxes: [{ format: "percent", min: "0", max: 100 }, {}],
              seriesOverrides: [
                { alias: "/out/", transform: "negative-Y" },
                { alias: "limit", stack: false, dashes: true },
              ],
              aliasColors: { idle: "#7EB26D" },
              targets: [{ expr: "up", legendFormat: "{{job}}" }],
            },
            {
              id: 2,
              type: "singlestat",
              span: 4,
              format: "s",
              valueName: "avg",
              thresholds: "80,90",
              colors: ["rgba(50, 172, 45, 1)", "#EAB839", "#d44a3a"],
              colorValue: true,
              valueMaps: [{ value: "null", op: "=", text: "N/A" }],
              targets: [{ expr: "up" }],
            },
            {
              id: 3,
              type: "singlestat",
              span: 6,
              gauge: { show: true, minValue: 0, maxValue: 10 },
              targets: [{ expr: "up" }],
            },
          ],
        },
      ],
    });
    expect(panels.map(({ kind, grid }) => [kind, grid])).toEqual([
      ["row", { x: 0, y: 0, w: 24, h: 1 }],
      ["chart", { x: 0, y: 1, w: 16, h: 10 }],
      ["stat", { x: 16, y: 1, w: 8, h: 10 }],
      ["gauge", { x: 0, y: 11, w: 12, h: 10 }],
    ]);
    expect(panels[1]).toMatchObject({ unit: "percent", min: 0, max: 100, stacked: true });
    expect(panels[1]?.overrides).toEqual([
      { match: "idle", color: expect.any(String) },
      { match: "/out/", downwards: true },
      { match: "limit", dashed: true, stacked: false },
    ]);
    expect(panels[2]).toMatchObject({
      unit: "s",
      reduce: "mean",
      thresholds: [
        { value: null, level: "ok" },
        { value: 80, level: "warning" },
        { value: 90, level: "critical" },
      ],
      mappings: [{ missing: true, text: "N/A" }],
    });
    expect(panels[3]).toMatchObject({ min: 0, max: 10 });
  });

  it("reads the second schema: elements, rows and grids, and its variables", () => {
    const element = (id: number, title: string, group: string) => ({
      kind: "Panel",
      spec: {
        id,
        title,
        data: {
          kind: "QueryGroup",
          spec: {
            queries: [
              {
                kind: "PanelQuery",
                spec: {
                  hidden: false,
                  query: { kind: "DataQuery", group: "prometheus", spec: { expr: `up{id="${id}"}` } },
                },
              },
            ],
            transformations: [],
          },
        },
        vizConfig: { kind: "VizConfig", group, spec: { fieldConfig: { defaults: { unit: "bytes" } }, options: {} } },
      },
    });
    const item = (name: string, x: number) => ({
      kind: "GridLayoutItem",
      spec: { x, y: 0, width: 12, height: 6, element: { kind: "ElementReference", name } },
    });
    const grid = { kind: "GridLayout", spec: { items: [item("one", 0), item("two", 12)] } };
    const auto = { kind: "AutoGridLayout", spec: { maxColumnCount: 2, items: [item("three", 0)] } };
    const rows = [
      { kind: "RowsLayoutRow", spec: { title: "First", collapse: false, layout: grid } },
      { kind: "RowsLayoutRow", spec: { title: "Second", collapse: true, layout: auto } },
    ];
    const document = {
      apiVersion: "dashboard.grafana.app/v2beta1",
      kind: "Dashboard",
      metadata: { name: "x" },
      spec: {
        title: "New",
        elements: {
          one: element(1, "One", "timeseries"),
          two: element(2, "Two", "stat"),
          three: element(3, "Three", "geomap"),
        },
        layout: { kind: "RowsLayout", spec: { rows } },
        variables: [
          {
            kind: "QueryVariable",
            spec: { name: "job", multi: true, query: { kind: "DataQuery", spec: { query: "label_values(up, job)" } } },
          },
        ],
      },
    };
    const read = readDashboard(document);
    expect(read).toMatchObject({
      schema: 1,
      title: "New",
      variables: [{ name: "job", multi: true, query: "label_values(up, job)" }],
    });
    expect(
      read.panels.map(({ kind, title, grid: place }) => [kind, title, place.x, place.y, place.w, place.h]),
    ).toEqual([
      ["row", "First", 0, 0, 24, 1],
      ["chart", "One", 0, 1, 12, 6],
      ["stat", "Two", 12, 1, 12, 6],
      ["row", "Second", 0, 7, 24, 1],
      ["unsupported", "Three", 0, 8, 12, 9],
    ]);
    expect(read.panels[1]).toMatchObject({ unit: "bytes", queries: [{ expr: 'up{id="1"}' }] });
  });

  it("unwraps the newer API's envelope around the classic model", () => {
    const wrapped = {
      apiVersion: "dashboard.grafana.app/v1beta1",
      kind: "Dashboard",
      metadata: {},
      spec: panel({ type: "text" }),
    };
    expect(readDashboard(wrapped)).toMatchObject({ schema: 1, title: "t", panels: [{ kind: "text" }] });
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
