/** The slice through everything: collected, kept, queried, served, guarded, stopped. */
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import {
  queryVector,
  readCliToken,
  type ServerProcess,
  spawnDmon,
  startServerProcess,
  until,
} from "./support/server-process.ts";

let server: ServerProcess;
beforeAll(async () => {
  server = await startServerProcess();
});
afterAll(() => server.stop());

/** So many seconds each client listens. */
const FRAMES = 4;

describe("the spine", () => {
  it("answers a rate over what it collected", async () => {
    const rates = await until("two samples", async () => {
      const found = await queryVector(server.url, 'rate(node_cpu_seconds_total{mode="idle"}[1m])');
      return found.length > 0 ? found : undefined;
    });
    for (const { metric, value } of rates) {
      expect(metric).toMatchObject({ job: "node", mode: "idle" });
      expect(Number(value[1])).toBeGreaterThanOrEqual(0);
      expect(Number(value[1])).toBeLessThan(1.2);
    }
  });

  it.each([
    ["/-/healthy", /Healthy/],
    ["/-/ready", /Ready/],
    ["/metrics", /^node_load1 /m],
    ["/api/v1/labels", /"__name__"/],
    ["/api/v1/label/job/values", /"node"/],
    ["/api/v1/series?match[]=node_load1", /"node_load1"/],
    ["/api/v1/status/buildinfo", /"version"/],
    ["/api/v1/host", /"intervalMs":1000/],
  ])("serves %s", async (path, content) => {
    const response = await fetch(server.url + path);
    expect(response.status).toBe(200);
    expect(await response.text()).toMatch(content);
    expect(response.headers.get("content-security-policy")).toContain("default-src 'none'");
  });

  it("refuses what comes from another site, or for another host", async () => {
    const path = `${server.url}/-/reload`;
    const cross = await fetch(path, {
      method: "POST",
      headers: { origin: "https://evil.example", "sec-fetch-site": "cross-site" },
    });
    expect(cross.status).toBe(403);
    expect(await cross.json()).toMatchObject({ code: "origin_not_allowed" });
    const own = await fetch(path, {
      method: "POST",
      headers: { authorization: `Bearer ${readCliToken(server.dataDir)}` },
    });
    expect(own.status).toBe(200);
    const { status } = await rawRequest("evil.example");
    expect(status).toBe(403);
  });

  it("keeps its token to its owner", () => {
    expect(statSync(join(server.dataDir, "cli.token")).mode & 0o777).toBe(0o600);
  });

  it("refuses a second instance on the same directory", async () => {
    const second = spawnDmon(["start", "--listen", "127.0.0.1:0", "--data-dir", server.dataDir]);
    let output = "";
    second.stderr!.on("data", (chunk) => {
      output += String(chunk);
    });
    const code = await new Promise((resolve) => second.once("exit", resolve));
    expect(code).toBe(1);
    expect(output).toMatch(/store_locked/);
    expect((await fetch(`${server.url}/-/ready`)).status).toBe(200);
  });

  it("refuses to listen on all interfaces without credentials", async () => {
    const open = spawnDmon(["start", "--listen", "0.0.0.0:0", "--data-dir", join(server.dataDir, "other")]);
    let output = "";
    open.stderr!.on("data", (chunk) => {
      output += String(chunk);
    });
    expect(await new Promise((resolve) => open.once("exit", resolve))).toBe(1);
    expect(output).toMatch(/listen_needs_credentials/);
    expect(existsSync(join(server.dataDir, "other"))).toBe(false);
  });

  it("streams every second to 200 clients at once", { timeout: 30_000 }, async () => {
    const clients = Array.from({ length: 200 }, () => new WebSocket(`${server.url.replace("http", "ws")}/api/v1/live`));
    let worstDelayMs = 0;
    const frames = await Promise.all(
      clients.map(
        (socket) =>
          new Promise<number[]>((resolve, reject) => {
            const times: number[] = [];
            socket.on("error", reject);
            socket.on("open", () => socket.send(JSON.stringify({ type: "subscribe", id: 1, match: ['{job="node"}'] })));
            socket.on("message", (data) => {
              const event = JSON.parse(String(data)) as { type: string; full?: boolean; atMs?: number };
              if (event.type !== "frame" || event.full !== false || times.length === FRAMES) return;
              worstDelayMs = Math.max(worstDelayMs, Date.now() - event.atMs!);
              if (times.push(event.atMs!) === FRAMES) resolve(times);
            });
          }),
      ),
    );
    for (const socket of clients) socket.close();
    // Nobody missed a frame that somebody else got.
    const sent = [...new Set(frames.flat())].sort((a, b) => a - b);
    for (const times of frames) expect(times).toEqual(sent.slice(sent.indexOf(times[0]!)).slice(0, FRAMES));
    console.log(`live: ${clients.length} clients, slowest frame ${worstDelayMs} ms after its collection`);
    expect(worstDelayMs).toBeLessThan(5 * 1000);
  });

  it("does not let another site listen to the live stream", async () => {
    const socket = new WebSocket(`${server.url.replace("http", "ws")}/api/v1/live`, { origin: "https://evil.example" });
    const status = await new Promise((resolve) => {
      socket.on("unexpected-response", (_request, response) => resolve(response.statusCode));
      socket.on("open", () => resolve("open"));
      socket.on("error", () => undefined);
    });
    expect(status).toBe(403);
  });
});

/** `fetch` does not let a test choose the Host header. */
async function rawRequest(host: string): Promise<{ status: number }> {
  const { request } = await import("node:http");
  return new Promise((resolve, reject) => {
    request(`${server.url}/api/v1/labels`, { headers: { host } }, (response) => {
      response.resume();
      resolve({ status: response.statusCode ?? 0 });
    })
      .on("error", reject)
      .end();
  });
}
