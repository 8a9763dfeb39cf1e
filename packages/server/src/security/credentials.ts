/**
 * Who is asking: a user of `web.yml` by HTTP basic authentication, the CLI by its token, or nobody.
 *
 * A bcrypt check costs tens of milliseconds on purpose. A password that was right is remembered by a keyed hash, so that a
 * dashboard's many requests cost one check; wrong ones are checked at most a few at a time.
 */
import { createHmac, randomBytes } from "node:crypto";
import { sameSecret } from "./token.ts";

export type Identity =
  | { readonly kind: "token" }
  | { readonly kind: "user"; readonly name: string }
  | { readonly kind: "anonymous" };

const MAX_REMEMBERED = 1000;
const MAX_CHECKS = 4;
/** Checked for unknown users too, so that time does not tell which users exist. */
const NOBODY_HASH = "$2b$10$7EqJtq98hPqEX7fNZaFWoOhi5vRS6dpmUvXUG7f7WcpQ0uPOVzS4i";

export class Credentials {
  readonly #token: string;
  readonly #users: ReadonlyMap<string, string>;
  readonly #key = randomBytes(32);
  readonly #remembered = new Set<string>();
  #checks = 0;

  constructor(token: string, users: ReadonlyMap<string, string>) {
    this.#token = token;
    this.#users = users;
  }

  /** True where users are configured: then every request needs credentials. */
  get areRequired(): boolean {
    return this.#users.size > 0;
  }

  /** @returns undefined where credentials were given and are wrong */
  async identify(authorization: string | undefined): Promise<Identity | undefined> {
    if (authorization === undefined) return { kind: "anonymous" };
    const [scheme = "", rest = ""] = authorization.split(/ +/, 2);
    if (scheme.toLowerCase() === "bearer") return sameSecret(rest, this.#token) ? { kind: "token" } : undefined;
    if (scheme.toLowerCase() !== "basic") return undefined;
    const decoded = Buffer.from(rest, "base64").toString("utf8");
    const colon = decoded.indexOf(":");
    if (colon < 0) return undefined;
    const name = decoded.slice(0, colon);
    return (await this.#isUser(name, decoded.slice(colon + 1))) ? { kind: "user", name } : undefined;
  }

  async #isUser(name: string, password: string): Promise<boolean> {
    const hash = this.#users.get(name);
    const proof = createHmac("sha256", this.#key).update(`${name}\0${hash}\0${password}`).digest("base64");
    if (this.#remembered.has(proof)) return true;
    if (this.#checks >= MAX_CHECKS) return false;
    this.#checks++;
    try {
      const { default: bcrypt } = await import("bcryptjs");
      const isRight = await bcrypt.compare(password, hash ?? NOBODY_HASH);
      if (!isRight || hash === undefined) return false;
    } finally {
      this.#checks--;
    }
    if (this.#remembered.size >= MAX_REMEMBERED) this.#remembered.clear();
    this.#remembered.add(proof);
    return true;
  }
}
