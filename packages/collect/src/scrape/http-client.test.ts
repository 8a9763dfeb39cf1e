import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import net, { type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { systemClock } from "@dmon/model";
import { afterEach, describe, expect, it } from "vitest";
import type { HttpClientConfig } from "./config-parts.ts";
import { HttpClient } from "./http-client.ts";

const servers: (http.Server | https.Server)[] = [];
const clients: HttpClient[] = [];

afterEach(() => {
  for (const client of clients.splice(0)) client.close();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function listen<T extends http.Server | https.Server>(server: T): Promise<number> {
  servers.push(server);
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  return (server.address() as AddressInfo).port;
}

function get(
  url: string,
  config: Partial<HttpClientConfig> = {},
  limits: { timeoutMs?: number; bodyLimit?: number } = {},
) {
  return clientOf(config).get({ url, headers: {}, timeoutMs: 2000, bodyLimit: 0, ...limits });
}

function clientOf(config: Partial<HttpClientConfig> = {}): HttpClient {
  const client = new HttpClient({
    config: { follow_redirects: true, enable_http2: true, ...config },
    clock: systemClock,
    userAgent: "test",
    baseDir: "/",
  });
  clients.push(client);
  return client;
}

const BROKEN = "net/http: HTTP/1.x transport connection broken";
const fieldOf = (...values: string[]) => ({ values, secrets: [], files: [] });

describe("HTTP client", () => {
  it("follows redirects, with credentials only to the host they are for", async () => {
    const seen: (string | undefined)[] = [];
    const other = await listen(
      http.createServer((request, response) => {
        seen.push(request.headers.authorization);
        response.end("there");
      }),
    );
    const port = await listen(
      http.createServer((request, response) => {
        seen.push(request.headers.authorization);
        const location = request.url === "/" ? "/next" : `http://127.0.0.1:${other}/`;
        response.writeHead(302, { Location: location }).end();
      }),
    );
    const config = { basic_auth: { username: "u", password: "p" } };
    expect((await get(`http://127.0.0.1:${port}/`, config)).body.toString()).toBe("there");
    expect(seen).toEqual(["Basic dTpw", "Basic dTpw", undefined]);
    expect((await get(`http://127.0.0.1:${port}/`, { follow_redirects: false })).status).toBe(302);
  });

  it("gives up on a circle of redirects", async () => {
    const port = await listen(http.createServer((_, response) => response.writeHead(301, { Location: "/" }).end()));
    await expect(get(`http://127.0.0.1:${port}/`)).rejects.toThrow("stopped after 10 redirects");
  });

  it("unpacks gzip within the limit", async () => {
    const bomb = gzipSync(Buffer.alloc(1_000_000));
    const port = await listen(
      http.createServer((_, response) => response.writeHead(200, { "Content-Encoding": "gzip" }).end(bomb)),
    );
    expect((await get(`http://127.0.0.1:${port}/`)).body).toHaveLength(1_000_000);
    await expect(get(`http://127.0.0.1:${port}/`, {}, { bodyLimit: 10_000 })).rejects.toMatchObject({
      code: "body_size_limit",
    });
  });

  it("gives up when the time is over, also in the middle of a body", async () => {
    const port = await listen(http.createServer((_, response) => void response.write("some")));
    await expect(get(`http://127.0.0.1:${port}/`, {}, { timeoutMs: 50 })).rejects.toThrow(
      `Get "http://127.0.0.1:${port}/": context deadline exceeded`,
    );
  });

  it("asks again where an idle connection was closed under it", async () => {
    let count = 0;
    const server = http.createServer((request, response) => {
      count++;
      response.end("x");
      if (count === 1) setTimeout(() => request.socket.resetAndDestroy(), 20);
    });
    const port = await listen(server);
    const client = clientOf();
    const request = { url: `http://127.0.0.1:${port}/`, headers: {}, timeoutMs: 2000, bodyLimit: 0 };
    for (let i = 0; i < 5; i++) {
      expect((await client.get(request)).body.toString()).toBe("x");
      await new Promise((done) => setTimeout(done, i === 0 ? 19 : 1));
    }
  });

  it("asks again over the same connection, and over another one where the target says that it closes", async () => {
    const ports: (number | undefined)[] = [];
    const port = await listen(
      http.createServer((request, response) => {
        ports.push(request.socket.remotePort);
        if (ports.length === 3) response.setHeader("Connection", "close");
        response.write("in ");
        response.end("chunks");
      }),
    );
    const client = clientOf();
    const request = { url: `http://localhost:${port}/x?y=%20`, headers: {}, timeoutMs: 2000, bodyLimit: 0 };
    for (let i = 0; i < 4; i++) expect((await client.get(request)).body.toString()).toBe("in chunks");
    expect(new Set(ports.slice(0, 3)).size).toBe(1);
    expect(ports[3]).not.toBe(ports[2]);
  });

  it("asks again over a new connection where several idle ones were closed under it", async () => {
    const sockets = new Set<net.Socket>();
    let isDeaf = false;
    const server = net.createServer((socket) => {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.on("data", () => {
        // As one that went down and came back: what is asked over the old connections is refused.
        if (isDeaf && socket !== [...sockets].at(-1)) socket.resetAndDestroy();
        else setTimeout(() => socket.write("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx"), 20);
      });
    });
    await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const client = clientOf();
    const request = { url, headers: {}, timeoutMs: 2000, bodyLimit: 0 };
    await Promise.all([client.get(request), client.get(request), client.get(request)]);
    expect(sockets.size).toBe(3);
    isDeaf = true;
    sockets.add(new net.Socket());
    expect((await client.get(request)).body.toString()).toBe("x");
    expect(sockets.size).toBe(5);
    for (const socket of sockets) socket.destroy();
    server.close();
  });

  it("says what became of a connection, as Go says it", async () => {
    const answers = ["", "SSH-2.0-x\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"];
    const server = net.createServer((socket) => socket.resume().end(answers.shift() ?? ""));
    await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    await expect(get(url)).rejects.toThrow(`Get "${url}": EOF`);
    await expect(get(url)).rejects.toThrow(`Get "${url}": ${BROKEN}: malformed HTTP response "SSH-2.0-x"`);
    await expect(get(url)).rejects.toThrow(/^unexpected EOF$/);
    await new Promise((closed) => server.close(closed));
    await expect(get(url)).rejects.toMatchObject({
      code: "scrape_http",
      message: `Get "${url}": dial tcp ${new URL(url).host}: connect: connection refused`,
    });
  });

  it("sends its own headers once, and none that HTTP does not allow", async () => {
    const seen: string[][] = [];
    const port = await listen(
      http.createServer((request, response) => {
        seen.push(request.rawHeaders);
        response.end();
      }),
    );
    const http_headers = { "user-agent": fieldOf("mine"), "X-Many": fieldOf("a", "b") };
    await get(`http://127.0.0.1:${port}/`, { http_headers });
    expect(seen).toEqual([
      ["Host", `127.0.0.1:${port}`, "user-agent", "mine", "X-Many", "a", "X-Many", "b", "Connection", "keep-alive"],
    ]);
    const split = { "X-Split": fieldOf("a\r\nHost: b") };
    await expect(get(`http://127.0.0.1:${port}/`, { http_headers: split })).rejects.toThrow("Invalid character");
    expect(seen).toHaveLength(1);
  });

  it("goes through a proxy", async () => {
    const seen: string[] = [];
    const proxy = await listen(
      http.createServer((request, response) => {
        seen.push(request.url ?? "");
        response.end("by proxy");
      }),
    );
    const answer = await get("http://target.invalid/metrics", { proxy_url: `http://127.0.0.1:${proxy}` });
    expect(answer.body.toString()).toBe("by proxy");
    expect(seen).toEqual(["http://target.invalid/metrics"]);
  });
});

const openssl = (() => {
  try {
    execFileSync("openssl", ["version"]);
    return true;
  } catch {
    console.log("skipped: no openssl to make a certificate with");
    return false;
  }
})();

describe.skipIf(!openssl)("TLS", () => {
  it("trusts what it is told to, and shows a client certificate", async () => {
    const dir = mkdtempSync(join(tmpdir(), "dmon-tls-"));
    const make = (name: string) =>
      execFileSync(
        "openssl",
        [
          "req",
          "-x509",
          "-newkey",
          "ec",
          "-pkeyopt",
          "ec_paramgen_curve:prime256v1",
          "-nodes",
          "-days",
          "1",
          "-subj",
          `/CN=${name}`,
        ].concat([
          "-addext",
          "subjectAltName=DNS:target.test",
          "-keyout",
          join(dir, `${name}.key`),
          "-out",
          join(dir, `${name}.crt`),
        ]),
        { stdio: "ignore" },
      );
    make("server");
    make("client");
    const read = (name: string) => readFileSync(join(dir, name));
    const port = await listen(
      https.createServer(
        {
          key: read("server.key"),
          cert: read("server.crt"),
          ca: read("client.crt"),
          requestCert: true,
          rejectUnauthorized: true,
        },
        (request, response) =>
          response.end((request.socket as import("node:tls").TLSSocket).getPeerCertificate().subject.CN),
      ),
    );
    const url = `https://127.0.0.1:${port}/`;
    const files = { cert_file: join(dir, "client.crt"), key_file: join(dir, "client.key") };
    const ca = { ca_file: join(dir, "server.crt"), server_name: "target.test" };
    expect((await get(url, { tls_config: { ...files, ...ca } })).body.toString()).toBe("client");
    expect((await get(url, { tls_config: { ...files, insecure_skip_verify: true } })).body.toString()).toBe("client");
    await expect(get(url, { tls_config: files })).rejects.toMatchObject({ code: "scrape_http" });
    await expect(get(url, { tls_config: { ...ca, ca_file: "/none" } })).rejects.toMatchObject({ code: "tls_config" });
    writeFileSync(join(dir, "broken.crt"), "nothing");
    await expect(get(url, { tls_config: { ...files, ca_file: join(dir, "broken.crt") } })).rejects.toThrow();
  });
});
