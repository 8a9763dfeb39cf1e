/** A page that is left open while its server is updated: parts of it are gone by then, and it must say so and go on. */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hasNoBrowser, launchBrowser, openPage } from "./support/browser.ts";
import { type ServerProcess, sleep, startServerProcess, until } from "./support/server-process.ts";

const DIST = fileURLToPath(new URL("../../packages/web/dist/", import.meta.url));
const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
};

/** The built page under other names, as the next version's would be: what the page before refers to is not in it. */
function nextBuild(): string {
  const root = mkdtempSync(join(tmpdir(), "dmon-next-"));
  cpSync(DIST, root, { recursive: true, filter: (path) => !path.endsWith(".gz") });
  const assets = join(root, "assets");
  const names = readdirSync(assets);
  const renamed = (name: string) => name.replace(/(\.\w+)$/, "-next$1");
  const rewrite = (path: string) => {
    if (![".js", ".css", ".html"].includes(extname(path))) return;
    let text = readFileSync(path, "utf8");
    for (const name of names) text = text.replaceAll(name, renamed(name));
    writeFileSync(path, text);
  };
  rewrite(join(root, "index.html"));
  for (const name of names) {
    const path = join(assets, name);
    rewrite(path);
    cpSync(path, join(assets, renamed(name)));
    rmSync(path);
  }
  return root;
}

/** From now on the page's files are those of another build; the API stays. */
async function upgrade(context: BrowserContext, url: string, root: string): Promise<void> {
  await context.route(`${url}/**`, async (route) => {
    const { pathname } = new URL(route.request().url());
    if (pathname.startsWith("/api/") || pathname.startsWith("/-/")) return route.continue();
    const path = join(root, extname(pathname) === "" ? "index.html" : pathname);
    if (!existsSync(path)) return route.fulfill({ status: 404, body: "not found" });
    return route.fulfill({ body: readFileSync(path), contentType: TYPES[extname(path)] ?? "application/octet-stream" });
  });
}

/** The failed part, and that Chromium lets no page that a test made up connect to a local server. */
const EXPECTED = /dynamically imported module|version before|LOCAL_NETWORK_ACCESS/;

const entry = (page: Page) =>
  page.evaluate<string>(`[...document.querySelectorAll('script[type="module"]')].map((one) => one.src).join(" ")`);

describe.skipIf(hasNoBrowser)("a page that was open before", { timeout: 90_000 }, () => {
  let server: ServerProcess;
  let browser: Browser;
  let next: string;

  beforeAll(async () => {
    next = nextBuild();
    [server, browser] = await Promise.all([startServerProcess(), launchBrowser()]);
    await sleep(3000);
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
    rmSync(next, { recursive: true });
  });

  const open = async (path: string) => {
    const opened = await openPage(browser, `${server.url}${path}`);
    await opened.page.locator('[data-panel="load"] canvas').waitFor();
    return opened;
  };
  const restart = async () => {
    await server.stop();
    server = await startServerProcess({ dataDir: server.dataDir, port: Number(new URL(server.url).port) });
  };

  it("loads itself anew where a part is gone, at the address that was gone to, with its time", async () => {
    const { page, context, problems } = await open("/?range=15m");
    const before = await entry(page);
    await upgrade(context, server.url, next);
    await page.getByRole("link", { name: "Alerts" }).click();
    await page.getByRole("heading", { name: "No rules are loaded" }).waitFor();
    expect(page.url()).toBe(`${server.url}/alerts?range=15m`);
    expect(await entry(page)).not.toBe(before);
    // Once: the new page is whole.
    await page.getByRole("link", { name: "Processes" }).click();
    await page.locator("tbody tr").first().waitFor();
    expect(problems.filter((text) => !EXPECTED.test(text))).toEqual([]);
    await context.close();
  });

  it("says that the server was updated, and keeps what is open until its reader agrees", async () => {
    const { page, context } = await open("/?range=15m");
    await upgrade(context, server.url, next);
    await restart();
    const notice = page.getByTestId("outdated-notice");
    await notice.waitFor({ timeout: 30_000 });
    const before = await entry(page);
    await sleep(1500);
    expect(await entry(page)).toBe(before);
    await notice.getByRole("button", { name: "Load it anew" }).click();
    await notice.waitFor({ state: "detached" });
    await page.locator('[data-panel="load"] canvas').waitFor();
    expect(await entry(page)).not.toBe(before);
    expect(page.url()).toBe(`${server.url}/?range=15m`);
    await context.close();
  });

  it("says nothing where a server is back that is the same", async () => {
    const { page, context } = await open("/");
    const gone = page.getByTestId("connection-notice");
    await server.stop();
    await gone.waitFor();
    const asked = page.waitForResponse((response) => new URL(response.url()).pathname === "/" && response.ok());
    server = await startServerProcess({ dataDir: server.dataDir, port: Number(new URL(server.url).port) });
    await asked;
    await gone.waitFor({ state: "detached", timeout: 30_000 });
    await sleep(500);
    expect(await page.getByTestId("outdated-notice").count()).toBe(0);
    await context.close();
  });

  it("stays where it is while the server does not answer, and loads the part once it does", async () => {
    const { page, context } = await open("/?range=15m");
    await server.stop();
    await page.getByRole("link", { name: "Alerts" }).click();
    await page.getByRole("heading", { name: "This page could not be loaded" }).waitFor();
    // One voice: charts that were being loaded say it in their place, without raising an alarm each.
    expect(await page.getByRole("alert").allTextContents()).toEqual([expect.stringContaining("does not answer")]);
    server = await startServerProcess({ dataDir: server.dataDir, port: Number(new URL(server.url).port) });
    await page.getByRole("heading", { name: "No rules are loaded" }).waitFor({ timeout: 30_000 });
    expect(page.url()).toBe(`${server.url}/alerts?range=15m`);
    await context.close();
  });

  it("tells ages by the server's clock where the browser's is an hour off", async () => {
    mkdirSync(join(server.dataDir, "dashboards"), { recursive: true });
    writeFileSync(join(server.dataDir, "dashboards", "new.json"), '{"schema":1,"title":"New one","panels":[]}');
    const { page, context } = await openPage(browser, "about:blank");
    await page.addInitScript("const real = Date.now; Date.now = () => real() + 3600_000;");
    await page.goto(`${server.url}/dashboards`);
    const about = page.getByRole("link", { name: /New one/ });
    await until("the age", async () => (/changed \d+\ss ago/.test((await about.textContent())!) ? true : undefined));
    await page.goto(`${server.url}/processes`);
    await page.getByLabel("Filter the processes").fill(String(server.pid));
    await page.locator("thead th").first().waitFor();
    const heads = await page.locator("thead th").allTextContents();
    const age = page.locator("tbody tr[class] td").nth(heads.findIndex((head) => head.startsWith("Age")));
    await until("the age of the server", async () => {
      const text = (await age.textContent())!;
      return /^(\d+\smin )?\d+\ss$/.test(text) ? true : undefined;
    });
    await context.close();
  });
});
