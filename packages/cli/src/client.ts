/** Asks a running server over HTTP; used by every command that talks to one. */
import { type ApiResponse, DmonError, messageOf } from "@dmon/model";
import type { Command } from "commander";

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
 * @throws {DmonError} `server_unreachable`, `server_refused`
 */
export async function askServer<T>(
  options: ServerOptions,
  path: string,
  init: RequestInit = {},
): Promise<ApiResponse<T>> {
  const response = await fetchServer(options, path, init);
  const text = await response.text();
  try {
    return JSON.parse(text) as ApiResponse<T>;
  } catch {
    throw new DmonError("server_refused", `the server answered ${response.status}: ${text.slice(0, 300).trim()}`);
  }
}

/** The answer as it comes. @throws {DmonError} `server_unreachable` */
async function fetchServer(options: ServerOptions, path: string, init: RequestInit = {}): Promise<Response> {
  const base = new URL(options.server ?? process.env.DMON_SERVER ?? DEFAULT_SERVER);
  const { username, password } = base;
  base.username = "";
  base.password = "";
  const headers = new Headers(init.headers);
  if (username !== "")
    headers.set("authorization", `Basic ${btoa(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`)}`);
  else {
    const token = await findToken(options, base);
    if (token !== undefined) headers.set("authorization", `Bearer ${token}`);
  }
  try {
    return await fetch(new URL(path, base), { ...init, headers });
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
async function findToken(options: ServerOptions, base: URL): Promise<string | undefined> {
  const given = options.token ?? process.env.DMON_TOKEN;
  if (given !== undefined) return given;
  const isLocal = base.hostname === "localhost" || base.hostname === "[::1]" || base.hostname.startsWith("127.");
  if (!isLocal) return undefined;
  const { readToken, defaultDataDir } = await import("@dmon/server/client");
  return readToken(options.dataDir ?? process.env.DMON_DATA_DIR ?? defaultDataDir());
}
