/**
 * Chromium for the tests of the page: found by `CHROMIUM_BIN` or on the PATH. Without one the tests say so and are skipped,
 * except in CI, where a missing browser is a failure.
 */
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import axe from "axe-core";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";

/** The first that is there. Debian's Chromium without a window to draw takes a quarter less CPU for the same pages. */
const NAMES = ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"];
const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

function findChromium(): string | undefined {
  const given = process.env.CHROMIUM_BIN;
  if (given !== undefined) return given;
  const folders = (process.env.PATH ?? "").split(delimiter);
  return folders.flatMap((folder) => NAMES.map((name) => join(folder, name))).find((path) => existsSync(path));
}

const executablePath = findChromium();

/** True where the tests of the page cannot run. In CI this throws instead. */
export const hasNoBrowser: boolean = executablePath === undefined;
if (hasNoBrowser) {
  const text = "no Chromium found (CHROMIUM_BIN, PATH): the tests of the page";
  if (process.env.CI) throw new Error(`${text} cannot run, and CI must run them`);
  console.warn(`skipped: ${text} are not run`);
}

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: executablePath!, args: FLAGS });
}

export interface OpenPage {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Errors that the page threw and mistakes that it logged. */
  readonly problems: string[];
}

export interface OpenOptions {
  readonly width?: number;
  readonly height?: number;
  readonly scheme?: "light" | "dark";
}

export async function openPage(
  browser: Browser,
  url: string,
  { width = 1440, height = 900, scheme = "light" }: OpenOptions = {},
): Promise<OpenPage> {
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: scheme,
    timezoneId: "UTC",
    acceptDownloads: true,
  });
  const page = await context.newPage();
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource"))
      problems.push(message.text());
  });
  await page.goto(url);
  return { page, context, problems };
}

/**
 * One page that several tests go on with, one after another: to open it costs seconds of CPU, to go to another address within it next to
 * nothing. Opened with the first address that is asked for.
 */
export class LastingPage {
  readonly #browser: Browser;
  readonly #origin: string;
  #opened: OpenPage | undefined;

  constructor(browser: Browser, origin: string) {
    this.#browser = browser;
    this.#origin = origin;
  }

  /**
   * The page at an address, of the same size as a new one, with nothing in it that was drawn before, and no problems told yet.
   *
   * @param path with its query, such as `/explore?q=up`
   */
  async at(path: string, { width = 1440, height = 900, scheme = "light" }: OpenOptions = {}): Promise<OpenPage> {
    const opened = this.#opened;
    if (opened === undefined) {
      this.#opened = await openPage(this.#browser, this.#origin + path, { width, height, scheme });
      return this.#opened;
    }
    const { page, problems } = opened;
    await page.setViewportSize({ width, height });
    await page.emulateMedia({ colorScheme: scheme });
    await page.mouse.move(0, 0);
    // By way of a page that draws nothing.
    await this.#go("/nowhere");
    await page.getByRole("heading", { name: "There is no such page" }).waitFor();
    problems.length = 0;
    await this.#go(path);
    await page.evaluate("document.activeElement?.blur(); window.scrollTo(0, 0)");
    return opened;
  }

  /** As a link within the page does. */
  async #go(path: string): Promise<void> {
    await this.#opened!.page.evaluate((to) => {
      const { history } = globalThis as unknown as { history: { pushState(...to: unknown[]): void } };
      history.pushState({}, "", to);
    }, path);
  }

  /** The next test gets a new one: after a failure nobody knows what is open. */
  async close(): Promise<void> {
    const context = this.#opened?.context;
    this.#opened = undefined;
    await context?.close();
  }
}

/** The page's accessibility violations, each with the elements that have it. */
export async function violationsOf(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source);
  const results = await page.evaluate(async () => {
    const { axe: runner } = globalThis as unknown as { axe: { run(): Promise<axe.AxeResults> } };
    return runner.run();
  });
  return results.violations.map(
    ({ id, help, nodes }) =>
      `${id}: ${help}: ${nodes
        .slice(0, 3)
        .map((node) => `${node.target.join(" ")} ${node.failureSummary ?? ""}`)
        .join(" | ")}`,
  );
}

/** How many pixels of a chart have this colour. */
export function pixelsOf(page: Page, panel: string, hex: string): Promise<number> {
  const [r, g, b] = [1, 3, 5].map((i) => Number.parseInt(hex.slice(i, i + 2), 16));
  return page.evaluate<number>(`(() => {
    const canvas = document.querySelector('[data-panel="${panel}"] canvas');
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    let count = 0;
    for (let i = 0; i < data.length; i += 4) if (data[i] === ${r} && data[i + 1] === ${g} && data[i + 2] === ${b}) count++;
    return count;
  })()`);
}

/** What is drawn on a chart, to compare one moment with another. */
export function drawingOf(page: Page, panel: string): Promise<string> {
  return page.evaluate<string>(`document.querySelector('[data-panel="${panel}"] canvas').toDataURL()`);
}
