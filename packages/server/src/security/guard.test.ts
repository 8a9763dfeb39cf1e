import bcrypt from "bcryptjs";
import { describe, expect, it } from "vitest";
import { Credentials } from "./credentials.ts";
import { type Access, Guard } from "./guard.ts";
import { parseListen, requireSafeListen } from "./listen.ts";

const TOKEN = "t".repeat(43);
const anonymous = new Guard({
  credentials: new Credentials(TOKEN, new Map()),
  allowedHosts: new Set(["monitor.example"]),
});
const users = new Map([["ada", bcrypt.hashSync("secret", 4)]]);
const protectedGuard = new Guard({ credentials: new Credentials(TOKEN, users), allowedHosts: new Set() });
const basic = (user: string, password: string) => `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;

async function outcome(guard: Guard, headers: Record<string, string>, access: Access): Promise<string> {
  return guard.check({ host: "127.0.0.1:3666", ...headers }, access).then(
    ({ kind }) => kind,
    (error: { code?: string }) => error.code ?? String(error),
  );
}

describe("Guard on loopback without users", () => {
  it.each<[Record<string, string>, Access, string]>([
    [{}, "read", "anonymous"],
    [{ host: "localhost:3666" }, "read", "anonymous"],
    [{ host: "[::1]:3666" }, "read", "anonymous"],
    [{ host: "192.0.2.7:3666" }, "read", "anonymous"],
    [{ host: "monitor.example" }, "read", "anonymous"],
    [{ host: "evil.example" }, "read", "host_not_allowed"],
    [{ host: "127.0.0.1.evil.example" }, "read", "host_not_allowed"],
    [{ host: "" }, "read", "host_not_allowed"],
    [{ "sec-fetch-site": "cross-site", origin: "https://evil.example" }, "change", "origin_not_allowed"],
    [{ "sec-fetch-site": "same-site" }, "change", "origin_not_allowed"],
    [{ origin: "https://evil.example" }, "change", "origin_not_allowed"],
    [{ origin: "null" }, "change", "origin_not_allowed"],
    [{}, "change", "origin_not_allowed"],
    [{ origin: "http://127.0.0.1:3666" }, "change", "anonymous"],
    [{ "sec-fetch-site": "same-origin", origin: "http://127.0.0.1:3666" }, "change", "anonymous"],
    [{ authorization: `Bearer ${TOKEN}` }, "change", "token"],
    [{ authorization: "Bearer wrong" }, "read", "credentials_required"],
    [{}, "ingest", "anonymous"],
    [{ origin: "https://evil.example" }, "ingest", "origin_not_allowed"],
    [{ "sec-fetch-site": "same-origin" }, "privileged", "credentials_required"],
    [{ authorization: `Bearer ${TOKEN}` }, "privileged", "token"],
  ])("%j may %s: %s", async (headers, access, expected) => {
    expect(await outcome(anonymous, headers, access)).toBe(expected);
  });
});

describe("Guard with users", () => {
  it.each<[Record<string, string>, Access, string]>([
    [{}, "read", "credentials_required"],
    [{}, "ingest", "credentials_required"],
    [{ authorization: basic("ada", "secret") }, "read", "user"],
    [{ authorization: basic("ada", "secret") }, "read", "user"],
    [{ authorization: basic("ada", "wrong") }, "read", "credentials_required"],
    [{ authorization: basic("bob", "secret") }, "read", "credentials_required"],
    [{ authorization: "Basic !!!" }, "read", "credentials_required"],
    [{ authorization: "Digest x" }, "read", "credentials_required"],
    [{ authorization: basic("ada", "secret"), "sec-fetch-site": "same-origin" }, "privileged", "user"],
    // A browser sends a password that was typed in once with every request, also with one that another site caused.
    [{ authorization: basic("ada", "secret"), "sec-fetch-site": "cross-site" }, "privileged", "origin_not_allowed"],
    [{ authorization: `Bearer ${TOKEN}` }, "privileged", "token"],
  ])("%j may %s: %s", async (headers, access, expected) => {
    expect(await outcome(protectedGuard, headers, access)).toBe(expected);
  });
});

describe("passwords", () => {
  it("are all let in when a page asks many things at once", async () => {
    const credentials = new Credentials(TOKEN, users);
    const asked = Array.from({ length: 30 }, () => credentials.identify(basic("ada", "secret")));
    expect((await Promise.all(asked)).every((identity) => identity?.kind === "user")).toBe(true);
  });

  it("of several users wait for one another", async () => {
    const names = Array.from({ length: 12 }, (_, i) => `user${i}`);
    const credentials = new Credentials(TOKEN, new Map(names.map((name) => [name, bcrypt.hashSync(name, 4)])));
    const found = await Promise.all(names.map((name) => credentials.identify(basic(name, name))));
    expect(found).toEqual(names.map((name) => ({ kind: "user", name })));
  });

  it("are no longer right once their user has another or is gone", async () => {
    const credentials = new Credentials(TOKEN, users);
    expect(await credentials.identify(basic("ada", "secret"))).toBeDefined();
    credentials.setUsers(new Map([["ada", bcrypt.hashSync("other", 4)]]));
    expect(await credentials.identify(basic("ada", "secret"))).toBeUndefined();
    expect(await credentials.identify(basic("ada", "other"))).toBeDefined();
    credentials.setUsers(new Map([["bob", bcrypt.hashSync("b", 4)]]));
    expect(await credentials.identify(basic("ada", "other"))).toBeUndefined();
  });
});

describe("listen address", () => {
  it.each([
    ["127.0.0.1:3666", { host: "127.0.0.1", port: 3666 }],
    ["[::1]:80", { host: "::1", port: 80 }],
    [":9090", { host: "::", port: 9090 }],
    ["localhost:0", { host: "localhost", port: 0 }],
  ])("reads %s", (text, address) => {
    expect(parseListen(text)).toEqual(address);
  });

  it.each(["3666", "127.0.0.1", "127.0.0.1:", "127.0.0.1:99999", "::1:80", ""])("refuses %j", (text) => {
    expect(() => parseListen(text)).toThrow(/HOST:PORT/);
  });

  it.each(["0.0.0.0:3666", ":3666", "192.0.2.1:3666", "example.org:3666"])("refuses %s without users", (text) => {
    expect(() => requireSafeListen(parseListen(text), false)).toThrow(/credentials/);
    expect(() => requireSafeListen(parseListen(text), true)).not.toThrow();
  });

  it.each(["127.0.0.1:1", "127.9.9.9:1", "[::1]:1", "localhost:1"])("allows %s without users", (text) => {
    expect(() => requireSafeListen(parseListen(text), false)).not.toThrow();
  });
});
