/**
 * Serves the built dashboard. The list of files is read at the start, and anew where the page has been built again meanwhile;
 * only what is in it can be asked for, so no path can leave it. Files are read whole: the largest takes half a megabyte, and
 * a stream of it several turns of the event loop.
 * Files with a hash in their name are cached for ever, the page itself never.
 */
import { existsSync, readdirSync, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { extname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { FastifyReply, FastifyRequest } from "fastify";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".json": "application/json",
  ".webmanifest": "application/manifest+json",
  ".woff2": "font/woff2",
  ".map": "application/json",
};
const COMPRESSIBLE = new Set([".html", ".js", ".css", ".svg", ".json", ".map", ".webmanifest"]);

const ZIPPED = ".gz";
const compress = promisify(gzip);

interface StaticFile {
  readonly path: string;
  readonly type: string;
  readonly sizeBytes: number;
  readonly isHashed: boolean;
  readonly isCompressible: boolean;
  /** Compressed by the build, beside it. */
  readonly zipped: { readonly path: string; readonly sizeBytes: number } | undefined;
}

/** Where `vite build` puts the dashboard; undefined where it was not built. */
export function webRoot(): string | undefined {
  const manifest = fileURLToPath(import.meta.resolve("@dmon/web/package.json"));
  const root = join(manifest, "..", "dist");
  return existsSync(join(root, "index.html")) ? root : undefined;
}

const PAGE = "/index.html";

export class StaticFiles {
  readonly #files = new Map<string, StaticFile>();
  readonly #root: string | undefined;
  #pageChangedMs = 0;
  /** Told of each page that goes out. */
  onPage: () => void = () => {};

  constructor(root: string | undefined) {
    this.#root = root;
    if (root !== undefined) this.#list(root);
  }

  /** An upgrade replaces the files under a running server: sizes and names of before would give half a page. */
  #look(): void {
    if (this.#root === undefined) return;
    const info = statSync(join(this.#root, PAGE), { throwIfNoEntry: false });
    if (info !== undefined && info.mtimeMs !== this.#pageChangedMs) this.#list(this.#root);
  }

  #list(root: string): void {
    this.#files.clear();
    this.#pageChangedMs = statSync(join(root, PAGE), { throwIfNoEntry: false })?.mtimeMs ?? 0;
    for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || entry.name.endsWith(ZIPPED)) continue;
      const path = join(entry.parentPath, entry.name);
      const url = `/${relative(root, path).split(sep).join("/")}`;
      const extension = extname(entry.name);
      this.#files.set(url, {
        path,
        type: TYPES[extension] ?? "application/octet-stream",
        sizeBytes: statSync(path).size,
        isHashed: url.startsWith("/assets/"),
        isCompressible: COMPRESSIBLE.has(extension),
        zipped: existsSync(path + ZIPPED)
          ? { path: path + ZIPPED, sizeBytes: statSync(path + ZIPPED).size }
          : undefined,
      });
    }
  }

  get isEmpty(): boolean {
    return this.#files.size === 0;
  }

  /** Sends the file of this path, else the page for a path of the page's own router; undefined where neither applies. */
  send(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> | undefined {
    const [path = "/"] = request.url.split("?");
    const isPage = !path.startsWith("/api/") && !path.startsWith("/-/") && extname(path) === "";
    if (isPage) this.#look();
    const file = this.#files.get(path) ?? (isPage ? this.#files.get(PAGE) : undefined);
    if (file === undefined) return undefined;
    if (isPage && request.method === "GET") this.onPage();
    return sendFile(file, request, reply);
  }
}

async function sendFile(file: StaticFile, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  reply.header("content-type", file.type);
  reply.header("cache-control", file.isHashed ? "public, max-age=31536000, immutable" : "no-cache");
  reply.header("vary", "accept-encoding");
  const isZipped = file.isCompressible && /\bgzip\b/.test(String(request.headers["accept-encoding"] ?? ""));
  if (isZipped) reply.header("content-encoding", "gzip");
  const sizeBytes = isZipped ? file.zipped?.sizeBytes : file.sizeBytes;
  if (sizeBytes !== undefined) reply.header("content-length", sizeBytes);
  if (request.method === "HEAD") return reply.send();
  return reply.send(isZipped ? await zipped(file) : await readFile(file.path));
}

async function zipped(file: StaticFile): Promise<Buffer> {
  return file.zipped === undefined ? compress(await readFile(file.path)) : readFile(file.zipped.path);
}
