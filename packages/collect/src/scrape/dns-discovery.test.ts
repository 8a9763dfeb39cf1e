/** DNS discovery over a real name server on loopback. What is expected is what Prometheus 3.5 made of the same answers. */
import { promises as dns } from "node:dns";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "@dmon/model";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type RunningDnsServer, startDnsServer } from "../testing/dns-server.ts";
import { type Discoverer, discoverDns } from "./discovery.ts";
import type { DnsSdConfig, TargetGroup } from "./discovery-config.ts";
import { namesToAsk, parseResolvConf } from "./dns-names.ts";

let server: RunningDnsServer;
const before = dns.getServers();
const running: Discoverer[] = [];

beforeEach(async () => {
  server = await startDnsServer({
    "a.example.test": [
      ["A", "127.0.0.1"],
      ["A", "127.0.0.2"],
      ["AAAA", "::1"],
    ],
    "_web._tcp.example.test": [
      ["SRV", "h1.example.test", 1],
      ["SRV", "h2.example.test", 2],
    ],
    "example.test": [
      ["MX", "mail.example.test"],
      ["NS", "ns1.example.test"],
    ],
    "empty.example.test": [],
  });
  dns.setServers([`127.0.0.1:${server.port}`]);
});
afterEach(() => {
  for (const one of running.splice(0)) one.stop();
  dns.setServers(before);
  server.stop();
});

function discover(config: Partial<DnsSdConfig>) {
  const updates: (readonly TargetGroup[])[] = [];
  const warnings: string[] = [];
  const whole = { names: [], type: "SRV", refresh_interval: 20, ...config } as DnsSdConfig;
  running.push(
    discoverDns(whole, {
      clock: systemClock,
      baseDir: ".",
      warn: (message) => void warnings.push(message),
      update: (groups) => void updates.push(groups),
    }),
  );
  const addresses = () =>
    updates
      .at(-1)
      ?.flatMap(({ targets }) => targets)
      .sort();
  return { updates, warnings, addresses };
}

describe("DNS discovery", () => {
  it.each([
    ["A", "a.example.test", 80, ["127.0.0.1:80", "127.0.0.2:80"]],
    ["A", "a.example.test.", 80, ["127.0.0.1:80", "127.0.0.2:80"]],
    ["AAAA", "a.example.test", 80, ["[::1]:80"]],
    ["SRV", "_web._tcp.example.test", undefined, ["h1.example.test:1", "h2.example.test:2"]],
    ["SRV", "_web._tcp.example.test", 99, ["h1.example.test:1", "h2.example.test:2"]],
    ["MX", "example.test", 25, ["mail.example.test:25"]],
    ["NS", "example.test", 53, ["ns1.example.test:53"]],
    ["A", "empty.example.test", 80, []],
    ["A", "nowhere.example.test", 80, []],
  ] as const)("makes targets of %s records of %s with port %s", async (type, name, port, expected) => {
    const { addresses, updates } = discover({ type, names: [name], port });
    await vi.waitFor(() => expect(addresses()).toEqual(expected), { timeout: 10_000 });
    for (const { labels } of updates.at(-1)!) expect(labels.__meta_dns_name).toBe(name);
  });

  it("tells of the records of services", async () => {
    const { updates } = discover({ names: ["_web._tcp.example.test"] });
    await vi.waitFor(() => expect(updates).not.toEqual([]));
    expect(updates[0]!.map(({ labels }) => labels)).toContainEqual({
      __meta_dns_name: "_web._tcp.example.test",
      __meta_dns_srv_record_target: "h1.example.test.",
      __meta_dns_srv_record_port: "1",
    });
  });

  it("ends what is no longer named, and keeps what cannot be asked for", async () => {
    const { addresses, warnings } = discover({ type: "A", port: 1, names: ["a.example.test", "b.example.test"] });
    server.zone = { ...server.zone, "b.example.test": [["A", "127.0.0.9"]] };
    await vi.waitFor(() => expect(addresses()).toEqual(["127.0.0.1:1", "127.0.0.2:1", "127.0.0.9:1"]));
    server.zone = { "a.example.test": [], "b.example.test": "SERVFAIL" };
    await vi.waitFor(() => expect(addresses()).toEqual(["127.0.0.9:1"]), { timeout: 10_000 });
    await vi.waitFor(() => expect(warnings.at(-1)).toContain("dns_sd: b.example.test"), { timeout: 10_000 });
  });
});

describe("the search list", () => {
  it.each([
    ["search a.test b.test.\n", { domains: ["a.test", "b.test"], ndots: 1 }],
    ["domain a.test # x\nsearch b.test\noptions timeout:1 ndots:5 ndots:2\n", { domains: ["b.test"], ndots: 2 }],
    ["options ndots:99\n", { domains: [], ndots: 15 }],
    ["", { domains: [], ndots: 1 }],
  ])("is read of %o", (text, expected) => {
    expect(parseResolvConf(text)).toEqual(expected);
  });

  it("is asked first of a name with few dots, last of others, and not of rooted ones", async () => {
    const dir = mkdtempSync(join(tmpdir(), "dmon-resolv-"));
    writeFileSync(`${dir}/resolv.conf`, "search a.test b.test\n");
    const ask = (name: string) => namesToAsk(name, `${dir}/resolv.conf`);
    expect(await ask("x")).toEqual(["x.a.test", "x.b.test", "x"]);
    expect(await ask("x.y")).toEqual(["x.y", "x.y.a.test", "x.y.b.test"]);
    expect(await ask("x.y.")).toEqual(["x.y."]);
    expect(await namesToAsk("x", `${dir}/none`)).toEqual(["x"]);
    rmSync(dir, { recursive: true });
  });
});
