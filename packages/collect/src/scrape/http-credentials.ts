/** Credentials of an HTTP client: from the configuration or from files, read again at most every few seconds; OAuth2 tokens. */
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { type Clock, DmonError, isDmonError, messageOf } from "@dmon/model";
import type { HttpClientConfig } from "./config-parts.ts";

const REREAD_MS = 10_000;
/** A token is renewed so long before it ends. */
const TOKEN_MARGIN_MS = 10_000;

/** Text of secret files, so that a rotated secret is used without a reload. */
export class SecretFiles {
  readonly #clock: Clock;
  readonly #baseDir: string;
  readonly #texts = new Map<string, { readAtMs: number; text: string }>();

  /** @param baseDir relative names start here: the configuration file's directory */
  constructor(clock: Clock, baseDir: string) {
    this.#clock = clock;
    this.#baseDir = baseDir;
  }

  path(name: string): string {
    return resolve(this.#baseDir, name);
  }

  /** @throws {DmonError} `secret_file` */
  async read(name: string): Promise<string> {
    const nowMs = this.#clock.monotonicMs();
    const known = this.#texts.get(name);
    if (known !== undefined && nowMs - known.readAtMs < REREAD_MS) return known.text;
    try {
      const text = (await readFile(this.path(name), "utf8")).trim();
      this.#texts.set(name, { readAtMs: nowMs, text });
      return text;
    } catch (cause) {
      throw new DmonError("secret_file", `unable to read file ${name}: ${openError(cause)}`, { cause });
    }
  }

  async either(text: string | undefined, file: string | undefined): Promise<string> {
    return file === undefined ? (text ?? "") : await this.read(file);
  }
}

/** As Go words it. */
function openError(error: unknown): string {
  const { code, path } = error as NodeJS.ErrnoException;
  const why = { ENOENT: "no such file or directory", EACCES: "permission denied", EISDIR: "is a directory" }[
    code ?? ""
  ];
  return why === undefined ? messageOf(error) : `open ${path}: ${why}`;
}

/** Posts a form and answers its body; what {@link OAuthTokens} needs of an HTTP client. */
export type PostForm = (url: string, form: string, authorization: string) => Promise<string>;

/** A token of the client-credentials grant, kept until shortly before it ends. */
class OAuthTokens {
  readonly #clock: Clock;
  #token = "";
  #untilMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @throws {DmonError} `oauth2` */
  async token(config: NonNullable<HttpClientConfig["oauth2"]>, secrets: SecretFiles, post: PostForm): Promise<string> {
    if (this.#clock.monotonicMs() < this.#untilMs) return this.#token;
    const secret = await secrets.either(config.client_secret, config.client_secret_file);
    const form = new URLSearchParams({ grant_type: "client_credentials", ...config.endpoint_params });
    if (config.scopes.length > 0) form.set("scope", config.scopes.join(" "));
    const basic = basicAuthorization(encodeURIComponent(config.client_id), encodeURIComponent(secret));
    const answer = parseToken(await post(config.token_url, form.toString(), basic), config.token_url);
    this.#token = answer.token;
    this.#untilMs = this.#clock.monotonicMs() + answer.lifetimeMs - TOKEN_MARGIN_MS;
    return this.#token;
  }
}

function parseToken(body: string, url: string): { token: string; lifetimeMs: number } {
  let answer: { access_token?: unknown; expires_in?: unknown };
  try {
    answer = JSON.parse(body) as typeof answer;
  } catch (cause) {
    throw new DmonError("oauth2", `oauth2: cannot parse json: ${messageOf(cause)} (from ${url})`, { cause });
  }
  if (typeof answer.access_token !== "string" || answer.access_token === "") {
    throw new DmonError("oauth2", "oauth2: server response missing access_token");
  }
  const seconds = Number(answer.expires_in);
  return { token: answer.access_token, lifetimeMs: seconds > 0 ? seconds * 1000 : Number.POSITIVE_INFINITY };
}

/** Makes the headers of each request of one HTTP client. */
export class RequestHeaders {
  readonly #config: HttpClientConfig;
  readonly #secrets: SecretFiles;
  readonly #tokens: OAuthTokens;
  readonly #post: PostForm;
  /** True where no request needs to wait for a file or a token. */
  readonly areFixed: boolean;

  constructor(config: HttpClientConfig, secrets: SecretFiles, clock: Clock, post: PostForm) {
    this.#config = config;
    this.#secrets = secrets;
    this.#tokens = new OAuthTokens(clock);
    this.#post = post;
    const { basic_auth, authorization, oauth2, bearer_token, bearer_token_file, http_headers } = config;
    this.areFixed = [basic_auth, authorization, oauth2, bearer_token, bearer_token_file, http_headers].every(
      (each) => each === undefined,
    );
  }

  async headers(): Promise<Record<string, string | string[]>> {
    const out: Record<string, string | string[]> = {};
    for (const [name, given] of Object.entries(this.#config.http_headers ?? {})) {
      if (given === undefined) continue;
      const files = await Promise.all(given.files.map((file) => this.#secrets.read(file)));
      out[name] = [...given.values, ...given.secrets, ...files];
    }
    const authorization = await this.#authorization();
    if (authorization !== "") out.Authorization = authorization;
    return out;
  }

  async #authorization(): Promise<string> {
    try {
      return await this.#credentials();
    } catch (error) {
      if (!isDmonError(error, "secret_file")) throw error;
      throw new DmonError(error.code, `unable to read authorization credentials: ${error.message}`, { cause: error });
    }
  }

  async #credentials(): Promise<string> {
    const { basic_auth: basic, authorization: auth, oauth2, bearer_token, bearer_token_file } = this.#config;
    const secrets = this.#secrets;
    if (basic !== undefined) {
      return basicAuthorization(
        await secrets.either(basic.username, basic.username_file),
        await secrets.either(basic.password, basic.password_file),
      );
    }
    if (auth !== undefined) {
      const credentials = await secrets.either(auth.credentials, auth.credentials_file);
      return credentials === "" ? "" : `${auth.type?.trim() || "Bearer"} ${credentials}`;
    }
    if (oauth2 !== undefined) return `Bearer ${await this.#tokens.token(oauth2, secrets, this.#post)}`;
    const bearer = await secrets.either(bearer_token, bearer_token_file);
    return bearer === "" ? "" : `Bearer ${bearer}`;
  }
}

function basicAuthorization(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
}
