import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { askForData, serverUrl } from "./client.ts";

describe("the address of a server", () => {
  it.each([
    ["localhost:4701", "http://localhost:4701/"],
    ["[::1]:80", "http://[::1]/"],
    ["https://example.org/x", "https://example.org/x"],
    ["me:secret@host:1", "http://me:secret@host:1/"],
  ])("%s is %s", (text, url) => {
    expect(serverUrl(text).href).toBe(url);
  });

  it.each(["", "ftp://host", "http://", "host:port"])("%j is refused", (text) => {
    expect(() => serverUrl(text)).toThrow(expect.objectContaining({ code: "bad_argument" }));
  });

  it("does not tell the password where it is refused", () => {
    expect(() => serverUrl("me:secret@host:port")).toThrow(/^--server: "…@host:port" is not an address/);
  });
});

describe("a token that may not be read", () => {
  let dir: string;
  let server: Server;
  let url: string;

  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), "dmon-client-"));
    const answer = JSON.stringify({ status: "error", errorType: "forbidden", error: "no", code: "origin_not_allowed" });
    server = createServer((_, response) => void response.writeHead(403).end(answer));
    await new Promise<void>((done) => void server.listen(0, "127.0.0.1", done));
    url = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterEach(async () => {
    await new Promise((done) => void server.close(done));
    rmSync(dir, { recursive: true });
  });

  it.skipIf(process.getuid?.() === 0)(
    "is named, with its owner, where the server asks for it (not as root, who may read all)",
    async () => {
      writeFileSync(join(dir, "cli.token"), "x");
      chmodSync(join(dir, "cli.token"), 0o000);
      await expect(askForData({ server: url, dataDir: dir }, "/x")).rejects.toMatchObject({
        code: "token_unreadable",
        message: expect.stringMatching(/cli\.token may be read by user \S+ only/),
      });
    },
  );

  it("is not blamed where there is none", async () => {
    await expect(askForData({ server: url, dataDir: dir }, "/x")).rejects.toMatchObject({ code: "origin_not_allowed" });
  });
});
