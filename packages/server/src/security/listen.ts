/** The address to serve on, and whether it may be served without credentials. */
import { isIP } from "node:net";
import { DmonError } from "@dmon/model";

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** `HOST:PORT`, `[::1]:PORT`, `:PORT` (all interfaces). Port 0 asks the system for a free one. */
export function parseListen(text: string): ListenAddress {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]*)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535) {
    throw new DmonError(
      "listen_address",
      `listen address ${JSON.stringify(text)} is not HOST:PORT; for example 127.0.0.1:3666`,
    );
  }
  return { host: match[1] ?? (match[2] === "" ? "::" : match[2]!), port };
}

/** True for addresses that only this machine reaches. */
export function isLoopback(host: string): boolean {
  if (host === "localhost" || host === "::1") return true;
  return isIP(host) === 4 && host.startsWith("127.");
}

/** @throws {DmonError} `listen_needs_credentials` */
export function requireSafeListen(address: ListenAddress, hasUsers: boolean): void {
  if (hasUsers || isLoopback(address.host)) return;
  throw new DmonError(
    "listen_needs_credentials",
    `refusing to listen on ${address.host}:${address.port} without credentials: everyone who reaches it could read everything. ` +
      "Write a user into a file with `dmon web user NAME >> web.yml` and set web.config_file, or listen on 127.0.0.1.",
  );
}
