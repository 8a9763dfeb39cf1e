/**
 * Which TLS clients are let in, by the certificate that they show: `client_auth_type` and `client_allowed_sans` of `web.yml`.
 *
 * Node either refuses whoever has no valid certificate or lets everyone in and says what was wrong; the kinds between (any
 * certificate, or a valid one where one is shown) and the names are decided here, before the first request is read.
 * Source: Go's `tls.ClientAuthType`, prometheus/exporter-toolkit `docs/web-configuration.md`.
 */
import type { Server, TLSSocket } from "node:tls";

export const CLIENT_AUTH_TYPES = [
  "NoClientCert",
  "RequestClientCert",
  "RequireAnyClientCert",
  "VerifyClientCertIfGiven",
  "RequireAndVerifyClientCert",
] as const;
export type ClientAuthType = (typeof CLIENT_AUTH_TYPES)[number];

export interface ClientCertificateRule {
  readonly authType: ClientAuthType;
  /** Alternative names of which a client's certificate must bear one; empty: any. */
  readonly allowedNames: readonly string[];
}

/** What a client shows; `names` are its alternative names, whatever their kind. */
export interface ShownCertificate {
  /** Signed by the configured authority, and valid now. */
  readonly isVerified: boolean;
  readonly names: readonly string[];
}

export function isAdmitted({ authType, allowedNames }: ClientCertificateRule, shown?: ShownCertificate): boolean {
  if (shown === undefined) return !authType.startsWith("Require");
  const mustVerify = authType === "VerifyClientCertIfGiven" || authType === "RequireAndVerifyClientCert";
  if (mustVerify && !shown.isVerified) return false;
  return allowedNames.length === 0 || allowedNames.some((name) => shown.names.includes(name));
}

/** Cuts off connections that the rule does not admit. `rule` is asked for each. */
export function guardClients(server: Server, rule: () => ClientCertificateRule): void {
  // Before the listener that reads requests, which the server itself has put there.
  server.prependListener("secureConnection", (socket: TLSSocket) => {
    if (rule().authType !== "NoClientCert" && !isAdmitted(rule(), shownBy(socket))) socket.destroy();
  });
}

function shownBy(socket: TLSSocket): ShownCertificate | undefined {
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return undefined;
  return { isVerified: socket.authorized, names: alternativeNames(certificate.subjectAltName) };
}

/** @param text as Node gives it: `DNS:a.example, IP Address:192.0.2.1, URI:"spiffe://x, y"` */
export function alternativeNames(text: string | undefined): string[] {
  const entries = text?.match(/[A-Za-z ]+:(?:"(?:[^"\\]|\\.)*"|[^,]*)/g) ?? [];
  return entries.map((entry) => {
    const value = entry.slice(entry.indexOf(":") + 1);
    return value.startsWith('"') ? (JSON.parse(value) as string) : value;
  });
}
