import { type ChildProcess, fork } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ChildMessage } from "./child.ts";
import type { Context } from "./scenario.ts";

/** The process of one scenario, which prepares itself from now on and measures when it is told to. */
export class ScenarioProcess {
  readonly #scratch = mkdtempSync(join(tmpdir(), "dmon-bench-"));
  readonly #child: ChildProcess;
  readonly #answer: Promise<ChildMessage>;

  constructor(name: string, rest: Pick<Context, "quick" | "root">) {
    const context = { name, ...rest, scratch: this.#scratch };
    this.#child = fork(join(import.meta.dirname, "child.ts"), [JSON.stringify(context)], {
      execArgv: [...process.execArgv, "--expose-gc", "--disable-warning=ExperimentalWarning"],
    });
    this.#answer = new Promise((resolve) => {
      this.#child.once("message", (message) => resolve(message as ChildMessage));
      this.#child.once("exit", (code, signal) => resolve({ failure: `the process ended early (${code ?? signal})` }));
    });
  }

  async run(): Promise<ChildMessage> {
    // One that ended early says so by its answer.
    this.#child.send("run", () => {});
    try {
      return await this.#answer;
    } finally {
      rmSync(this.#scratch, { recursive: true, force: true });
    }
  }
}
