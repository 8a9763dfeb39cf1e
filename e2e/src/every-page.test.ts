/** What holds of every page, in a real browser over a real server: it fits on a phone, and everybody can use it. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hasNoBrowser, launchBrowser, openPage, violationsOf } from "./support/browser.ts";
import { type ServerProcess, sleep, startServerProcess } from "./support/server-process.ts";

/** Long enough for every chart to have something to draw. */
const WARM_UP_MS = 8000;

describe.skipIf(hasNoBrowser)("every page", { timeout: 60_000 }, () => {
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

  it.each([
    "/",
    "/processes",
    "/containers",
    "/explore",
    "/alerts",
    "/dashboards",
  ])("fits on a phone: %s", async (path) => {
    const { page, context } = await openPage(browser, server.url + path, { width: 390, height: 844 });
    await page.locator("main").waitFor();
    await sleep(1000);
    const content = await page.evaluate<number>("document.documentElement.scrollWidth");
    const screen = await page.evaluate<number>("window.innerWidth");
    expect(content).toBeLessThanOrEqual(screen);
    await context.close();
  });

  it.each([
    ["/", "light"],
    ["/", "dark"],
    ["/processes", "light"],
    ["/containers", "dark"],
    ["/explore", "light"],
    ["/explore?q=node_load1", "dark"],
    ["/alerts", "light"],
    ["/alerts", "dark"],
    ["/dashboards", "light"],
    ["/no-such-page", "light"],
  ] as const)("has no accessibility violation: %s, %s", async (path, scheme) => {
    const { page, context } = await openPage(browser, server.url + path, { scheme });
    await page.locator("main").waitFor();
    await sleep(1500);
    expect(await violationsOf(page)).toEqual([]);
    await context.close();
  });
});
