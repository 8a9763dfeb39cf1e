/**
 * A real Chromium for a scenario, and what its processes cost.
 *
 * CPU is read from `/proc/PID/stat` (user and system time of the whole process, threads that ended included, in ticks of
 * 10 ms), by kind of process as Chromium itself names them. Without a GPU, as here, all drawing is done on the CPU and counts.
 * Source: proc_pid_stat(5); Chrome DevTools Protocol, domains SystemInfo, Performance, HeapProfiler.
 */
import { readFileSync } from "node:fs";
import { type Browser, type CDPSession, chromium, type Page } from "playwright-core";

const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"];
const TICKS_PER_SECOND = 100;

export function launchChromium(executablePath: string): Promise<Browser> {
  return chromium.launch({ executablePath, args: FLAGS });
}

/** CPU seconds so far by kind of process: `browser`, `renderer`, `GPU`, `utility`. */
export type BrowserCpu = ReadonlyMap<string, number>;

export class BrowserMeter {
  readonly #session: CDPSession;

  private constructor(session: CDPSession) {
    this.#session = session;
  }

  static async attach(browser: Browser): Promise<BrowserMeter> {
    return new BrowserMeter(await browser.newBrowserCDPSession());
  }

  async read(): Promise<BrowserCpu> {
    const { processInfo } = await this.#session.send("SystemInfo.getProcessInfo");
    const cpu = new Map<string, number>();
    for (const { id, type } of processInfo) cpu.set(type, (cpu.get(type) ?? 0) + cpuSecondsOf(id));
    return cpu;
  }
}

/** @returns 0 where the process has ended */
function cpuSecondsOf(pid: number): number {
  try {
    // The second field, the program's name, may hold blanks: fields are counted behind its bracket.
    const fields = readFileSync(`/proc/${pid}/stat`, "latin1")
      .replace(/^.*\) /s, "")
      .split(" ");
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  } catch {
    return 0;
  }
}

export interface PageState {
  heapBytes: number;
  nodeCount: number;
  listenerCount: number;
  /** Since the page was opened; so are those below. */
  layoutCount: number;
  styleCount: number;
  scriptSeconds: number;
  /** All that the page's main thread did, CPU. */
  taskSeconds: number;
}

export class PageMeter {
  readonly #session: CDPSession;

  private constructor(session: CDPSession) {
    this.#session = session;
  }

  static async attach(page: Page): Promise<PageMeter> {
    const session = await page.context().newCDPSession(page);
    await session.send("Performance.enable", { timeDomain: "threadTicks" });
    return new PageMeter(session);
  }

  /** After a collection of garbage, so that the heap is what the page really holds. */
  async read(): Promise<PageState> {
    await this.#session.send("HeapProfiler.collectGarbage");
    const { metrics } = await this.#session.send("Performance.getMetrics");
    const named = new Map(metrics.map(({ name, value }) => [name, value]));
    const of = (name: string): number => {
      const value = named.get(name);
      if (value === undefined) throw new Error(`Chromium does not tell ${name}`);
      return value;
    };
    return {
      heapBytes: of("JSHeapUsedSize"),
      nodeCount: of("Nodes"),
      listenerCount: of("JSEventListeners"),
      layoutCount: of("LayoutCount"),
      styleCount: of("RecalcStyleCount"),
      scriptSeconds: of("ScriptDuration"),
      taskSeconds: of("TaskDuration"),
    };
  }
}
