/** Prometheus' admin API: refused while it is off, in its words; deletes and snapshots where it is on. Texts are those of 3.5.3. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "@dmon/model";
import { openStore, restoreStore } from "@dmon/tsdb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningServer, startServer } from "./server.ts";

const dir = mkdtempSync(join(tmpdir(), "dmon-admin-"));
const BASE = "/api/v1/admin/tsdb";
const DAY_S = 86_400;
let server: RunningServer;

async function start(name: string, enableAdminApi: boolean): Promise<void> {
  server = await startServer({ dataDir: join(dir, name), listen: "127.0.0.1:0", enableAdminApi });
}

function ask(path: string, method = "POST", withToken = true, body?: URLSearchParams | string): Promise<Response> {
  const token = readFileSync(join(server.dataDir, "cli.token"), "utf8").trim();
  const init: RequestInit = { method, headers: withToken ? { authorization: `Bearer ${token}` } : {} };
  if (body !== undefined) init.body = body;
  return fetch(server.url + path, init);
}

async function values(query: string): Promise<number> {
  const answer = (await (await ask(`/api/v1/query?query=${encodeURIComponent(query)}`, "GET")).json()) as {
    data: { result: { values: unknown[] }[] };
  };
  return answer.data.result.reduce((sum, one) => sum + one.values.length, 0);
}

afterAll(() => rmSync(dir, { recursive: true, force: true }));

describe("the admin API, off", () => {
  beforeAll(() => start("off", false));
  afterAll(() => server.stop());

  it.each(["delete_series", "clean_tombstones", "snapshot"])("refuses %s as Prometheus does", async (action) => {
    const response = await ask(`${BASE}/${action}?match[]=up`);
    expect(response.status).toBe(500);
    expect(await response.json()).toMatchObject({
      status: "error",
      errorType: "unavailable",
      error: "admin APIs disabled",
    });
    expect((await ask(`${BASE}/${action}`, "POST", false)).status).toBe(401);
    const get = await ask(`${BASE}/${action}`, "GET");
    expect([get.status, await get.text()]).toEqual([405, "Method Not Allowed\n"]);
  });
});

describe("the admin API, on", () => {
  const now = Math.floor(Date.now() / 1000);

  beforeAll(async () => {
    await start("on", true);
    const lines = ["a", "b"].map((n) =>
      JSON.stringify({
        labels: { __name__: "old", n },
        samples: Array.from({ length: 48 }, (_, i) => [(now - 2 * DAY_S + i * 1800) * 1000, i]),
      }),
    );
    const response = await ask("/api/v1/import?format=jsonl", "POST", true, `${lines.join("\n")}\n`);
    expect(response.status).toBe(200);
    expect(await values("old[3d]")).toBe(96);
    // All that follows may take less than a second: the machine itself must have been read before.
    while ((await values("up[1m]")) === 0) await new Promise((resolve) => setTimeout(resolve, 50));
  }, 30_000);
  afterAll(() => server.stop());

  it("says so among the flags", async () => {
    const { data } = (await (await ask("/api/v1/status/flags", "GET")).json()) as { data: Record<string, string> };
    expect(data["web.enable-admin-api"]).toBe("true");
  });

  it.each([
    ["delete_series", "no match[] parameter provided"],
    [
      "delete_series?match[]=up&start=x",
      'invalid parameter "start": invalid time value for \'start\': cannot parse "x" to a valid timestamp',
    ],
    [
      "delete_series?match[]=up&end=x",
      'invalid parameter "end": invalid time value for \'end\': cannot parse "x" to a valid timestamp',
    ],
    [
      "delete_series?match[]=up{",
      'invalid parameter "match[]": 1:4: parse error: unexpected end of input inside braces',
    ],
    [
      "snapshot?skip_head=x",
      'invalid parameter "skip_head": unable to parse boolean: strconv.ParseBool: parsing "x": invalid syntax',
    ],
  ])("%s is refused with Prometheus' words", async (path, error) => {
    const response = await ask(`${BASE}/${path}`);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ status: "error", errorType: "bad_data", error });
  });

  it("needs a credential, on loopback too", async () => {
    expect((await ask(`${BASE}/delete_series?match[]=old`, "POST", false)).status).toBe(401);
    expect(await values("old[3d]")).toBe(96);
  });

  it("deletes a range, as a form or in the query, and gives the room back", async () => {
    const form = new URLSearchParams([
      ["match[]", 'old{n="a"}'],
      ["end", String(now - 2 * DAY_S + 1800)],
    ]);
    const first = await ask(`${BASE}/delete_series`, "POST", true, form);
    expect([first.status, await first.text()]).toEqual([204, ""]);
    expect(await values("old[3d]")).toBe(94);
    const nothing = await ask(`${BASE}/delete_series?match[]=old&start=20&end=10`, "PUT");
    expect(nothing.status).toBe(204);
    expect((await ask(`${BASE}/delete_series?match[]=old{n="b"}&match[]=nosuch`, "PUT")).status).toBe(204);
    expect(await values("old[3d]")).toBe(46);
    const listed = await (await ask("/api/v1/series?match[]=old", "GET")).json();
    expect(listed).toMatchObject({ data: [{ __name__: "old", n: "a" }] });
    expect((await ask(`${BASE}/clean_tombstones`)).status).toBe(204);
    expect(await values("old[3d]")).toBe(46);
  });

  it("makes a snapshot that opens, is restored, and may leave out what is recent", async () => {
    const names: string[] = [];
    for (const query of ["", "?skip_head=true"]) {
      const answer = (await (await ask(`${BASE}/snapshot${query}`)).json()) as {
        status: string;
        data: { name: string };
      };
      expect(answer).toEqual({
        status: "success",
        data: { name: expect.stringMatching(/^\d{8}T\d{6}Z-[0-9a-f]{16}$/) },
      });
      names.push(answer.data.name);
    }
    const snapshots = join(server.dataDir, "snapshots");
    expect(readdirSync(snapshots).sort()).toEqual([...names].sort());
    const series = names.map((name, i) => {
      const opened = join(dir, `restored-${i}`);
      restoreStore(join(snapshots, name), opened);
      const store = openStore({ dir: i === 0 ? opened : join(snapshots, name), clock: systemClock });
      const { headSeries, maxMs } = store.stats();
      store.close();
      return { headSeries, maxMs };
    });
    expect(series[0]!.maxMs).toBeGreaterThan(1000 * (now - 60));
    expect(series[1]!.maxMs ?? 0).toBeLessThan(1000 * (now - 60));
  }, 30_000);
});
