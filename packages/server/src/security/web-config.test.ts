import { copyFileSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createServer, request } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { httpsOptions } from "../http/app.ts";
import { createLog } from "../log.ts";
import { alternativeNames, type ClientAuthType, guardClients, isAdmitted } from "./client-certificate.ts";
import { loadWebConfig } from "./web-config.ts";
import { WebConfigWatch } from "./web-config-watch.ts";

const file = (name: string): string => fileURLToPath(new URL(`./testing/${name}`, import.meta.url));
const HASH = "$2b$10$7EqJtq98hPqEX7fNZaFWoOhi5vRS6dpmUvXUG7f7WcpQ0uPOVzS4i";
const SERVER = `cert_file: ${file("server.pem")}, key_file: ${file("server-key.pem")}`;
let dir: string;
let path: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "dmon-web-"));
  path = join(dir, "web.yml");
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function load(text: string) {
  writeFileSync(path, text);
  return loadWebConfig(path);
}

/** What a client with a certificate of this name (or none) gets from a server of this configuration. */
async function ask(tls: string, client?: string): Promise<number | "cut off"> {
  const { tls: options } = load(`tls_server_config: { ${SERVER}, ${tls} }`);
  const server = createServer(httpsOptions(options!), (_request, response) => response.end("hello"));
  guardClients(server, () => options!.clients);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const own =
    client === undefined
      ? {}
      : { cert: readFileSync(file(`${client}.pem`)), key: readFileSync(file(`${client}-key.pem`)) };
  try {
    return await new Promise((resolve) => {
      request({ host: "127.0.0.1", port, ca: readFileSync(file("ca.pem")), agent: false, ...own }, (response) =>
        resolve(response.statusCode!),
      )
        .on("error", () => resolve("cut off"))
        .end();
    });
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

describe("certificates of clients", () => {
  const CA = `client_ca_file: ${file("ca.pem")}`;
  const cases: [type: ClientAuthType, further: string, none: boolean, signed: boolean, stranger: boolean][] = [
    ["NoClientCert", "", true, true, true],
    ["RequestClientCert", "", true, true, true],
    ["RequireAnyClientCert", "", false, true, true],
    ["VerifyClientCertIfGiven", CA, true, true, false],
    ["RequireAndVerifyClientCert", CA, false, true, false],
    ["RequireAndVerifyClientCert", `${CA}, client_allowed_sans: [scraper.example]`, false, true, false],
    ["RequireAndVerifyClientCert", `${CA}, client_allowed_sans: ["spiffe://example/scraper"]`, false, true, false],
    ["RequireAndVerifyClientCert", `${CA}, client_allowed_sans: [other.example]`, false, false, false],
    ["VerifyClientCertIfGiven", `${CA}, client_allowed_sans: [other.example]`, true, false, false],
  ];
  it.each(cases)("%s %s: without %s, signed %s, of a stranger %s", async (type, further, none, signed, stranger) => {
    const tls = `client_auth_type: ${type}${further === "" ? "" : `, ${further}`}`;
    const wanted = (isIn: boolean) => (isIn ? 200 : "cut off");
    expect(await ask(tls)).toBe(wanted(none));
    expect(await ask(tls, "client")).toBe(wanted(signed));
    expect(await ask(tls, "stranger")).toBe(wanted(stranger));
  });

  it.each<[string | undefined, string[]]>([
    [undefined, []],
    ["DNS:a.example, IP Address:192.0.2.1", ["a.example", "192.0.2.1"]],
    // Node quotes what could be taken for further names.
    ['URI:"spiffe://x, DNS:admin.example", DNS:a.example', ["spiffe://x, DNS:admin.example", "a.example"]],
  ])("reads the alternative names %j", (text, names) => {
    expect(alternativeNames(text)).toEqual(names);
  });

  it("does not take a name inside another for one", () => {
    const rule = { authType: "RequireAndVerifyClientCert", allowedNames: ["admin.example"] } as const;
    const names = alternativeNames('URI:"spiffe://x, DNS:admin.example"');
    expect(isAdmitted(rule, { isVerified: true, names })).toBe(false);
  });
});

describe("web.yml", () => {
  it("takes Go's names of ciphers and curves", () => {
    const { tls } = load(
      `tls_server_config: { ${SERVER}, cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256], curve_preferences: [CurveP521, X25519] }`,
    );
    expect(tls!.ciphers).toMatch(/:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305$/);
    expect(tls!.ecdhCurve).toBe("secp521r1:X25519");
  });

  it("serves with each suite that it takes", async () => {
    const suites = "[TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA, TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256]";
    expect(await ask(`max_version: TLS12, cipher_suites: ${suites}`)).toBe(200);
    // The server's key is of an elliptic curve.
    expect(await ask("max_version: TLS12, cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256]")).toBe("cut off");
  });

  it.each([
    ["tls_server_config: { cert_file: a.pem }", /cannot read cert_file/],
    [`tls_server_config: { cert_file: ${file("server.pem")} }`, /needs key_file/],
    [`tls_server_config: { cert_file: ${file("server.pem")}, key_file: ${file("client-key.pem")} }`, /mismatch/],
    [`tls_server_config: { ${SERVER}, client_auth_type: RequireAndVerifyClientCert }`, /needs client_ca_file/],
    [`tls_server_config: { ${SERVER}, client_ca_file: ${file("ca.pem")} }`, /asks no client/],
    [`tls_server_config: { ${SERVER}, cipher_suites: [TLS_RSA_WITH_RC4_128_SHA] }`, /cipher_suites/],
    ["basic_auth_users: { ada: secret }", /not a bcrypt hash/],
    ["users: {}", /users/],
    ["[", /cannot read/],
  ])("refuses %s", (text, message) => {
    expect(() => load(text)).toThrow(expect.objectContaining({ code: "web_config_invalid" }));
    expect(() => load(text)).toThrow(message);
  });
});

describe("a web.yml that is replaced", () => {
  it("is in force when it is right, and changes nothing when it is not", async () => {
    const cert = join(dir, "cert.pem");
    const key = join(dir, "key.pem");
    const put = (name: string): void => {
      copyFileSync(file(`${name}.pem`), `${cert}.new`);
      copyFileSync(file(`${name}-key.pem`), key);
      renameSync(`${cert}.new`, cert);
    };
    put("server");
    const text = "tls_server_config: { cert_file: cert.pem, key_file: key.pem }\n";
    let inForce = load(text);
    const { log } = await createLog({ level: "fatal", format: "json" } as never);
    const watch = new WebConfigWatch(inForce, {
      log,
      load: () => loadWebConfig(path),
      apply: (next) => {
        inForce = next;
      },
    });
    const first = inForce;
    watch.look();
    expect(inForce).toBe(first);
    put("renewed");
    watch.look();
    expect(String(inForce.tls!.cert)).toBe(readFileSync(file("renewed.pem"), "utf8"));
    const renewed = inForce;
    writeFileSync(path, "nonsense: true");
    watch.look();
    expect(inForce).toBe(renewed);
    // From TLS to none: not while the socket listens.
    writeFileSync(path, `basic_auth_users: { ada: "${HASH}" }`);
    watch.look();
    expect(inForce).toBe(renewed);
    writeFileSync(path, `${text}basic_auth_users: { ada: "${HASH}" }`);
    watch.look();
    expect([...inForce.users.keys()]).toEqual(["ada"]);
    watch.stop();
  });
});
