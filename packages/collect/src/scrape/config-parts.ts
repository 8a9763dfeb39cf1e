/** The values that recur in prometheus.yml, as zod schemas: durations, sizes, relabelling, HTTP clients. */
import { messageOf, parseDuration } from "@dmon/model";
import { z } from "zod";
import { compileRelabelRule, RELABEL_ACTIONS } from "./relabel.ts";

/** A duration as text, in milliseconds after parsing. */
export const duration = z.union([z.string(), z.literal(0)]).transform((text, context) => {
  try {
    return parseDuration(String(text));
  } catch (error) {
    context.addIssue({ code: "custom", message: messageOf(error) });
    return z.NEVER;
  }
});

/** A size such as `10MB` or `512KiB`; both forms count in powers of 1,024, as Prometheus does. In bytes; 0 for no limit. */
export const byteSize = z.union([z.string(), z.literal(0)]).transform((text, context) => {
  const match = /^(\d+(?:\.\d+)?)\s*(?:([KMGTPE])i?)?B$/.exec(String(text));
  if (text === 0 || text === "0") return 0;
  if (match === null) {
    context.addIssue({ code: "custom", message: `not a size: ${JSON.stringify(text)}; write it as 10MB or 512KB` });
    return z.NEVER;
  }
  return Math.trunc(Number(match[1]) * 1024 ** " KMGTPE".indexOf(match[2] ?? " "));
});

/** A switch; YAML 1.1's words for it are taken as well. */
export const flag = z.union([
  z.boolean(),
  z.enum(["yes", "on"]).transform(() => true),
  z.enum(["no", "off"]).transform(() => false),
]);

export const limit = z.number().int().min(0);

/** A YAML scalar where a text is meant: numbers and booleans may stand unquoted. */
export const scalarText = z.union([z.string(), z.number(), flag]).transform(String);

const labelName = z.string().refine((name) => name !== "" && name.isWellFormed(), "is not a valid label name");
export const labelMap = z.record(labelName, scalarText);

/** A key written without a value is the empty text, not its default, as in Go's YAML. */
function emptyIfNull<T extends z.ZodType>(schema: T) {
  return z.preprocess((given) => (given === null ? "" : given), schema.optional());
}

const relabelRule = z
  .strictObject({
    source_labels: z.array(labelName).optional(),
    separator: emptyIfNull(scalarText),
    target_label: emptyIfNull(z.string()),
    regex: emptyIfNull(scalarText),
    modulus: z.number().int().min(0).optional(),
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

const tlsVersion = z.enum(["TLS10", "TLS11", "TLS12", "TLS13"]);

export const tlsConfig = z
  .strictObject({
    ca: z.string(),
    cert: z.string(),
    key: z.string(),
    ca_file: z.string(),
    cert_file: z.string(),
    key_file: z.string(),
    ca_ref: z.string(),
    cert_ref: z.string(),
    key_ref: z.string(),
    server_name: z.string(),
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
  proxy_url: z.string().optional(),
  no_proxy: z.string().optional(),
  proxy_from_environment: flag.optional(),
  proxy_connect_header: z.record(z.string(), z.array(z.string())).optional(),
};

const basicAuth = z
  .strictObject({
    username: scalarText,
    username_file: z.string(),
    username_ref: z.string(),
    password: scalarText,
    password_file: z.string(),
    password_ref: z.string(),
  })
  .partial();

const authorization = z
  .strictObject({
    type: z.string(),
    credentials: scalarText,
    credentials_file: z.string(),
    credentials_ref: z.string(),
  })
  .partial();

const oauth2 = z.strictObject({
  client_id: scalarText,
  client_secret: scalarText.optional(),
  client_secret_file: z.string().optional(),
  client_secret_ref: z.string().optional(),
  scopes: z.array(z.string()).default([]),
  token_url: z.string(),
  endpoint_params: z.record(z.string(), scalarText).default({}),
  tls_config: tlsConfig.optional(),
  ...proxyShape,
});

const httpHeader = z
  .strictObject({ values: z.array(scalarText), secrets: z.array(scalarText), files: z.array(z.string()) })
  .partial();

/** The keys of an HTTP client (`<http_config>`), to be spread into a section's object. */
export const httpClientShape = {
  basic_auth: basicAuth.optional(),
  authorization: authorization.optional(),
  oauth2: oauth2.optional(),
  bearer_token: scalarText.optional(),
  bearer_token_file: z.string().optional(),
  tls_config: tlsConfig.optional(),
  ...proxyShape,
  follow_redirects: flag.default(true),
  enable_http2: flag.default(true),
  http_headers: z.record(z.string(), httpHeader).optional(),
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
  readonly http_headers?: Readonly<Record<string, z.infer<typeof httpHeader>>> | undefined;
}

/** Rules between the keys of an HTTP client that no single key can state. */
export function checkHttpClient(client: HttpClientConfig, context: z.RefinementCtx): void {
  const fail = (message: string) => context.addIssue({ code: "custom", message });
  const bearer = client.bearer_token !== undefined || client.bearer_token_file !== undefined;
  const ways = [client.basic_auth, client.authorization, client.oauth2, bearer || undefined];
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
  if (client.proxy_from_environment && (client.proxy_url !== undefined || client.no_proxy !== undefined)) {
    fail("if proxy_from_environment is configured, proxy_url and no_proxy must not be configured");
  }
  if (client.no_proxy !== undefined && client.proxy_url === undefined && !client.proxy_from_environment) {
    fail("if no_proxy is configured, proxy_url must also be configured");
  }
  if (client.proxy_connect_header !== undefined && client.proxy_url === undefined && !client.proxy_from_environment) {
    fail("if proxy_connect_header is configured, proxy_url or proxy_from_environment must also be configured");
  }
  for (const name of Object.keys(client.http_headers ?? {})) {
    if (RESERVED_HEADERS.has(name.toLowerCase())) fail(`setting header ${JSON.stringify(name)} is not allowed`);
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
