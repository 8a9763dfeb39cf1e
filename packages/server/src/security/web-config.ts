/**
 * Prometheus' web configuration file (`web.yml`): TLS, users with bcrypt hashes, extra headers.
 * Source: prometheus/exporter-toolkit `docs/web-configuration.md`.
 */
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { createSecureContext, type SecureVersion } from "node:tls";
import { DmonError, messageOf } from "@dmon/model";
import { parse } from "yaml";
import { z } from "zod";
import { CLIENT_AUTH_TYPES } from "./client-certificate.ts";
import type { TlsOptions, WebConfig } from "./web-options.ts";

const tlsVersion = z.enum(["TLS10", "TLS11", "TLS12", "TLS13"]);

/** Suites of TLS 1.3, which are not chosen: they are all on, as in Go. */
const TLS13_CIPHERS = ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"];
/** Go's names of the suites that it holds for safe, with OpenSSL's. */
const CIPHERS: Readonly<Record<string, string>> = Object.fromEntries([
  ...TLS13_CIPHERS.map((name) => [name, name]),
  ...["ECDSA", "RSA"].flatMap((kind) =>
    [
      ["AES_128_CBC_SHA", "AES128-SHA"],
      ["AES_256_CBC_SHA", "AES256-SHA"],
      ["AES_128_GCM_SHA256", "AES128-GCM-SHA256"],
      ["AES_256_GCM_SHA384", "AES256-GCM-SHA384"],
      ["CHACHA20_POLY1305_SHA256", "CHACHA20-POLY1305"],
    ].map(([go, openssl]) => [`TLS_ECDHE_${kind}_WITH_${go}`, `ECDHE-${kind}-${openssl}`]),
  ),
]);
const CURVES = { CurveP256: "prime256v1", CurveP384: "secp384r1", CurveP521: "secp521r1", X25519: "X25519" } as const;

const tlsSchema = z.strictObject({
  cert_file: z.string().optional(),
  key_file: z.string().optional(),
  cert: z.string().optional(),
  key: z.string().optional(),
  client_ca_file: z.string().optional(),
  client_ca: z.string().optional(),
  client_auth_type: z.enum([...CLIENT_AUTH_TYPES, ""]).default("NoClientCert"),
  client_allowed_sans: z.array(z.string()).default([]),
  min_version: tlsVersion.default("TLS12"),
  max_version: tlsVersion.default("TLS13"),
  cipher_suites: z.array(z.enum(Object.keys(CIPHERS))).default([]),
  prefer_server_cipher_suites: z.boolean().default(true),
  curve_preferences: z.array(z.enum(Object.keys(CURVES) as [keyof typeof CURVES])).default([]),
});

const webConfigSchema = z.strictObject({
  tls_server_config: tlsSchema.optional(),
  http_server_config: z
    .strictObject({ http2: z.boolean().default(true), headers: z.record(z.string(), z.string()).default({}) })
    .optional(),
  basic_auth_users: z
    .record(z.string(), z.string().regex(/^\$2[abxy]?\$\d\d\$.{53}$/, "is not a bcrypt hash"))
    .default({}),
});

/** @throws {DmonError} `web_config_invalid` */
export function loadWebConfig(path: string): WebConfig {
  let raw: unknown;
  try {
    raw = parse(readFileSync(path, "utf8")) ?? {};
  } catch (cause) {
    throw new DmonError("web_config_invalid", `cannot read web configuration ${path}: ${messageOf(cause)}`, { cause });
  }
  const parsed = webConfigSchema.safeParse(raw);
  if (!parsed.success) throw new DmonError("web_config_invalid", `${path}: ${z.prettifyError(parsed.error)}`);
  const { tls_server_config: tls, basic_auth_users: users, http_server_config: http } = parsed.data;
  const files = [path];
  return {
    tls: tls === undefined ? undefined : tlsOptions(tls, path, files),
    users: new Map(Object.entries(users)),
    headers: http?.headers ?? {},
    files,
  };
}

/** @param files gets the names of those that are read */
function tlsOptions(tls: z.infer<typeof tlsSchema>, file: string, files: string[]): TlsOptions {
  const load = (inline: string | undefined, path: string | undefined, what: string): Buffer | string => {
    if (inline !== undefined) return inline;
    if (path === undefined) throw new DmonError("web_config_invalid", `${file}: tls_server_config needs ${what}_file`);
    const absolute = resolve(dirname(file), path);
    files.push(absolute);
    try {
      return readFileSync(absolute);
    } catch (cause) {
      throw new DmonError("web_config_invalid", `${file}: cannot read ${what}_file: ${messageOf(cause)}`, { cause });
    }
  };
  const authType = tls.client_auth_type === "" ? "NoClientCert" : tls.client_auth_type;
  const hasCa = tls.client_ca !== undefined || tls.client_ca_file !== undefined;
  if ((authType === "VerifyClientCertIfGiven" || authType === "RequireAndVerifyClientCert") && !hasCa) {
    throw new DmonError("web_config_invalid", `${file}: client_auth_type ${authType} needs client_ca_file`);
  }
  if (hasCa && authType === "NoClientCert") {
    const message = `${file}: a client_ca is given, but client_auth_type ${authType} asks no client for a certificate`;
    throw new DmonError("web_config_invalid", message);
  }
  const ciphers = tls.cipher_suites.map((name) => CIPHERS[name]!);
  const options: TlsOptions = {
    cert: load(tls.cert, tls.cert_file, "cert"),
    key: load(tls.key, tls.key_file, "key"),
    ...(hasCa ? { ca: load(tls.client_ca, tls.client_ca_file, "client_ca") } : {}),
    minVersion: secureVersion(tls.min_version),
    maxVersion: secureVersion(tls.max_version),
    ...(ciphers.length > 0 ? { ciphers: [...new Set([...TLS13_CIPHERS, ...ciphers])].join(":") } : {}),
    ...(tls.curve_preferences.length > 0
      ? { ecdhCurve: tls.curve_preferences.map((name) => CURVES[name]).join(":") }
      : {}),
    honorCipherOrder: tls.prefer_server_cipher_suites,
    clients: { authType, allowedNames: tls.client_allowed_sans },
  };
  try {
    createSecureContext(options);
  } catch (cause) {
    throw new DmonError("web_config_invalid", `${file}: certificate and key: ${messageOf(cause)}`, { cause });
  }
  return options;
}

function secureVersion(name: z.infer<typeof tlsVersion>): SecureVersion {
  const versions = { TLS10: "TLSv1", TLS11: "TLSv1.1", TLS12: "TLSv1.2", TLS13: "TLSv1.3" } as const;
  return versions[name];
}
