/**
 * How long the dashboard takes to draw its first chart, as a browser sees it: from the start of the navigation to the frame
 * in which a chart's canvas first holds something. A new browser each time, so that nothing is cached.
 */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { launchChromium } from "../measure/browser.ts";
import { findChromium } from "../measure/chromium.ts";
import { type Program, startDmon } from "../measure/program.ts";
import { median } from "../measure/window.ts";
import type { Scenario } from "../scenario.ts";

const BROWSER_START_MS = 1500;

/** So that a chart has something to draw, as for a user who starts the program and opens its page. */
const COLLECTING_MS = 5000;

interface Opened {
  readonly program: Program;
  readonly sinceMs: number;
}

export const firstPaint: Scenario<Opened> = {
  name: "first-paint",
  summary: "from opening the dashboard in Chromium to the first chart with something drawn in it",
  // It takes nothing from those that measure CPU; what measures wall time comes after it has started.
  beginWith: "collect-pass",
  async prepare(context) {
    const program = await startDmon(context.root, join(context.scratch, "data"));
    return { program, sinceMs: performance.now() };
  },
  async run(context, { program, sinceMs }) {
    try {
      const executablePath = findChromium();
      if (executablePath === undefined) {
        return [{ name: "first-paint.chart", skipped: "no Chromium was found (CHROMIUM_BIN, PATH)" }];
      }
      await sleep(Math.max(0, COLLECTING_MS - (performance.now() - sinceMs)));
      const times: number[] = [];
      for (let i = 0; i < (context.quick ? 3 : 7); i++) times.push(await openOnce(executablePath, program.url));
      return [{ name: "first-paint.chart", value: median(times), unit: "ms" }];
    } finally {
      await program.stop();
    }
  },
};

/** @returns ms from the start of the navigation */
async function openOnce(executablePath: string, url: string): Promise<number> {
  const browser = await launchChromium(executablePath);
  try {
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    // What a browser does for itself after its start would be measured with it.
    await sleep(BROWSER_START_MS);
    await page.addInitScript(watchForChart);
    await page.goto(url);
    const handle = await page.waitForFunction(() => Reflect.get(globalThis, "firstChartMs"), undefined, {
      timeout: 20_000,
    });
    return Number(await handle.jsonValue());
  } finally {
    await browser.close();
  }
}

/** Runs in the page, before its own scripts: looks at every frame for a canvas with a pixel that is not transparent. */
function watchForChart(): void {
  const page = globalThis as unknown as {
    document: { querySelectorAll(selector: string): Iterable<HTMLCanvasLike> };
    requestAnimationFrame(run: () => void): void;
    performance: { now(): number };
  };
  const look = (): void => {
    for (const canvas of page.document.querySelectorAll(".uplot canvas")) {
      if (canvas.width === 0 || canvas.height === 0) continue;
      const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
      if (pixels.some((channel) => channel !== 0)) {
        Reflect.set(globalThis, "firstChartMs", page.performance.now());
        return;
      }
    }
    page.requestAnimationFrame(look);
  };
  page.requestAnimationFrame(look);
}

interface HTMLCanvasLike {
  readonly width: number;
  readonly height: number;
  getContext(kind: "2d"): { getImageData(x: number, y: number, w: number, h: number): { data: Uint8ClampedArray } };
}
