import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { checkConfig } from "./check.ts";

const dir = mkdtempSync(join(tmpdir(), "dmon-check-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

async function warningsOf(text: string): Promise<readonly string[]> {
  const configFile = join(dir, "prometheus.yml");
  writeFileSync(configFile, text);
  return checkConfig({ configFile });
}

it.each([
  ["alerting: { alertmanagers: [{ static_configs: [{ targets: ['a:9093'] }] }] }", /not sent to Alertmanagers yet/],
  ["remote_write: [{ url: 'http://a/api/v1/write' }]", /remote_write: nothing is sent/],
  ["remote_read: [{ url: 'http://a/api/v1/read' }]", /remote_read/],
  ["tracing: { endpoint: 'a:4317' }", /tracing/],
  ["scrape_configs: [{ job_name: pods, kubernetes_sd_configs: [{ role: pod }] }]", /"pods": kubernetes_sd_configs/],
])("says of %s that it has no effect", async (text, warning) => {
  expect(await warningsOf(text)).toEqual([expect.stringMatching(warning)]);
});

it("has nothing to say of what is in force", async () => {
  const text = `global: { scrape_interval: 15s, query_log_file: queries.log, external_labels: { site: a } }
scrape_configs:
  - job_name: web
    scrape_failure_log_file: failures.log
    convert_classic_histograms_to_nhcb: true
    static_configs: [{ targets: ["a:80"] }]
`;
  expect(await warningsOf(text)).toEqual([]);
});
