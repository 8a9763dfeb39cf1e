/** A page that is left open: what it says and does while its server is stopped, out of reach, or one of many things to serve. */
import { readFileSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { hasNoBrowser, launchBrowser, openPage } from "./support/browser.ts";
import { type ServerProcess, sleep, startServerProcess, until } from "./support/server-process.ts";

const PANEL = "load";
/** How long the server is stopped or out of reach; the page speaks of it after 6.5 s. */
const OUTAGE_MS = Number(process.env.DMON_E2E_OUTAGE_MS ?? 8000);
const TAB_COUNT = 10;
const CLIENT_COUNT = 200;
const WATCHED_MS = 6000;

describe.skipIf(hasNoBrowser)("a page left open", { timeout: 120_000 }, () => {
  let server: ServerProcess;
  let browser: Browser;

  beforeAll(async () => {
    [server, browser] = await Promise.all([startServerProcess(), launchBrowser()]);
    await sleep(4000);
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

  const chart = (page: Page) => page.locator(`[data-panel="${PANEL}"] canvas`);
  const notice = (page: Page) => page.getByTestId("connection-notice");

  // The first three mostly wait, and do so together.
  it.concurrent("says that a stopped server is slow, and goes on with it", async () => {
    const own = await startServerProcess();
    const { page, context, problems } = await openPage(browser, own.url);
    await chart(page).waitFor();
    const stoppedMs = Date.now();
    process.kill(own.pid, "SIGSTOP");
    try {
      await notice(page).waitFor();
      expect(await notice(page).textContent()).toMatch(/The server is slow: nothing new for \d+\s?s/);
      await sleep(Math.max(0, stoppedMs + OUTAGE_MS - Date.now()));
    } finally {
      process.kill(own.pid, "SIGCONT");
    }
    await notice(page).waitFor({ state: "detached", timeout: 40_000 });
    await sleep(3000);
    const times = await timesOf(page);
    expectAscending(times);
    expect(Math.abs(Date.now() - times.at(-1)!)).toBeLessThan(10_000);
    expect(problems.filter((text) => !text.includes("WebSocket"))).toEqual([]);
    await context.close();
    await own.stop();
  });

  it.concurrent("fills in what was collected while the server was out of reach, each second once", async () => {
    const road = await openRoad(new URL(server.url));
    const { page, context } = await openPage(browser, road.url);
    await chart(page).waitFor();
    await sleep(2000);
    road.block();
    const blockedMs = Date.now();
    await notice(page).waitFor();
    expect(await notice(page).textContent()).toMatch(/Connection lost/);
    await sleep(Math.max(0, blockedMs + OUTAGE_MS - Date.now()));
    road.clear();
    const clearedMs = Date.now();
    await notice(page).waitFor({ state: "detached", timeout: 40_000 });
    const meanwhile = await until("the seconds of the outage", async () => {
      const times = await timesOf(page);
      expectAscending(times);
      const inside = times.filter((atMs) => atMs > blockedMs && atMs < clearedMs);
      return inside.length >= Math.floor((clearedMs - blockedMs) / 1000) - 1 ? inside : undefined;
    });
    expect(meanwhile.length).toBeLessThanOrEqual(Math.ceil((clearedMs - blockedMs) / 1000) + 1);
    await context.close();
    await road.close();
  });

  it.concurrent("draws the present where the browser's clock is an hour ahead", async () => {
    const context = await browser.newContext({ acceptDownloads: true });
    await context.addInitScript(shiftClock, 3_600_000);
    const page = await context.newPage();
    await page.goto(server.url);
    await chart(page).waitFor();
    // Longer than a silence that would be spoken of.
    await sleep(7500);
    expect(await notice(page).count()).toBe(0);
    const times = await timesOf(page);
    expectAscending(times);
    expect(Math.abs(Date.now() - times.at(-1)!)).toBeLessThan(5000);
    await context.close();
  });

  it("draws once a second, only what is on the screen, and writes no text that is there already", async () => {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    await context.addInitScript(WATCH_WORK);
    const page = await openTab(context, server.url);
    await chart(page).waitFor();
    await sleep(3000);
    const seen = await workIn(page, WATCHED_MS);
    console.log(`${seen.frameCount} frames and ${seen.textCount} texts in ${WATCHED_MS / 1000} s`);
    expect(seen.drawn).toContain(PANEL);
    expect(seen.drawnUnseen).toEqual([]);
    expect(seen.sameTextCount).toBe(0);
    expect(seen.textCount).toBeGreaterThan(WATCHED_MS / 1000);
    // One each second, one at either end, and one where what is asked every few seconds came late.
    expect(seen.frameCount).toBeLessThanOrEqual(WATCHED_MS / 1000 + 3);

    // What is scrolled to is up to date at once, and what was left is let alone.
    await page.locator("[data-panel]").last().scrollIntoViewIfNeeded();
    await page.locator("[data-panel]").last().locator("canvas").waitFor();
    await sleep(2000);
    const below = await workIn(page, WATCHED_MS / 2);
    expect(below.drawn).not.toContain(PANEL);
    expect(below.drawnUnseen).toEqual([]);
    await page.evaluate("scrollTo(0, 0)");
    await chart(page).waitFor();
    const times = await timesOf(page);
    expectAscending(times);
    expect(Date.now() - times.at(-1)!).toBeLessThan(10_000);
    const longestGapMs = Math.max(...times.slice(1).map((atMs, i) => atMs - times[i]!));
    expect(longestGapMs).toBeLessThan(WATCHED_MS / 2);
    await context.close();
  });

  it(`keeps ${TAB_COUNT} pages and ${CLIENT_COUNT} other readers going at once`, async () => {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    await context.addInitScript(countDrawings, PANEL);
    const pages = await Promise.all(Array.from({ length: TAB_COUNT }, () => openTab(context, server.url)));
    for (const page of pages) await chart(page).waitFor({ timeout: 80_000 });
    const readers = Array.from({ length: CLIENT_COUNT }, () => new Reader(server.url));
    await until("all readers", async () => (readers.every((reader) => reader.frameMs.length > 0) ? true : undefined));
    const drawnBefore = await Promise.all(pages.map(drawingsOf));
    for (const reader of readers) reader.frameMs.length = 0;
    let slowestAnswerMs = 0;
    for (const endMs = Date.now() + WATCHED_MS; Date.now() < endMs; await sleep(250)) {
      const askedMs = performance.now();
      expect((await fetch(`${server.url}/api/v1/query?query=up`)).status).toBe(200);
      slowestAnswerMs = Math.max(slowestAnswerMs, performance.now() - askedMs);
    }
    const drawn = await Promise.all(pages.map(async (page, i) => (await drawingsOf(page)) - drawnBefore[i]!));
    const collections = [...new Set(readers.flatMap(({ frameMs }) => frameMs))].sort((a, b) => a - b);
    console.log(
      `${TAB_COUNT} pages drew ${Math.min(...drawn)} to ${Math.max(...drawn)} times in ${WATCHED_MS / 1000} s; ` +
        `${collections.length} collections; slowest answer ${slowestAnswerMs.toFixed(0)} ms`,
    );
    // Nobody missed a collection that somebody else got, but for the ends.
    for (const { frameMs } of readers) {
      expect(frameMs).toEqual(collections.slice(collections.indexOf(frameMs[0]!)).slice(0, frameMs.length));
      expect(frameMs.length).toBeGreaterThanOrEqual(collections.length - 2);
    }
    expect(Math.min(...drawn)).toBeGreaterThanOrEqual(Math.floor(collections.length / 2));
    expect(slowestAnswerMs).toBeLessThan(5000);
    for (const reader of readers) reader.close();
    await context.close();
  });
});

/** The instants of a chart's points, as it would hand them out, ms. */
async function timesOf(page: Page): Promise<number[]> {
  await page
    .locator(`[data-panel="${PANEL}"]`)
    .getByRole("button", { name: /^More about/ })
    .click();
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("menuitem", { name: "Download CSV" }).click(),
  ]);
  const rows = readFileSync(await download.path(), "utf8")
    .trim()
    .split("\n")
    .slice(1);
  // Points without values are holes.
  return rows.filter((row) => !/,+$/.test(row.replace(/^[^,]*/, ""))).map((row) => Date.parse(row.split(",")[0]!));
}

/** No instant twice, and none so near to another that it is the same collection. */
function expectAscending(times: readonly number[]): void {
  expect(times.length).toBeGreaterThan(2);
  for (const [i, atMs] of times.entries()) if (i > 0) expect(atMs - times[i - 1]!).toBeGreaterThan(0);
}

async function openTab(context: BrowserContext, url: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(url);
  return page;
}

/** Runs in the page before its own scripts. */
function shiftClock(byMs: number): void {
  const { Date: OwnDate } = globalThis;
  const now = OwnDate.now.bind(OwnDate);
  globalThis.Date = new Proxy(OwnDate, {
    construct: (target, given: []) => (given.length === 0 ? new target(now() + byMs) : new target(...given)),
    get: (target, name) => (name === "now" ? () => now() + byMs : Reflect.get(target, name)),
  });
}

interface Work {
  /** Frames of the browser in which anything was drawn on a chart or a tile. */
  readonly frameCount: number;
  /** Panels that were drawn. */
  readonly drawn: readonly string[];
  /** Of them those that are further off the screen than a chart is drawn ahead. */
  readonly drawnUnseen: readonly string[];
  /** Texts that were written into what is there. */
  readonly textCount: number;
  /** Of them those that said the same before. */
  readonly sameTextCount: number;
}

/** Runs in the page before its own scripts: what is drawn and written from one call of `takeWork` to the next. */
const WATCH_WORK = `{
  const AHEAD_PX = 170;
  const { prototype } = CanvasRenderingContext2D;
  let frames, drawn, drawnUnseen, textCount, sameTextCount;
  const reset = () => {
    [frames, drawn, drawnUnseen, textCount, sameTextCount] = [new Set(), new Set(), new Set(), 0, 0];
  };
  reset();
  const note = (canvas) => {
    const panel = canvas.closest("[data-panel], [data-tile]");
    if (panel === null) return;
    const name = panel.dataset.panel ?? panel.dataset.tile;
    const { top, bottom } = panel.getBoundingClientRect();
    frames.add(document.timeline.currentTime);
    drawn.add(name);
    if (bottom < -AHEAD_PX || top > innerHeight + AHEAD_PX) drawnUnseen.add(name);
  };
  for (const method of ["fillRect", "clearRect", "drawImage", "stroke", "fill", "fillText"]) {
    const own = prototype[method];
    prototype[method] = function (...given) {
      note(this.canvas);
      return own.apply(this, given);
    };
  }
  for (const [{ prototype: owner }, name] of [[CharacterData, "data"], [Node, "textContent"], [Node, "nodeValue"]]) {
    const own = Object.getOwnPropertyDescriptor(owner, name);
    Object.defineProperty(owner, name, {
      ...own,
      set(text) {
        if (this.isConnected) {
          textCount++;
          if (own.get.call(this) === String(text)) sameTextCount++;
        }
        own.set.call(this, text);
      },
    });
  }
  globalThis.takeWork = () => {
    const work = { frameCount: frames.size, drawn: [...drawn], drawnUnseen: [...drawnUnseen], textCount, sameTextCount };
    reset();
    return work;
  };
}`;

async function workIn(page: Page, ms: number): Promise<Work> {
  await page.evaluate("takeWork()");
  await sleep(ms);
  return page.evaluate<Work>("takeWork()");
}

/** Runs in the page before its own scripts: counts the frames in which a chart is drawn. */
function countDrawings(panel: string): void {
  const { CanvasRenderingContext2D: context, document } = globalThis as unknown as {
    CanvasRenderingContext2D: {
      prototype: { fillRect(...place: number[]): void; canvas: { closest(s: string): unknown } };
    };
    document: { timeline: { currentTime: number } };
  };
  const { fillRect } = context.prototype;
  Reflect.set(globalThis, "drawings", 0);
  let lastFrameMs = -1;
  context.prototype.fillRect = function (...place) {
    const frameMs = document.timeline.currentTime;
    if (frameMs !== lastFrameMs && this.canvas.closest(`[data-panel="${panel}"]`)) {
      lastFrameMs = frameMs;
      Reflect.set(globalThis, "drawings", Number(Reflect.get(globalThis, "drawings")) + 1);
    }
    fillRect.apply(this, place);
  };
}

function drawingsOf(page: Page): Promise<number> {
  return page.evaluate<number>("globalThis.drawings");
}

/** A program that reads the stream, as a page does. */
class Reader {
  readonly frameMs: number[] = [];
  readonly #socket: WebSocket;

  constructor(url: string) {
    this.#socket = new WebSocket(`${url.replace("http", "ws")}/api/v1/live`);
    this.#socket.on("open", () => {
      this.#socket.send(JSON.stringify({ type: "subscribe", id: 1, match: ['{job="node"}'] }));
    });
    this.#socket.on("message", (data) => {
      const event = JSON.parse(String(data)) as { type: string; full?: boolean; atMs?: number };
      if (event.type === "frame" && event.full === false) this.frameMs.push(event.atMs!);
    });
  }

  close(): void {
    this.#socket.close();
  }
}

interface Road {
  readonly url: string;
  /** Breaks all connections, and lets none through. */
  block(): void;
  clear(): void;
  close(): Promise<void>;
}

/** A way to the server that can be cut. */
async function openRoad(server: URL): Promise<Road> {
  const open = new Set<Socket>();
  let isBlocked = false;
  const listener = createServer((socket) => {
    if (isBlocked) return void socket.destroy();
    const onwards = connect(Number(server.port), server.hostname);
    for (const [one, other] of [
      [socket, onwards],
      [onwards, socket],
    ] as const) {
      open.add(one);
      one.pipe(other);
      one.on("error", () => one.destroy());
      one.on("close", () => {
        open.delete(one);
        other.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  const { port } = listener.address() as { port: number };
  const cut = () => {
    for (const socket of open) socket.destroy();
  };
  return {
    url: `http://127.0.0.1:${port}`,
    block: () => {
      isBlocked = true;
      cut();
    },
    clear: () => {
      isBlocked = false;
    },
    close: async () => {
      cut();
      await new Promise<void>((resolve) => listener.close(() => resolve()));
    },
  };
}
