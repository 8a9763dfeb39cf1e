/**
 * The main thread's end of the engine: a `BatchSink` for samples, and calls with streamed answers.
 *
 * If the engine's thread dies it is started again; definitions are sent anew, and batches that arrive meanwhile are kept, up to
 * a bound, oldest dropped first and counted.
 */
import type { Readable } from "node:stream";
import { Worker } from "node:worker_threads";
import {
  type BatchSink,
  DmonError,
  type Labels,
  type MetricMetadata,
  messageOf,
  type SampleBatch,
  type SeriesDefinition,
  type SourceId,
} from "@dmon/model";
import type { Log } from "../log.ts";
import { AnswerBody } from "./answer-body.ts";
import type { EngineCall, EngineSettings, EngineStart, EngineStats, FromEngine, ToEngine } from "./protocol.ts";

const MAX_WAITING_BATCHES = 120;
const RESTART_DELAY_MS = 500;
/** A store that does not open again is tried less and less often. */
const MAX_RESTART_DELAY_MS = 30_000;
const MAX_CALLS = 1000;

export interface EngineAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The whole body, or a stream of it; destroying the stream cancels the call. */
  readonly body: Buffer | Readable;
}

interface PendingCall {
  readonly resolve: (answer: EngineAnswer) => void;
  readonly reject: (error: Error) => void;
  body: AnswerBody | undefined;
}

/** A thread that has closed its store ends within milliseconds. */
const ENDING_MS = 2000;

export class EngineClient implements BatchSink {
  readonly #dataDir: string;
  readonly #log: Log;
  readonly #calls = new Map<number, PendingCall>();
  readonly #definitions = new Map<SourceId, (readonly string[])[]>();
  readonly #metadata = new Map<string, MetricMetadata>();
  #settings: EngineSettings;
  #worker: Worker | undefined;
  /** The thread that has been told to. */
  #rehearsed: Worker | undefined;
  #isReady = false;
  #isStopping = false;
  #waiting: SampleBatch[] = [];
  #nextId = 1;
  /** Tries since the store was last open. */
  #failedRestarts = 0;
  #stats: EngineStats = {};
  /** Counts for `/metrics`. */
  restartCount = 0;
  droppedBatchCount = 0;
  onReadyChange: (ready: boolean) => void = () => {};
  /** Told of each request. */
  onCall: () => void = () => {};

  constructor(start: EngineStart, log: Log) {
    this.#dataDir = start.dataDir;
    this.#settings = start.settings;
    this.#log = log;
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  get stats(): EngineStats {
    return this.#stats;
  }

  /**
   * Starts the thread and waits until the store is open.
   *
   * @throws {DmonError} whatever kept the store from opening (`store_locked`, `store_newer`, …)
   */
  async start(): Promise<void> {
    const worker = this.#spawn();
    await new Promise<void>((resolve, reject) => {
      const settle = (message: FromEngine): void => {
        if (message.type === "ready") resolve();
        else if (message.type === "failed") reject(new DmonError(message.code, message.error));
        else return;
        worker.off("message", settle);
      };
      worker.on("message", settle);
      worker.once("error", reject);
    });
  }

  /** Commits, closes the store and ends the thread. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    const worker = this.#worker;
    if (worker === undefined) return;
    const gone = new Promise<void>((resolve) => void worker.once("exit", () => resolve()));
    this.#post({ type: "stop" });
    await gone;
  }

  configure(settings: EngineSettings): void {
    this.#settings = settings;
    this.#post({ type: "configure", settings });
  }

  define({ source, fromSlot, series }: SeriesDefinition): void {
    const pairs = series.map((labels: Labels) => labels.pairs);
    const known = this.#definitions.get(source) ?? [];
    known.splice(fromSlot, pairs.length, ...pairs);
    this.#definitions.set(source, known);
    if (this.#isReady) this.#post({ type: "define", source, fromSlot, series: pairs });
  }

  undefine(source: SourceId): void {
    this.#definitions.delete(source);
    this.#waiting = this.#waiting.filter((batch) => batch.source !== source);
    if (this.#isReady) this.#post({ type: "undefine", source });
  }

  /** The columns are copied by the message before the call returns. */
  appendBatch(batch: SampleBatch): void {
    if (this.#isReady) {
      this.#post({ type: "batch", batch, sentAtMs: Date.now() });
      return;
    }
    this.#waiting.push(structuredClone(batch));
    if (this.#waiting.length > MAX_WAITING_BATCHES) {
      this.#waiting.shift();
      this.droppedBatchCount++;
    }
  }

  setMetadata(metric: string, metadata: MetricMetadata): void {
    this.#metadata.set(metric, metadata);
    if (this.#isReady) this.#post({ type: "metadata", metric, metadata });
  }

  /** Hands a request over, and with it the buffer of its body; the answer's body streams under back-pressure. */
  call(call: EngineCall): Promise<EngineAnswer> {
    if (!this.#isReady)
      return Promise.reject(
        new DmonError("engine_gone", "the storage engine is not ready; try again in a few seconds"),
      );
    if (this.#calls.size >= MAX_CALLS) {
      return Promise.reject(
        new DmonError("engine_overloaded", `${MAX_CALLS} requests are waiting already; try again later`),
      );
    }
    this.onCall();
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#calls.set(id, { resolve, reject, body: undefined });
      // A body is handed over, not copied: it may be tens of megabytes.
      this.#post({ type: "call", id, call }, call.body === undefined ? [] : [call.body.buffer as ArrayBuffer]);
    });
  }

  /** Questions are about to come, the first ones of this thread: it gets ready for them. Once; does not wait. */
  rehearse(): void {
    if (!this.#isReady || this.#worker === this.#rehearsed) return;
    this.#rehearsed = this.#worker;
    this.#post({ type: "rehearse" });
  }

  #post(message: ToEngine, transfer: readonly ArrayBuffer[] = []): void {
    this.#worker?.postMessage(message, transfer);
  }

  #spawn(): Worker {
    const worker = new Worker(new URL(import.meta.resolve("@dmon/server/engine-worker")), {
      workerData: { dataDir: this.#dataDir, settings: this.#settings } satisfies EngineStart,
      resourceLimits: { maxOldGenerationSizeMb: 2048, maxYoungGenerationSizeMb: 8 },
      name: "dmon-engine",
    });
    this.#worker = worker;
    worker.on("message", (message: FromEngine) => this.#receive(message));
    worker.on("error", (error) => {
      if (this.#isReady) this.#log.error({ error: messageOf(error) }, "the storage engine crashed");
    });
    worker.on("exit", () => this.#onExit());
    return worker;
  }

  #onExit(): void {
    const wasReady = this.#isReady;
    this.#worker = undefined;
    this.#isReady = false;
    const gone = new DmonError(
      "engine_gone",
      "the storage engine stopped; it is being restarted, try again in a few seconds",
    );
    for (const { body, reject } of this.#calls.values()) {
      if (body === undefined) reject(gone);
      else body.destroy(gone);
    }
    this.#calls.clear();
    if (this.#isStopping) return;
    if (!wasReady && this.restartCount === 0) return;
    this.restartCount++;
    this.onReadyChange(false);
    this.#log.warn({ restarts: this.restartCount }, "restarting the storage engine");
    const delayMs = Math.min(MAX_RESTART_DELAY_MS, RESTART_DELAY_MS * 2 ** this.#failedRestarts);
    this.#failedRestarts++;
    setTimeout(() => {
      if (!this.#isStopping) this.#spawn();
    }, delayMs).unref();
  }

  #receive(message: FromEngine): void {
    switch (message.type) {
      case "ready":
        this.#onReady();
        return;
      case "failed":
        if (this.restartCount > 0)
          this.#log.error({ code: message.code, error: message.error }, "the store does not open again");
        return;
      case "head":
        this.#onHead(message.id, message.status, message.headers);
        return;
      case "answer": {
        const { buffer, byteOffset, byteLength } = message.bytes;
        this.#calls.get(message.id)?.resolve({
          status: message.status,
          headers: message.headers,
          body: Buffer.from(buffer, byteOffset, byteLength),
        });
        this.#calls.delete(message.id);
        return;
      }
      case "piece":
        this.#calls.get(message.id)?.body?.give(message.bytes);
        return;
      case "end":
        this.#calls.get(message.id)?.body?.finish();
        this.#calls.delete(message.id);
        return;
      case "stats":
        this.#stats = message.stats;
        return;
      case "log":
        this.#log[message.level](message.fields, message.message);
        return;
      case "stopped": {
        // The store is closed and on disk: nothing that a thread does after that is worth waiting for.
        const worker = this.#worker;
        setTimeout(() => void worker?.terminate(), ENDING_MS).unref();
        return;
      }
      default:
        message satisfies never;
    }
  }

  #onReady(): void {
    this.#isReady = true;
    this.#failedRestarts = 0;
    for (const [metric, metadata] of this.#metadata) this.#post({ type: "metadata", metric, metadata });
    for (const [source, series] of this.#definitions) this.#post({ type: "define", source, fromSlot: 0, series });
    for (const batch of this.#waiting.splice(0)) this.#post({ type: "batch", batch, sentAtMs: Date.now() });
    this.onReadyChange(true);
  }

  #onHead(id: number, status: number, headers: Readonly<Record<string, string>>): void {
    const pending = this.#calls.get(id);
    if (pending === undefined) return;
    const body = new AnswerBody({
      onTaken: () => this.#post({ type: "ack", id }),
      onDropped: () => {
        this.#calls.delete(id);
        this.#post({ type: "cancel", id });
      },
    });
    pending.body = body;
    pending.resolve({ status, headers, body });
  }
}
