import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { fastify } from "fastify";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { StaticFiles } from "./static-files.ts";

const root = mkdtempSync(join(tmpdir(), "dmon-static-"));
const app = fastify();
let pageCount = 0;

beforeAll(() => {
  mkdirSync(join(root, "assets"));
  writeFileSync(join(root, "index.html"), "<p>page</p>");
  writeFileSync(join(root, "assets/a.js"), "a".repeat(1000));
  writeFileSync(join(root, "assets/b.js"), "b".repeat(1000));
  writeFileSync(join(root, "assets/b.js.gz"), gzipSync("as the build compressed it"));
  const files = new StaticFiles(root);
  files.onPage = () => pageCount++;
  app.setNotFoundHandler((request, reply) => files.send(request, reply) ?? reply.code(404).send());
});
afterAll(async () => {
  await app.close();
  rmSync(root, { recursive: true });
});

const get = (url: string, encoding = "") => app.inject({ url, headers: { "accept-encoding": encoding } });

describe("static files", () => {
  it("sends what the build compressed, with its size, to who takes it", async () => {
    const zipped = await get("/assets/b.js", "gzip, br");
    expect(gunzipSync(zipped.rawPayload).toString()).toBe("as the build compressed it");
    expect(zipped.headers).toMatchObject({
      "content-encoding": "gzip",
      "content-length": String(zipped.rawPayload.length),
      "content-type": "text/javascript; charset=utf-8",
    });
    const plain = await get("/assets/b.js");
    expect(plain.payload).toBe("b".repeat(1000));
    expect(plain.headers).not.toHaveProperty("content-encoding");
  });
  it("compresses what the build did not", async () => {
    const answer = await get("/assets/a.js", "gzip");
    expect(gunzipSync(answer.rawPayload).toString()).toBe("a".repeat(1000));
  });
  it("finds the files of another build that took the place of the first", async () => {
    expect((await get("/assets/c.js")).statusCode).toBe(404);
    writeFileSync(join(root, "assets/c.js"), "c");
    rmSync(join(root, "assets/a.js"));
    writeFileSync(join(root, "index.html"), "<p>a longer page</p>");
    utimesSync(join(root, "index.html"), 1, 1);
    expect((await get("/explore")).payload).toBe("<p>a longer page</p>");
    expect((await get("/assets/c.js")).payload).toBe("c");
    expect((await get("/assets/a.js")).statusCode).toBe(404);
  });
  it("tells of pages that go out, of nothing else", async () => {
    const before = pageCount;
    await get("/assets/b.js");
    await app.inject({ url: "/", method: "HEAD" });
    expect(pageCount).toBe(before);
    await get("/");
    await get("/explore?q=up");
    expect(pageCount).toBe(before + 2);
  });
  it("keeps hashed files for ever, the page never, and serves no compressed file under its own name", async () => {
    expect((await get("/assets/b.js")).headers["cache-control"]).toContain("immutable");
    expect((await get("/explore")).headers["cache-control"]).toBe("no-cache");
    expect((await get("/assets/b.js.gz")).statusCode).toBe(404);
  });
});
