/**
 * Who is asking: a user of `web.yml` by HTTP basic authentication, the CLI by its token, or nobody.
 *
 * A bcrypt check costs tens of milliseconds on purpose. A password that was right is remembered by a keyed hash, so that a
 * dashboard's many requests cost one check, also those that come at once; others are checked a few at a time, and wait in a
 * queue that ends.
 */
import { createHmac, randomBytes } from "node:crypto";
import { sameSecret } from "./token.ts";

export type Identity =
  | { readonly kind: "token" }
  | { readonly kind: "user"; readonly name: string }
  | { readonly kind: "anonymous" };

const MAX_REMEMBERED = 1000;
const MAX_CHECKS = 4;
/** More that wait are told no: whoever tries passwords must not fill the memory. */
const MAX_WAITING = 100;
/** Checked for unknown users too, so that time does not tell which users exist. */
const NOBODY_HASH = "$2b$10$7EqJtq98hPqEX7fNZaFWoOhi5vRS6dpmUvXUG7f7WcpQ0uPOVzS4i";

export class Credentials {
  readonly #token: string;
  #users: ReadonlyMap<string, string>;
  readonly #key = randomBytes(32);
  readonly #remembered = new Set<string>();
  /** Checks under way, by proof. */
  readonly #pending = new Map<string, Promise<boolean>>();
  readonly #waiting: (() => void)[] = [];
  #checks = 0;

  constructor(token: string, users: ReadonlyMap<string, string>) {
    this.#token = token;
    this.#users = users;
  }

  /** Passwords that were right under another hash are asked for anew. */
  setUsers(users: ReadonlyMap<string, string>): void {
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
    const running = this.#pending.get(proof);
    if (running !== undefined) return running;
    const check = this.#check(password, hash, proof).finally(() => this.#pending.delete(proof));
    this.#pending.set(proof, check);
    return check;
  }

  async #check(password: string, hash: string | undefined, proof: string): Promise<boolean> {
    if (this.#checks >= MAX_CHECKS) {
      if (this.#waiting.length >= MAX_WAITING) return false;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    this.#checks++;
    const isRight = await compare(password, hash ?? NOBODY_HASH);
    this.#checks--;
    this.#waiting.shift()?.();
    if (!isRight || hash === undefined) return false;
    if (this.#remembered.size >= MAX_REMEMBERED) this.#remembered.clear();
    this.#remembered.add(proof);
    return true;
  }
}

async function compare(password: string, hash: string): Promise<boolean> {
  const { default: bcrypt } = await import("bcryptjs");
  try {
    return await bcrypt.compare(password, hash);
  } catch {
    // A hash whose form is right and whose content is none.
    return false;
  }
}
