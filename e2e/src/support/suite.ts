/** What most suites of the page need: a server, a browser, and one page that their tests go on with. */
import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll } from "vitest";
import { LastingPage, launchBrowser } from "./browser.ts";
import { type ServerProcess, sleep, startServerProcess } from "./server-process.ts";

/** There from the first test to the last. */
export interface Suite {
  readonly server: ServerProcess;
  readonly browser: Browser;
  readonly lasting: LastingPage;
}

/**
 * Starts and ends them with the suite that it is called in.
 *
 * @param warmUpMs how long the server collects before the first test
 */
export function useSuite(warmUpMs: number): Suite {
  const suite: { -readonly [Part in keyof Suite]?: Suite[Part] } = {};
  beforeAll(async () => {
    [suite.server, suite.browser] = await Promise.all([startServerProcess(), launchBrowser()]);
    suite.lasting = new LastingPage(suite.browser, suite.server.url);
    await sleep(warmUpMs);
  }, 60_000);
  afterEach(async ({ task }) => {
    if (task.result?.state === "fail") await suite.lasting?.close();
  });
  afterAll(async () => {
    await suite.browser?.close();
    await suite.server?.stop();
  });
  return suite as Suite;
}
