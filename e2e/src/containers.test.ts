/** The table of containers and services in a real browser, over control groups that this test makes. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants, existsSync, mkdirSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hasNoBrowser, launchBrowser, openPage } from "./support/browser.ts";
import { queryVector, type ServerProcess, startServerProcess, until } from "./support/server-process.ts";

const ROOT = "/sys/fs/cgroup";
/** The one tree of version 2, or those of version 1 that tell what the table shows. */
const TREES = existsSync(join(ROOT, "cgroup.controllers"))
  ? [ROOT]
  : ["cpu", "cpuacct", "memory", "pids"].map((name) => join(ROOT, name)).filter((tree) => existsSync(tree));
const BUSY = `dmon-e2e-busy-${process.pid}.service`;
const LARGE = `dmon-e2e-large-${process.pid}.service`;
const LARGE_MIB = 200;
/** Works for a fifth of the time. */
const WORK = "setInterval(() => { for (const end = Date.now() + 20; Date.now() < end; ); }, 100)";
const HOLD = `globalThis.held = Buffer.alloc(${LARGE_MIB} * 2 ** 20, 1); setInterval(() => {}, 1000)`;

/** A process in a control group of its own. */
class Service {
  readonly #folders: readonly string[];
  readonly #process: ChildProcess;

  /** @throws where this user may make no control groups */
  constructor(name: string, program: string) {
    this.#folders = TREES.map((tree) => join(tree, name));
    for (const folder of this.#folders) mkdirSync(folder);
    // Enters before it starts the program, so that all of its memory is the group's.
    const enter = this.#folders.map((folder) => `echo $$ > ${folder}/cgroup.procs`).join(" && ");
    this.#process = spawn("sh", ["-c", `${enter} && exec "$0" -e "$1"`, process.execPath, program], {
      stdio: "ignore",
    });
  }

  async end(): Promise<void> {
    const ended = once(this.#process, "exit");
    this.#process.kill("SIGKILL");
    await ended;
    for (const folder of this.#folders) rmdirSync(folder);
  }
}

function mayMakeGroups(): boolean {
  try {
    const folder = join(TREES[0]!, `dmon-e2e-probe-${process.pid}`);
    mkdirSync(folder);
    rmdirSync(folder);
    accessSync(join(TREES[0]!, "cgroup.procs"), constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

const canMake = TREES.length > 0 && mayMakeGroups();
if (!canMake) console.warn("skipped: control groups cannot be made here, so the table of containers is not looked at");

describe.skipIf(hasNoBrowser || !canMake)("the table of containers", { timeout: 60_000 }, () => {
  let server: ServerProcess;
  let browser: Browser;
  let services: readonly Service[] = [];

  beforeAll(async () => {
    services = [new Service(BUSY, WORK), new Service(LARGE, HOLD)];
    [server, browser] = await Promise.all([startServerProcess(), launchBrowser()]);
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
    await Promise.all(services.map((service) => service.end()));
  });

  it("lists what runs, finds it, sorts by what it takes, and opens its charts", async () => {
    const { page, context, problems } = await openPage(browser, `${server.url}/containers`);
    const rows = page.locator("tbody tr[class]");
    const cell = async (service: string, title: string) => {
      const heads = await page.locator("thead th").allTextContents();
      const row = rows.filter({ hasText: service });
      return row.locator("td").nth(heads.findIndex((head) => head.startsWith(title)));
    };
    await rows.filter({ hasText: BUSY }).waitFor();
    await rows.filter({ hasText: LARGE }).waitFor();

    await page.getByLabel("Filter the containers").fill("dmon-e2e-");
    await until("only these two", async () => ((await rows.count()) === 2 ? true : undefined));
    await until("the busy one first, as sorted by CPU", async () =>
      (await rows.first().textContent())!.includes(BUSY) ? true : undefined,
    );
    await page.getByRole("button", { name: /^Memory/ }).click();
    await until("the large one first, as sorted by memory", async () =>
      (await rows.first().textContent())!.includes(LARGE) ? true : undefined,
    );
    expect(await (await cell(LARGE, "Memory")).textContent()).toMatch(/^2\d\d.MiB/);
    const [memory] = await queryVector(
      server.url,
      `container_memory_working_set_bytes{name=~".*dmon-e2e-large-${process.pid}.*"}`,
    );
    expect(Number(memory!.value[1]) / 2 ** 20).toBeGreaterThan(LARGE_MIB);

    await rows.filter({ hasText: BUSY }).click();
    await page.locator("td canvas").first().waitFor();
    expect(problems).toEqual([]);
    await context.close();
  });

  it("no longer lists what has ended", async () => {
    const { page, context } = await openPage(browser, `${server.url}/containers`);
    const rows = page.locator("tbody tr[class]");
    await rows.filter({ hasText: LARGE }).waitFor();
    const [busy, large] = services;
    services = [busy!];
    await large!.end();
    await rows.filter({ hasText: LARGE }).waitFor({ state: "detached" });
    expect(await rows.filter({ hasText: BUSY }).count()).toBe(1);
    await context.close();
  });
});
