/**
 * Reads one answer of HTTP/1.1 out of the bytes of a connection, in whatever pieces they come.
 *
 * Of the header only what a scrape looks at is kept. Lines may end with a line feed alone, as Go's client has it.
 * Source: RFC 9112, sections 2 to 7.
 */
import { DmonError } from "@dmon/model";

/** The header fields that are kept; those given several times are joined by commas. */
export interface AnswerHeaders {
  "content-type"?: string | undefined;
  "content-encoding"?: string | undefined;
  "content-length"?: string | undefined;
  "transfer-encoding"?: string | undefined;
  connection?: string | undefined;
  location?: string | undefined;
}

const KEPT: ReadonlySet<string> = new Set<keyof AnswerHeaders>([
  "content-type",
  "content-encoding",
  "content-length",
  "transfer-encoding",
  "connection",
  "location",
]);

/** As in Node's own client. */
const MAX_HEAD_BYTES = 16 * 1024;
/** Longest line that tells a chunk's size, and longest line behind the last chunk. */
const MAX_LINE_BYTES = 4096;
/** How much larger than its content a packed body may be. */
export const PACKING_BYTES = 1024;
/** Memory that a mere announcement of a length gets at once. */
const MAX_FIRST_BYTES = 1024 * 1024;
const UNKNOWN_FIRST_BYTES = 16 * 1024;

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const SEMICOLON = 0x3b;
const STATUS_LINE = /^HTTP\/1\.([01]) +(\d{3})(?: (.*))?$/;
const TOKEN = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;
const DIGITS = /^\d+$/;

type Stage = "head" | "length" | "close" | "chunkSize" | "chunk" | "chunkEnd" | "trailer" | "done";

export class AnswerReader {
  status = 0;
  statusText = "";
  headers: AnswerHeaders = {};
  /** True once the whole answer was read and the connection may carry another one. */
  keepsAlive = false;
  /** True once a first byte came. */
  hasBegun = false;
  #limit: number;
  #stage: Stage = "head";
  /** Bytes of a head or a line that is not whole yet. */
  #partial: Buffer | undefined;
  #left = 0;
  #body: Buffer = Buffer.alloc(0);
  #length = 0;
  #closes = false;

  /** @param limit of the body, bytes: one of just so many is too large, as in Prometheus; a packed one may be a little larger */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get isDone(): boolean {
    return this.#stage === "done";
  }

  /** The whole body, still packed where it came so; the receiver's own. */
  get body(): Buffer {
    return this.#body.subarray(0, this.#length);
  }

  /**
   * Takes the next bytes, which remain the caller's.
   *
   * @throws {DmonError} `body_size_limit`, `scrape_http` where the body cannot be read; an `Error` that says what is wrong where
   *   this is no HTTP. Nothing more may be given then
   */
  give(bytes: Buffer): void {
    this.hasBegun = true;
    let at = 0;
    while (at < bytes.length && this.#stage !== "done") at = this.#take(bytes, at);
    // What nobody asked for: the connection is not to be trusted with another request.
    if (at < bytes.length) this.keepsAlive = false;
  }

  /** The connection ended. @throws {Error} where more was to come */
  end(): void {
    if (this.#stage === "close") this.#finish();
    if (this.#stage === "done") return;
    if (!this.hasBegun) throw new Error("EOF");
    throw this.#stage === "head" ? malformed("unexpected EOF") : broken("unexpected EOF");
  }

  #take(bytes: Buffer, at: number): number {
    switch (this.#stage) {
      case "head":
        return this.#takeHead(bytes, at);
      case "length":
      case "chunk":
        return this.#takeCounted(bytes, at);
      case "close":
        this.#append(bytes, at, bytes.length);
        return bytes.length;
      default:
        return this.#takeLine(bytes, at);
    }
  }

  #takeHead(bytes: Buffer, at: number): number {
    const earlier = this.#partial?.length ?? 0;
    const all = this.#partial === undefined ? bytes : Buffer.concat([this.#partial, bytes.subarray(at)]);
    const end = endOfHead(all, this.#partial === undefined ? at : 0);
    if ((end < 0 ? all.length : end) - (earlier > 0 ? 0 : at) > MAX_HEAD_BYTES) throw malformed("header too large");
    if (end < 0) {
      this.#partial = Buffer.from(earlier > 0 ? all : all.subarray(at));
      return bytes.length;
    }
    this.#partial = undefined;
    this.#readHead(all.toString("latin1", earlier > 0 ? 0 : at, end));
    return earlier > 0 ? at + end - earlier : end;
  }

  #readHead(head: string): void {
    const lines = head.split("\n");
    const status = STATUS_LINE.exec(withoutReturn(lines[0]!));
    if (status === null) throw malformed(`malformed HTTP response ${JSON.stringify(withoutReturn(lines[0]!))}`);
    const headers: AnswerHeaders = {};
    for (let i = 1; i < lines.length; i++) readField(withoutReturn(lines[i]!), headers);
    this.status = Number(status[2]);
    this.statusText = status[3] ?? "";
    this.headers = headers;
    // 100 Continue, 103 Early Hints: the answer proper is still to come.
    if (this.status < 200) return;
    const connection = headers.connection?.toLowerCase() ?? "";
    this.#closes = status[1] === "0" ? !connection.includes("keep-alive") : connection.includes("close");
    this.#beginBody(headers);
  }

  #beginBody({
    "transfer-encoding": coding,
    "content-length": length,
    "content-encoding": packing,
  }: AnswerHeaders): void {
    if (packing !== undefined) this.#limit += PACKING_BYTES;
    if (this.status === 204 || this.status === 304) {
      this.#finish();
    } else if (coding !== undefined) {
      if (coding.toLowerCase() !== "chunked")
        throw malformed(`unsupported transfer encoding: ${JSON.stringify(coding)}`);
      // Both at once is forbidden; the coding counts, and nothing further on this connection.
      if (length !== undefined) this.#closes = true;
      this.#reserve(UNKNOWN_FIRST_BYTES);
      this.#stage = "chunkSize";
    } else if (length !== undefined) {
      const lengths = new Set(length.split(",").map((each) => each.trim()));
      const [only = ""] = lengths;
      if (lengths.size > 1 || !DIGITS.test(only)) throw malformed(`bad Content-Length ${JSON.stringify(length)}`);
      this.#left = Number(only);
      if (this.#left >= this.#limit) throw tooLarge();
      this.#reserve(Math.min(this.#left, MAX_FIRST_BYTES));
      this.#stage = "length";
      if (this.#left === 0) this.#finish();
    } else {
      this.#closes = true;
      this.#reserve(UNKNOWN_FIRST_BYTES);
      this.#stage = "close";
    }
  }

  #takeCounted(bytes: Buffer, at: number): number {
    const end = Math.min(bytes.length, at + this.#left);
    this.#append(bytes, at, end);
    this.#left -= end - at;
    if (this.#left === 0) {
      if (this.#stage === "length") this.#finish();
      else this.#stage = "chunkEnd";
    }
    return end;
  }

  /** Lines around the chunks of a body. */
  #takeLine(bytes: Buffer, at: number): number {
    const end = bytes.indexOf(LINE_FEED, at);
    const stop = end < 0 ? bytes.length : end;
    if (stop - at + (this.#partial?.length ?? 0) > MAX_LINE_BYTES) throw broken("chunk line too long");
    if (end < 0) {
      const piece = bytes.subarray(at);
      this.#partial = this.#partial === undefined ? Buffer.from(piece) : Buffer.concat([this.#partial, piece]);
      return bytes.length;
    }
    if (this.#partial === undefined) this.#readLine(bytes, at, end);
    else {
      const whole = Buffer.concat([this.#partial, bytes.subarray(at, end)]);
      this.#partial = undefined;
      this.#readLine(whole, 0, whole.length);
    }
    return end + 1;
  }

  #readLine(bytes: Buffer, start: number, lineEnd: number): void {
    const end = lineEnd > start && bytes[lineEnd - 1] === CARRIAGE_RETURN ? lineEnd - 1 : lineEnd;
    if (this.#stage === "chunkSize") {
      this.#left = chunkSize(bytes, start, end);
      if (this.#left >= this.#limit - this.#length) throw tooLarge();
      this.#stage = this.#left === 0 ? "trailer" : "chunk";
    } else if (this.#stage === "chunkEnd") {
      if (end > start) throw broken("malformed chunked encoding");
      this.#stage = "chunkSize";
    } else if (end === start) this.#finish();
  }

  #append(bytes: Buffer, start: number, end: number): void {
    const length = this.#length + end - start;
    if (length >= this.#limit) throw tooLarge();
    if (length > this.#body.length) this.#reserve(Math.max(length, this.#body.length * 2));
    bytes.copy(this.#body, this.#length, start, end);
    this.#length = length;
  }

  #reserve(size: number): void {
    const larger = Buffer.allocUnsafe(size);
    this.#body.copy(larger, 0, 0, this.#length);
    this.#body = larger;
  }

  #finish(): void {
    this.#stage = "done";
    this.keepsAlive = !this.#closes;
  }
}

/** The offset behind the empty line that ends a head, or -1. */
function endOfHead(bytes: Buffer, from: number): number {
  for (let at = bytes.indexOf(LINE_FEED, from); at >= 0; at = bytes.indexOf(LINE_FEED, at + 1)) {
    if (bytes[at + 1] === LINE_FEED) return at + 2;
    if (bytes[at + 1] === CARRIAGE_RETURN && bytes[at + 2] === LINE_FEED) return at + 3;
  }
  return -1;
}

function withoutReturn(line: string): string {
  return line.endsWith("\r") ? line.slice(0, -1) : line;
}

function readField(line: string, headers: AnswerHeaders): void {
  if (line === "") return;
  const colon = line.indexOf(":");
  const name = line.slice(0, Math.max(0, colon)).toLowerCase();
  if (KEPT.has(name)) {
    const value = line.slice(colon + 1).trim();
    const earlier = headers[name as keyof AnswerHeaders];
    headers[name as keyof AnswerHeaders] = earlier === undefined ? value : `${earlier}, ${value}`;
  } else if (!TOKEN.test(name)) throw malformed(`malformed MIME header line: ${line}`);
}

/** Hexadecimal, up to a semicolon: extensions behind it mean nothing here. */
function chunkSize(bytes: Buffer, start: number, end: number): number {
  let size = 0;
  let at = start;
  for (; at < end; at++) {
    const digit = hexDigit(bytes[at]!);
    if (digit < 0) break;
    size = size * 16 + digit;
  }
  const c = bytes[at];
  if (at === start || at - start > 12 || (at < end && c !== SEMICOLON && c !== 0x20 && c !== 0x09)) {
    throw broken("invalid byte in chunk length");
  }
  return size;
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

/** No answer. Worded as Go words it. */
function malformed(what: string): Error {
  return new Error(`net/http: HTTP/1.x transport connection broken: ${what}`);
}

/** An answer whose body cannot be read. */
function broken(what: string): DmonError {
  return new DmonError("scrape_http", what);
}

export function tooLarge(): DmonError {
  return new DmonError("body_size_limit", "body size limit exceeded");
}
