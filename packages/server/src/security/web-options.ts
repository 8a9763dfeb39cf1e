/** What the web configuration file decides, and what holds without one. */
import type { SecureVersion } from "node:tls";
import type { ClientCertificateRule } from "./client-certificate.ts";

export interface TlsOptions {
  readonly cert: Buffer | string;
  readonly key: Buffer | string;
  readonly ca?: Buffer | string;
  readonly minVersion: SecureVersion;
  readonly maxVersion: SecureVersion;
  /** OpenSSL's names, joined by colons. */
  readonly ciphers?: string;
  readonly ecdhCurve?: string;
  readonly honorCipherOrder: boolean;
  readonly clients: ClientCertificateRule;
}

export interface WebConfig {
  readonly tls: TlsOptions | undefined;
  /** User → bcrypt hash. */
  readonly users: ReadonlyMap<string, string>;
  readonly headers: Readonly<Record<string, string>>;
  /** Everything that was read for it: the file itself, certificates, keys. */
  readonly files: readonly string[];
}

export const NO_WEB_CONFIG: WebConfig = { tls: undefined, users: new Map(), headers: {}, files: [] };
