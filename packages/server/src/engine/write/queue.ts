/** Writes over HTTP, from their arrival to the commit after which they are answered. */
import type { OtlpOptions } from "@dmon/collect/ingest";
import type { Store } from "@dmon/tsdb";
import type { RunningCall } from "../call.ts";
import type { EngineReply } from "../reply.ts";
import type { WriteReceivers } from "./receivers.ts";

export class WriteQueue {
  readonly #store: Store;
  readonly #commitSoon: () => void;
  #otlp: OtlpOptions;
  #receivers: WriteReceivers | undefined;
  #waiting: { readonly call: RunningCall; readonly reply: EngineReply }[] = [];

  constructor(store: Store, otlp: OtlpOptions, commitSoon: () => void) {
    this.#store = store;
    this.#otlp = otlp;
    this.#commitSoon = commitSoon;
  }

  /** How OTLP metrics that come from now on are named. */
  configure(otlp: OtlpOptions): void {
    this.#otlp = otlp;
    this.#receivers?.configure(otlp);
  }

  /** Decodes and appends; the answer follows the commit. */
  async take(call: RunningCall): Promise<void> {
    // Loaded by the first write: most machines never get one.
    this.#receivers ??= (await import("./receivers.ts")).createWriteReceivers(this.#store, this.#otlp);
    try {
      const request = call.request();
      const reply = this.#receivers.receive(request);
      this.#waiting.push({ call, reply });
      this.#commitSoon();
    } catch (error) {
      call.answer(call.failure(error));
    }
  }

  /** @param error why the commit failed: senders are told to try again; undefined where it is durable */
  answer(error: unknown): void {
    for (const { call, reply } of this.#waiting.splice(0))
      call.answer(error === undefined ? reply : call.failure(error));
  }
}
