/** What the web configuration file decides, and what holds without one. */
import type { SecureVersion } from "node:tls";

export interface TlsOptions {
  readonly cert: Buffer | string;
  readonly key: Buffer | string;
  readonly ca?: Buffer | string;
  readonly requestCert: boolean;
  readonly rejectUnauthorized: boolean;
  readonly minVersion: SecureVersion;
  readonly maxVersion: SecureVersion;
}

export interface WebConfig {
  readonly tls: TlsOptions | undefined;
  /** User → bcrypt hash. */
  readonly users: ReadonlyMap<string, string>;
  readonly headers: Readonly<Record<string, string>>;
}

export const NO_WEB_CONFIG: WebConfig = { tls: undefined, users: new Map(), headers: {} };
