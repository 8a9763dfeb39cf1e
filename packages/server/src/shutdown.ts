/** Ends what was begun, last begun first, once, and goes on where one step fails. */
import { messageOf } from "@dmon/model";
import type { Log } from "./log.ts";

export class Shutdown {
  readonly #steps: { readonly name: string; readonly run: () => void | Promise<void> }[] = [];
  readonly #log: Log;
  #running: Promise<void> | undefined;

  constructor(log: Log) {
    this.#log = log;
  }

  /** Registers how `name` is ended. */
  add(name: string, run: () => void | Promise<void>): void {
    this.#steps.push({ name, run });
  }

  run(): Promise<void> {
    this.#running ??= this.#runSteps();
    return this.#running;
  }

  async #runSteps(): Promise<void> {
    for (const { name, run } of this.#steps.reverse()) {
      try {
        await run();
      } catch (error) {
        this.#log.error({ part: name, error: messageOf(error) }, "stopping a part failed");
      }
    }
  }
}
