/** Asks a running server over HTTP; used by every command that talks to one. */
import { type ApiResponse, DmonError, messageOf } from "@dmon/model";
import type { Command } from "commander";
import { tokenFault } from "./token.ts";

export interface ServerOptions {
  readonly server?: string;
  readonly token?: string;
  readonly dataDir?: string;
}

const DEFAULT_SERVER = "http://127.0.0.1:3666";

/** Adds the options that say which server is meant. */
export function withServerOptions(command: Command): Command {
  return command
    .option("--server <url>", `server to ask (DMON_SERVER; default ${DEFAULT_SERVER}); user:password@ may stand in it`)
    .option("--token <token>", "token of the server (DMON_TOKEN; default: read from the data directory)")
    .option("--data-dir <dir>", "data directory that holds the token (DMON_DATA_DIR)");
}

/**
 * @param path with query string, e.g. `/api/v1/query?query=up`
 * @throws {DmonError} `bad_argument`, `server_unreachable`, `server_refused`, `token_unreadable`
 */
export async function askServer<T>(
  options: ServerOptions,
  path: string,
  init: RequestInit = {},
): Promise<ApiResponse<T>> {
  const { base, headers, fault } = await accessOf(options, init.headers);
  const response = await fetchFrom(base, path, { ...init, headers });
  const text = await response.text();
  let answer: ApiResponse<T>;
  try {
    answer = JSON.parse(text) as ApiResponse<T>;
  } catch {
    throw new DmonError("server_refused", `the server answered ${response.status}: ${text.slice(0, 300).trim()}`);
  }
  if (fault !== undefined && answer.status === "error" && NEED_TOKEN.has(answer.code ?? "")) throw fault;
  return answer;
}

/** What a server answers to a request without the token that it needs. */
const NEED_TOKEN: ReadonlySet<string> = new Set(["origin_not_allowed", "credentials_required"]);

interface ServerAccess {
  /** Without name and password. */
  readonly base: URL;
  readonly headers: Headers;
  /** Why the token that is there was not sent. */
  readonly fault: DmonError | undefined;
}

async function accessOf(options: ServerOptions, given: RequestInit["headers"]): Promise<ServerAccess> {
  const base = serverUrl(options.server ?? process.env.DMON_SERVER ?? DEFAULT_SERVER);
  const { username, password } = base;
  base.username = "";
  base.password = "";
  const headers = new Headers(given);
  if (username !== "") {
    headers.set("authorization", `Basic ${btoa(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`)}`);
    return { base, headers, fault: undefined };
  }
  const { token, fault } = await findToken(options, base);
  if (token !== undefined) headers.set("authorization", `Bearer ${token}`);
  return { base, headers, fault };
}

/**
 * The address of a server; `http://` where no scheme is given.
 *
 * @throws {DmonError} `bad_argument`
 */
export function serverUrl(text: string): URL {
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`);
  if (url !== null && (url.protocol === "http:" || url.protocol === "https:")) return url;
  const shown = JSON.stringify(text.replace(/[^/]*@/, "…@"));
  throw new DmonError("bad_argument", `--server: ${shown} is not an address such as ${DEFAULT_SERVER}`);
}

/** The answer as it comes. @throws {DmonError} `server_unreachable` */
async function fetchFrom(base: URL, path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(new URL(path, base), init);
  } catch (error) {
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
    throw new DmonError(
      "server_unreachable",
      `cannot reach ${base.origin}: ${messageOf(cause)}; is it running? (dmon start)`,
      { cause },
    );
  }
}

/** The data of a success. @throws {DmonError} with the server's code where it refused */
export async function askForData<T>(options: ServerOptions, path: string, init: RequestInit = {}): Promise<T> {
  const answer = await askServer<T>(options, path, init);
  if (answer.status === "error") throw new DmonError(answer.code ?? "server_refused", answer.error);
  return answer.data;
}

/** A local server's token is only sent to this machine. */
async function findToken(
  options: ServerOptions,
  base: URL,
): Promise<{ readonly token?: string; readonly fault?: DmonError | undefined }> {
  const given = options.token ?? process.env.DMON_TOKEN;
  if (given !== undefined) return { token: given };
  const isLocal = base.hostname === "localhost" || base.hostname === "[::1]" || base.hostname.startsWith("127.");
  if (!isLocal) return {};
  const { readToken, defaultDataDir } = await import("@dmon/server/client");
  const dataDir = options.dataDir ?? process.env.DMON_DATA_DIR ?? defaultDataDir();
  const token = readToken(dataDir);
  return token === undefined ? { fault: tokenFault(dataDir) } : { token };
}
