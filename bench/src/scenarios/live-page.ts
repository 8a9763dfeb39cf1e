/**
 * What charts cost that someone leaves open: the overview's wall view, with all of its charts on a screen of 2560 × 1440, and
 * beside it a window with the charts of programs, so that there are sixty, all live at 1 s, in Chromium without a GPU. CPU of all
 * of the browser's processes, and whether heap, nodes and listeners stay.
 *
 * `--quick` watches half a minute, otherwise an hour; either begins when the page's code has been run often enough to be compiled.
 */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Page } from "playwright-core";
import { type BrowserCpu, BrowserMeter, launchChromium, PageMeter, type PageState } from "../measure/browser.ts";
import { findChromium } from "../measure/chromium.ts";
import { gatherCrowd } from "../measure/crowd.ts";
import { startDmon } from "../measure/program.ts";
import type { Context, Row, Scenario, Skip } from "../scenario.ts";

const WALL_WINDOW = { width: 2560, height: 1440 };
const PROGRAMS_WINDOW = { width: 1280, height: 1600 };
const NEEDED_CHARTS = 60;
const GATED = ["cpu", "heap-growth", "node-growth", "listener-growth"].map((row) => `live-page.${row}`);
const MAX_ROWS = 10;
const [QUICK_WARM_UP_MS, QUICK_WINDOW_MS] = [75_000, 30_000];
/** Longer than the window that is shown, which fills meanwhile. */
const [FULL_WARM_UP_MS, FULL_WINDOW_MS] = [330_000, 3_600_000];
/** Heap and nodes are told so often in the hour. */
const TOLD_TIMES = 12;

export const livePage: Scenario = {
  name: "live-page",
  summary: "CPU and memory of Chromium with 60 live charts on the screen at 1 s (an hour; --quick: two minutes)",
  async run(context) {
    const executablePath = findChromium();
    if (executablePath === undefined) {
      const skipped = "no Chromium was found (CHROMIUM_BIN, PATH)";
      return GATED.map((name): Skip => ({ name, skipped }));
    }
    const crowd = gatherCrowd(60, context.scratch);
    const program = await startDmon(context.root, join(context.scratch, "data"));
    try {
      const browser = await launchChromium(executablePath);
      try {
        await sleep(5000);
        const wall = await browser.newPage({ viewport: WALL_WINDOW });
        await wall.goto(`${program.url}/?view=wall`);
        await wall.locator("main .uplot").nth(20).waitFor();
        await sleep(2000);
        const programs = await browser.newPage({ viewport: PROGRAMS_WINDOW });
        await programs.goto(`${program.url}/processes`);
        await openCharts(programs, NEEDED_CHARTS - (await countCharts([wall])));
        return await watch(context, [wall, programs], await BrowserMeter.attach(browser));
      } finally {
        await browser.close();
      }
    } finally {
      await program.stop();
      await crowd.disperse();
    }
  },
};

async function watch(context: Context, pages: readonly Page[], browser: BrowserMeter): Promise<readonly Row[]> {
  const meters = await Promise.all(pages.map((page) => PageMeter.attach(page)));
  const readPages = async (): Promise<PageState> => sumOf(await Promise.all(meters.map((meter) => meter.read())));
  await sleep(context.quick ? QUICK_WARM_UP_MS : FULL_WARM_UP_MS);
  const chartCount = await countCharts(pages);
  if (chartCount < NEEDED_CHARTS) throw new Error(`only ${chartCount} of ${NEEDED_CHARTS} charts are on the screen`);
  const [pageBefore, cpuBefore, startedMs] = [await readPages(), await browser.read(), performance.now()];
  if (context.quick) await sleep(QUICK_WINDOW_MS);
  else {
    let [cpu, atMs] = [cpuBefore, startedMs];
    for (let i = 1; i <= TOLD_TIMES; i++) {
      await sleep(FULL_WINDOW_MS / TOLD_TIMES);
      const [nextCpu, nextMs] = [await browser.read(), performance.now()];
      const percent = totalOf(shares(cpu, nextCpu, (nextMs - atMs) / 1000));
      [cpu, atMs] = [nextCpu, nextMs];
      const { heapBytes, nodeCount, listenerCount } = await readPages();
      const minutes = Math.round((performance.now() - startedMs) / 60_000);
      context.say(
        `${minutes} min: ${percent.toFixed(1)} % of a core, ${(heapBytes / 1e6).toFixed(2)} MB, ${nodeCount} nodes, ${listenerCount} listeners`,
      );
    }
  }
  const cpuAfter = await browser.read();
  const seconds = (performance.now() - startedMs) / 1000;
  const pageAfter = await readPages();
  const busy = shares(cpuBefore, cpuAfter, seconds);
  return [
    {
      name: "live-page.cpu",
      value: totalOf(busy),
      unit: "% of a core",
      note: `${chartCount} charts; ${busy.map(({ kind, percent }) => `${kind} ${percent.toFixed(1)} %`).join(", ")}`,
    },
    {
      name: "live-page.heap-growth",
      value: (pageAfter.heapBytes - pageBefore.heapBytes) / 1e6,
      unit: "MB",
      note: `${(pageBefore.heapBytes / 1e6).toFixed(2)} → ${(pageAfter.heapBytes / 1e6).toFixed(2)} MB`,
    },
    {
      name: "live-page.node-growth",
      value: pageAfter.nodeCount - pageBefore.nodeCount,
      unit: "nodes",
      note: `${pageBefore.nodeCount} → ${pageAfter.nodeCount}`,
    },
    {
      name: "live-page.listener-growth",
      value: pageAfter.listenerCount - pageBefore.listenerCount,
      unit: "listeners",
      note: `${pageBefore.listenerCount} → ${pageAfter.listenerCount}`,
    },
    { name: "live-page.work", ...workOf(pageBefore, pageAfter, seconds) },
  ];
}

/** Opens rows until so many charts more are drawn. */
async function openCharts(page: Page, wanted: number): Promise<void> {
  await page.getByLabel("Together by program").check();
  const rows = page.locator("tbody tr[class]");
  await rows.first().waitFor();
  for (let row = 0; row < MAX_ROWS && (await countCharts([page])) < wanted; row++) {
    await page.locator("tbody td:first-child > button[aria-expanded=false]").first().click();
    await sleep(1000);
  }
}

/** Plots; the small ones of tiles come on top. */
async function countCharts(pages: readonly Page[]): Promise<number> {
  const counts = await Promise.all(pages.map((page) => page.locator("main .uplot").count()));
  return counts.reduce((sum, count) => sum + count, 0);
}

function sumOf(states: readonly PageState[]): PageState {
  const sum = { ...states[0]! };
  for (const state of states.slice(1)) {
    for (const name of Object.keys(sum) as (keyof PageState)[]) sum[name] += state[name];
  }
  return sum;
}

function shares(
  before: BrowserCpu,
  after: BrowserCpu,
  seconds: number,
): readonly { readonly kind: string; readonly percent: number }[] {
  return [...after]
    .map(([kind, used]) => ({ kind, percent: ((used - (before.get(kind) ?? 0)) / seconds) * 100 }))
    .sort((a, b) => b.percent - a.percent);
}

function totalOf(busy: ReturnType<typeof shares>): number {
  return busy.reduce((sum, { percent }) => sum + percent, 0);
}

function workOf(before: PageState, after: PageState, seconds: number): Omit<Row, "name"> {
  const rate = (pick: (state: PageState) => number): number => (pick(after) - pick(before)) / seconds;
  return {
    value: rate((state) => state.taskSeconds) * 100,
    unit: "% of a core",
    note:
      `the page's main thread; script ${(rate((state) => state.scriptSeconds) * 100).toFixed(1)} %, ` +
      `${rate((state) => state.layoutCount).toFixed(1)} layouts and ${rate((state) => state.styleCount).toFixed(1)} style passes a second`,
  };
}
