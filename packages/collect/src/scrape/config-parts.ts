/** The values that recur in prometheus.yml, as zod schemas: durations, sizes, relabelling, HTTP clients. */
import { messageOf, parseDuration } from "@dmon/model";
import { z } from "zod";
import { compileRelabelRule, RELABEL_ACTIONS } from "./relabel.ts";

/** A duration as text, in milliseconds after parsing; a key without a value is 0, as in Go's YAML. */
export const duration = z.union([z.string(), z.literal(0), z.null()]).transform((text, context) => {
  try {
    return text === null ? 0 : parseDuration(String(text));
  } catch (error) {
    context.addIssue({ code: "custom", message: messageOf(error) });
    return z.NEVER;
  }
});

/** A size such as `10MB` or `512KiB`; both forms count in powers of 1,024, as Prometheus does. In bytes; 0 for no limit. */
export const byteSize = z.union([z.string(), z.literal(0), z.null()]).transform((text, context) => {
  if (text === null) return 0;
  const match = /^(\d+(?:\.\d+)?)(?:([KMGTPE])i?)?B$/.exec(String(text));
  if (text === 0 || text === "0") return 0;
  if (match === null) {
    context.addIssue({ code: "custom", message: `not a size: ${JSON.stringify(text)}; write it as 10MB or 512KB` });
    return z.NEVER;
  }
  return Math.trunc(Number(match[1]) * 1024 ** " KMGTPE".indexOf(match[2] ?? " "));
});

/** A switch; YAML 1.1's words for it are taken as well. Off where its key has no value. */
export const flag = z.union([
  z.boolean(),
  z.null().transform(() => false),
  z
    .string()
    .regex(/^(?:y|Y|yes|Yes|YES|on|On|ON)$/)
    .transform(() => true),
  z
    .string()
    .regex(/^(?:n|N|no|No|NO|off|Off|OFF)$/)
    .transform(() => false),
]);

/** A number as Go's YAML reads it: 0 where its key has no value, and `0x10` and `1e3` are numbers too. */
export const number = z.preprocess(numberOf, z.number());
/** Fractions are cut off, as Go's YAML does. */
export const wholeNumber = number.transform(Math.trunc).pipe(z.number().int());
export const limit = number.transform(Math.trunc).pipe(z.number().int().min(0));

/** Numbers whose text is kept, because a label may be meant, are numbers again. */
function numberOf(given: unknown): unknown {
  if (typeof given === "string" && KEPT_NUMBER.test(given)) return Number(given);
  return given === null ? 0 : given;
}

const KEPT_NUMBER = /^[-+]?(?:0x[\da-f]+|\d+\.\d*|\d+(?:\.\d*)?e[-+]?\d+|\d{17,})$/i;

/** A YAML scalar where a text is meant: numbers and booleans may stand unquoted, and a key without a value is the empty text. */
export const scalarText = z
  .union([z.string(), z.number(), z.boolean(), z.null().transform(() => "")])
  .transform(String);

/** A text of which the empty one means that nothing was written. */
export const optionalText = scalarText.transform((text) => (text === "" ? undefined : text));

/** A section or list whose key has no value is as if it were not written. */
export function absentIfNull<T extends z.ZodType>(schema: T) {
  return z.preprocess((given) => given ?? undefined, schema.optional());
}

/** A list; empty where it is not written or its key has no value. */
export function listOf<T extends z.ZodType>(item: T) {
  return z.preprocess((given) => given ?? [], z.array(item));
}

/** A map from texts; empty where it is not written or its key has no value. */
export function mapOf<T extends z.ZodType>(value: T) {
  return z.preprocess((given) => given ?? {}, z.record(z.string(), value));
}

/** One of some texts; the empty text and no value are as if nothing was written. */
export function choice<const T extends readonly string[]>(texts: T) {
  return z.preprocess((given) => (given === null || given === "" ? undefined : given), z.enum(texts).optional());
}

const labelName = scalarText.refine((name) => name !== "" && name.isWellFormed(), "is not a valid label name");
export const labelMap = z.record(labelName, scalarText);

/** A key written without a value is the empty text, not its default, as in Go's YAML. */
function emptyIfNull<T extends z.ZodType>(schema: T) {
  return z.preprocess((given) => (given === null ? "" : given), schema.optional());
}

const relabelRule = z
  .strictObject({
    source_labels: absentIfNull(z.array(labelName)),
    separator: emptyIfNull(scalarText),
    target_label: emptyIfNull(scalarText),
    regex: emptyIfNull(scalarText),
    modulus: limit.optional(),
    replacement: emptyIfNull(scalarText),
    action: z
      .string()
      .transform((action) => action.toLowerCase())
      .pipe(z.enum(RELABEL_ACTIONS))
      .optional(),
  })
  .transform((spec, context) => {
    try {
      return compileRelabelRule(spec);
    } catch (error) {
      context.addIssue({ code: "custom", message: messageOf(error) });
      return z.NEVER;
    }
  });
export const relabelRules = z.array(relabelRule);

const tlsVersion = absentIfNull(z.enum(["TLS10", "TLS11", "TLS12", "TLS13"]));

export const tlsConfig = z
  .strictObject({
    ca: optionalText,
    cert: optionalText,
    key: optionalText,
    ca_file: optionalText,
    cert_file: optionalText,
    key_file: optionalText,
    ca_ref: optionalText,
    cert_ref: optionalText,
    key_ref: optionalText,
    server_name: optionalText,
    insecure_skip_verify: flag,
    min_version: tlsVersion,
    max_version: tlsVersion,
  })
  .partial()
  .superRefine((tls, context) => {
    for (const part of ["ca", "cert", "key"] as const) {
      if (tls[part] !== undefined && tls[`${part}_file`] !== undefined) {
        context.addIssue({ code: "custom", message: `at most one of ${part} and ${part}_file must be configured` });
      }
    }
    const cert = tls.cert ?? tls.cert_file;
    const key = tls.key ?? tls.key_file;
    if ((cert === undefined) !== (key === undefined)) {
      context.addIssue({
        code: "custom",
        message: `exactly one of ${cert === undefined ? "cert or cert_file" : "key or key_file"} must be configured when a client ${cert === undefined ? "key" : "certificate"} is configured`,
      });
    }
  });

const proxyShape = {
  proxy_url: optionalText.refine((url) => url?.startsWith(":") !== true, "missing protocol scheme").optional(),
  no_proxy: optionalText.optional(),
  proxy_from_environment: flag.optional(),
  proxy_connect_header: absentIfNull(z.record(z.string(), z.array(scalarText))),
};

const basicAuth = z
  .strictObject({
    username: optionalText,
    username_file: optionalText,
    username_ref: optionalText,
    password: optionalText,
    password_file: optionalText,
    password_ref: optionalText,
  })
  .partial();

const authorization = z
  .strictObject({
    type: optionalText,
    credentials: optionalText,
    credentials_file: optionalText,
    credentials_ref: optionalText,
  })
  .partial();

const oauth2 = z.strictObject({
  client_id: scalarText.refine((id) => id !== "", "oauth2 client_id must be configured"),
  client_secret: optionalText.optional(),
  client_secret_file: optionalText.optional(),
  client_secret_ref: optionalText.optional(),
  scopes: listOf(scalarText),
  token_url: scalarText.refine((url) => url !== "", "oauth2 token_url must be configured"),
  endpoint_params: mapOf(scalarText),
  tls_config: absentIfNull(tlsConfig),
  ...proxyShape,
});

const httpHeader = z.strictObject({
  values: listOf(scalarText),
  secrets: listOf(scalarText),
  files: listOf(scalarText),
});

/** The keys of an HTTP client (`<http_config>`), to be spread into a section's object. */
export const httpClientShape = {
  basic_auth: absentIfNull(basicAuth),
  authorization: absentIfNull(authorization),
  oauth2: absentIfNull(oauth2),
  bearer_token: optionalText.optional(),
  bearer_token_file: optionalText.optional(),
  tls_config: absentIfNull(tlsConfig),
  ...proxyShape,
  follow_redirects: flag.default(true),
  enable_http2: flag.default(true),
  http_headers: absentIfNull(z.record(z.string(), absentIfNull(httpHeader))),
};

/** What a section with {@link httpClientShape} holds. */
export interface HttpClientConfig {
  readonly basic_auth?: z.infer<typeof basicAuth> | undefined;
  readonly authorization?: z.infer<typeof authorization> | undefined;
  readonly oauth2?: z.infer<typeof oauth2> | undefined;
  readonly bearer_token?: string | undefined;
  readonly bearer_token_file?: string | undefined;
  readonly tls_config?: z.infer<typeof tlsConfig> | undefined;
  readonly proxy_url?: string | undefined;
  readonly no_proxy?: string | undefined;
  readonly proxy_from_environment?: boolean | undefined;
  readonly proxy_connect_header?: Readonly<Record<string, readonly string[]>> | undefined;
  readonly follow_redirects: boolean;
  readonly enable_http2: boolean;
  readonly http_headers?: Readonly<Record<string, z.infer<typeof httpHeader> | undefined>> | undefined;
}

/** Rules between the keys of an HTTP client that no single key can state. */
export function checkHttpClient(client: HttpClientConfig, context: z.RefinementCtx): void {
  const fail = (message: string) => context.addIssue({ code: "custom", message });
  const bearer = client.bearer_token !== undefined || client.bearer_token_file !== undefined;
  const ways = [client.basic_auth, client.authorization, client.oauth2, bearer || undefined];
  if (client.bearer_token !== undefined && client.bearer_token_file !== undefined) {
    fail("at most one of bearer_token & bearer_token_file must be configured");
  }
  if (ways.filter((way) => way !== undefined).length > 1) {
    fail("at most one of basic_auth, authorization, oauth2, bearer_token & bearer_token_file must be configured");
  }
  const { authorization: auth, basic_auth: basic, oauth2: oauth } = client;
  if (auth?.credentials !== undefined && auth.credentials_file !== undefined) {
    fail("at most one of authorization credentials & credentials_file must be configured");
  }
  if (auth?.type?.trim().toLowerCase() === "basic")
    fail('authorization type cannot be set to "basic", use "basic_auth" instead');
  if (basic?.password !== undefined && basic.password_file !== undefined) {
    fail("at most one of basic_auth password, password_file & password_ref must be configured");
  }
  if (basic?.username !== undefined && basic.username_file !== undefined) {
    fail("at most one of basic_auth username, username_file & username_ref must be configured");
  }
  if (oauth?.client_secret !== undefined && oauth.client_secret_file !== undefined) {
    fail("at most one of oauth2 client_secret, client_secret_file & client_secret_ref must be configured");
  }
  for (const proxied of [client, client.oauth2 ?? {}]) for (const message of proxyFaults(proxied)) fail(message);
  for (const name of Object.keys(client.http_headers ?? {})) {
    if (RESERVED_HEADERS.has(name.toLowerCase())) fail(`setting header ${JSON.stringify(name)} is not allowed`);
  }
}

type ProxyConfig = Partial<
  Pick<HttpClientConfig, "proxy_url" | "no_proxy" | "proxy_from_environment" | "proxy_connect_header">
>;

function* proxyFaults(client: ProxyConfig): Generator<string> {
  const { proxy_url: url, no_proxy: except, proxy_from_environment: fromEnvironment = false } = client;
  if (fromEnvironment && (url !== undefined || except !== undefined)) {
    yield "if proxy_from_environment is configured, proxy_url and no_proxy must not be configured";
  }
  if (except !== undefined && url === undefined && !fromEnvironment) {
    yield "if no_proxy is configured, proxy_url must also be configured";
  }
  const hasHeaders = Object.keys(client.proxy_connect_header ?? {}).length > 0;
  if (hasHeaders && url === undefined && !fromEnvironment) {
    yield "if proxy_connect_header is configured, proxy_url or proxy_from_environment must also be configured";
  }
}

/** What the connection, the scraper or another key sets. Source: prometheus/common `config/headers.go`. */
const RESERVED_HEADERS: ReadonlySet<string> = new Set([
  "accept-encoding",
  "authorization",
  "connection",
  "content-encoding",
  "content-length",
  "content-type",
  "host",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "user-agent",
  "www-authenticate",
  "x-amz-content-sha256",
  "x-amz-date",
  "x-amz-security-token",
  "x-prometheus-remote-read-version",
  "x-prometheus-remote-write-version",
  "x-prometheus-scrape-timeout-seconds",
]);
