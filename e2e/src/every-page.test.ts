/** What holds of every page, in a real browser over a real server: it fits on a phone, and everybody can use it. */
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { hasNoBrowser, openPage, violationsOf } from "./support/browser.ts";
import { sleep, until } from "./support/server-process.ts";
import { useSuite } from "./support/suite.ts";

/** Long enough for every chart to have something to draw. */
const WARM_UP_MS = 8000;
const IS_LOADING = `[...document.querySelectorAll("main [data-loading]")].some((one) => {
  const { top, bottom } = one.getBoundingClientRect();
  return bottom > 0 && top < innerHeight;
})`;
const PHONE = { width: 390, height: 844 };

describe.skipIf(hasNoBrowser)("every page", { timeout: 60_000 }, () => {
  const suite = useSuite(WARM_UP_MS);

  /**
   * Until nothing in sight says that it is being loaded, and then as long as a page takes to draw it. What is below waits until
   * somebody gets there.
   */
  const settle = async (page: Page) => {
    await page.locator("main").waitFor();
    await until("what is in sight", async () => ((await page.evaluate<boolean>(IS_LOADING)) ? undefined : true));
    await sleep(600);
  };

  const expectNarrow = async (page: Page) => {
    const content = await page.evaluate<number>("document.documentElement.scrollWidth");
    expect(content).toBeLessThanOrEqual(await page.evaluate<number>("window.innerWidth"));
  };

  it.each([
    ["/", "light"],
    ["/", "dark"],
    ["/?view=wall", "dark"],
    ["/processes", "light"],
    ["/containers", "dark"],
    ["/explore", "light"],
    ["/explore?q=node_load1", "dark"],
    ["/alerts", "light"],
    ["/alerts", "dark"],
    ["/dashboards", "light"],
    ["/no-such-page", "light"],
  ] as const)("has no accessibility violation, and fits on a phone: %s, %s", async (path, scheme) => {
    const { page } = await suite.lasting.at(path, { scheme });
    await settle(page);
    expect(await violationsOf(page)).toEqual([]);
    await page.setViewportSize(PHONE);
    await settle(page);
    await expectNarrow(page);
  });

  it("fits on a phone that it is opened on", async () => {
    const { page, context } = await openPage(suite.browser, suite.server.url, PHONE);
    await settle(page);
    await expectNarrow(page);
    await context.close();
  });
});
