import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { DEFAULTS } from "./defaults.ts";
import { loadConfig, mergeOverrides, overridesFromEnv } from "./load.ts";
import { parseConfig } from "./parse.ts";
import { printableConfig } from "./print.ts";
import { configSchema } from "./schema.ts";

describe("parseConfig", () => {
  it("needs nothing", async () => {
    const { config, prometheus } = await parseConfig("", "dmon.yml");
    expect(prometheus).toBeUndefined();
    expect(config.listen).toBe("127.0.0.1:3666");
    expect(config.collect.interval).toBe(1000);
    expect(config.storage.retention).toEqual({ raw: 14 * 86_400_000, "1m": 90 * 86_400_000, "1h": 730 * 86_400_000 });
  });

  it("converts durations once", async () => {
    const { config } = await parseConfig("collect: {interval: 10s}\nquery: {timeout: 1m30s}", "dmon.yml");
    expect(config.collect.interval).toBe(10_000);
    expect(config.query.timeout).toBe(90_000);
  });

  it.each([
    ["lissten: x", /^dmon\.yml:1:1: unknown key "lissten"; did you mean "listen"\?$/],
    [
      "listen: 127.0.0.1:1\ncollect:\n  intervall: 1s",
      /^dmon\.yml:3:3: unknown key "collect\.intervall"; did you mean "interval"\?$/,
    ],
    [
      "storage:\n  retention:\n    rwa: 1d",
      /^dmon\.yml:3:5: unknown key "storage\.retention\.rwa"; did you mean "raw"\?$/,
    ],
    ["query:\n  zzzzzz: 1", /unknown key "query\.zzzzzz"; known keys here: .*max_samples/],
    ["query:\n  timeout: soon", /^dmon\.yml:2:12: query\.timeout: not a valid duration string: "soon"/],
    ["query: 5", /^dmon\.yml:1:8: query: /],
    ["log:\n  level: loud", /^dmon\.yml:2:10: log\.level: /],
  ])("says where %j is wrong", async (text, message) => {
    await expect(parseConfig(text, "dmon.yml")).rejects.toThrow(message);
  });

  it("reads the sections of a prometheus.yml beside its own", async () => {
    const { config, prometheus } = await parseConfig(
      `
global: { scrape_interval: 15s, external_labels: { version: 1.10 } }
scrape_configs: [{ job_name: node, static_configs: [{ targets: ["127.0.0.1:9100"] }] }]
storage: { retention: { raw: 2d }, tsdb: { out_of_order_time_window: 5m } }
`,
      "dmon.yml",
    );
    expect(config.storage.retention.raw).toBe(2 * 86_400_000);
    expect(prometheus?.scrape_configs?.[0]?.job_name).toBe("node");
    expect(prometheus?.global.external_labels).toEqual({ version: "1.10" });
    await expect(parseConfig("scrape_configs:\n- job_nam: x", "dmon.yml")).rejects.toThrow(
      /dmon\.yml:2:3: unknown key "scrape_configs\.0\.job_nam"; did you mean "job_name"\?/,
    );
  });

  it("prints what it reads the same again", async () => {
    const text = `
listen: 127.0.0.1:1
collect: { interval: 5s, collectors: { filesystem: { enabled: false } } }
storage: { retention: { raw: 30d }, max_size: 10GB }
scrape_configs: [{ job_name: a, static_configs: [{ targets: ["x:1"] }], basic_auth: { username: u, password: p } }]
`;
    const first = await parseConfig(text, "dmon.yml");
    const again = await parseConfig(stringify(printableConfig(first, false)), "dmon.yml");
    expect(again.config).toEqual(first.config);
    expect(again.prometheus).toEqual(first.prometheus);
    expect(JSON.stringify(printableConfig(first, true))).not.toContain('"p"');
    const bare = await parseConfig("", "dmon.yml");
    expect((await parseConfig(stringify(printableConfig(bare, false)), "dmon.yml")).config).toEqual(DEFAULTS);
  });

  it("takes a prometheus.yml's settings of the store", async () => {
    const tsdb = "tsdb: { out_of_order_time_window: 30m, retention: { time: 3d } }";
    const { storage } = (await parseConfig(`storage: { ${tsdb} }`, "dmon.yml")).config;
    expect(storage.out_of_order_window).toBe(1_800_000);
    expect(storage.retention.raw).toBe(3 * 86_400_000);
    const own = (await parseConfig(`storage: { retention: { raw: 1d }, ${tsdb} }`, "dmon.yml")).config;
    expect(own.storage.retention.raw).toBe(86_400_000);
  });

  it("names line and column of broken YAML", async () => {
    await expect(parseConfig("a: [1,\nb: }", "dmon.yml")).rejects.toThrow(/^dmon\.yml:2:\d+: /);
  });

  it("refuses what is not a map", async () => {
    await expect(parseConfig("- 1", "dmon.yml")).rejects.toThrow(/dmon\.yml:1:1/);
  });
});

describe("loadConfig", () => {
  it("without a file gives the defaults of the schemas", async () => {
    expect(configSchema.parse({})).toEqual(DEFAULTS);
    expect((await loadConfig({})).config).toEqual(DEFAULTS);
  });

  it("lets the command line win over the environment, and both over the file", async () => {
    const file = join(mkdtempSync(join(tmpdir(), "dmon-config-")), "dmon.yml");
    writeFileSync(file, "listen: 127.0.0.1:1\ndata_dir: /from/file\n");
    const env = overridesFromEnv({ DMON_LISTEN: "127.0.0.1:2", DMON_DATA_DIR: "/from/env", DMON_CONFIG: file });
    const { config } = await loadConfig(mergeOverrides(env, { listen: "127.0.0.1:3" }));
    expect(config.listen).toBe("127.0.0.1:3");
    expect(config.data_dir).toBe("/from/env");
  });

  it("says which file is missing", async () => {
    await expect(loadConfig({ configFile: "/nowhere/dmon.yml" })).rejects.toThrow(/\/nowhere\/dmon\.yml/);
  });
});
