/** What OpenSSL and Node say of TLS that failed, as Go words it: people look for these texts in `lastError`. */

const VERIFY = "tls: failed to verify certificate: x509:";

const BY_CODE: Readonly<Record<string, string>> = {
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: `${VERIFY} certificate signed by unknown authority`,
  UNABLE_TO_GET_ISSUER_CERT: `${VERIFY} certificate signed by unknown authority`,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: `${VERIFY} certificate signed by unknown authority`,
  SELF_SIGNED_CERT_IN_CHAIN: `${VERIFY} certificate signed by unknown authority`,
  DEPTH_ZERO_SELF_SIGNED_CERT: `${VERIFY} certificate signed by unknown authority`,
  CERT_HAS_EXPIRED: `${VERIFY} certificate has expired or is not yet valid`,
  CERT_NOT_YET_VALID: `${VERIFY} certificate has expired or is not yet valid`,
};

/** By what OpenSSL's text says. */
const BY_TEXT: readonly (readonly [pattern: RegExp, text: string])[] = [
  [/wrong version number|packet length too long/, "http: server gave HTTP response to HTTPS client"],
  [/alert certificate required/, "remote error: tls: certificate required"],
  [/alert bad certificate/, "remote error: tls: bad certificate"],
  [/alert unknown ca/, "remote error: tls: unknown certificate authority"],
  [/alert protocol version/, "remote error: tls: protocol version not supported"],
  [/alert handshake failure/, "remote error: tls: handshake failure"],
  [/alert internal error/, "remote error: tls: internal error"],
  [/alert unrecognized name/, "remote error: tls: unrecognized name"],
];

/** @returns undefined where the error is none of TLS that is known here */
export function tlsError(error: NodeJS.ErrnoException): string | undefined {
  if (error.code === "ERR_TLS_CERT_ALTNAME_INVALID") return otherName(error);
  return BY_CODE[error.code ?? ""] ?? BY_TEXT.find(([pattern]) => pattern.test(error.message))?.[1];
}

function otherName(error: Error): string {
  const { host = "", cert } = error as { host?: string; cert?: { subjectaltname?: string } };
  const wanted = /^[\d.]+$|:/.test(host) ? "IP Address:" : "DNS:";
  const names = (cert?.subjectaltname ?? "").split(", ").filter((name) => name.startsWith(wanted));
  if (names.length === 0) return `${VERIFY} certificate is not valid for any names, but wanted to match ${host}`;
  return `${VERIFY} certificate is valid for ${names.map((name) => name.slice(wanted.length)).join(", ")}, not ${host}`;
}
