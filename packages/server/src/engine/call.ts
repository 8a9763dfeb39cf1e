/**
 * One call in the engine: runs its handler slice by slice, then hands out the body piece by piece as the reader acknowledges.
 */
import { DmonError, runToEnd, type Slices } from "@dmon/model";
import { httpFailure } from "../http-errors.ts";
import { HANDLERS } from "./api/builtin.ts";
import { engineRouteOf } from "./api/routes.ts";
import type { EngineContext } from "./context.ts";
import { parseForm } from "./params.ts";
import { type EngineCall, type FromEngine, PIECE_BYTES, WINDOW_PIECES } from "./protocol.ts";
import { type EngineHandler, type EngineReply, type EngineRequest, jsonReply } from "./reply.ts";
import { Priority } from "./scheduler.ts";

const NO_BODY = new Uint8Array(0);
const FORM = /^\s*application\/x-www-form-urlencoded\s*(;|$)/i;

type Send = (message: FromEngine, transfer: ArrayBuffer[]) => void;

export class RunningCall {
  readonly id: number;
  readonly priority: Priority;
  readonly #abort = new AbortController();
  readonly #call: EngineCall;
  readonly #send: Send;
  #unacknowledged = 0;

  constructor(id: number, call: EngineCall, send: Send) {
    this.id = id;
    this.#call = call;
    this.#send = send;
    this.priority = engineRouteOf(call.method, call.path)?.priority ?? Priority.INTERACTIVE;
  }

  /** True while the reader has too much before it. */
  get isBlocked(): boolean {
    return this.#unacknowledged >= WINDOW_PIECES;
  }

  acknowledge(): void {
    this.#unacknowledged--;
  }

  cancel(): void {
    this.#abort.abort(new DmonError("query_cancelled", "the client went away"));
  }

  /** True for samples that come in: they are answered after the commit that holds them. */
  get isWrite(): boolean {
    return engineRouteOf(this.#call.method, this.#call.path)?.isWrite === true;
  }

  /** The handler's code; loaded by the first call that needs it. Undefined where there is no such route. */
  async load(): Promise<EngineHandler<EngineContext> | undefined> {
    const route = engineRouteOf(this.#call.method, this.#call.path);
    return route === undefined || route.isWrite ? undefined : HANDLERS[route.name]();
  }

  *run(context: EngineContext, handler: EngineHandler<EngineContext> | undefined): Slices<void> {
    let reply: EngineReply;
    try {
      if (handler === undefined) throw new DmonError("not_found", `there is nothing at ${this.#call.path}`);
      reply = yield* handler(context, this.request());
    } catch (error) {
      reply = this.failure(error);
    }
    yield* this.#reply(reply);
  }

  /** Sends a short answer at once. */
  answer(reply: EngineReply): void {
    runToEnd(this.#reply(reply));
  }

  /** A small answer goes as one message; a larger one begins to flow as soon as it has outgrown a piece. */
  *#reply({ status, headers, body }: EngineReply): Slices<void> {
    let pending: Uint8Array[] = [];
    let pendingBytes = 0;
    let isFlowing = false;
    const take = (): Uint8Array<ArrayBuffer> => {
      // A buffer of its own can be moved to the other thread instead of being copied.
      const bytes = new Uint8Array(pendingBytes);
      let at = 0;
      for (const part of pending) {
        bytes.set(part, at);
        at += part.length;
      }
      pending = [];
      pendingBytes = 0;
      return bytes;
    };
    const flush = (): void => {
      if (!isFlowing) this.#send({ type: "head", id: this.id, status, headers }, []);
      isFlowing = true;
      const bytes = take();
      this.#unacknowledged++;
      this.#send({ type: "piece", id: this.id, bytes }, [bytes.buffer]);
    };
    for (const text of body) {
      const bytes = typeof text === "string" ? Buffer.from(text, "utf8") : text;
      for (let from = 0; from < bytes.length; from += PIECE_BYTES) {
        const part = bytes.subarray(from, from + PIECE_BYTES);
        if (pendingBytes + part.length > PIECE_BYTES) flush();
        pending.push(part);
        pendingBytes += part.length;
        if (this.isBlocked) yield;
      }
      yield;
    }
    if (!isFlowing) {
      const bytes = take();
      this.#send({ type: "answer", id: this.id, status, headers, bytes }, [bytes.buffer]);
      return;
    }
    if (pendingBytes > 0) flush();
    this.#send({ type: "end", id: this.id }, []);
  }

  /** An error as the answer to this call; one that nobody foresaw is logged too. */
  failure(error: unknown): EngineReply {
    const { status, body } = httpFailure(error);
    if (status === 500) {
      const fields = { path: this.#call.path, error: error instanceof Error ? error.stack : String(error) };
      this.#send({ type: "log", level: "error", message: "a request failed unexpectedly", fields }, []);
    }
    return jsonReply(status, body);
  }

  request(): EngineRequest {
    const { method, path, query, headers, clientIp, body = NO_BODY } = this.#call;
    const isForm = FORM.test(headers["content-type"] ?? "");
    const inQuery = parseForm(query);
    // A form's values come first, as in Go's request.Form.
    const form = isForm ? parseForm(Buffer.from(body).toString("utf8")) : undefined;
    const params = form === undefined ? inQuery : new URLSearchParams([...form, ...inQuery]);
    return { method, path, params, headers, body, clientIp, signal: this.#abort.signal };
  }
}
