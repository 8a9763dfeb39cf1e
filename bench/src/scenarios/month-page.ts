/**
 * Thirty days in the browser: a month of everything that this machine shows, a sample a minute, opened as the overview, scrolled
 * through and zoomed into, and a thousand of its series in one chart. Chromium has no GPU here, so all drawing counts.
 */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Labels } from "@dmon/model";
import type { Page } from "playwright-core";
import { ask } from "../measure/ask.ts";
import { launchChromium, PageMeter } from "../measure/browser.ts";
import { findChromium } from "../measure/chromium.ts";
import { type HistorySeries, writeHistory } from "../measure/history.ts";
import { startDmon } from "../measure/program.ts";
import type { Context, Row, Scenario, Skip } from "../scenario.ts";

const [DAYS, QUICK_DAYS] = [30, 10];
const STEP_MS = 60_000;
const WINDOW = { width: 1440, height: 900 };
const WITHOUT_BROWSER = ["first-chart", "scroll-task", "zoom-task", "thousand"].map((row) => `month-page.${row}`);
/** A screenful less what is seen twice. */
const SCROLL_PX = 700;
/** As long as a reader looks at least. */
const LOOK_MS = 400;
const SETTLED_MS = 500;

interface ApiSeries {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

export const monthPage: Scenario = {
  name: "month-page",
  summary:
    "30 days of this machine's series in Chromium: opened, scrolled through, zoomed into, a thousand lines in one chart",
  async run(context) {
    const executablePath = findChromium();
    if (executablePath === undefined) {
      const skipped = "no Chromium was found (CHROMIUM_BIN, PATH)";
      return WITHOUT_BROWSER.map((name): Skip => ({ name, skipped }));
    }
    const series = await seriesHere(context);
    const days = context.quick ? QUICK_DAYS : DAYS;
    context.say(`writing ${days} days of ${series.length} series, a sample a minute`);
    const dir = join(context.scratch, "data");
    writeHistory(dir, { hosts: [series], days, stepMs: STEP_MS });
    const program = await startDmon(context.root, dir);
    try {
      await sleep(3000);
      const browser = await launchChromium(executablePath);
      try {
        const page = await browser.newPage({ viewport: WINDOW });
        await page.addInitScript(WATCH_TASKS);
        const overview = await lookThrough(page, `${program.url}/?range=${days}d`);
        return [...overview, ...(await lookAtThousand(page, program.url, days))];
      } finally {
        await browser.close();
      }
    } finally {
      await program.stop();
    }
  },
};

/** What a program shows of this machine a moment after its start. */
async function seriesHere(context: Context): Promise<readonly HistorySeries[]> {
  const program = await startDmon(context.root, join(context.scratch, "first"));
  try {
    await sleep(4000);
    const text = await ask(program, "query", { query: '{job="node"}', time: String(Date.now() / 1000) });
    const { result } = (JSON.parse(text) as { data: { result: readonly ApiSeries[] } }).data;
    return result.map(({ metric, value }) => {
      const isCounter = metric.__name__!.endsWith("_total");
      return {
        labels: Labels.from(metric),
        isCounter,
        value: Number.isFinite(Number(value[1])) ? Number(value[1]) : 0,
      };
    });
  } finally {
    await program.stop();
  }
}

async function lookThrough(page: Page, url: string): Promise<readonly Row[]> {
  const openedMs = performance.now();
  await page.goto(url);
  await page.locator('[data-panel="cpu-utilisation"] canvas').waitFor();
  const firstMs = performance.now() - openedMs;
  await settle(page);
  const opening = await longestTask(page);
  const meter = await PageMeter.attach(page);
  const before = await meter.read();
  await longestTask(page);
  let screens = 1;
  for (const height = await heightOf(page); screens * SCROLL_PX < height; screens++) {
    await page.mouse.wheel(0, SCROLL_PX);
    await sleep(LOOK_MS);
  }
  await settle(page);
  const scrolling = await longestTask(page);
  const cpuMs = ((await meter.read()).taskSeconds - before.taskSeconds) * 1000;
  await page.evaluate("scrollTo(0, 0)");
  await settle(page);
  await longestTask(page);
  const box = (await page.locator('[data-panel="cpu-utilisation"] .u-over').boundingBox())!;
  const y = box.y + box.height / 2;
  await page.mouse.move(box.x + box.width * 0.5, y);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.6, y, { steps: 5 });
  await page.mouse.up();
  await page.waitForURL(/from=/);
  await settle(page);
  return [
    { name: "month-page.first-chart", value: firstMs, unit: "ms", note: "from the navigation" },
    { name: "month-page.open-task", value: opening, unit: "ms", note: "the longest task until all in sight is drawn" },
    {
      name: "month-page.scroll-task",
      value: scrolling,
      unit: "ms",
      note: `the longest while ${screens} screens are scrolled through; ${(cpuMs / screens).toFixed(0)} ms of CPU each`,
    },
    {
      name: "month-page.zoom-task",
      value: await longestTask(page),
      unit: "ms",
      note: "the longest of a zoom by dragging",
    },
  ];
}

async function lookAtThousand(page: Page, url: string, days: number): Promise<readonly Row[]> {
  const startedMs = performance.now();
  await page.goto(`${url}/explore?range=${days}d&q=${encodeURIComponent('{job="node"}')}`);
  const panel = page.locator('[data-panel="explore-graph"]');
  await panel.locator("canvas").waitFor({ timeout: 60_000 });
  const drawnMs = performance.now() - startedMs;
  await settle(page);
  await longestTask(page);
  const all = panel.getByRole("button", { name: /^Draw all / });
  const count = Number((await all.textContent())!.replace(/\D/g, ""));
  await all.click();
  await settle(page);
  const drawing = await longestTask(page);
  const box = (await panel.locator(".u-over").boundingBox())!;
  const meter = await PageMeter.attach(page);
  const before = await meter.read();
  const moves = 40;
  for (let i = 0; i < moves; i++) {
    await page.mouse.move(box.x + box.width * (0.2 + (0.6 * i) / moves), box.y + box.height / 2);
    await sleep(20);
  }
  const cpuMs = ((await meter.read()).taskSeconds - before.taskSeconds) * 1000;
  return [
    { name: "month-page.thousand", value: drawnMs, unit: "ms", note: `${count} series, from the navigation` },
    { name: "month-page.draw-all-task", value: drawing, unit: "ms", note: `the longest as all ${count} are drawn` },
    { name: "month-page.crosshair", value: cpuMs / moves, unit: "ms", note: "CPU a movement over all of them" },
  ];
}

/** Until nothing in sight is being loaded, and a moment longer. */
async function settle(page: Page): Promise<void> {
  const isLoading = `[...document.querySelectorAll("main [data-loading]")].some((one) => {
    const { top, bottom } = one.getBoundingClientRect();
    return bottom > 0 && top < innerHeight;
  })`;
  do await sleep(SETTLED_MS);
  while (await page.evaluate<boolean>(isLoading));
}

function heightOf(page: Page): Promise<number> {
  return page.evaluate<number>("document.documentElement.scrollHeight");
}

/** Runs in the page, before its own scripts: notes tasks that a reader may feel (50 ms and more). */
const WATCH_TASKS = `{
  globalThis.longestTaskMs = 0;
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) longestTaskMs = Math.max(longestTaskMs, duration);
  }).observe({ type: "longtask", buffered: true });
}`;

/** Since it was asked last, ms of wall time; 0 where none took 50. */
function longestTask(page: Page): Promise<number> {
  return page.evaluate<number>("(() => { const ms = longestTaskMs; longestTaskMs = 0; return ms; })()");
}
