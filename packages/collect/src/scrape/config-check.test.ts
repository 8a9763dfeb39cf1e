import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { checkPrometheusConfig, loadPrometheusConfig, parsePrometheusConfig } from "./config-check.ts";
import { scrapeJobsOf } from "./prometheus-config.ts";

const RULES = join(import.meta.dirname, "../../../../../shared/conformance/rules");
const RECORDED = join(RULES, "../http-api/prometheus-3.5.3/config.json");
const shared = existsSync(RULES);
if (!shared) console.log("skipped: ../shared/conformance/rules is absent");

describe("prometheus.yml", () => {
  it("may be empty", () => {
    expect(parsePrometheusConfig("").errors).toEqual([]);
    expect(parsePrometheusConfig("global:\nscrape_configs:\n").errors).toEqual([]);
  });

  it("gives each job what the global section says", () => {
    const { config } = parsePrometheusConfig(`
global:
  scrape_interval: 10s
  sample_limit: 5
  target_limit: 9
  external_labels: { version: 1.10, on: true }
scrape_configs:
  - job_name: a
  - job_name: b
    scrape_interval: 5s
    sample_limit: 7
    honor_labels: yes
    target_limit: 0
    metric_relabel_configs:
      - regex: 1.50
        source_labels: [x]
        action: Drop
`);
    const [a, b] = scrapeJobsOf(config!);
    expect(a).toMatchObject({ intervalMs: 10_000, timeoutMs: 10_000, sampleLimit: 5, metricsPath: "/metrics" });
    expect(b).toMatchObject({ intervalMs: 5000, timeoutMs: 5000, sampleLimit: 7, targetLimit: 9, honorLabels: true });
    expect(b!.metricRelabelRules[0]!.regex.source).toBe("1.50");
    expect(config!.global.external_labels).toEqual({ version: "1.10", on: "true" });
  });

  it.each([
    [
      "scrape_configs:\n  - job_name: a\n    scrap_interval: 5s\n",
      "3: scrape_configs[0]: field scrap_interval is not known here",
    ],
    ["scrape_configs: [{}]", "job_name"],
    ["scrape_configs: [{job_name: a}, {job_name: a}]", 'found multiple scrape configs with job name "a"'],
    [
      "scrape_configs: [{job_name: a, scrape_interval: 1s, scrape_timeout: 2s}]",
      'scrape timeout greater than scrape interval for scrape config with job name "a"',
    ],
    ["scrape_configs: [{job_name: a, scrape_interval: 1x}]", "not a valid duration string"],
    [
      "scrape_configs: [{job_name: a, relabel_configs: [{action: hashmod, target_label: x}]}]",
      "relabel configuration for hashmod requires non-zero modulus",
    ],
    [
      "scrape_configs: [{job_name: a, relabel_configs: [{regex: '('}]}]",
      "relabel configuration for replace action requires 'target_label' value",
    ],
    ["scrape_configs: [{job_name: a, relabel_configs: [{regex: '(', target_label: x}]}]", "error parsing regexp"],
    [
      "scrape_configs: [{job_name: a, relabel_configs: [{action: labeldrop, regex: a, target_label: x}]}]",
      "labeldrop action requires only 'regex', and no other fields",
    ],
    [
      "scrape_configs: [{job_name: a, bearer_token: x, basic_auth: {username: y}}]",
      "at most one of basic_auth, authorization, oauth2",
    ],
    [
      "scrape_configs: [{job_name: a, tls_config: {cert_file: x}}]",
      "exactly one of key or key_file must be configured",
    ],
    ["scrape_configs: [{job_name: a, file_sd_configs: [{files: [a.txt]}]}]", "path name must end in"],
    ["scrape_configs: [{job_name: a, dns_sd_configs: [{names: [a], type: A}]}]", "a port is required"],
    ["scrape_configs: [{job_name: a, static_configs: [{target: [x]}]}]", "field target is not known here"],
    ["scrape_configs: [{job_name: a, scrape_protocols: [PrometheusProto, PrometheusProto]}]", "duplicated protocol"],
    [
      'scrape_configs: [{job_name: a, static_configs: [{targets: ["http://a:1/x"]}]}]',
      '"http://a:1/x" is not a valid hostname',
    ],
    ["scrape_configs: [{job_name: a, no_proxy: x}]", "proxy_url must also be configured"],
    [
      "scrape_configs: [{job_name: a, proxy_connect_header: {A: [b]}}]",
      "proxy_url or proxy_from_environment must also be configured",
    ],
    [
      "scrape_configs: [{job_name: a, http_headers: {Authorization: {values: [b]}}}]",
      'setting header "Authorization" is not allowed',
    ],
    ["remote_write: [{url: x}]", "is not a URL"],
    ["a: [", ""],
  ])("refuses %s", (text, error) => {
    const { errors, config } = parsePrometheusConfig(text);
    expect(config).toBeUndefined();
    expect(errors.join("\n")).toContain(error);
    expect(errors).not.toEqual([]);
  });

  it("warns of discoveries that are not built in", async () => {
    const { warnings, errors } = await checkPrometheusConfig(
      "scrape_configs: [{job_name: k, kubernetes_sd_configs: [{role: pod}]}]",
      ".",
    );
    expect(errors).toEqual([]);
    expect(warnings).toEqual([
      'scrape job "k": kubernetes_sd_configs is not supported yet: its targets will be missing',
    ]);
  });

  it("takes every section of a full file", async () => {
    const text = `
global: {scrape_interval: 15s, evaluation_interval: 30s, query_log_file: q.log, rule_query_offset: 1m}
runtime: {gogc: 75}
storage: {tsdb: {out_of_order_time_window: 30m}, exemplars: {max_exemplars: 10}}
tracing: {endpoint: "localhost:4317", insecure: true, client_type: grpc}
otlp: {promote_resource_attributes: [host.name], translation_strategy: NoTranslation}
alerting:
  alert_relabel_configs: [{regex: replica, action: labeldrop}]
  alertmanagers: [{static_configs: [{targets: ["am:9093"]}], timeout: 5s, path_prefix: /am}]
remote_write:
  - url: http://x/write
    name: a
    write_relabel_configs: [{source_labels: [__name__], regex: "go_.*", action: drop}]
    queue_config: {max_shards: 5, batch_send_deadline: 5s}
    metadata_config: {send: false}
    sigv4: {region: eu}
remote_read: [{url: "http://x/read", required_matchers: {a: b}}]
scrape_configs:
  - job_name: blackbox
    metrics_path: /probe
    params: {module: [http_2xx]}
    static_configs: [{targets: ["https://prometheus.io"]}]
    relabel_configs:
      - {source_labels: [__address__], target_label: __param_target}
      - {source_labels: [__param_target], target_label: instance}
      - {target_label: __address__, replacement: "127.0.0.1:9115"}
`;
    expect(await checkPrometheusConfig(text, ".")).toMatchObject({ errors: [], warnings: [] });
  });
});

describe("keys without a value", () => {
  it("are zero, off or empty, as in Go's YAML", () => {
    const { config, errors } = parsePrometheusConfig(
      "scrape_configs: [{job_name: a, honor_timestamps: , sample_limit: , params: , basic_auth: , scrape_interval: }]",
    );
    expect(errors).toEqual([]);
    expect(scrapeJobsOf(config!)[0]).toMatchObject({
      honorTimestamps: false,
      sampleLimit: 0,
      params: {},
      intervalMs: 60_000,
    });
  });

  it("are empty texts in a relabelling rule", () => {
    const { config } = parsePrometheusConfig(
      "scrape_configs: [{job_name: a, relabel_configs: [{regex: , target_label: b, replacement: x}]}]",
    );
    expect(scrapeJobsOf(config!)[0]!.relabelRules[0]!.regex.source).toBe("");
  });

  it.each([
    "relabel_configs: [null]",
    "relabel_configs: [{action: , regex: a}]",
    "static_configs: [null]",
  ])("are refused in %s", (part) => {
    expect(parsePrometheusConfig(`scrape_configs: [{job_name: a, ${part}}]`).errors).not.toEqual([]);
  });
});

describe("files of jobs", () => {
  const dir = mkdtempSync(join(tmpdir(), "dmon-config-"));
  const main = join(dir, "prometheus.yml");
  writeFileSync(
    main,
    "global: {scrape_interval: 7s}\nscrape_configs: [{job_name: a}]\nscrape_config_files: [more/*.yml]\n",
  );
  mkdirSync(join(dir, "more"));

  it("are read, with the global section's settings", async () => {
    writeFileSync(join(dir, "more/b.yml"), "scrape_configs: [{job_name: b}]\n");
    const { jobs, errors } = await loadPrometheusConfig(main);
    expect(errors).toEqual([]);
    expect(jobs.map((job) => [job.name, job.intervalMs])).toEqual([
      ["a", 7000],
      ["b", 7000],
    ]);
  });

  it("may not repeat a job or hold anything else", async () => {
    writeFileSync(join(dir, "more/b.yml"), "scrape_configs: [{job_name: a}]\n");
    expect((await loadPrometheusConfig(main)).errors).toEqual(['found multiple scrape configs with job name "a"']);
    writeFileSync(join(dir, "more/b.yml"), "global: {}\n");
    expect((await loadPrometheusConfig(main)).errors.join()).toContain("b.yml");
    await expect(loadPrometheusConfig(join(dir, "none.yml"))).rejects.toMatchObject({ code: "config_file" });
  });
});

describe.skipIf(!shared)("promtool's own files", () => {
  const files = shared
    ? readdirSync(RULES).filter((name) => /\.(bad|good)\.yml$/.test(name) && !name.includes("rules.good"))
    : [];

  it.each(files)("%s", async (name) => {
    const { errors } = await checkPrometheusConfig(readFileSync(join(RULES, name), "utf8"), RULES);
    if (name.endsWith(".good.yml")) expect(errors).toEqual([]);
    else expect(errors).not.toEqual([]);
  });

  it.each([
    ["config_with_rule_files.yml", "rule_files: non-existent-file.yml does not exist"],
    ["config_with_tls_files.yml", "nonexistent_cert_file.yml does not exist"],
  ])("%s names files that are not there", async (name, error) => {
    const { errors } = await checkPrometheusConfig(readFileSync(join(RULES, name), "utf8"), RULES);
    expect(errors.join("\n")).toContain(error);
  });

  it("a missing discovery file is only a warning, a wrong one an error", async () => {
    const text = readFileSync(join(RULES, "config_with_service_discovery_files.yml"), "utf8");
    expect(await checkPrometheusConfig(text, RULES)).toMatchObject({ errors: [] });
    const wrong = "scrape_configs: [{job_name: a, file_sd_configs: [{files: [bad-sd-file-format.yml]}]}]";
    expect((await checkPrometheusConfig(wrong, RULES)).errors.join()).toContain("bad-sd-file-format.yml");
    expect((await checkPrometheusConfig(wrong.replace("bad-sd-file-format", "good-sd-file"), RULES)).errors).toEqual(
      [],
    );
  });

  it("what a real Prometheus prints as its configuration is taken", () => {
    const { data } = JSON.parse(readFileSync(RECORDED, "utf8")) as { data: { yaml: string } };
    const { config, errors } = parsePrometheusConfig(data.yaml);
    expect(errors).toEqual([]);
    expect(scrapeJobsOf(config!).map((job) => job.name)).toEqual(["prometheus", "node", "down"]);
  });
});
