/**
 * The HTTP server: guards every request, hands the API's questions to the engine as they came, streams its answers.
 */

import type { IncomingMessage } from "node:http";
import type { ServerOptions } from "node:https";
import { promisify } from "node:util";
import { createGzip, gzip } from "node:zlib";
import { DmonError, messageOf } from "@dmon/model";
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from "fastify";
import { ENGINE_ROUTES } from "../engine/api/routes.ts";
import type { EngineClient } from "../engine/client.ts";
import { httpFailure } from "../http-errors.ts";
import type { Log } from "../log.ts";
import type { Access, Guard } from "../security/guard.ts";
import type { TlsOptions } from "../security/web-options.ts";
import { AllowedMethods } from "./allowed-methods.ts";
import { SECURITY_HEADERS } from "./headers.ts";
import type { StaticFiles } from "./static-files.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** Default: `read` for GET and HEAD, `change` otherwise. */
    access?: Access;
  }
}

export interface AppOptions {
  readonly engine: EngineClient;
  readonly guard: Guard;
  readonly log: Log;
  readonly files: StaticFiles;
  readonly tls: TlsOptions | undefined;
  /** Further headers of every answer; asked for each. */
  headers(): Readonly<Record<string, string>>;
  /** Headers for a request with this `Origin`: what a page of another site may do. */
  readonly cors: (origin: string | undefined) => Readonly<Record<string, string>>;
  /** Names of the engine's routes that the configuration switches off. */
  readonly disabledRoutes: ReadonlySet<string>;
}

/** Answers smaller than this are not worth compressing, bytes. */
const COMPRESS_FROM_BYTES = 1024;
const compress = promisify(gzip);
const PLAIN = "text/plain; charset=utf-8";
/** The request's line counts too: a dashboard may ask for a thousand series by GET. As in Go. */
const MAX_HEADER_BYTES = 1024 * 1024;

export function createApp(options: AppOptions): FastifyInstance {
  const common = {
    forceCloseConnections: true as const,
    bodyLimit: 1024 * 1024,
    requestTimeout: 60_000,
    routerOptions: { maxParamLength: 4096, ignoreTrailingSlash: true, ignoreDuplicateSlashes: true },
    frameworkErrors: (_error: Error, _request: FastifyRequest, reply: FastifyReply) => {
      void reply.code(400).type(PLAIN).send("400 Bad Request");
    },
  };
  const app = (options.tls === undefined
    ? fastify({ ...common, http: { maxHeaderSize: MAX_HEADER_BYTES } })
    : fastify({
        ...common,
        https: { ...httpsOptions(options.tls), maxHeaderSize: MAX_HEADER_BYTES },
      })) as unknown as FastifyInstance;

  const allowedMethods = new AllowedMethods();
  app.addHook("onRoute", ({ url, method }) => allowedMethods.add(url, [method].flat()));

  app.addHook("onRequest", async (request, reply) => {
    reply.headers({ ...SECURITY_HEADERS, ...options.headers() });
    acceptAnyType(request);
    if (request.url.startsWith("/api/v1/")) reply.headers(options.cors(request.headers.origin));
    // Where there is nothing, nothing is changed.
    const usual = isReading(request.method) || request.is404 ? "read" : "change";
    const { access = usual } = request.routeOptions.config;
    // A browser's question whether it may ask carries no credential.
    if (request.method === "OPTIONS" && request.url.startsWith("/api/v1/")) options.guard.checkHost(request.headers);
    else await options.guard.check(request.headers, access);
  });

  // Prometheus names no charset for JSON, and its clients' checks may be to the letter.
  app.addHook("onSend", async (_request, reply) => {
    if (reply.getHeader("content-type") === "application/json; charset=utf-8") reply.type("application/json");
  });

  // Bodies go to the engine as they came.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));

  app.setErrorHandler((error, request, reply) => sendFailure(options.log, error, request, reply));
  app.setNotFoundHandler((request, reply) => {
    const path = pathOf(request);
    if (request.method === "OPTIONS" && path.startsWith("/api/v1/")) return reply.code(204).send();
    const allowed = allowedMethods.of(path);
    if (allowed !== undefined) {
      reply.header("allow", allowed.join(", "));
      if (request.method === "OPTIONS") return reply.code(200).send("");
      return reply.code(405).type(PLAIN).send("Method Not Allowed\n");
    }
    if (isReading(request.method)) {
      const sent = options.files.send(request, reply);
      if (sent !== undefined) return sent;
    }
    return reply.code(404).type(PLAIN).send("404 page not found\n");
  });

  for (const route of ENGINE_ROUTES) {
    if (options.disabledRoutes.has(route.name)) continue;
    app.route({
      method: [...route.methods],
      url: route.path,
      bodyLimit: route.bodyLimit,
      config: { access: route.access },
      handler: (request, reply) => passToEngine(options.engine, request, reply),
    });
  }
  return app;
}

/** Who is let in is decided by `guardClients`, which knows more cases than Node. */
export function httpsOptions({ clients, ...tls }: TlsOptions): ServerOptions {
  return { ...tls, requestCert: clients.authType !== "NoClientCert", rejectUnauthorized: false };
}

function isReading(method: string): boolean {
  return method === "GET" || method === "HEAD" || method === "OPTIONS";
}

async function passToEngine(engine: EngineClient, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const query = splitOnce(request.url, "?")[1];
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) if (typeof value === "string") headers[name] = value;
  const sentType = sentTypes.get(request.raw);
  if (sentType !== undefined) headers["content-type"] = sentType;
  const body = await bodyOf(request, headers);
  const { ip: clientIp, method } = request;
  const answer = await engine.call({ method, path: pathOf(request), query, headers, clientIp, body });
  reply.code(answer.status).headers(answer.headers);
  const vary = reply.getHeader("vary");
  reply.header("vary", vary === undefined ? "accept-encoding" : `accept-encoding, ${vary}`);
  const isZipped = wantsGzip(request);
  if (Buffer.isBuffer(answer.body)) {
    if (!isZipped || answer.body.length < COMPRESS_FROM_BYTES) return reply.send(answer.body);
    reply.header("content-encoding", "gzip");
    return reply.send(await compress(answer.body, { level: 1 }));
  }
  const stream = answer.body;
  if (!isZipped) return reply.send(stream);
  reply.header("content-encoding", "gzip");
  const zip = createGzip({ level: 1 });
  // A reader that goes away destroys the compressor; the engine's work must end with it.
  zip.on("close", () => stream.destroy());
  stream.on("error", (error) => zip.destroy(error));
  return reply.send(stream.pipe(zip));
}

/** Types as they were sent, where they were none that the framework lets pass. */
const sentTypes = new WeakMap<IncomingMessage, string>();

/** What is no media type is the receiver's to judge: remote write answers 415 in Prometheus' words, forms are taken for empty. */
function acceptAnyType({ raw }: FastifyRequest): void {
  const type = raw.headers["content-type"];
  if (type === undefined || MEDIA_TYPE.test(type)) return;
  sentTypes.set(raw, type);
  raw.headers["content-type"] = "application/octet-stream";
}

const MEDIA_TYPE =
  /^[\w!#$%&'*+.^`|~-]+\/[\w!#$%&'*+.^`|~-]+(?:\s*;\s*[\w!#$%&'*+.^`|~-]+=(?:[\w!#$%&'*+.^`|~-]+|"[^"\\]*"))*$/;

/** The body as it came; a form with parts (`curl -F`) as a plain one, for which `headers` is changed. */
async function bodyOf(request: FastifyRequest, headers: Record<string, string>): Promise<Uint8Array | undefined> {
  if (!Buffer.isBuffer(request.body)) return undefined;
  const body = new Uint8Array(request.body);
  const type = headers["content-type"] ?? "";
  if (!/^multipart\/form-data\s*;/i.test(type) || request.routeOptions.config.access !== "read") return body;
  try {
    const form = new URLSearchParams();
    const parts = await new Response(body, { headers: { "content-type": type } }).formData();
    for (const [name, value] of parts) if (typeof value === "string") form.append(name, value);
    headers["content-type"] = "application/x-www-form-urlencoded";
    return new TextEncoder().encode(form.toString());
  } catch {
    return body;
  }
}

/** Without the query, without empty segments and without a slash at the end. */
function pathOf(request: FastifyRequest): string {
  const [path] = splitOnce(request.url, "?");
  return path.replace(/\/{2,}/g, "/").replace(/(?<=.)\/$/, "");
}

/** Within one machine bytes cost less than the CPU to make them fewer. */
function wantsGzip(request: FastifyRequest): boolean {
  return (
    /\bgzip\b/.test(String(request.headers["accept-encoding"] ?? "")) &&
    !isLoopbackPeer(request.socket.remoteAddress ?? "")
  );
}

function isLoopbackPeer(address: string): boolean {
  return address.startsWith("127.") || address === "::1" || address.startsWith("::ffff:127.");
}

function splitOnce(text: string, at: string): [string, string] {
  const index = text.indexOf(at);
  return index < 0 ? [text, ""] : [text.slice(0, index), text.slice(index + 1)];
}

function sendFailure(log: Log, error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { status, body } = httpFailure(translate(error));
  if (status === 500 && body.code === undefined)
    log.error({ path: request.url, error: messageOf(error) }, "a request failed unexpectedly");
  if (status === 401) reply.header("www-authenticate", 'Basic realm="dmon", charset="UTF-8"');
  return reply.code(status).type("application/json").send(body);
}

/** Fastify's own errors as ours. */
function translate(error: unknown): unknown {
  if (error instanceof DmonError || !(error instanceof Error) || !("statusCode" in error)) return error;
  if (error.statusCode === 413)
    return new DmonError("body_too_large", "the request's body is larger than this route accepts");
  if (typeof error.statusCode === "number" && error.statusCode < 500)
    return new DmonError("bad_parameter", error.message);
  return error;
}
