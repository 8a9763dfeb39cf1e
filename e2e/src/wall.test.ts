/** All charts on one screen: the wall view, and the two columns of a wide screen without it. */
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { hasNoBrowser } from "./support/browser.ts";
import { until } from "./support/server-process.ts";
import { useSuite } from "./support/suite.ts";

const WALL = { width: 2560, height: 1440 };

interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

const boxesOf = (page: Page, what: string) =>
  page.evaluate<Box[]>(
    `[...document.querySelectorAll(${JSON.stringify(what)})].map((one) => one.getBoundingClientRect().toJSON())`,
  );
const scrollHeight = (page: Page) => page.evaluate<number>("document.documentElement.scrollHeight");

describe.skipIf(hasNoBrowser)("the wall view", { timeout: 60_000 }, () => {
  const suite = useSuite(3000);

  /** Every chart of it is drawn, or says that there is nothing. */
  const drawn = async (page: Page) => {
    await page.locator("[data-compact] canvas").first().waitFor();
    await until("all charts", async () =>
      (await page.locator("main [data-loading]").count()) === 0 ? true : undefined,
    );
  };

  it("has every chart of the page on the screen, none over another, none larger than it", async () => {
    const { page, problems } = await suite.lasting.at("/", WALL);
    await page.locator("main .uplot").first().waitFor();
    const ids = "[...document.querySelectorAll('[data-panel]')].map((one) => one.dataset.panel).sort()";
    // What is below comes a moment later, section by section.
    const isWhole = `[...document.querySelectorAll("main section[id]")].every((one) => one.querySelector("figure") !== null)`;
    await until("all sections", async () => ((await page.evaluate<boolean>(isWhole)) ? true : undefined));
    const all = await page.evaluate<string[]>(ids);
    expect(all.length).toBeGreaterThan(20);
    await suite.lasting.at("/?view=wall", WALL);
    await drawn(page);
    expect(await page.evaluate(ids)).toEqual(all);
    expect(await scrollHeight(page)).toBeLessThanOrEqual(WALL.height);
    const boxes = await boxesOf(page, "[data-panel]");
    for (const [i, box] of boxes.entries()) {
      expect(box.bottom).toBeLessThanOrEqual(WALL.height);
      expect(box.right).toBeLessThanOrEqual(WALL.width);
      for (const other of boxes.slice(0, i)) {
        const isApart =
          other.right <= box.left || other.bottom <= box.top || box.right <= other.left || box.bottom <= other.top;
        expect(isApart).toBe(true);
      }
    }
    // The last row is as wide as the others.
    expect(Math.max(...boxes.map(({ right }) => right)) - boxes.at(-1)!.right).toBeLessThan(1);
    expect(await page.getByRole("navigation", { name: "Pages" }).isVisible()).toBe(false);
    expect(problems).toEqual([]);
  });

  it("lays its charts out anew as the window is resized, and is scrolled where they could not be read", async () => {
    const { page } = await suite.lasting.at("/?view=wall", WALL);
    await drawn(page);
    const before = (await boxesOf(page, "[data-panel]"))[0]!;
    await page.setViewportSize({ width: 1280, height: 720 });
    const small = await until("smaller charts", async () => {
      const [box] = await boxesOf(page, "[data-panel]");
      return box!.bottom - box!.top < before.bottom - before.top ? box : undefined;
    });
    expect(small.bottom - small.top).toBeGreaterThanOrEqual(148);
    expect(await scrollHeight(page)).toBeGreaterThan(720);
    const canvas = await boxesOf(page, "[data-panel] canvas");
    expect(canvas[0]!.bottom - canvas[0]!.top).toBeGreaterThan(80);
  });

  it("is entered and left by a button or f, with the time that is shown", async () => {
    const { page } = await suite.lasting.at("/?range=15m");
    await page.locator("main .uplot").first().waitFor();
    await page.getByRole("button", { name: "Wall view", exact: true }).click();
    await page.locator("[data-compact] canvas").first().waitFor();
    expect(new URL(page.url()).search).toBe("?range=15m&view=wall");
    await page.keyboard.press("f");
    await page.locator("[data-compact]").waitFor({ state: "detached" });
    expect(new URL(page.url()).search).toBe("?range=15m");
    await page.keyboard.press("f");
    await page.locator("[data-compact]").waitFor();
    await page.getByRole("button", { name: "Wall view", pressed: true }).click();
    await page.locator("[data-compact]").waitFor({ state: "detached" });
    await page.getByRole("navigation", { name: "Pages" }).waitFor();
  });

  it("prints as the page does without it", async () => {
    const { page } = await suite.lasting.at("/?view=wall", WALL);
    await drawn(page);
    await page.evaluate(`window.print = () => {
      window.sheet = {
        sections: document.querySelectorAll("main section[id]").length,
        walls: document.querySelectorAll("[data-compact]").length,
        waiting: document.querySelectorAll("[data-loading]").length,
      };
    }`);
    await page.keyboard.press("Control+p");
    const sheet = await until("the dialog", async () => page.evaluate<object | undefined>("window.sheet"));
    expect(sheet).toMatchObject({ walls: 0, waiting: 0 });
    expect(sheet).not.toMatchObject({ sections: 0 });
    await page.locator("[data-compact]").waitFor();
  });

  it("shows one row of a legend, and all of it within the screen while its chart is pointed at", async () => {
    const { page } = await suite.lasting.at("/?view=wall", WALL);
    await drawn(page);
    const legend = "[data-panel=memory-use] ul";
    const [row] = await boxesOf(page, legend);
    expect(row!.bottom - row!.top).toBe(24);
    await page.locator("[data-panel=memory-use] .u-over").hover();
    const [whole] = await boxesOf(page, legend);
    expect(whole!.bottom - whole!.top).toBeGreaterThan(24);
    expect((await boxesOf(page, "[data-panel=memory-use] li")).every(({ bottom }) => bottom <= whole!.bottom)).toBe(
      true,
    );
    await page.locator("[data-last] .u-over").first().hover();
    const last = await boxesOf(page, "[data-last] ul");
    expect(last.every(({ bottom }) => bottom <= WALL.height)).toBe(true);
  });

  it("is led to a section's first chart by a tile", async () => {
    const { page } = await suite.lasting.at("/?view=wall", WALL);
    await drawn(page);
    await page.locator("[data-tile=tile-memory]").getByRole("link").click();
    const id = await page.evaluate<string>("document.activeElement.id");
    expect(await page.locator(`#${id} [data-panel=memory-use]`).count()).toBe(1);
  });

  it("is not needed for a wide screen to be used: sections stand in two columns there", async () => {
    const { page } = await suite.lasting.at("/", WALL);
    await page.locator("main .uplot").nth(5).waitFor();
    const sections = await until("all sections", async () => {
      const found = await boxesOf(page, "main section[id]");
      return found.length > 4 ? found : undefined;
    });
    const lefts = new Set(sections.map(({ left }) => Math.round(left)));
    expect(lefts.size).toBe(2);
    expect(sections[0]!.left).toBe(Math.min(...lefts));
    const right = sections.find(({ left }) => Math.round(left) === Math.max(...lefts))!;
    expect(Math.abs(right.top - sections[0]!.top)).toBeLessThan(2);
    await page.setViewportSize({ width: 1440, height: 900 });
    await until("one column", async () => {
      const found = await boxesOf(page, "main section[id]");
      return new Set(found.map(({ left }) => Math.round(left))).size === 1 ? true : undefined;
    });
  });
});
