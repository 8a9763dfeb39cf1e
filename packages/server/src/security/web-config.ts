/**
 * Prometheus' web configuration file (`web.yml`): TLS, users with bcrypt hashes, extra headers.
 * Source: prometheus/exporter-toolkit `docs/web-configuration.md`.
 */
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { SecureVersion } from "node:tls";
import { DmonError, messageOf } from "@dmon/model";
import { parse } from "yaml";
import { z } from "zod";
import type { TlsOptions, WebConfig } from "./web-options.ts";

const tlsVersion = z.enum(["TLS10", "TLS11", "TLS12", "TLS13"]);

const tlsSchema = z.strictObject({
  cert_file: z.string().optional(),
  key_file: z.string().optional(),
  cert: z.string().optional(),
  key: z.string().optional(),
  client_ca_file: z.string().optional(),
  client_ca: z.string().optional(),
  client_auth_type: z
    .enum([
      "NoClientCert",
      "RequestClientCert",
      "RequireAnyClientCert",
      "VerifyClientCertIfGiven",
      "RequireAndVerifyClientCert",
      "",
    ])
    .default("NoClientCert"),
  client_allowed_sans: z.array(z.string()).default([]),
  min_version: tlsVersion.default("TLS12"),
  max_version: tlsVersion.default("TLS13"),
  cipher_suites: z.array(z.string()).default([]),
  prefer_server_cipher_suites: z.boolean().default(true),
  curve_preferences: z.array(z.string()).default([]),
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
  return {
    tls: tls === undefined ? undefined : tlsOptions(tls, path),
    users: new Map(Object.entries(users)),
    headers: http?.headers ?? {},
  };
}

function tlsOptions(tls: z.infer<typeof tlsSchema>, file: string): TlsOptions {
  const load = (inline: string | undefined, path: string | undefined, what: string): Buffer | string => {
    if (inline !== undefined) return inline;
    if (path === undefined) throw new DmonError("web_config_invalid", `${file}: tls_server_config needs ${what}_file`);
    try {
      return readFileSync(resolve(dirname(file), path));
    } catch (cause) {
      throw new DmonError("web_config_invalid", `${file}: cannot read ${what}_file: ${messageOf(cause)}`, { cause });
    }
  };
  const wantsCa = tls.client_ca !== undefined || tls.client_ca_file !== undefined;
  const verifies =
    tls.client_auth_type === "VerifyClientCertIfGiven" || tls.client_auth_type === "RequireAndVerifyClientCert";
  if (verifies && !wantsCa) {
    throw new DmonError("web_config_invalid", `${file}: client_auth_type ${tls.client_auth_type} needs client_ca_file`);
  }
  return {
    cert: load(tls.cert, tls.cert_file, "cert"),
    key: load(tls.key, tls.key_file, "key"),
    ...(wantsCa ? { ca: load(tls.client_ca, tls.client_ca_file, "client_ca") } : {}),
    requestCert: tls.client_auth_type !== "NoClientCert" && tls.client_auth_type !== "",
    rejectUnauthorized: tls.client_auth_type === "RequireAndVerifyClientCert",
    minVersion: secureVersion(tls.min_version),
    maxVersion: secureVersion(tls.max_version),
  };
}

function secureVersion(name: z.infer<typeof tlsVersion>): SecureVersion {
  const versions = { TLS10: "TLSv1", TLS11: "TLSv1.1", TLS12: "TLSv1.2", TLS13: "TLSv1.3" } as const;
  return versions[name];
}
