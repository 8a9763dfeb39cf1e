/** Own dashboards in a real browser: imported, arranged with the mouse and by keyboard, followed on disk. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { beforeAll, describe, expect, it } from "vitest";
import { hasNoBrowser, pixelsOf, violationsOf } from "./support/browser.ts";
import { until } from "./support/server-process.ts";
import { useSuite } from "./support/suite.ts";

/** Long enough for a chart to have something to draw. */
const WARM_UP_MS = 4000;
const FULL = fileURLToPath(new URL("../../../shared/conformance/dashboards/node-exporter-full.json", import.meta.url));
const hasFull = existsSync(FULL);
if (!hasFull) console.warn(`skipped: ${FULL} is not here, so the published dashboard is not opened`);

interface Place {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

describe.skipIf(hasNoBrowser)("own dashboards", { timeout: 60_000 }, () => {
  const suite = useSuite(WARM_UP_MS);
  beforeAll(() => void mkdirSync(join(suite.server.dataDir, "dashboards"), { recursive: true }));

  const fileOf = (id: string) => join(suite.server.dataDir, "dashboards", `${id}.json`);
  const stored = (id: string): Record<string, Place> => {
    const { panels } = JSON.parse(readFileSync(fileOf(id), "utf8")) as { panels: { title: string; grid: Place }[] };
    return Object.fromEntries(panels.map(({ title, grid }) => [title, grid]));
  };
  const chart = (page: Page, panel: string) => page.locator(`[data-panel="${panel}"] canvas`);

  /** Two charts one below the other, in a file of its own. */
  const twoCharts = (id: string) => {
    const query = { queries: [{ expr: "node_load1" }], kind: "chart" };
    const panels = [
      { id: 1, title: "First", grid: { x: 0, y: 0, w: 12, h: 6 }, ...query },
      { id: 2, title: "Second", grid: { x: 0, y: 6, w: 12, h: 6 }, ...query },
    ];
    writeFileSync(fileOf(id), JSON.stringify({ schema: 1, title: id, panels }));
  };
  const edit = async (id: string) => {
    const opened = await suite.lasting.at(`/dashboards/${id}`);
    await chart(opened.page, "panel-1").waitFor();
    await opened.page.getByRole("button", { name: "Edit", exact: true }).click();
    return opened;
  };
  const save = async (page: Page) => {
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("button", { name: "Edit", exact: true }).waitFor();
  };
  const dragBy = async (page: Page, handle: string, dx: number, dy: number) => {
    const box = (await page.getByRole("button", { name: handle }).boundingBox())!;
    const [x, y] = [box.x + 12, box.y + 12];
    await page.mouse.move(x, y);
    await page.mouse.down();
    await page.mouse.move(x + dx / 2, y + dy / 2, { steps: 3 });
    await page.mouse.move(x + dx, y + dy, { steps: 3 });
    return { drop: () => page.mouse.up() };
  };

  it("opens a dashboard from Grafana, and says what cannot be shown", async () => {
    const { page, problems } = await suite.lasting.at("/dashboards");
    await page.getByRole("button", { name: "Import" }).first().click();
    const panel = { gridPos: { x: 0, y: 0, w: 12, h: 8 }, targets: [{ expr: "node_load1", legendFormat: "one" }] };
    const foreign = {
      title: "From elsewhere",
      panels: [
        { ...panel, id: 1, type: "timeseries", title: "Load" },
        { ...panel, id: 2, type: "geomap", title: "Map", gridPos: { x: 12, y: 0, w: 12, h: 8 } },
      ],
    };
    await page.getByLabel("Or its text").fill(JSON.stringify(foreign));
    await page.getByRole("dialog").getByRole("button", { name: "Import" }).click();
    await page.waitForURL(/dashboards\/from-elsewhere/);
    await chart(page, "panel-1").waitFor();
    await page.getByText('Panels of the type "geomap" cannot be shown here.').waitFor();
    expect(await page.locator('[data-panel="panel-1"] [data-value="one"]').count()).toBe(1);
    expect(problems).toEqual([]);
  });

  it("says of an import that it is no dashboard", async () => {
    const { page } = await suite.lasting.at("/dashboards");
    await page.getByRole("button", { name: "Import" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Or its text").fill('{"foo":1}');
    await dialog.getByRole("button", { name: "Import" }).click();
    await dialog.getByText(/^This is no dashboard: /).waitFor();
  });

  it.skipIf(!hasFull)(
    "opens the published Node Exporter Full with every panel, and none says that it is wrong",
    async () => {
      const { page, problems } = await suite.lasting.at("/dashboards");
      await page.getByRole("button", { name: "Import" }).first().click();
      await page.locator('input[type="file"]').setInputFiles(FULL);
      await page.waitForURL(/dashboards\/node-exporter-full/);
      await page.locator('[data-panel="panel-20"]').waitFor();
      await page.locator("main h2 button[aria-expanded=false]").evaluateAll((rows) => {
        for (const row of rows as unknown as { click(): void }[]) row.click();
      });
      expect(await page.locator("figure[data-panel]").count()).toBe(125);
      expect(await page.getByText("cannot be shown here").count()).toBe(0);
      await chart(page, "panel-77").waitFor();
      expect(await page.locator("figure [role=alert]").allTextContents()).toEqual([]);
      expect(problems).toEqual([]);
    },
  );

  it("repeats panels for each value of a variable that takes several", async () => {
    const target = { expr: 'node_cpu_seconds_total{mode="$mode"}', legendFormat: "{{cpu}}" };
    const foreign = {
      title: "Repeats",
      templating: {
        list: [{ name: "mode", type: "custom", query: "user,system,idle", multi: true, current: { value: "user" } }],
      },
      panels: [
        {
          id: 1,
          type: "stat",
          title: "of $mode",
          repeat: "mode",
          gridPos: { x: 0, y: 0, w: 24, h: 5 },
          targets: [target],
        },
      ],
    };
    writeFileSync(fileOf("repeats"), JSON.stringify(foreign));
    const { page } = await suite.lasting.at("/dashboards/repeats");
    await page.getByText("of user").waitFor();
    await page.getByRole("button", { name: /^mode/ }).click();
    await page.getByLabel("system").check();
    await page.getByText("of system").waitFor();
    expect(new URL(page.url()).searchParams.get("var-mode")).toBe('["user","system"]');
    const boxes = await page
      .locator("figure[data-panel]")
      .evaluateAll((all) => all.map((one) => one.getBoundingClientRect().y));
    expect(new Set(boxes).size).toBe(1);
  });

  it("moves and resizes panels with the mouse, and keeps it in the file", async () => {
    twoCharts("mouse");
    const { page, problems } = await edit("mouse");
    const second = (await page.locator('[data-cell="2"]').boundingBox())!;
    await (await dragBy(page, "Move Second", second.width + 8, -second.height)).drop();
    await (await dragBy(page, "Resize First", 0, 76)).drop();
    await save(page);
    expect(stored("mouse")).toEqual({ First: { x: 0, y: 0, w: 12, h: 8 }, Second: { x: 12, y: 0, w: 12, h: 6 } });
    expect(problems).toEqual([]);
  });

  it("leaves everything in place where a drag ends with Escape", async () => {
    twoCharts("escape");
    const { page } = await edit("escape");
    const before = (await page.locator('[data-cell="2"]').boundingBox())!;
    const { drop } = await dragBy(page, "Move Second", 400, -200);
    await page.keyboard.press("Escape");
    await drop();
    expect(await page.locator('[data-cell="2"]').boundingBox()).toEqual(before);
  });

  it("moves and resizes panels by keyboard, and says where they are", async () => {
    twoCharts("keys");
    const { page } = await edit("keys");
    await page.getByRole("button", { name: "Move First" }).focus();
    for (const key of ["ArrowDown", "Shift+ArrowRight", "Shift+ArrowRight", "Shift+ArrowDown"])
      await page.keyboard.press(key);
    await page.getByText("First: column 1, row 7, 14 wide, 7 high").waitFor({ state: "attached" });
    expect(await page.evaluate("document.activeElement.ariaLabel")).toBe("Move First");
    await save(page);
    expect(stored("keys")).toEqual({ Second: { x: 0, y: 0, w: 12, h: 6 }, First: { x: 0, y: 6, w: 14, h: 7 } });
  });

  it("shows a change of the file, and does not overwrite one with a draft", async () => {
    twoCharts("disk");
    const { page } = await suite.lasting.at("/dashboards/disk");
    await page.getByRole("heading", { name: "First" }).waitFor();
    writeFileSync(fileOf("disk"), readFileSync(fileOf("disk"), "utf8").replace("First", "Changed on disk"));
    await page.getByRole("heading", { name: "Changed on disk" }).waitFor({ timeout: 10_000 });
    await page.getByRole("button", { name: "Edit", exact: true }).click();
    await page.getByLabel("Title").fill("Mine");
    writeFileSync(fileOf("disk"), readFileSync(fileOf("disk"), "utf8").replace("Changed on disk", "Theirs"));
    await page.getByText("was changed meanwhile").waitFor({ timeout: 10_000 });
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("alert").waitFor();
    expect(stored("disk").Theirs).toBeDefined();
  });

  it("fits on a phone, where buttons that lost their words keep their names", async () => {
    twoCharts("phone");
    const { page } = await suite.lasting.at("/dashboards/phone", { width: 390, height: 844 });
    await chart(page, "panel-1").waitFor();
    expect(await page.evaluate<number>("document.documentElement.scrollWidth")).toBeLessThanOrEqual(390);
    expect(await violationsOf(page)).toEqual([]);
    await page.getByRole("button", { name: "Edit", exact: true }).click();
    await page.getByLabel("Title").fill("Renamed");
    const button = (await page.getByRole("button", { name: "Save" }).boundingBox())!;
    expect(button.x + button.width).toBeLessThanOrEqual(390);
    await save(page);
    expect(readFileSync(fileOf("phone"), "utf8")).toMatch(/Renamed/);
  });

  it.each(["light", "dark"] as const)("draws limits, heat maps and states, and reads them out: %s", async (scheme) => {
    const bucket = (le: string, factor: number) => `label_replace(vector(${factor}), "le", "${le}", "", "")`;
    const panels = [
      {
        id: 1,
        kind: "chart",
        title: "Limited",
        grid: { x: 0, y: 0, w: 12, h: 8 },
        queries: [{ expr: "vector(8)", legend: "eight" }],
        thresholds: [
          { value: null, level: "ok" },
          { value: 10, level: "critical" },
        ],
        thresholdStyle: "both",
        links: [{ title: "Runbook", url: "https://example.org/?$__url_time_range" }],
      },
      {
        id: 2,
        kind: "heatmap",
        title: "Durations",
        unit: "s",
        grid: { x: 12, y: 0, w: 12, h: 8 },
        queries: [{ expr: `${bucket("0.5", 1)} or ${bucket("1", 5)} or ${bucket("+Inf", 5)}` }],
      },
      {
        id: 3,
        kind: "states",
        title: "Readiness",
        grid: { x: 0, y: 8, w: 24, h: 6 },
        queries: [{ expr: "vector(1)", legend: "door" }],
        mappings: [{ value: 1, text: "OPEN", level: "critical" }],
      },
      { id: 4, kind: "text", title: "", grid: { x: 0, y: 14, w: 24, h: 4 }, text: "# Notes\n- **one**" },
    ];
    writeFileSync(fileOf("kinds"), JSON.stringify({ schema: 1, title: "Kinds", panels }));
    const { page, problems } = await suite.lasting.at("/dashboards/kinds", { scheme });
    for (const panel of ["panel-1", "panel-2", "panel-3"]) await chart(page, panel).waitFor();
    const colors = { light: ["#c23b06", "#cf4a0c", "#14508f"], dark: ["#f98a5e", "#d8582a", "#8fc4f4"] }[scheme];
    const [limit, open] = colors as [string, string];
    await until("the limit's line", async () => ((await pixelsOf(page, "panel-1", limit)) > 50 ? true : undefined));
    await until("the state's block", async () => ((await pixelsOf(page, "panel-3", open)) > 5000 ? true : undefined));

    // The middle of three buckets holds 4 of 5, in the latest step.
    const over = (await page.locator('[data-panel="panel-2"] .u-over').boundingBox())!;
    await page.mouse.move(over.x + over.width - 8, over.y + over.height / 2);
    await page
      .locator('[data-panel="panel-2"]')
      .getByText(/^500.ms to 1.s: 4 · /)
      .waitFor();
    await page.mouse.move(0, 0);
    const reader = page.getByRole("img", { name: /^Readiness: door OPEN/ });
    await reader.focus();
    await page.keyboard.press("ArrowLeft");
    await page
      .locator('[data-panel="panel-3"] [aria-live]')
      .getByText(/door: OPEN$/)
      .waitFor({ state: "attached" });
    expect(await page.getByRole("heading", { name: "Notes" }).count()).toBe(1);

    await page.getByRole("button", { name: "More about Limited" }).click();
    const link = page.getByRole("menuitem", { name: "Runbook" });
    expect(await link.getAttribute("href")).toMatch(/^https:\/\/example\.org\/\?from=\d{13}&to=\d{13}$/);
    await page.keyboard.press("Escape");
    await link.waitFor({ state: "detached" });
    expect(await violationsOf(page)).toEqual([]);
    expect(problems).toEqual([]);
  });

  it("has limits in a panel's form, and keeps them in its file", async () => {
    twoCharts("limits");
    const { page } = await edit("limits");
    await page.getByRole("button", { name: "Edit First" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Warning from").fill("0.5");
    await dialog.getByLabel("Critical from").fill("2");
    await dialog.getByLabel("Limits are drawn as").selectOption("line");
    await dialog.getByRole("button", { name: "Done" }).click();
    await save(page);
    const { panels } = JSON.parse(readFileSync(fileOf("limits"), "utf8")) as { panels: object[] };
    expect(panels[0]).toMatchObject({
      thresholdStyle: "line",
      thresholds: [{ value: null }, { value: 0.5, level: "warning" }, { value: 2, level: "critical" }],
    });
  });

  it.each(["light", "dark"] as const)("has no accessibility violation, shown and edited: %s", async (scheme) => {
    twoCharts("axe");
    const { page } = await suite.lasting.at("/dashboards/axe", { scheme });
    await chart(page, "panel-1").waitFor();
    expect(await violationsOf(page)).toEqual([]);
    await page.getByRole("button", { name: "Edit", exact: true }).click();
    await until("the handles", async () => ((await page.locator("[data-handle]").count()) === 4 ? true : undefined));
    expect(await violationsOf(page)).toEqual([]);
  });
});
