/**
 * One call in the engine: runs its handler slice by slice, then hands out the body piece by piece as the reader acknowledges.
 */
import { DmonError, type Slices } from "@dmon/model";
import { httpFailure } from "../http-errors.ts";
import { HANDLERS } from "./api/builtin.ts";
import { engineRouteOf } from "./api/routes.ts";
import type { EngineContext } from "./context.ts";
import { type EngineCall, type FromEngine, PIECE_BYTES, WINDOW_PIECES } from "./protocol.ts";
import { type EngineReply, type EngineRequest, jsonReply } from "./reply.ts";
import { Priority } from "./scheduler.ts";

const NO_BODY = new Uint8Array(0);

export class RunningCall {
  readonly id: number;
  readonly priority: Priority;
  #unacknowledged = 0;
  readonly #abort = new AbortController();
  readonly #call: EngineCall;
  readonly #send: (message: FromEngine, transfer: ArrayBuffer[]) => void;

  constructor(id: number, call: EngineCall, send: (message: FromEngine, transfer: ArrayBuffer[]) => void) {
    this.id = id;
    this.#call = call;
    this.#send = send;
    this.priority = engineRouteOf(call.path)?.priority ?? Priority.INTERACTIVE;
  }

  get isBlocked(): boolean {
    return this.#unacknowledged >= WINDOW_PIECES;
  }

  acknowledge(): void {
    this.#unacknowledged--;
  }

  cancel(): void {
    this.#abort.abort(new DmonError("query_cancelled", "the client went away"));
  }

  *run(context: EngineContext): Slices<void> {
    let reply: EngineReply;
    try {
      reply = yield* this.#handle(context);
    } catch (error) {
      const { status, body } = httpFailure(error);
      if (status === 500) this.#log(error);
      reply = jsonReply(status, body);
    }
    this.#send({ type: "head", id: this.id, status: reply.status, headers: reply.headers }, []);
    yield* this.#write(reply.body);
    this.#send({ type: "end", id: this.id }, []);
  }

  *#handle(context: EngineContext): Slices<EngineReply> {
    const { method, path, query, headers, body = NO_BODY } = this.#call;
    const route = engineRouteOf(path);
    if (route === undefined) throw new DmonError("not_found", `there is nothing at ${path}`);
    const isForm = (headers["content-type"] ?? "").startsWith("application/x-www-form-urlencoded");
    const params = new URLSearchParams(query);
    // A form's values come first, as in Go's request.Form.
    const form = isForm ? new URLSearchParams(Buffer.from(body).toString("utf8")) : undefined;
    const joined = form === undefined ? params : new URLSearchParams([...form, ...params]);
    const request: EngineRequest = { method, path, params: joined, headers, body, signal: this.#abort.signal };
    return yield* HANDLERS[route.name](context, request);
  }

  *#write(body: EngineReply["body"]): Slices<void> {
    let pending: Buffer[] = [];
    let pendingBytes = 0;
    const flush = (): void => {
      if (pendingBytes === 0) return;
      const joined = Buffer.concat(pending, pendingBytes);
      // A buffer of its own can be moved to the other thread instead of being copied.
      const bytes = new Uint8Array(joined);
      pending = [];
      pendingBytes = 0;
      this.#unacknowledged++;
      this.#send({ type: "piece", id: this.id, bytes }, [bytes.buffer]);
    };
    for (const text of body) {
      const bytes = typeof text === "string" ? Buffer.from(text, "utf8") : Buffer.from(text);
      for (let from = 0; from < bytes.length; from += PIECE_BYTES) {
        const part = bytes.subarray(from, from + PIECE_BYTES);
        if (pendingBytes + part.length > PIECE_BYTES) flush();
        pending.push(part);
        pendingBytes += part.length;
        if (this.isBlocked) yield;
      }
      yield;
    }
    flush();
  }

  #log(error: unknown): void {
    const stack = error instanceof Error ? error.stack : undefined;
    this.#send(
      { type: "log", level: "error", message: "a request failed unexpectedly", fields: { path: this.#call.path, stack } },
      [],
    );
  }
}
