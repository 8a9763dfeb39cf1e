/**
 * The first look at every request: is it for us (Host), does it come from our own page if it changes something (Origin), and
 * who asks? Protects a server on loopback from pages of other sites in the same browser, and from DNS rebinding.
 */
import type { IncomingHttpHeaders } from "node:http";
import { isIP } from "node:net";
import { DmonError } from "@dmon/model";
import type { Credentials, Identity } from "./credentials.ts";

export interface GuardOptions {
  readonly credentials: Credentials;
  /** Names, besides loopback's and IP addresses, under which this server may be addressed; lower case, without port. */
  readonly allowedHosts: ReadonlySet<string>;
}

/** How much a route can do; see {@link Guard.check}. */
export type Access =
  /** Asks something. */
  | "read"
  /** Changes something small: same-origin pages may, on loopback without a credential. */
  | "change"
  /** Actions, faults, rule edits, administration: always needs a credential. */
  | "privileged"
  /** Machines write samples here: like `change`, but requests without any Origin are taken from loopback. */
  | "ingest";

const LOOPBACK_NAMES = new Set(["localhost", "127.0.0.1", "[::1]"]);

export class Guard {
  readonly #options: GuardOptions;

  constructor(options: GuardOptions) {
    this.#options = options;
  }

  /**
   * @throws {DmonError} `host_not_allowed`, `origin_not_allowed`, `credentials_required`
   */
  async check(headers: IncomingHttpHeaders, access: Access): Promise<Identity> {
    this.checkHost(headers);
    const identity = await this.#options.credentials.identify(headers.authorization);
    const anonymousMayAsk = !this.#options.credentials.areRequired;
    if (identity === undefined || (identity.kind === "anonymous" && (!anonymousMayAsk || access === "privileged"))) {
      throw new DmonError("credentials_required", "this request needs a user's password or the CLI token");
    }
    // A token is never sent by a browser on its own; a password is, once it was typed in.
    if (identity.kind !== "token" && access !== "read") checkOrigin(headers, access);
    return identity;
  }

  /** @throws {DmonError} `host_not_allowed` */
  checkHost({ host: header }: IncomingHttpHeaders): void {
    const host = (header ?? "").toLowerCase().replace(/:\d+$/, "");
    if (LOOPBACK_NAMES.has(host) || this.#options.allowedHosts.has(host)) return;
    // An address cannot be rebound to another: only names can.
    if (isIP(host.replace(/^\[|\]$/g, "")) !== 0) return;
    throw new DmonError(
      "host_not_allowed",
      `this server does not answer for the host ${JSON.stringify(header ?? "")}; add it to web.allowed_hosts to allow it`,
    );
  }
}

/**
 * A browser says where a request comes from by `Sec-Fetch-Site`, older ones by `Origin`. Programs send neither: they cannot
 * be tricked by a page, and are let through where they only write samples.
 */
export function checkOrigin(headers: IncomingHttpHeaders, access: Access): void {
  const site = headers["sec-fetch-site"];
  if (site === "same-origin" || site === "none") return;
  const { origin } = headers;
  if (site === undefined && origin === undefined) {
    if (access === "ingest") return;
    throw new DmonError(
      "origin_not_allowed",
      "a request that changes something needs to come from the dashboard, or to carry the token in cli.token of the data directory (Authorization: Bearer …)",
    );
  }
  if (site === undefined && origin !== undefined && sameHost(origin, headers.host)) return;
  throw new DmonError(
    "origin_not_allowed",
    `a request that changes something came from another site (${origin ?? site})`,
  );
}

function sameHost(origin: string, host: string | undefined): boolean {
  try {
    return new URL(origin).host === host;
  } catch {
    return false;
  }
}
