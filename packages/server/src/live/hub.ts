/**
 * The live stream: passes each collection to every connected page within the same second.
 *
 * A connection that does not keep up is skipped and gets a full frame once it has caught up; nothing is queued for it without
 * bound. See `LiveRequest` and `LiveEvent` in `@dmon/model`.
 */
import {
  type BatchSink,
  isDmonError,
  type LiveEvent,
  type LiveRequest,
  messageOf,
  type SampleBatch,
  type SeriesDefinition,
  type SourceId,
} from "@dmon/model";
import type { WebSocket } from "ws";
import type { LabelTest } from "../label-test.ts";
import { SeriesTable } from "./series-table.ts";
import { Subscription } from "./subscription.ts";

/** A connection with more than this unsent is skipped, bytes. */
const MAX_BUFFERED_BYTES = 1024 * 1024;
const MAX_CONNECTIONS = 1000;
/** A page has one for each chart on the screen. */
const MAX_SUBSCRIPTIONS = 512;
const MAX_SELECTORS = 256;

interface Connection {
  readonly socket: WebSocket;
  readonly subscriptions: Map<number, Subscription>;
  needsFull: boolean;
}

export interface LiveHubOptions {
  readonly version: string;
  readonly intervalMs: () => number;
  /** Compiles selectors. Loaded when the first page subscribes. @throws {DmonError} `bad_query` */
  readonly compile: (match: readonly string[]) => Promise<LabelTest>;
}

export class LiveHub implements Pick<BatchSink, "define" | "undefine" | "appendBatch"> {
  readonly #options: LiveHubOptions;
  readonly #table = new SeriesTable();
  readonly #connections = new Set<Connection>();
  readonly #subscriptions = new Map<string, Subscription>();

  constructor(options: LiveHubOptions) {
    this.#options = options;
  }

  get connectionCount(): number {
    return this.#connections.size;
  }

  define(definition: SeriesDefinition): void {
    const refs = this.#table.define(definition);
    const joinedBy = new Map([...this.#subscriptions.values()].map((one) => [one, one.join(refs)] as const));
    for (const connection of this.#connections) {
      for (const [id, subscription] of connection.subscriptions) {
        const series = joinedBy.get(subscription) ?? [];
        if (series.length > 0) this.#send(connection, { type: "series", id, series });
      }
    }
  }

  undefine(source: SourceId): void {
    const refs = this.#table.undefine(source);
    for (const subscription of this.#subscriptions.values()) subscription.leave(refs);
  }

  appendBatch(batch: SampleBatch): void {
    if (this.#subscriptions.size === 0) {
      this.#table.keep(batch);
      return;
    }
    const subscriptions = [...this.#subscriptions.values()];
    this.#table.apply(batch, (ref) => {
      for (const subscription of subscriptions) subscription.noteChange(ref);
    });
  }

  /**
   * Sends what changed since the last frame; called once a collection, when all of its batches are in. A connection gets one
   * message however many subscriptions it has: fifty small ones a second cost a browser more than what is in them.
   */
  flush(atMs: number): void {
    if (this.#connections.size === 0) return;
    const changes = new Map([...this.#subscriptions.values()].map((one) => [one, one.takeChanges()] as const));
    for (const connection of this.#connections) {
      if (connection.subscriptions.size === 0) continue;
      if (connection.socket.bufferedAmount > MAX_BUFFERED_BYTES) {
        connection.needsFull = true;
        continue;
      }
      const isFull = connection.needsFull;
      const parts = [...new Set(connection.subscriptions.values())]
        .map((one) => (isFull ? one.fullValues() : (changes.get(one) ?? "")))
        .filter((part) => part !== "");
      connection.socket.send(frame(atMs, isFull ? `true,"missed":true` : "false", parts.join(",")));
      connection.needsFull = false;
    }
  }

  connect(socket: WebSocket): void {
    if (this.#connections.size >= MAX_CONNECTIONS) {
      socket.close(1013, "too many live connections");
      return;
    }
    const connection: Connection = { socket, subscriptions: new Map(), needsFull: false };
    this.#connections.add(connection);
    socket.on("message", (data) => void this.#receive(connection, String(data)));
    socket.on("error", () => socket.terminate());
    socket.on("close", () => this.#disconnect(connection));
    const { version, intervalMs } = this.#options;
    this.#send(connection, { type: "hello", version, intervalMs: intervalMs(), nowMs: Date.now() });
  }

  close(): void {
    for (const { socket } of this.#connections) socket.close(1001, "the server is stopping");
  }

  #send(connection: Connection, event: LiveEvent): void {
    connection.socket.send(JSON.stringify(event));
  }

  async #receive(connection: Connection, text: string): Promise<void> {
    let request: LiveRequest | undefined;
    try {
      request = readRequest(text);
      if (request.type === "unsubscribe") this.#unsubscribe(connection, request.id);
      else await this.#subscribe(connection, request.id, request.match);
    } catch (error) {
      const code = isDmonError(error) ? error.code : "bad_parameter";
      this.#send(connection, {
        type: "error",
        ...(request === undefined ? {} : { id: request.id }),
        code,
        error: messageOf(error),
      });
    }
  }

  async #subscribe(connection: Connection, id: number, match: readonly string[]): Promise<void> {
    if (connection.subscriptions.size >= MAX_SUBSCRIPTIONS)
      throw new Error(`at most ${MAX_SUBSCRIPTIONS} subscriptions a connection`);
    const test = await this.#options.compile(match);
    if (!this.#connections.has(connection)) return;
    this.#unsubscribe(connection, id);
    this.#table.settle();
    const key = JSON.stringify([...match].sort());
    const subscription = this.#subscriptions.get(key) ?? new Subscription(key, test, this.#table);
    this.#subscriptions.set(key, subscription);
    subscription.userCount++;
    connection.subscriptions.set(id, subscription);
    this.#send(connection, { type: "series", id, series: subscription.describeAll() });
    connection.socket.send(frame(Date.now(), "true", subscription.fullValues()));
  }

  #unsubscribe(connection: Connection, id: number): void {
    const subscription = connection.subscriptions.get(id);
    if (subscription === undefined) return;
    connection.subscriptions.delete(id);
    if (--subscription.userCount === 0) this.#subscriptions.delete(subscription.key);
  }

  #disconnect(connection: Connection): void {
    for (const id of [...connection.subscriptions.keys()]) this.#unsubscribe(connection, id);
    this.#connections.delete(connection);
  }
}

/**
 * @param full `true` or `false`, and what follows it
 * @param values `[ref,value],…`
 */
function frame(atMs: number, full: string, values: string): string {
  return `{"type":"frame","atMs":${atMs},"full":${full},"values":[${values}]}`;
}

/** @throws {Error} where the message is not one of the protocol's */
function readRequest(text: string): LiveRequest {
  const value: unknown = JSON.parse(text);
  if (typeof value === "object" && value !== null && "type" in value && "id" in value && typeof value.id === "number") {
    if (value.type === "unsubscribe") return { type: "unsubscribe", id: value.id };
    if (value.type === "subscribe" && "match" in value && Array.isArray(value.match)) {
      const { match } = value;
      if (match.length > MAX_SELECTORS) throw new Error(`at most ${MAX_SELECTORS} selectors a subscription`);
      if (match.length > 0 && match.every((one) => typeof one === "string"))
        return { type: "subscribe", id: value.id, match };
    }
  }
  throw new Error(
    'expected {"type":"subscribe","id":NUMBER,"match":[SELECTOR,…]} or {"type":"unsubscribe","id":NUMBER}',
  );
}
