/**
 * The engine's thread: owns the store and all queries over it. Started by `EngineClient`; talks by `protocol.ts`.
 *
 * Samples are appended as their messages arrive, and committed once a turn of the event loop: what came in together becomes
 * durable together. Everything else is a task of the scheduler.
 */
import type { DatabaseSync } from "node:sqlite";
import { parentPort, workerData } from "node:worker_threads";
import { bug, isDmonError, Labels, messageOf, systemClock } from "@dmon/model";
import { openStore, type Store } from "@dmon/tsdb";
import { collectLessOften, keepTrim } from "../memory.ts";
import { RunningCall } from "./call.ts";
import { LazyContext } from "./context.ts";
import { MaintenancePace, MUCH_SAMPLES } from "./maintenance-pace.ts";
import type { EngineStart, FromEngine, ToEngine } from "./protocol.ts";
import { QueryLog } from "./query-log.ts";
import { Rules } from "./rules/rules.ts";
import { Priority, Scheduler, type Task } from "./scheduler.ts";
import { Annotations } from "./state/annotations.ts";
import { openStateDb } from "./state/state-db.ts";
import { engineStats } from "./stats.ts";
import { describeStoreEvent } from "./store-events.ts";
import { storeOptions } from "./store-options.ts";
import { WriteQueue } from "./write/queue.ts";

const CHECKPOINT_EVERY_MS = 25_000;
const STATS_EVERY_MS = 15_000;

const port = parentPort ?? bug("the engine runs as a worker thread");
const { dataDir, settings } = workerData as EngineStart;
const scheduler = new Scheduler();
/** Calls under way; the task is there once the handler is loaded. */
const calls = new Map<number, { readonly call: RunningCall; task: Task | undefined }>();
let commitScheduled = false;
/** When the oldest batch came that is not committed yet; undefined where all are. */
let waitingSinceMs: number | undefined;
/** Longest time from the main thread's sending a batch to its commit since the last statistics, ms. */
let commitDelayMs = 0;

function send(message: FromEngine, transfer: ArrayBuffer[] = []): void {
  port.postMessage(message, transfer);
}

function log(
  level: "debug" | "info" | "warn" | "error",
  message: string,
  fields: Readonly<Record<string, unknown>> = {},
): void {
  send({ type: "log", level, message, fields });
}

interface Opened {
  readonly store: Store;
  readonly state: DatabaseSync;
}

function open(): Opened | undefined {
  const startedMs = performance.now();
  try {
    const store = openStore(
      storeOptions(dataDir, settings.config, systemClock, (event) => {
        const { level, message, fields } = describeStoreEvent(event);
        log(level, message, fields);
      }),
    );
    const state = openStateDb(dataDir);
    send({ type: "ready", openMs: performance.now() - startedMs });
    return { store, state };
  } catch (error) {
    send({ type: "failed", code: isDmonError(error) ? error.code : "store_io", error: messageOf(error) });
    return undefined;
  }
}

function run({ store, state }: Opened): void {
  const annotations = new Annotations(state);
  const queryLog = new QueryLog({ warn: (fields, message) => log("warn", message, fields) });
  queryLog.use(settings.queryLogFile);
  const rules = new Rules({
    store,
    queryLog,
    scheduler,
    log,
    commitSoon,
    queries: () => context.queries,
    prepare: () => context.prepare(),
  });
  let context = new LazyContext(
    store,
    annotations,
    rules,
    queryLog,
    settings.config,
    settings.rules?.evaluationIntervalMs,
  );
  rules.apply(settings.rules);

  function commitSoon(): void {
    if (commitScheduled) return;
    commitScheduled = true;
    setImmediate(() => {
      commitScheduled = false;
      commit();
    });
  }

  let commitFailing = false;
  function commit(): void {
    try {
      store.commit();
      if (waitingSinceMs !== undefined) commitDelayMs = Math.max(commitDelayMs, systemClock.nowMs() - waitingSinceMs);
      waitingSinceMs = undefined;
      if (commitFailing) log("info", "the store can be written again");
      commitFailing = false;
    } catch (error) {
      // Samples stay in memory and are written with the next commit; said once until it works again.
      if (!commitFailing)
        log("error", "cannot write to the store", {
          code: isDmonError(error) ? error.code : "store_io",
          error: messageOf(error),
        });
      commitFailing = true;
      writes.answer(error);
      return;
    }
    writes.answer(undefined);
  }

  const writes = new WriteQueue(store, settings.otlp, commitSoon);

  async function begin(id: number, call: RunningCall): Promise<void> {
    calls.set(id, { call, task: undefined });
    if (call.isWrite) {
      // A request brings more than a host says: look after it within the second.
      maintenance.appended(MUCH_SAMPLES);
      await writes.take(call);
      calls.delete(id);
      return;
    }
    const [handler] = await Promise.all([call.load(), context.prepare()]);
    const running = calls.get(id);
    if (running === undefined) return;
    const task: Task = {
      priority: call.priority,
      isBlocked: () => call.isBlocked,
      onError: (error) => {
        calls.delete(id);
        log("error", "an answer broke off", { error: messageOf(error) });
        send({ type: "end", id });
      },
      work: (function* () {
        yield* call.run(context, handler);
        calls.delete(id);
      })(),
    };
    running.task = task;
    scheduler.add(task);
  }

  const maintenance = new MaintenancePace(systemClock, () => {
    scheduler.add({
      priority: Priority.MAINTENANCE,
      onError: (error) => {
        maintenance.ended();
        log("error", "maintenance of the store failed", { error: messageOf(error) });
      },
      work: (function* () {
        yield* store.maintenance();
        maintenance.ended();
      })(),
    });
  });
  const checkpoints = setInterval(() => {
    try {
      store.checkpoint();
    } catch (error) {
      log("error", "cannot force the store to disk", { error: messageOf(error) });
    }
  }, CHECKPOINT_EVERY_MS);
  const stats = setInterval(() => {
    const delays = { commitMs: commitDelayMs, ruleMs: rules.takeLongestDelayMs() };
    commitDelayMs = 0;
    send({ type: "stats", stats: engineStats(store, scheduler, calls.size, delays) });
  }, STATS_EVERY_MS);
  send({ type: "stats", stats: engineStats(store, scheduler, 0, { commitMs: 0, ruleMs: 0 }) });

  port.on("message", (message: ToEngine) => {
    switch (message.type) {
      case "define":
        store.define({ ...message, series: message.series.map((pairs) => Labels.fromSortedPairs(pairs)) });
        return;
      case "undefine":
        store.undefine(message.source);
        return;
      case "batch":
        store.appendBatch(message.batch);
        waitingSinceMs = Math.min(waitingSinceMs ?? Number.POSITIVE_INFINITY, message.sentAtMs);
        maintenance.appended(message.batch.length);
        commitSoon();
        return;
      case "metadata":
        store.setMetadata(message.metric, message.metadata);
        return;
      case "call":
        void begin(message.id, new RunningCall(message.id, message.call, send));
        return;
      case "ack":
        calls.get(message.id)?.call.acknowledge();
        scheduler.wake();
        return;
      case "cancel": {
        const running = calls.get(message.id);
        if (running === undefined) return;
        running.call.cancel();
        if (running.task !== undefined) scheduler.cancel(running.task);
        calls.delete(message.id);
        return;
      }
      case "rehearse": {
        const onError = (error: unknown) => log("debug", "rehearsing queries failed", { error: messageOf(error) });
        void import("./rehearse.ts")
          .then((it) =>
            it.rehearse(context, (work) => scheduler.add({ priority: Priority.INTERACTIVE, work, onError })),
          )
          .catch(onError);
        return;
      }
      case "configure":
        context = new LazyContext(
          store,
          annotations,
          rules,
          queryLog,
          message.settings.config,
          message.settings.rules?.evaluationIntervalMs,
        );
        rules.apply(message.settings.rules);
        writes.configure(message.settings.otlp);
        queryLog.use(message.settings.queryLogFile);
        return;
      case "stop":
        rules.stop();
        queryLog.close();
        maintenance.stop();
        clearInterval(checkpoints);
        clearInterval(stats);
        commit();
        // What is under way lets go of the store while that is open: nothing may run on a closed one, nor keep this thread alive.
        scheduler.close();
        try {
          store.close();
          state.close();
        } catch (error) {
          log("error", "closing the store failed", { error: messageOf(error) });
        }
        send({ type: "stopped" });
        port.close();
        return;
      default:
        message satisfies never;
    }
  });
}

const opened = open();
if (opened === undefined) port.close();
else {
  collectLessOften();
  keepTrim();
  run(opened);
}
