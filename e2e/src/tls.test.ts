/** The program served with TLS and users: `web.yml` in force, and a renewed certificate and password without a restart. */
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { createServer } from "node:net";
import { join } from "node:path";
import type { TLSSocket } from "node:tls";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { WebSocket } from "ws";
import { newDataDir, spawnDmon, until } from "./support/server-process.ts";

const pem = (name: string): string =>
  fileURLToPath(new URL(`../../packages/server/src/security/testing/${name}`, import.meta.url));
const ca = readFileSync(pem("ca.pem"));
/** bcrypt of `secret` and of `other`, cost 10 as `htpasswd -B` has it. */
const HASHES = {
  secret: "$2b$10$m6VfV9K1UEHqW/eNUvIlU.g3NpIRtDznMf6RbppzQ3VfGD73IZ0Fm",
  other: "$2b$10$qbBvfDMn/I5veM1/mah2Le3OmIc4VtsyX6g3Ok1.DXgfsr9iupABa",
};
const dir = newDataDir();
let port: number;
let child: ReturnType<typeof spawnDmon>;

interface Answer {
  readonly status: number;
  readonly certificate: string;
}

function ask(path: string, password?: string): Promise<Answer> {
  const auth = password === undefined ? {} : { auth: `ada:${password}` };
  return new Promise((resolve, reject) => {
    request({ host: "127.0.0.1", port, path, ca, agent: false, ...auth }, (response) => {
      const certificate = (response.socket as TLSSocket).getPeerX509Certificate()!.toString();
      response.resume().on("end", () => resolve({ status: response.statusCode!, certificate }));
    })
      .on("error", reject)
      .end();
  });
}

function put(certificate: string, password: keyof typeof HASHES): void {
  copyFileSync(pem(`${certificate}.pem`), join(dir, "cert.pem"));
  copyFileSync(pem(`${certificate}-key.pem`), join(dir, "key.pem"));
  writeFileSync(
    join(dir, "web.yml"),
    `tls_server_config: { cert_file: cert.pem, key_file: key.pem }\nbasic_auth_users: { ada: "${HASHES[password]}" }\n`,
  );
}

beforeAll(async () => {
  put("server", "secret");
  writeFileSync(join(dir, "dmon.yml"), "web: { config_file: web.yml }\n");
  const probe = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => probe.once("listening", resolve));
  ({ port } = probe.address() as { port: number });
  await new Promise((resolve) => probe.close(resolve));
  const args = ["start", "--listen", `0.0.0.0:${port}`, "--data-dir", join(dir, "data")];
  child = spawnDmon([...args, "--config", join(dir, "dmon.yml")]);
  await until("the server", async () => ((await ask("/-/ready", "secret")).status === 200 ? true : undefined), 50_000);
}, 60_000);

afterAll(async () => {
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  await gone;
});

it("asks for a password, and takes many requests that bring it at once", async () => {
  expect((await ask("/")).status).toBe(401);
  expect((await ask("/", "wrong")).status).toBe(401);
  const answers = await Promise.all(Array.from({ length: 20 }, () => ask("/api/v1/query?query=1", "secret")));
  expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
});

it("streams over TLS to whoever has the password only", async () => {
  const open = (auth: string | undefined): Promise<string> =>
    new Promise((resolve) => {
      const socket = new WebSocket(`wss://127.0.0.1:${port}/api/v1/live`, { ca, ...(auth ? { auth } : {}) });
      socket.once("message", () => {
        socket.close();
        resolve("streams");
      });
      socket.once("unexpected-response", (_request, response) => resolve(String(response.statusCode)));
      socket.once("error", (error) => resolve(error.message));
    });
  expect(await open("ada:secret")).toBe("streams");
  expect(await open(undefined)).toBe("401");
});

it("serves a renewed certificate and asks for a changed password without a restart", async () => {
  put("renewed", "other");
  child.kill("SIGHUP");
  const renewed = readFileSync(pem("renewed.pem"), "utf8");
  const answer = await until("the renewed certificate", async () => {
    const found = await ask("/", "other");
    return found.certificate.trim() === renewed.trim() && found.status === 200 ? found : undefined;
  });
  expect(answer.status).toBe(200);
  expect((await ask("/", "secret")).status).toBe(401);
});
