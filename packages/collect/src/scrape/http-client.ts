/**
 * The HTTP client of scraping and discovery: keep-alive connections, TLS, credentials, redirects, gzip, limits.
 *
 * Plain connections go through `plain-http.ts`, TLS and proxies through `node:http`, which costs twice as much for a request and a
 * fraction of `fetch`; that counts at hundreds of scrapes a second. Errors are worded like Go's (`Get "http://…": dial tcp 127.0.0.1:1: connect: connection refused`), because people look for them in `lastError`.
 */
import { readFileSync, statSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { gunzip, gunzipSync } from "node:zlib";
import { type Clock, DmonError, isDmonError, messageOf } from "@dmon/model";
import { type AnswerHeaders, PACKING_BYTES, tooLarge } from "./answer-reader.ts";
import type { HttpClientConfig } from "./config-parts.ts";
import { RequestHeaders, SecretFiles } from "./http-credentials.ts";
import { PlainHttp, type PlainOrigin } from "./plain-http.ts";
import { tlsError } from "./tls-error.ts";

const MAX_REDIRECTS = 10;
const GZIP_HEADER_BYTES = 10;
/** How often files of TLS are looked at for a change. */
const TLS_CHECK_MS = 60_000;
/** A body larger than this fails a scrape without a configured limit, so that no target can exhaust the memory. */
const HARD_BODY_LIMIT = 512 * 1024 * 1024;
/** URLs of which it is remembered where they lead. */
const MAX_PLACES = 20_000;
/** Compressed bodies up to this size are unpacked at once; larger ones on another thread. */
const SYNC_GUNZIP_BYTES = 256 * 1024;

export interface HttpAnswer {
  readonly status: number;
  readonly statusText: string;
  readonly headers: AnswerHeaders;
  /** Unpacked. */
  readonly body: Buffer;
}

export interface HttpRequest {
  readonly url: string;
  /** Costs least where it is the same object each time. */
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** Bytes, unpacked; 0 for none. */
  readonly bodyLimit: number;
}

export interface HttpClientOptions {
  readonly config: HttpClientConfig;
  readonly clock: Clock;
  readonly userAgent: string;
  /** Relative names of files start here. */
  readonly baseDir: string;
}

export class HttpClient {
  readonly #options: HttpClientOptions;
  readonly #headers: RequestHeaders;
  readonly #agents = new Map<string, http.Agent>();
  readonly #plain = new PlainHttp();
  readonly #plainFields = new WeakMap<HttpRequest["headers"], RequestFields>();
  /** Of the URLs asked so far; undefined for those that are not for plain connections. */
  readonly #places = new Map<string, PlainPlace | undefined>();
  #tlsStamp = "";
  #tlsCheckedMs = Number.NEGATIVE_INFINITY;

  constructor(options: HttpClientOptions) {
    this.#options = options;
    const { config, clock, baseDir } = options;
    this.#headers = new RequestHeaders(config, new SecretFiles(clock, baseDir), clock, (url, form, authorization) =>
      this.#postForm(url, form, authorization),
    );
  }

  /**
   * @throws {DmonError} `scrape_http` (also for a time-out), `body_size_limit`, `secret_file`, `oauth2`, `tls_config`
   */
  async get(request: HttpRequest): Promise<HttpAnswer> {
    const scheme = /^([^/?#:]*):/.exec(request.url)?.[1] ?? "";
    if (scheme !== "http" && scheme !== "https") {
      throw failed(request.url, `unsupported protocol scheme ${JSON.stringify(scheme)}`);
    }
    const plain = this.#plainHeaders(request.headers);
    let { url } = request;
    let headers: RequestFields = this.#headers.areFixed
      ? plain
      : fieldsOf({ ...plain.byName, ...(await this.#ownHeaders(url)) });
    for (let hops = 0; ; hops++) {
      const answer = await this.#once("GET", url, { ...request, url }, headers);
      const location = answer.headers.location;
      if (![301, 302, 303, 307, 308].includes(answer.status) || location === undefined) return answer;
      if (!this.#options.config.follow_redirects) return answer;
      if (hops === MAX_REDIRECTS) throw failed(location, `stopped after ${MAX_REDIRECTS} redirects`);
      const next = new URL(location, url);
      // Credentials are for the host that was configured, and for no other.
      if (next.host !== new URL(request.url).host) headers = plain;
      url = next.href;
    }
  }

  /** Those of a request without the configured ones, the same object for the same headers. */
  #plainHeaders(headers: HttpRequest["headers"]): RequestFields {
    const known = this.#plainFields.get(headers);
    if (known !== undefined) return known;
    const fields = fieldsOf({ "User-Agent": this.#options.userAgent, ...headers });
    this.#plainFields.set(headers, fields);
    return fields;
  }

  async #ownHeaders(url: string): Promise<Record<string, string | string[]>> {
    try {
      return await this.#headers.headers();
    } catch (error) {
      throw isDmonError(error)
        ? new DmonError(error.code, getting("GET", url, error.message), { cause: error })
        : error;
    }
  }

  close(): void {
    this.#plain.close();
    for (const agent of this.#agents.values()) agent.destroy();
    this.#agents.clear();
  }

  async #once(
    method: string,
    url: string,
    request: HttpRequest,
    headers: RequestFields,
    payload?: string,
  ): Promise<HttpAnswer> {
    for (let attempt = 0; ; attempt++) {
      try {
        const place = payload === undefined ? this.#placeOf(url) : undefined;
        if (place !== undefined && headers.text !== undefined) {
          return await this.#sendPlain(url, request, place, requestHead(place, headers.text), attempt > 0);
        }
        return await this.#send(method, url, request, headers.byName, payload);
      } catch (error) {
        // A server may close an idle connection at the moment it is used again; that request never reached it.
        const retry = error instanceof StaleConnection && attempt === 0;
        if (!retry) throw error instanceof StaleConnection ? error.reason : error;
      }
    }
  }

  #send(
    method: string,
    url: string,
    { timeoutMs, bodyLimit }: HttpRequest,
    headers: Record<string, string | string[]>,
    payload?: string,
  ): Promise<HttpAnswer> {
    const { promise, resolve: answer, reject } = Promise.withResolvers<HttpAnswer>();
    const secure = url.startsWith("https:");
    const agent = this.#agent(secure);
    const limit = bodyLimit > 0 ? bodyLimit : HARD_BODY_LIMIT;
    const request = (secure ? https : http).request(url, { method, agent, headers });
    const cancel = this.#options.clock.after(timeoutMs, () => {
      request.destroy();
      reject(failed(url, "context deadline exceeded", undefined, method));
    });
    const fail = (error: DmonError | StaleConnection) => {
      cancel();
      request.destroy();
      reject(error);
    };
    request.on("error", (error: NodeJS.ErrnoException) => {
      const reason = failed(url, dialError(error, this.#options.config.proxy_url), error, method);
      fail(request.reusedSocket && error.code === "ECONNRESET" ? new StaleConnection(reason) : reason);
    });
    request.on("response", (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on("data", (chunk: Buffer) => {
        size += chunk.length;
        // As in Prometheus, a body of just the limit is too large. A packed one may be a little larger than what is in it.
        if (size >= limit + (response.headers["content-encoding"] === undefined ? 0 : PACKING_BYTES)) fail(tooLarge());
        else chunks.push(chunk);
      });
      response.on("error", (cause) => fail(new DmonError("scrape_http", "unexpected EOF", { cause })));
      response.on("end", () => {
        cancel();
        const raw = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, size);
        unpack(raw, response.headers["content-encoding"], limit).then(
          (body) =>
            answer({
              status: response.statusCode ?? 0,
              statusText: response.statusMessage ?? "",
              headers: response.headers,
              body,
            }),
          reject,
        );
      });
    });
    request.end(payload);
    return promise;
  }

  async #sendPlain(
    url: string,
    { timeoutMs, bodyLimit }: HttpRequest,
    { origin }: PlainPlace,
    head: string,
    isFresh: boolean,
  ): Promise<HttpAnswer> {
    const limit = bodyLimit > 0 ? bodyLimit : HARD_BODY_LIMIT;
    const call = this.#plain.send({ origin, head, bodyLimit: limit, isFresh });
    const cancel = this.#options.clock.after(timeoutMs, () => call.abandon(failed(url, "context deadline exceeded")));
    try {
      const { status, statusText, headers, body } = await call.answer;
      return { status, statusText, headers, body: await unpack(body, headers["content-encoding"], limit) };
    } catch (error) {
      if (isDmonError(error)) throw error;
      const reason = failed(url, dialError(error as NodeJS.ErrnoException, undefined), error);
      throw call.wasIgnored() ? new StaleConnection(reason) : reason;
    } finally {
      cancel();
    }
  }

  /** Undefined where the URL is not for a plain connection. */
  #placeOf(url: string): PlainPlace | undefined {
    if (this.#places.has(url)) return this.#places.get(url);
    const { proxy_url, proxy_from_environment } = this.#options.config;
    const place = proxy_url === undefined && proxy_from_environment !== true ? plainPlace(url) : undefined;
    if (this.#places.size >= MAX_PLACES) this.#places.clear();
    this.#places.set(url, place);
    return place;
  }

  async #postForm(url: string, form: string, authorization: string): Promise<string> {
    const headers = { "Content-Type": "application/x-www-form-urlencoded", Authorization: authorization };
    const answer = await this.#once(
      "POST",
      url,
      { url, headers: {}, timeoutMs: 10_000, bodyLimit: 1 << 20 },
      fieldsOf(headers),
      form,
    );
    if (answer.status !== 200) {
      const said = answer.body.toString("utf8");
      throw new DmonError(
        "oauth2",
        `oauth2: cannot fetch token: ${answer.status} ${answer.statusText}\nResponse: ${said}`,
      );
    }
    return answer.body.toString("utf8");
  }

  #agent(secure: boolean): http.Agent {
    const key = secure ? "https" : "http";
    if (secure) this.#dropRotated();
    const known = this.#agents.get(key);
    if (known !== undefined) return known;
    const { config } = this.#options;
    const common = { keepAlive: true, scheduling: "lifo" as const, ...proxyOptions(config) };
    const agent = secure ? new https.Agent({ ...common, ...this.#tlsOptions() }) : new http.Agent(common);
    this.#agents.set(key, agent);
    return agent;
  }

  /** Begins anew with TLS where a certificate or key file was replaced. */
  #dropRotated(): void {
    const { clock, config, baseDir } = this.#options;
    const files = [config.tls_config?.ca_file, config.tls_config?.cert_file, config.tls_config?.key_file];
    const nowMs = clock.monotonicMs();
    if (files.every((file) => file === undefined) || nowMs - this.#tlsCheckedMs < TLS_CHECK_MS) return;
    this.#tlsCheckedMs = nowMs;
    const stampOf = (file: string | undefined) =>
      file === undefined ? 0 : (statSync(resolve(baseDir, file), { throwIfNoEntry: false })?.mtimeMs ?? 0);
    const stamp = files.map(stampOf).join();
    if (stamp === this.#tlsStamp) return;
    this.#tlsStamp = stamp;
    this.#agents.get("https")?.destroy();
    this.#agents.delete("https");
  }

  #tlsOptions(): https.AgentOptions {
    const tls = this.#options.config.tls_config;
    if (tls === undefined) return {};
    const secrets = new SecretFiles(this.#options.clock, this.#options.baseDir);
    const either = (text: string | undefined, file: string | undefined) => {
      if (file === undefined) return text;
      try {
        return readFileSync(secrets.path(file));
      } catch (cause) {
        throw new DmonError("tls_config", `unable to load ${file}: ${messageOf(cause)}`, { cause });
      }
    };
    const options: https.AgentOptions = { rejectUnauthorized: tls.insecure_skip_verify !== true };
    const ca = either(tls.ca, tls.ca_file);
    const cert = either(tls.cert, tls.cert_file);
    const key = either(tls.key, tls.key_file);
    if (ca !== undefined) options.ca = ca;
    if (cert !== undefined) options.cert = cert;
    if (key !== undefined) options.key = key;
    if (tls.server_name !== undefined) options.servername = tls.server_name;
    if (tls.min_version !== undefined) options.minVersion = TLS_VERSIONS[tls.min_version];
    if (tls.max_version !== undefined) options.maxVersion = TLS_VERSIONS[tls.max_version];
    return options;
  }
}

/** A URL as a request over a plain connection needs it. */
interface PlainPlace {
  readonly origin: PlainOrigin;
  /** Path with the query. */
  readonly path: string;
  /** As the header `Host` says it. */
  readonly host: string;
}

function plainPlace(text: string): PlainPlace | undefined {
  const url = URL.parse(text);
  if (url === null || url.protocol !== "http:" || url.username !== "" || url.password !== "") return undefined;
  const host = url.hostname.replace(/^\[|\]$/g, "");
  return { origin: { host, port: Number(url.port || 80) }, path: url.pathname + url.search, host: url.host };
}

const FIELD = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+: [\t\x20-\x7e\x80-\xff]*$/;

/** Header fields of a request. */
interface RequestFields {
  readonly byName: Record<string, string | string[]>;
  /** As they are sent; undefined where HTTP does not allow one, or it is not for us to set: `node:http` then says so. */
  readonly text: string | undefined;
}

function fieldsOf(byName: Record<string, string | string[]>): RequestFields {
  const fields = new Map<string, string>();
  let isAllowed = true;
  for (const [name, value] of Object.entries(byName)) {
    const lines = (typeof value === "string" ? [value] : value).map((each) => `${name}: ${each}`);
    isAllowed &&= lines.every((line) => FIELD.test(line));
    fields.set(name.toLowerCase(), lines.join("\r\n"));
  }
  return { byName, text: isAllowed && !fields.has("host") ? [...fields.values()].join("\r\n") : undefined };
}

function requestHead({ path, host }: PlainPlace, fields: string): string {
  return `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n${fields}\r\nConnection: keep-alive\r\n\r\n`;
}

const TLS_VERSIONS = { TLS10: "TLSv1", TLS11: "TLSv1.1", TLS12: "TLSv1.2", TLS13: "TLSv1.3" } as const;

/** The connection was closed by the peer before the request reached it. */
class StaleConnection extends Error {
  readonly reason: DmonError;

  constructor(reason: DmonError) {
    super(reason.message);
    this.reason = reason;
  }
}

function proxyOptions(config: HttpClientConfig): http.AgentOptions {
  if (config.proxy_url !== undefined) {
    const { proxy_url, no_proxy } = config;
    return { proxyEnv: { HTTP_PROXY: proxy_url, HTTPS_PROXY: proxy_url, ...(no_proxy && { NO_PROXY: no_proxy }) } };
  }
  return config.proxy_from_environment ? { proxyEnv: process.env } : {};
}

async function unpack(raw: Buffer, encoding: string | undefined, limit: number): Promise<Buffer> {
  if (encoding === undefined || encoding === "identity" || raw.length === 0) return raw;
  if (encoding !== "gzip")
    throw new DmonError("scrape_http", `unsupported content encoding ${JSON.stringify(encoding)}`);
  const options = { maxOutputLength: limit };
  let body: Buffer;
  try {
    body = raw.length <= SYNC_GUNZIP_BYTES ? gunzipSync(raw, options) : await promisify(gunzip)(raw, options);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ERR_BUFFER_TOO_LARGE") throw tooLarge();
    const isCut = code === "Z_BUF_ERROR" || raw.length < GZIP_HEADER_BYTES;
    throw new DmonError("scrape_http", isCut ? "unexpected EOF" : "gzip: invalid header", { cause });
  }
  if (body.length >= limit) throw tooLarge();
  return body;
}

function failed(url: string, what: string, cause?: unknown, method = "GET"): DmonError {
  return new DmonError("scrape_http", getting(method, url, what), { cause });
}

function getting(method: string, url: string, what: string): string {
  return `${method === "GET" ? "Get" : "Post"} ${JSON.stringify(url)}: ${what}`;
}

/** The operating system's refusals, and those of TLS, as Go words them. */
function dialError(error: NodeJS.ErrnoException, proxy: string | undefined): string {
  const { address, port, hostname } = error as { address?: string; port?: number; hostname?: string };
  const place = address === undefined ? "" : ` ${address.includes(":") ? `[${address}]` : address}:${port}`;
  if (proxy !== undefined && place !== "" && Number(new URL(proxy).port) === port) {
    return `proxyconnect tcp: ${dialError(error, undefined)}`;
  }
  switch (error.code) {
    case "ECONNREFUSED":
      return `dial tcp${place}: connect: connection refused`;
    case "EHOSTUNREACH":
      return `dial tcp${place}: connect: no route to host`;
    case "ENETUNREACH":
      return `dial tcp${place}: connect: network is unreachable`;
    case "ETIMEDOUT":
      return `dial tcp${place}: i/o timeout`;
    case "ENOTFOUND":
      return `dial tcp: lookup ${hostname ?? ""}: no such host`;
    case "ECONNRESET":
      return error.syscall === undefined ? "EOF" : "read: connection reset by peer";
    default:
      return tlsError(error) ?? error.message;
  }
}
