/** Opening the overview in a real browser: what its first screen needs comes first, the rest by itself, and nothing twice. */
import type { Browser, Page, Request } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hasNoBrowser, launchBrowser } from "./support/browser.ts";
import { type ServerProcess, sleep, startServerProcess, until } from "./support/server-process.ts";

/** Long enough for every chart to have something to draw. */
const WARM_UP_MS = 5000;
/** The page asks again no sooner than 5 s after an answer. */
const ASKED_ANEW_MS = 4500;
/** How much a place may be higher or lower than what comes into it: a legend's rows. */
const PLACE_TOLERANCE = 0.05;

interface RangeQuery {
  readonly query: string;
  readonly start?: number;
  readonly end?: number;
  readonly step?: number;
}

interface Section {
  readonly id: string;
  readonly hasCharts: boolean;
  /** Of the browser's window, px. */
  readonly topPx: number;
}

describe.skipIf(hasNoBrowser)("opening the overview", { timeout: 60_000 }, () => {
  let server: ServerProcess;
  let browser: Browser;

  beforeAll(async () => {
    [server, browser] = await Promise.all([startServerProcess(), launchBrowser()]);
    await sleep(WARM_UP_MS);
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

  /** @returns with everything that the page has asked since its very beginning */
  const open = async (path: string) => {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    const page = await context.newPage();
    const requests: Request[] = [];
    const sentAtMs = new Map<Request, number>();
    page.on("request", (request) => {
      requests.push(request);
      sentAtMs.set(request, performance.now());
    });
    await page.goto(server.url + path);
    return { page, context, requests, sentAtMs };
  };
  const sectionsOf = (page: Page) =>
    page.evaluate<Section[]>(`[...document.querySelectorAll("main section[id]")].map((one) => ({
      id: one.id,
      hasCharts: one.querySelector("figure") !== null,
      topPx: one.getBoundingClientRect().top,
    }))`);
  const heightOf = (page: Page) => page.evaluate<number>("document.documentElement.scrollHeight");
  const whole = (page: Page) =>
    until("all sections", async () => {
      const sections = await sectionsOf(page);
      return sections.length > 0 && sections.every(({ hasCharts }) => hasCharts) ? sections : undefined;
    });
  const rangesOf = (requests: readonly Request[], metric: string) =>
    requests
      .filter((request) => request.url().endsWith("/api/v1/batch"))
      .flatMap((request) => (request.postDataJSON() as { queries: RangeQuery[] }).queries)
      .filter(({ query, start }) => start !== undefined && query.includes(metric));

  it("asks for nothing twice, also once all of it is there", async () => {
    const { page, context, requests, sentAtMs } = await open("/");
    await page.locator('[data-panel="load"] canvas').waitFor();
    await page.getByTestId("findings").waitFor();
    await whole(page);
    for (const path of ["/host", "/label/instance/values", "/label/__name__/values", "/annotations"]) {
      const times = requests.filter((one) => one.url().includes(`/api/v1${path}`)).map((one) => sentAtMs.get(one)!);
      expect(times, path).not.toEqual([]);
      // Where the machine is slow, the time has come to ask anew.
      expect(
        times.filter((atMs) => atMs < times[0]! + ASKED_ANEW_MS),
        path,
      ).toHaveLength(1);
    }
    // One line of one chart each.
    expect(rangesOf(requests, "node_load5")).toHaveLength(1);
    expect(rangesOf(requests, "node_load15")).toHaveLength(1);
    await context.close();
  });

  it("asks for its first charts before anything else, in the address' time and beside what they are compared with", async () => {
    const toMs = Math.floor(Date.now() / 1000) * 1000 - 1000;
    const fromMs = toMs - 60_000;
    const { page, context, requests } = await open(`/?from=${fromMs}&to=${toMs}&compare=1h`);
    await page.locator('[data-panel="load"] canvas').waitFor();
    const windows = rangesOf(requests, "node_load5").map(({ start, end, step }) => [start, end, step]);
    const hourS = 3600;
    expect(windows).toEqual([
      [fromMs / 1000, toMs / 1000, 1],
      [fromMs / 1000 - hourS, toMs / 1000 - hourS, 1],
    ]);
    const batches = requests.filter((request) => request.url().endsWith("/api/v1/batch"));
    const [first] = (batches[0]!.postDataJSON() as { queries: RangeQuery[] }).queries;
    expect(first?.query).toContain('mode!="idle"');
    await context.close();
  });

  it("fills what is below the screen by itself, in places of the right height", async () => {
    const { page, context } = await open("/");
    const first = await until("the first charts", async () => {
      const sections = await sectionsOf(page);
      return sections.length > 0 ? { sections, heightPx: await heightOf(page) } : undefined;
    });
    const last = await whole(page);
    expect(last.map(({ id }) => id)).toEqual(first.sections.map(({ id }) => id));
    const heightPx = await heightOf(page);
    expect(Math.abs(heightPx - first.heightPx) / heightPx).toBeLessThan(PLACE_TOLERANCE);
    expect(await page.evaluate("scrollY")).toBe(0);
    await context.close();
  });

  it("opens at the section that its address names, with that section's charts first", async () => {
    const { page, context, requests } = await open("/#disks");
    await page.locator('[data-panel="disk-throughput"] canvas').waitFor();
    const topOf = async () => (await sectionsOf(page)).find(({ id }) => id === "disks")?.topPx;
    expect(await topOf()).toBeGreaterThanOrEqual(0);
    expect(await topOf()).toBeLessThan(150);
    const batches = requests.filter((request) => request.url().endsWith("/api/v1/batch"));
    const [query] = (batches[0]!.postDataJSON() as { queries: RangeQuery[] }).queries;
    expect(query?.query).toContain("node_disk_read_bytes_total");
    await whole(page);
    await sleep(500);
    // It stays there while the others come.
    expect(await topOf()).toBeLessThan(150);
    await context.close();
  });

  it("goes to a section that is not filled yet, and has its charts drawn", async () => {
    const { page, context } = await open("/");
    await page.locator("#page-contents a").last().click();
    const last = (await sectionsOf(page)).at(-1)!;
    await page.locator(`#${last.id} canvas`).first().waitFor();
    expect(await page.evaluate("document.activeElement.id")).toBe(last.id);
    await context.close();
  });

  it("prints everything, also at once after it was opened", async () => {
    const { page, context } = await open("/");
    await page.locator("main section[id]").first().waitFor();
    await page.evaluate(`window.print = () => {
      const all = (what) => document.querySelectorAll(what).length;
      window.sheet = {
        empty: [...document.querySelectorAll("main section[id]")].filter((one) => !one.querySelector("figure")).length,
        charts: all("figure[data-panel]"),
        drawn: all("figure[data-panel] canvas"),
        waiting: all("[data-loading]"),
      };
    }`);
    await page.keyboard.press("Control+p");
    const sheet = await until("the dialog", async () =>
      page.evaluate<Record<string, number> | undefined>("window.sheet"),
    );
    expect(sheet).toMatchObject({ empty: 0, waiting: 0 });
    expect(sheet.charts).toBeGreaterThan(20);
    // What this machine has no data for says so instead.
    expect(sheet.drawn).toBeGreaterThan(0.8 * sheet.charts!);
    await context.close();
  });
});
