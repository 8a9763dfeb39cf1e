/**
 * Requests over plain TCP connections that stay open: the common case of scraping, done with what a scrape needs and no more.
 *
 * `node:http` makes streams and dozens of objects of each request and answer, and a new buffer of each piece that arrives. Here a
 * request is one string, and all connections read into one buffer, from which the answer's body is copied once. TLS and proxies
 * stay with `node:http`.
 */
import { connect, type Socket } from "node:net";
import { AnswerReader } from "./answer-reader.ts";

/** Where a connection leads. */
export interface PlainOrigin {
  /** Name or address, without brackets. */
  readonly host: string;
  readonly port: number;
}

export interface PlainRequest {
  readonly origin: PlainOrigin;
  /** Request line and header fields with the empty line behind them, Latin-1. */
  readonly head: string;
  /** Of the body, bytes. */
  readonly bodyLimit: number;
  /** Over a new connection: the one before was not what it seemed. */
  readonly isFresh: boolean;
}

export interface PlainCall {
  /** Rejects with what the connection met, or what `AnswerReader` says of the answer. */
  readonly answer: Promise<AnswerReader>;
  /** True where no byte of the answer came over a connection that had carried others: it was likely closed before the request. */
  wasIgnored(): boolean;
  /** Gives up: the answer rejects with `reason`. */
  abandon(reason: Error): void;
}

/** Idle connections kept to one origin. */
const MAX_IDLE = 256;
/** When TCP begins to ask whether the other end is still there, ms. */
const KEEP_ALIVE_MS = 15_000;
/** Bytes are taken out of it before any other connection reads. */
const readBuffer = Buffer.alloc(64 * 1024);

export class PlainHttp {
  /** By origin; the connection that was busy last comes last. */
  readonly #idle = new Map<string, Connection[]>();
  readonly #open = new Set<Connection>();

  send({ origin, head, bodyLimit, isFresh }: PlainRequest): PlainCall {
    const key = `${origin.host} ${origin.port}`;
    const idle = isFresh ? undefined : this.#idle.get(key)?.pop();
    const connection = idle ?? this.#connect(origin, key);
    const reader = new AnswerReader(bodyLimit);
    return {
      answer: connection.ask(head, reader),
      wasIgnored: () => idle !== undefined && !reader.hasBegun,
      abandon: (reason) => connection.fail(reason),
    };
  }

  close(): void {
    for (const connection of this.#open) connection.fail(new Error("the client was closed"));
  }

  #connect(origin: PlainOrigin, key: string): Connection {
    const connection = new Connection(origin, {
      onIdle: () => this.#keep(key, connection),
      onClose: () => this.#forget(key, connection),
    });
    this.#open.add(connection);
    return connection;
  }

  #keep(key: string, connection: Connection): void {
    const idle = this.#idle.get(key);
    if (idle === undefined) this.#idle.set(key, [connection]);
    else if (idle.length < MAX_IDLE) idle.push(connection);
    else connection.fail(new Error("one connection too many"));
  }

  #forget(key: string, connection: Connection): void {
    this.#open.delete(connection);
    const idle = this.#idle.get(key);
    const place = idle?.indexOf(connection) ?? -1;
    if (place >= 0) idle?.splice(place, 1);
    if (idle?.length === 0) this.#idle.delete(key);
  }
}

interface Call {
  readonly reader: AnswerReader;
  readonly resolve: (reader: AnswerReader) => void;
  readonly reject: (error: unknown) => void;
}

class Connection {
  readonly #socket: Socket;
  readonly #onIdle: () => void;
  #call: Call | undefined;

  constructor({ host, port }: PlainOrigin, { onIdle, onClose }: { onIdle: () => void; onClose: () => void }) {
    this.#onIdle = onIdle;
    const callback = (length: number): boolean => {
      this.#read(readBuffer.subarray(0, length));
      return true;
    };
    this.#socket = connect({
      host,
      port,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: KEEP_ALIVE_MS,
      onread: { buffer: readBuffer, callback },
    });
    this.#socket.on("end", () => this.#end());
    this.#socket.on("error", (error) => this.fail(error));
    this.#socket.on("close", () => {
      this.#end();
      onClose();
    });
  }

  ask(head: string, reader: AnswerReader): Promise<AnswerReader> {
    return new Promise((resolve, reject) => {
      this.#call = { reader, resolve, reject };
      this.#socket.write(head, "latin1");
    });
  }

  /** Ends the connection; the request under way is rejected. */
  fail(error: unknown): void {
    const call = this.#call;
    this.#call = undefined;
    this.#socket.destroy();
    call?.reject(error);
  }

  #read(bytes: Buffer): void {
    const call = this.#call;
    if (call === undefined) {
      // Nobody asked: what comes now may not be taken for the answer to the next request.
      this.#socket.destroy();
      return;
    }
    try {
      call.reader.give(bytes);
      if (call.reader.isDone) this.#finish(call);
    } catch (error) {
      this.fail(error);
    }
  }

  #end(): void {
    const call = this.#call;
    if (call === undefined) return;
    try {
      call.reader.end();
      this.#finish(call);
    } catch (error) {
      this.fail(error);
    }
  }

  #finish({ reader, resolve }: Call): void {
    this.#call = undefined;
    if (reader.keepsAlive && !this.#socket.destroyed) this.#onIdle();
    else this.#socket.destroy();
    resolve(reader);
  }
}
